// The publisher.
#include "engine/runtime/publisher.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <span>
#include <utility>

#include "engine/core/check.h"
#include "engine/core/event_stream.h"

namespace millrace {

namespace {

/// Whoever answers goes first where processor time is short.
constexpr int niceness = 5;
constexpr std::size_t events_a_write = 1U << 14U;
/// A publisher that is busy is not woken for each batch: it naps, and looks again.
constexpr std::chrono::microseconds nap_time{500};
constexpr std::uint32_t naps_max = 200;
constexpr std::chrono::milliseconds retry_step{50};
constexpr int retry_steps = 20;

}  // namespace

Publisher::Publisher(EventLog& log, ReplySink& next, PublisherOptions options)
    : log_(log),
      next_(next),
      options_(std::move(options)),
      ring_(options_.ring_events, options_.touch) {
  CHECK(std::has_single_bit(options_.ring_events));
  skipping_ = options_.begins_behind;
  overrun_ = options_.begins_behind;
}

Publisher::~Publisher() {
  stop();
}

void Publisher::start() {
  thread_ = std::thread([this] { run(); });
  (void)::pthread_setname_np(thread_.native_handle(), "mr-events");
}

void Publisher::stop() {
  stopping_.store(true, std::memory_order_release);
  signal_.notify();
  if (thread_.joinable()) {
    thread_.join();
  }
}

// ---- the delivering thread

void Publisher::deliver(const Batch& batch) {
  next_.deliver(batch);
  if (batch.journaled_count > 0) {
    take(batch);
  }
}

bool Publisher::has_room(std::uint64_t count) {
  const std::uint64_t end = head_.load(std::memory_order_relaxed) + count;
  if (end - tail_seen_ > ring_.size()) {
    tail_seen_ = tail_.load(std::memory_order_acquire);
  }
  return end - tail_seen_ <= ring_.size();
}

void Publisher::take(const Batch& batch) {
  if (skipping_) {
    if (!may_resume_.load(std::memory_order_acquire)) {
      return;
    }
    may_resume_.store(false, std::memory_order_relaxed);
    skipping_ = false;
    resumed_sequence_.store(batch.first_sequence.value, std::memory_order_relaxed);
    resumed_number_.store(batch.first_sequence.value + batch.events.before().told,
                          std::memory_order_release);
  }
  if (!has_room(batch.journaled_count + batch.events.told().size())) {
    skipping_ = true;
    overruns_.fetch_add(1, std::memory_order_relaxed);
    overrun_.store(true, std::memory_order_release);
    signal_.notify();
    return;
  }
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  const std::uint64_t mask = ring_.size() - 1;
  for_events(batch, [&](const Event& event) { ring_[head++ & mask] = event; });
  head_.store(head, std::memory_order_release);
  signal_.notify();
}

// ---- the publisher's thread

void Publisher::run() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
  while (!stopping()) {
    if (write_some()) {
      naps_ = 0;
    } else if (overrun_.load(std::memory_order_acquire)) {
      recover_overrun();
    } else {
      nap();
    }
  }
  while (write_some()) {
  }
}

bool Publisher::write_some() {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint64_t at = tail & (ring_.size() - 1);
  const std::uint64_t count = std::min({head_.load(std::memory_order_acquire) - tail,
                                        ring_.size() - at, std::uint64_t{events_a_write}});
  if (count == 0) {
    return false;
  }
  const std::span<Event> events = ring_.first(ring_.size()).subspan(at, count);
  // After an overrun the log may be ahead of where the ring goes on.
  const std::uint64_t next = log_.next();
  CHECK(events.front().number <= next);
  const std::uint64_t known = std::min(count, next - events.front().number);
  const Result<void> appended = log_.append(events.subspan(known));
  tail_.store(tail + known + (log_.next() - next), std::memory_order_release);
  if (log_.next() > next && options_.on_published) {
    options_.on_published();
  }
  if (!appended.ok()) {
    fail(appended.error());
    return false;
  }
  failing_ = false;
  return true;
}

void Publisher::recover_overrun() {
  // Nothing is put into the ring before it may, so this empties it.
  while (write_some()) {
  }
  if (failing_) {
    return;
  }
  if (options_.on_overrun) {
    options_.on_overrun();
  }
  overrun_.store(false, std::memory_order_relaxed);
  resumed_number_.store(0, std::memory_order_relaxed);
  may_resume_.store(true, std::memory_order_release);
  Sequence made{0};
  while (!stopping()) {
    const std::uint64_t resumed = resumed_number_.load(std::memory_order_acquire);
    if (resumed != 0 && resumed <= log_.next()) {
      return;
    }
    const Sequence until = resumed != 0
                               ? Sequence{resumed_sequence_.load(std::memory_order_relaxed) - 1}
                               : options_.durable();
    if (resumed == 0 && until == made) {
      nap();
      continue;
    }
    const Result<void> again =
        options_.make_again(log_.complete(), until, [this] { return stopping(); });
    if (!again.ok()) {
      fail(again.error());
      continue;
    }
    failing_ = false;
    made = until;
    if (options_.on_published) {
      options_.on_published();
    }
  }
}

void Publisher::nap() {
  if (naps_ < naps_max) {
    ++naps_;
    std::this_thread::sleep_for(nap_time);
    return;
  }
  const std::uint32_t seen = signal_.epoch();
  if (head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_relaxed) &&
      !overrun_.load(std::memory_order_acquire) && !stopping()) {
    signal_.wait(seen, us_per_second);
  }
}

void Publisher::fail(const Error& error) {
  if (error.code == DiskError::stopped && stopping()) {
    return;
  }
  if (!failing_ && options_.on_failure) {
    options_.on_failure(error);
  }
  failing_ = true;
  for (int step = 0; step < retry_steps && !stopping(); ++step) {
    std::this_thread::sleep_for(retry_step);
  }
}

}  // namespace millrace
