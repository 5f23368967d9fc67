// Blocking sockets and one thread: speed is not what it is for.
#include "tests/load/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "engine/core/check.h"

namespace millrace::load::test {
namespace {

constexpr int poll_ms = 20;

/// Reads so many bytes; false at the end of the connection or when told to stop.
bool read_all(int socket, std::byte* into, std::size_t count, const std::atomic<bool>& stopping) {
  while (count > 0) {
    pollfd ready{socket, POLLIN, 0};
    if (stopping) {
      return false;
    }
    if (::poll(&ready, 1, poll_ms) == 0) {
      continue;
    }
    const ssize_t got = ::recv(socket, into, count, 0);
    if (got <= 0) {
      return false;
    }
    into += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

/// The next frame, padded.
std::optional<std::vector<std::uint64_t>> read_frame(int socket,
                                                     const std::atomic<bool>& stopping) {
  std::vector<std::uint64_t> words(1);
  auto* prefix = reinterpret_cast<std::byte*>(words.data());
  if (!read_all(socket, prefix, frame_prefix_bytes, stopping)) {
    return std::nullopt;
  }
  const std::size_t bytes = padded_bytes(frame_bytes(prefix));
  words.resize(bytes / 8);
  auto* frame = reinterpret_cast<std::byte*>(words.data());
  if (!read_all(socket, frame + frame_prefix_bytes, bytes - frame_prefix_bytes, stopping)) {
    return std::nullopt;
  }
  return words;
}

void send_all(int socket, FrameBuffer& out) {
  std::size_t sent = 0;
  while (sent < out.size()) {
    const ssize_t now = ::send(socket, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) {
      break;
    }
    sent += static_cast<std::size_t>(now);
  }
  out.clear();
}

}  // namespace

FakeServer::FakeServer(std::vector<Answer> answers, std::uint32_t credit)
    : answers_(std::move(answers)), credit_(credit) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(listener_ >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(::listen(listener_, 16) == 0);
  CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

FakeServer::~FakeServer() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

void FakeServer::run() {
  for (std::size_t served = 0; !stopping_;) {
    pollfd ready{listener_, POLLIN, 0};
    if (::poll(&ready, 1, poll_ms) <= 0) {
      continue;
    }
    const int socket = ::accept(listener_, nullptr, nullptr);
    serve(socket, answers_[std::min(served, answers_.size() - 1)]);
    ::close(socket);
    ++served;
  }
}

void FakeServer::serve(int socket, const Answer& answer) const {
  FrameBuffer out;
  Hello hello;
  const auto first = read_frame(socket, stopping_);
  if (!first || decode_hello(std::as_bytes(std::span(*first)), hello) != Flaw::none) {
    return;
  }
  const BatchLimits limits;
  Welcome welcome;
  welcome.server = "fake";
  welcome.credit = credit_;
  welcome.frame_bytes_max = limits.frame_bytes_max;
  welcome.commands_per_frame_max = limits.commands_max;
  welcome.lines_per_frame_max = limits.lines_max;
  encode_welcome(out, hello.request, welcome);
  send_all(socket, out);
  for (std::uint64_t nth = 0;; ++nth) {
    const auto frame = read_frame(socket, stopping_);
    if (!frame) {
      return;
    }
    Message message{};
    CHECK(decode(std::as_bytes(std::span(*frame)), limits, FrameSource::client, message) ==
          Flaw::none);
    const bool goes_on = answer(message, nth, out);
    send_all(socket, out);
    if (!goes_on) {
      return;
    }
  }
}

std::vector<Outcome> true_outcomes(const Message& message) {
  std::vector<Outcome> outcomes(message.count);
  const OrderLine* line = message.lines().data();
  for (std::uint32_t i = 0; i < message.count; ++i) {
    Outcome& outcome = outcomes[i];
    outcome.node = NodeIndex{0};
    if (message.kind == CommandKind::cancel_order) {
      outcome.status = Status::cancelled;
      continue;
    }
    outcome.status = Status::allocated;
    outcome.shipments = 1;
    const std::uint32_t lines = message.commands<OrderHead>()[i].line_count;
    for (std::uint32_t each = 0; each < lines; ++each, ++line) {
      outcome.allocated += line->quantity;
    }
  }
  return outcomes;
}

void answer_with(const Message& message, std::uint64_t nth, std::span<const Outcome> outcomes,
                 FrameBuffer& out) {
  encode_outcomes(out, message.origin.request, Sequence{nth * 1'000'000 + 1}, outcomes);
}

bool answer_truly(const Message& message, std::uint64_t nth, FrameBuffer& out) {
  answer_with(message, nth, true_outcomes(message), out);
  return true;
}

}  // namespace millrace::load::test
