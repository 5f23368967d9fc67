// Publishes the events of durable batches (decision 0006). Whoever delivers batches puts short
// records into the log's memory and never waits; a thread beside the hot path writes what is full
// to files. If the memory is full, events are left out, and the thread makes them again by
// replaying the journal, as it would after a crash. So none is lost, and nobody waits for the disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

#include "engine/core/batch.h"
#include "engine/journal/event_log.h"
#include "engine/journal/event_tail.h"
#include "engine/journal/result.h"
#include "engine/runtime/port.h"
#include "engine/runtime/signal.h"

namespace millrace {

/// Makes events again: replays the journal up to the command `until`, beginning early enough to
/// pass all behind `from`, and appends to the log what it lacks. Gives up once `stop` says true.
using MakeAgain =
    std::function<Result<void>(Sequence from, Sequence until, const std::function<bool()>& stop)>;

struct PublisherOptions {
  /// Where the log ends before the first batch, the command before that: what the log lacks is made
  /// again, as after an overrun.
  std::optional<Sequence> behind;
  MakeAgain make_again;
  /// Whether somebody waits for events; the thread wakes less often where nobody does.
  std::function<bool()> followed;
  /// Called on the publisher's thread when there are more events.
  std::function<void()> on_published;
  /// The memory was full, and events are made again.
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
  /// Writes everything, and ends the thread.
  void stop();

  /// Lets the thread make durable what there is, and waits for it; the last command of which every
  /// event is. Any thread but that one.
  [[nodiscard]] Sequence make_durable();

  [[nodiscard]] std::uint64_t overruns() const { return overruns_.load(std::memory_order_relaxed); }

 private:
  void take(const Batch& batch);
  void skip(const Batch& batch);
  void run();
  /// Tells of events that are new since it was told last.
  void announce();
  /// Lets events go that are too old by now.
  void forget_old();
  /// Writes some of what is full; false if there is nothing, or it failed.
  bool write_some();
  void write_all_if_asked();
  /// Makes what was left out again, up to where events are put into the other tail.
  void recover_overrun();
  void nap();
  /// Says so once, and waits a second.
  void fail(const Error& error);

  [[nodiscard]] bool stopping() const { return stopping_.load(std::memory_order_acquire); }

  EventLog& log_;
  ReplySink& next_;
  PublisherOptions options_;

  // writer: the delivering thread
  alignas(cache_line) EventTail* tail_;  ///< that events are put into
  bool skipping_ = false;                ///< events are left out, since the memory was full
  std::atomic<std::uint64_t> overruns_{0};
  std::atomic<std::uint64_t> skipped_{0};  ///< last command whose events were left out
  /// First event and its command since events are put into the other tail; 0 before.
  std::atomic<std::uint64_t> resumed_number_{0};
  std::atomic<std::uint64_t> resumed_sequence_{0};

  // writer: the publisher's thread
  alignas(cache_line) std::uint64_t announced_ = 0;
  std::uint64_t looked_at_second_ = 0;
  std::uint32_t naps_ = 0;
  bool failing_ = false;
  std::atomic<std::uint32_t> durable_done_{0};

  // written by both in turn: set by one, unset by the other
  alignas(cache_line) std::atomic<bool> overrun_{false};  ///< set by the delivering thread
  /// Where to go on, set by the publisher's thread.
  std::atomic<EventTail*> resume_in_{nullptr};

  std::atomic<std::uint32_t> durable_asked_{0};
  std::atomic<bool> stopping_{false};
  Signal signal_;
  std::thread thread_;
};

}  // namespace millrace
