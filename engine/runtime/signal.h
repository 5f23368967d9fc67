// How a pipeline thread sleeps until there is work: an event count on a futex. Spinning is with
// sched_yield and short, because a thread that spins hard on the core where the disk completes
// starves the very write it waits for.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/core/types.h"

namespace millrace {

class Signal {
 public:
  /// Read before looking for work; wait() returns at once if anything was notified since.
  [[nodiscard]] std::uint32_t epoch() const { return epoch_.load(std::memory_order_acquire); }

  /// Wakes the waiter, if there is one. Any thread; a system call only if somebody sleeps.
  void notify();

  static constexpr int usual_yields = 20;

  /// Sleeps until notified after `seen`, or for at most `timeout_us`; before that it gives the core
  /// to others `yields` times.
  void wait(std::uint32_t seen, std::uint64_t timeout_us, int yields = usual_yields);

 private:
  alignas(cache_line) std::atomic<std::uint32_t> epoch_{0};
  std::atomic<std::uint32_t> sleepers_{0};
};

}  // namespace millrace
