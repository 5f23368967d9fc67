// Writes the events of durable batches to the log of events, on a thread of its own beside the hot
// path (decision 0006). Whoever delivers batches only copies events into a ring and never waits: if
// the ring is full, events are left out of it, and the thread makes them again by replaying the
// journal, as it would after a crash. So none is lost, and nobody waits for the disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "engine/core/batch.h"
#include "engine/core/event.h"
#include "engine/core/limits.h"
#include "engine/journal/event_log.h"
#include "engine/journal/result.h"
#include "engine/runtime/port.h"
#include "engine/runtime/signal.h"
#include "engine/state/large_array.h"

namespace millrace {

/// Makes events again: replays every durable command up to `until`, beginning early enough to pass
/// all behind `from`, and appends to the log what it lacks. Gives up once `stop` says true.
using MakeAgain =
    std::function<Result<void>(Sequence from, Sequence until, const std::function<bool()>& stop)>;

struct PublisherOptions {
  /// Events between the hot path and the log; a power of two.
  std::uint32_t ring_events = 1U << 20U;
  Touch touch = Touch::as_used;
  /// The log ends before the first batch: what it lacks is made again, as after an overrun.
  bool begins_behind = false;
  MakeAgain make_again;
  /// The last durable command; any thread.
  std::function<Sequence()> durable;
  /// Called on the publisher's thread after events were written.
  std::function<void()> on_published;
  /// The ring was full, and events are made again.
  std::function<void()> on_overrun;
  /// Writing failed. It is tried again every second.
  std::function<void(const Error&)> on_failure;
};

class Publisher final : public ReplySink {
 public:
  /// Passes every batch on to `next` before it takes the events. The log stands where the first
  /// batch begins, unless the options say otherwise.
  Publisher(EventLog& log, ReplySink& next, PublisherOptions options);
  ~Publisher() override;

  /// On the thread that delivers. Allocates nothing, calls the system only to wake an idle
  /// publisher, and waits for nobody.
  void deliver(const Batch& batch) override;

  void start();
  /// Writes what the ring holds, and ends the thread.
  void stop();

  [[nodiscard]] std::uint64_t overruns() const { return overruns_.load(std::memory_order_relaxed); }

 private:
  void take(const Batch& batch);
  [[nodiscard]] bool has_room(std::uint64_t count);
  void run();
  /// Writes some of what the ring holds; false if there is nothing, or it failed.
  bool write_some();
  /// Makes what was left out of the ring again, up to where it takes events once more.
  void recover_overrun();
  void nap();
  /// Says so once, and waits a second.
  void fail(const Error& error);

  [[nodiscard]] bool stopping() const { return stopping_.load(std::memory_order_acquire); }

  EventLog& log_;
  ReplySink& next_;
  PublisherOptions options_;
  LargeArray<Event> ring_;

  // writer: the delivering thread
  alignas(cache_line) std::atomic<std::uint64_t> head_{0};
  std::uint64_t tail_seen_ = 0;
  bool skipping_ = false;  ///< events are left out, since the ring was full
  std::atomic<std::uint64_t> overruns_{0};
  /// First event and its command since the ring takes events again; 0 before it does.
  std::atomic<std::uint64_t> resumed_number_{0};
  std::atomic<std::uint64_t> resumed_sequence_{0};

  // writer: the publisher's thread
  alignas(cache_line) std::atomic<std::uint64_t> tail_{0};
  std::uint32_t naps_ = 0;
  bool failing_ = false;

  // written by both in turn: set by one, unset by the other
  alignas(cache_line) std::atomic<bool> overrun_{false};  ///< set by the delivering thread
  std::atomic<bool> may_resume_{false};                   ///< set by the publisher's thread

  std::atomic<bool> stopping_{false};
  Signal signal_;
  std::thread thread_;
};

}  // namespace millrace
