// The feed of events.
#include "adapters/tcp/event_feed.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/tcp/event_subscriber.h"
#include "engine/core/check.h"

namespace millrace {

namespace {

constexpr std::size_t events_a_chunk = 2048;
constexpr int niceness = 10;

}  // namespace

EventChunk::EventChunk() : events_(events_a_chunk) {}

Result<std::span<const Event>> EventChunk::from(std::uint64_t number, EventReader& reader) {
  if (number < first_ || number >= first_ + count_) {
    count_ = 0;
    const Result<std::size_t> read = reader.read(number, events_);
    if (!read.ok()) {
      return read.error();
    }
    first_ = number;
    count_ = read.value();
  }
  return std::span<const Event>(events_).subspan(number - first_, count_ - (number - first_));
}

EventFeed::EventFeed(const EventLog& log, const LogFunction& log_function,
                     std::size_t frame_bytes_max, std::atomic<std::uint32_t>& connections_open)
    : log_(log),
      log_function_(log_function),
      frame_bytes_max_(frame_bytes_max),
      connections_open_(connections_open),
      event_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(event_fd_ >= 0);
}

EventFeed::~EventFeed() {
  stop();
  for (const FeedRequest& request : arrived_) {
    ::close(request.fd);
  }
  ::close(event_fd_);
}

void EventFeed::start() {
  thread_ = std::thread([this] { run(); });
  (void)::pthread_setname_np(thread_.native_handle(), "mr-feed");
}

void EventFeed::stop() {
  stopping_ = true;
  send_signal();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void EventFeed::send_signal() const {
  const std::uint64_t one = 1;
  // It can only fail for a counter that is full, and then the feed is awake.
  [[maybe_unused]] const ssize_t written = ::write(event_fd_, &one, sizeof(one));
}

void EventFeed::adopt(FeedRequest request) {
  connections_open_.fetch_add(1);
  {
    const std::lock_guard lock(mutex_);
    arrived_.push_back(std::move(request));
  }
  send_signal();
}

void EventFeed::wake() {
  // Sequentially consistent, so that it is ordered behind the publishing that it tells of: whoever
  // is counted later finds the events.
  if (subscribers_.load(std::memory_order_seq_cst) != 0 &&
      sleeping_.exchange(false, std::memory_order_seq_cst)) {
    send_signal();
  }
}

void EventFeed::run() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
  while (!stopping_) {
    take_in();
    work();
    sleep();
    bury();
  }
  for (const auto& subscriber : following_) {
    subscriber->say_goodbye(flaw_code(Flaw::server_stops), flaw_text(Flaw::server_stops));
  }
  following_.clear();
  connections_open_.fetch_sub(static_cast<std::uint32_t>(subscribers_.exchange(0)));
}

void EventFeed::take_in() {
  std::vector<FeedRequest> arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived.swap(arrived_);
  }
  for (FeedRequest& request : arrived) {
    following_.push_back(std::make_unique<EventSubscriber>(log_, std::move(request)));
    following_.back()->on_readable(frame_bytes_max_);
    subscribers_.fetch_add(1);
  }
}

void EventFeed::work() {
  for (const auto& subscriber : following_) {
    if (subscriber->can_go_on()) {
      const std::size_t sent = subscriber->go_on(chunk_);
      events_out_.store(events_out_.load(std::memory_order_relaxed) + sent,
                        std::memory_order_relaxed);
    }
  }
}

void EventFeed::sleep() {
  std::vector<pollfd> waits;
  waits.push_back({event_fd_, POLLIN, 0});
  for (const auto& subscriber : following_) {
    const auto events = static_cast<short>(subscriber->wants_write() ? POLLIN | POLLOUT : POLLIN);
    waits.push_back({subscriber->fd(), events, 0});
  }
  sleeping_.store(true, std::memory_order_seq_cst);
  // What was published before that woke nobody.
  const bool idle = std::none_of(following_.begin(), following_.end(),
                                 [](const auto& subscriber) { return subscriber->can_go_on(); });
  ::poll(waits.data(), waits.size(), idle ? -1 : 0);
  sleeping_.store(false, std::memory_order_seq_cst);
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(event_fd_, &count, sizeof(count));
  for (std::size_t at = 0; at < following_.size(); ++at) {
    const short found = waits[at + 1].revents;
    if ((found & POLLOUT) != 0) {
      following_[at]->on_writable();
    }
    if ((found & (POLLIN | POLLHUP | POLLERR)) != 0 && !following_[at]->dead()) {
      following_[at]->on_readable(frame_bytes_max_);
    }
  }
}

void EventFeed::bury() {
  for (const auto& subscriber : following_) {
    if (subscriber->dead()) {
      const std::array fields{
          LogField{"peer", subscriber->peer()}, LogField{"client", subscriber->client()},
          LogField{"reason", subscriber->end()}, LogField{"next_event", subscriber->next()}};
      if (log_function_) {
        log_function_(LogLevel::info, "subscriber_left", fields);
      }
    }
  }
  const std::size_t left =
      std::erase_if(following_, [](const auto& subscriber) { return subscriber->dead(); });
  connections_open_.fetch_sub(static_cast<std::uint32_t>(left));
  subscribers_.fetch_sub(left);
}

}  // namespace millrace
