// The publisher.
#include "engine/runtime/publisher.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace millrace {

namespace {

/// Whoever answers goes first where processor time is short.
constexpr int niceness = 5;
/// A publisher that is busy is not woken for each batch: it naps, and looks again. A nap that
/// nobody waits for leaves most of the memory free at any rate, and a wakeup costs more than what
/// it writes.
constexpr std::chrono::microseconds nap_time{500};
constexpr std::chrono::microseconds long_nap_time{5'000};
constexpr std::uint32_t naps_max = 200;
constexpr std::chrono::milliseconds retry_step{50};
constexpr int retry_steps = 20;
constexpr std::chrono::milliseconds durable_step{1};
constexpr int durable_steps = 10'000;

}  // namespace

Publisher::Publisher(EventLog& log, ReplySink& next, PublisherOptions options)
    : log_(log), next_(next), options_(std::move(options)), tail_(&log.tail()) {
  if (options_.behind) {
    skipping_ = true;
    skipped_ = options_.behind->value;
    overrun_ = true;
  }
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

void Publisher::take(const Batch& batch) {
  if (skipping_) {
    EventTail* const tail = resume_in_.exchange(nullptr, std::memory_order_acquire);
    if (tail == nullptr) {
      skip(batch);
      return;
    }
    const std::uint64_t number = batch.first_sequence.value + batch.events.before().told;
    tail->begin({number, batch.first_sequence.value - 1, batch.events.before().time});
    tail_ = tail;
    skipping_ = false;
    resumed_sequence_.store(batch.first_sequence.value, std::memory_order_relaxed);
    resumed_number_.store(number, std::memory_order_release);
  }
  if (!tail_->take(batch)) {
    skipping_ = true;
    skip(batch);
    overruns_.fetch_add(1, std::memory_order_relaxed);
    overrun_.store(true, std::memory_order_release);
  }
  signal_.notify();
}

void Publisher::skip(const Batch& batch) {
  skipped_.store(batch.first_sequence.value + batch.journaled_count - 1, std::memory_order_release);
}

// ---- the publisher's thread

void Publisher::run() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
  while (!stopping()) {
    announce();
    write_all_if_asked();
    if (write_some()) {
      naps_ = 0;
    } else if (overrun_.load(std::memory_order_acquire)) {
      recover_overrun();
    } else {
      nap();
    }
  }
  if (const auto written = log_.write_all(); !written.ok()) {
    fail(written.error());
  }
}

void Publisher::announce() {
  const std::uint64_t next = log_.next();
  if (next != announced_) {
    announced_ = next;
    naps_ = 0;
    if (options_.on_published) {
      options_.on_published();
    }
    forget_old();
  }
}

void Publisher::forget_old() {
  // Once a second of the engine's time: a tick is enough, where nothing else happens.
  const std::uint64_t second = log_.newest_time().us / us_per_second;
  if (second == looked_at_second_) {
    return;
  }
  looked_at_second_ = second;
  if (const auto forgotten = log_.forget_old(); !forgotten.ok()) {
    fail(forgotten.error());
  }
}

bool Publisher::write_some() {
  const Result<std::uint64_t> written = log_.write_some();
  if (!written.ok()) {
    fail(written.error());
    return false;
  }
  failing_ = false;
  return written.value() > 0;
}

void Publisher::write_all_if_asked() {
  const std::uint32_t asked = durable_asked_.load(std::memory_order_acquire);
  if (asked == durable_done_.load(std::memory_order_relaxed)) {
    return;
  }
  if (const auto written = log_.write_all(); !written.ok()) {
    fail(written.error());
  }
  durable_done_.store(asked, std::memory_order_release);
}

Sequence Publisher::make_durable() {
  const std::uint32_t asked = durable_asked_.fetch_add(1, std::memory_order_acq_rel) + 1;
  signal_.notify();
  for (int step = 0; step < durable_steps && !stopping(); ++step) {
    if (static_cast<std::int32_t>(durable_done_.load(std::memory_order_acquire) - asked) >= 0) {
      break;
    }
    std::this_thread::sleep_for(durable_step);
  }
  return log_.durable();
}

void Publisher::recover_overrun() {
  if (options_.on_overrun) {
    options_.on_overrun();
  }
  overrun_.store(false, std::memory_order_relaxed);
  resumed_number_.store(0, std::memory_order_relaxed);
  EventTail& other = log_.spare_tail();
  resume_in_.store(&other, std::memory_order_release);
  std::optional<Sequence> made;
  while (!stopping()) {
    // What is left out once events go into the other tail is not for this time; so this comes
    // first.
    Sequence until{skipped_.load(std::memory_order_acquire)};
    const std::uint64_t resumed = resumed_number_.load(std::memory_order_acquire);
    if (resumed != 0) {
      until = Sequence{resumed_sequence_.load(std::memory_order_relaxed) - 1};
    }
    if (resumed == log_.next()) {
      const auto switched = log_.switch_tail();
      if (switched.ok()) {
        return;
      }
      fail(switched.error());
      continue;
    }
    if (resumed == 0 && until == made) {
      write_all_if_asked();
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
    announce();
  }
}

void Publisher::nap() {
  if (naps_ < naps_max) {
    ++naps_;
    const bool followed = options_.followed && options_.followed();
    std::this_thread::sleep_for(followed ? nap_time : long_nap_time);
    return;
  }
  const std::uint32_t seen = signal_.epoch();
  const bool asked = durable_asked_.load(std::memory_order_acquire) !=
                     durable_done_.load(std::memory_order_relaxed);
  if (log_.next() == announced_ && !asked && !overrun_.load(std::memory_order_acquire) &&
      !stopping()) {
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
