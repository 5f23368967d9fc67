// The counters of one I/O thread: written by it alone, read by anybody.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "adapters/wire/flaw.h"
#include "engine/core/types.h"

namespace millrace {

class Count {
 public:
  /// Only the one writer calls it, so no locked instruction is needed.
  void add(std::uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }

  [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct alignas(cache_line) IoCounts {
  Count accepted;
  Count refused;
  Count slow_readers;
  Count room_awaited;
  Count frames_in;
  Count frames_copied;
  Count commands_in;
  Count bytes_in;
  Count bytes_out;
  Count answers_out;
  Count answers_dropped;
  Count availability_reads;
  Count reads;
  Count writes;
  std::array<Count, error_codes> errors;
};

}  // namespace millrace
