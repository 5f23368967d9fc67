// Subscribers of events.
#include "adapters/tcp/event_subscriber.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "adapters/wire/codec.h"

namespace millrace {

namespace {

/// A follower whose filter lets nothing pass hears all the same how far it is, so often.
constexpr std::uint64_t passed_over_max = 1U << 16U;
constexpr std::size_t read_bytes = 4096;
/// What a subscriber that never gives way may have sent beyond a frame.
constexpr std::size_t input_bytes_max = 64U << 10U;

template <class Index>
std::vector<bool> set_of(const std::vector<Index>& values) {
  std::vector<bool> set;
  for (const Index value : values) {
    if (set.size() <= value.value) {
      set.resize(std::size_t{value.value} + 1);
    }
    set[value.value] = true;
  }
  return set;
}

bool has(const std::vector<bool>& set, std::size_t value) {
  return set.empty() || (value < set.size() && set[value]);
}

}  // namespace

EventFilter::EventFilter(const Subscribe& subscribe)
    : wants_all_(subscribe.channels.empty() && subscribe.nodes.empty() && subscribe.kinds.empty() &&
                 subscribe.orders.empty()),
      nodes_(set_of(subscribe.nodes)),
      channels_(set_of(subscribe.channels)),
      orders_(subscribe.orders) {
  if (subscribe.kinds.empty()) {
    kinds_.set();
  }
  for (const EventKind kind : subscribe.kinds) {
    kinds_.set(static_cast<std::size_t>(kind));
  }
  std::sort(orders_.begin(), orders_.end());
}

bool EventFilter::passes(const Event& event) const {
  return kinds_.test(static_cast<std::size_t>(event.kind)) && has(nodes_, event.node.value) &&
         has(channels_, event.channel.value) &&
         (orders_.empty() || std::binary_search(orders_.begin(), orders_.end(), event.order));
}

EventSubscriber::EventSubscriber(const EventLog& log, FeedRequest request)
    : log_(log),
      reader_(log),
      fd_(request.fd),
      peer_(std::move(request.peer)),
      client_(std::move(request.client)),
      filter_(request.subscribe),
      request_(request.subscribe.request),
      next_(request.subscribe.from == 0 ? log.first() : request.subscribe.from),
      credit_(request.subscribe.credit) {
  output_.append(request.output);
  input_.append(request.input);
  if (next_ > log.next()) {
    say_goodbye(ErrorCode::event_not_kept, "event " + std::to_string(next_) +
                                               " is not there yet: the next one will be " +
                                               std::to_string(log.next()));
  }
}

EventSubscriber::~EventSubscriber() {
  close("closed");
}

bool EventSubscriber::can_go_on() const {
  return !dead() && !closing_ && !wants_write() &&
         (!greeted_ || (credit_ > 0 && next_ < log_.next()));
}

std::size_t EventSubscriber::go_on(EventChunk& chunk) {
  std::span<const Event> events;
  if (credit_ > 0 && next_ < log_.next()) {
    const Result<std::span<const Event>> read = chunk.from(next_, reader_);
    if (!read.ok()) {
      fail(read.error());
      return 0;
    }
    events = read.value();
  }
  std::span<const Event> sent = events.first(std::min<std::uint64_t>(events.size(), credit_));
  std::size_t looked_at = sent.size();
  if (!filter_.wants_all()) {
    wanted_.clear();
    for (looked_at = 0; looked_at < events.size() && wanted_.size() < credit_; ++looked_at) {
      if (filter_.passes(events[looked_at])) {
        wanted_.push_back(events[looked_at]);
      }
    }
    sent = wanted_;
  }
  next_ += looked_at;
  credit_ -= sent.size();
  passed_over_ += looked_at;
  const bool there = next_ - looked_at < milestone_ && next_ >= milestone_;
  if (!sent.empty() || !greeted_ || there || passed_over_ >= passed_over_max) {
    const EventsHead head{next_, log_.first(), log_.next()};
    encode_events(output_, request_, head, sent);
    milestone_ = greeted_ ? milestone_ : head.end;
    greeted_ = true;
    passed_over_ = 0;
    write();
  }
  return sent.size();
}

void EventSubscriber::fail(const Error& error) {
  if (error.code == DiskError::not_found) {
    say_goodbye(ErrorCode::event_not_kept, "event " + std::to_string(next_) +
                                               " is not kept any more: the oldest one is " +
                                               std::to_string(log_.first()));
  } else {
    say_goodbye(ErrorCode::event_not_kept, error.text);
  }
}

void EventSubscriber::on_readable(std::size_t frame_bytes_max) {
  while (!dead()) {
    const std::size_t have = input_.size();
    std::byte* const at = input_.extend(read_bytes);
    const ssize_t got = ::recv(fd_, at, read_bytes, 0);
    const int code = errno;
    input_.truncate(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && (code == EAGAIN || code == EWOULDBLOCK || code == EINTR)) {
      break;
    }
    if (got <= 0) {
      // Whoever sends nothing more grants nothing more either.
      close(got == 0 ? "closed" : "connection_broken");
      return;
    }
    if (input_.size() > input_bytes_max) {
      break;
    }
  }
  take_input(frame_bytes_max);
}

void EventSubscriber::take_input(std::size_t frame_bytes_max) {
  std::size_t taken = 0;
  FrameBuffer frame;
  while (!dead() && !closing_ && input_.size() - taken >= frame_prefix_bytes) {
    const std::size_t byte_count = frame_bytes(input_.data() + taken);
    if (byte_count > std::min(frame_bytes_max, input_bytes_max)) {
      say_goodbye(flaw_code(Flaw::frame_too_long), flaw_text(Flaw::frame_too_long));
      return;
    }
    if (input_.size() - taken < byte_count) {
      break;
    }
    frame.clear();
    frame.append(input_.bytes().subspan(taken, byte_count));
    constexpr std::array<std::byte, 8> zeros{};
    frame.append(std::span(zeros).first(padded_bytes(byte_count) - byte_count));
    taken += byte_count;
    std::uint32_t granted = 0;
    const Flaw flaw = decode_event_credit(frame.bytes(), frame_bytes_max, granted);
    if (flaw != Flaw::none) {
      say_goodbye(flaw_code(flaw), flaw_text(flaw));
      return;
    }
    credit_ += granted;
  }
  input_.drop_front(taken);
}

void EventSubscriber::on_writable() {
  write();
}

void EventSubscriber::write() {
  while (!dead() && sent_ < output_.size()) {
    const ssize_t written =
        ::send(fd_, output_.data() + sent_, output_.size() - sent_, MSG_NOSIGNAL);
    if (written >= 0) {
      sent_ += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno != EINTR) {
      close("connection_broken");
      return;
    }
  }
  output_.clear();
  sent_ = 0;
  if (closing_) {
    close(end_);
  }
}

void EventSubscriber::say_goodbye(ErrorCode code, std::string_view text) {
  if (dead() || closing_) {
    return;
  }
  encode_error(output_, request_, code, text, true);
  end_ = error_name(code);
  closing_ = true;
  write();
}

void EventSubscriber::close(std::string_view why) {
  if (fd_ >= 0) {
    end_ = why;
    // Input that nobody has read would throw away the last bytes sent.
    std::array<std::byte, read_bytes> unread{};
    while (::recv(fd_, unread.data(), unread.size(), 0) > 0) {
    }
    ::close(std::exchange(fd_, -1));
  }
}

}  // namespace millrace
