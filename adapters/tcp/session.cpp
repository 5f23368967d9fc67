// Sessions: their beginning and end, and bytes out. session_input.cpp has the bytes in.
#include "adapters/tcp/session.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <utility>

#include "adapters/tcp/io_thread.h"
#include "engine/core/check.h"

namespace millrace {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Sent bytes at the front of `pending_` that are worth moving the rest for.
constexpr std::size_t pending_sent_max = 256U << 10U;
constexpr std::size_t write_buffers_max = 64;

/// Some of the gathered buffers, as asio wants to see them.
struct BufferRange {
  const asio::const_buffer* first;
  const asio::const_buffer* last;

  [[nodiscard]] const asio::const_buffer* begin() const { return first; }

  [[nodiscard]] const asio::const_buffer* end() const { return last; }
};

}  // namespace

bool Session::would_block(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

Session::Session(IoThread& thread, asio::ip::tcp::socket socket, SessionId id, std::string peer)
    : thread_(thread),
      socket_(std::move(socket)),
      id_(id),
      peer_(std::move(peer)),
      began_(Clock::now()) {}

Session::~Session() = default;

void Session::start() {
  arm_read();
}

void Session::arm_read() {
  if (!read_armed_) {
    read_armed_ = true;
    socket_.async_wait(asio::ip::tcp::socket::wait_read, IoThread::OnReadable{&thread_, id_});
  }
}

void Session::arm_write() {
  if (!write_armed_) {
    write_armed_ = true;
    socket_.async_wait(asio::ip::tcp::socket::wait_write, IoThread::OnWritable{&thread_, id_});
  }
}

// ---- bytes out

void Session::add_answers(std::uint32_t messages, std::span<const std::byte> bytes) {
  CHECK(messages <= asked_end_ - asked_begin_);
  for (std::uint32_t message = 0; message < messages; ++message) {
    const Asked& asked = asked_[asked_begin_++ & (asked_.size() - 1)];
    unanswered_commands_ -= asked.commands;
    unanswered_bytes_ -= asked.bytes;
  }
  thread_.counts().answers_out.add(messages);
  if (pending_.empty()) {
    gathered_.emplace_back(bytes.data(), bytes.size());
  } else {
    pending_.append(bytes);
  }
}

void Session::flush_answers() {
  write_gathered();
  if (!dead()) {
    resume();
    finish_if_done();
  }
}

void Session::write_gathered() {
  std::size_t first = 0;
  while (first < gathered_.size()) {
    const std::size_t count = std::min(write_buffers_max, gathered_.size() - first);
    const BufferRange buffers{gathered_.data() + first, gathered_.data() + first + count};
    error_code error;
    std::size_t written = socket_.write_some(buffers, error);
    if (error && !would_block(error)) {
      gathered_.clear();
      die("connection_broken");
      return;
    }
    thread_.counts().writes.add(1);
    thread_.counts().bytes_out.add(written);
    const std::size_t end = first + count;
    while (first < end && written >= gathered_[first].size()) {
      written -= gathered_[first++].size();
    }
    if (first < end) {
      gathered_[first] += written;
      break;
    }
  }
  for (; first < gathered_.size(); ++first) {
    pending_.append(
        {static_cast<const std::byte*>(gathered_[first].data()), gathered_[first].size()});
  }
  gathered_.clear();
  if (!pending_.empty() && !write_armed_) {
    progress_at_ = Clock::now();
    arm_write();
  }
}

void Session::send(std::span<const std::byte> bytes) {
  const bool idle = pending_.empty();
  pending_.append(bytes);
  if (idle) {
    progress_at_ = Clock::now();
    write_pending();
  }
}

void Session::write_pending() {
  while (pending_sent_ < pending_.size()) {
    error_code error;
    const std::size_t written = socket_.write_some(
        asio::buffer(pending_.data() + pending_sent_, pending_.size() - pending_sent_), error);
    if (would_block(error)) {
      arm_write();
      break;
    }
    if (error) {
      die("connection_broken");
      return;
    }
    thread_.counts().writes.add(1);
    thread_.counts().bytes_out.add(written);
    pending_sent_ += written;
    progress_at_ = Clock::now();
  }
  if (pending_sent_ == pending_.size()) {
    pending_.clear_to(pending_bytes_max);
    pending_sent_ = 0;
  } else if (pending_sent_ >= pending_sent_max && pending_sent_ >= pending_.size() / 2) {
    pending_.drop_front(pending_sent_);
    pending_sent_ = 0;
  }
}

void Session::on_writable(const error_code& error) {
  write_armed_ = false;
  if (error) {
    die("connection_broken");
    return;
  }
  write_pending();
  if (!dead()) {
    resume();
    finish_if_done();
  }
}

// ---- endings

void Session::say_goodbye(Flaw flaw, std::uint64_t request) {
  if (!reads()) {
    return;
  }
  if (flaw != Flaw::server_stops) {
    note_flaw(flaw);
  }
  goodbye_ = flaw;
  goodbye_request_ = request;
  state_ = State::closing;
  paused_ = false;
  finish_if_done();
}

void Session::finish_if_done() {
  if (state_ != State::closing || unanswered_commands_ != 0) {
    return;
  }
  if (goodbye_ != Flaw::none) {
    FrameBuffer frame;
    encode_error(frame, goodbye_request_, flaw_code(goodbye_), flaw_text(goodbye_), true);
    goodbye_ = Flaw::none;
    send(frame.bytes());
  }
  if (dead() || !pending_.empty()) {
    return;
  }
  if (peer_closed_) {
    die("closed");
    return;
  }
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  state_ = State::lingering;
  lingers_until_ = Clock::now() + thread_.options().linger_timeout;
  stop_reading();
  arm_read();
}

void Session::note_progress(Clock::time_point now) {
  // A socket becomes writable only when a good part of its queue is gone, so a slow peer may get on
  // for long before it shows there.
  int queued = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &queued) == 0 && queued != queued_before_) {
    queued_before_ = queued;
    progress_at_ = now;
  }
}

void Session::check_time(Clock::time_point now) {
  const ServerOptions& options = thread_.options();
  if (!pending_.empty()) {
    note_progress(now);
  }
  if (state_ == State::greeting && now - began_ > options.handshake_timeout) {
    say_goodbye(Flaw::handshake_too_late);
  } else if (!pending_.empty() && now - progress_at_ > options.slow_reader_timeout) {
    thread_.counts().slow_readers.add(1);
    note_flaw(Flaw::reads_too_slowly);
    die("slow_reader");
  } else if (state_ == State::lingering && now > lingers_until_) {
    die("closed");
  }
}

void Session::die(std::string_view reason) {
  if (dead()) {
    return;
  }
  const std::array fields{LogField{"peer", peer_}, LogField{"client", client_},
                          LogField{"reason", reason}, LogField{"frames", frames_},
                          LogField{"refused", refused_}};
  thread_.log(reason == "slow_reader" ? LogLevel::warning : LogLevel::info, "session_closed",
              fields);
  error_code error;
  socket_.close(error);
  state_ = State::dead;
  stop_reading();
  thread_.bury(id_.slot);
}

}  // namespace millrace
