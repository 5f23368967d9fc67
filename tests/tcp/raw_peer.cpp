// Peers and the server under test.
#include "tests/tcp/raw_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

namespace millrace::test {

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

RawPeer::RawPeer(std::uint16_t port, int receive_buffer) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
}

RawPeer::~RawPeer() {
  close();
}

bool RawPeer::send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t RawPeer::send_some(std::span<const std::byte> bytes) {
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void RawPeer::finish_sending() {
  ::shutdown(fd_, SHUT_WR);
}

void RawPeer::close() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
}

void RawPeer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close();
}

bool RawPeer::read_some(std::size_t bytes_max) {
  pollfd watched{fd_, POLLIN, 0};
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(patience).count();
  if (::poll(&watched, 1, static_cast<int>(wait)) <= 0) {
    ADD_FAILURE() << "the server neither answers nor closes";
    return false;
  }
  incoming_.drop_front(taken_);
  taken_ = 0;
  const std::size_t have = incoming_.size();
  std::byte* const at = incoming_.extend(bytes_max);
  const ssize_t got = ::recv(fd_, at, bytes_max, 0);
  incoming_.truncate(have + static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  return got > 0;
}

std::optional<Reply> RawPeer::receive() {
  while (true) {
    const std::span<const std::byte> rest = incoming_.bytes().subspan(taken_);
    const std::span<const std::byte> frame = first_frame(rest);
    if (!frame.empty()) {
      Reply reply;
      EXPECT_EQ(decode_reply(frame, reply), Flaw::none);
      taken_ += frame.size();
      return reply;
    }
    if (!fill()) {
      return std::nullopt;
    }
  }
}

bool RawPeer::ended() {
  return !receive().has_value();
}

bool RawPeer::greet(std::uint32_t credit, const std::string& token) {
  FrameBuffer hello;
  encode_hello(hello, {500, protocol_version, "raw", token, credit});
  if (!send(hello)) {
    return false;
  }
  const std::optional<Reply> reply = receive();
  return reply && reply->kind == ReplyKind::welcome && reply->request == 500;
}

FrameBuffer orders_frame(std::uint64_t request, std::uint64_t first_id, std::size_t count) {
  FrameBuffer frame;
  const OrdersToFill orders = encode_orders(frame, request, count, count, false);
  for (std::size_t at = 0; at < count; ++at) {
    orders.heads[at] = OrderHead{};
    orders.heads[at].id = {1, first_id + at};
    orders.heads[at].line_count = 1;
    orders.lines[at] = {Sku{1}, Units{1}, 1};
  }
  return frame;
}

FrameBuffer order_frame(std::uint64_t request, std::uint64_t id, std::size_t lines) {
  FrameBuffer frame;
  const OrdersToFill orders = encode_orders(frame, request, 1, lines, false);
  orders.heads[0] = OrderHead{};
  orders.heads[0].id = {1, id};
  orders.heads[0].line_count = static_cast<std::uint8_t>(lines);
  std::fill(orders.lines.begin(), orders.lines.end(), OrderLine{Sku{1}, Units{1}, 1});
  return frame;
}

ServerTest::ServerTest() {
  options_.welcome.server = "test";
  options_.welcome.nodes = {"EWR", "ONT"};
  options_.welcome.channels = {"web"};
  options_.welcome.services = {"ground"};
}

ServerTest::~ServerTest() {
  if (server_ != nullptr) {
    server_->stop(std::chrono::milliseconds(0));
  }
  pipeline_.reset();
}

void ServerTest::start() {
  server_ = std::make_unique<Server>(
      options_, [this](LogLevel, std::string_view event, std::span<const LogField> fields) {
        Line line{std::string(event), {}};
        for (const LogField& field : fields) {
          line.fields[std::string(field.key)] =
              std::holds_alternative<std::string_view>(field.value)
                  ? std::string(std::get<std::string_view>(field.value))
                  : std::to_string(std::get<std::uint64_t>(field.value));
        }
        const std::lock_guard lock(log_mutex_);
        log_.push_back(std::move(line));
      });
  pipeline_ = std::make_unique<EchoPipeline>(server_->sink());
  const auto problem = server_->start([this] { return pipeline_->open_port(); });
  ASSERT_FALSE(problem.has_value()) << *problem;
}

bool ServerTest::logged(const std::string& event, const std::string& key,
                        const std::string& value) {
  const std::lock_guard lock(log_mutex_);
  for (const Line& line : log_) {
    const auto found = line.fields.find(key);
    if (line.event == event && found != line.fields.end() && found->second == value) {
      return true;
    }
  }
  return false;
}

void ServerTest::expect_error(RawPeer& peer, ErrorCode code, std::uint64_t request, bool closes) {
  const std::optional<Reply> reply = peer.receive();
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->kind, ReplyKind::error);
  EXPECT_EQ(error_name(reply->error), error_name(code));
  EXPECT_EQ(reply->request, request);
  EXPECT_EQ(reply->closes, closes);
  EXPECT_FALSE(reply->text.empty());
}

void ServerTest::expect_echo(RawPeer& peer, std::uint64_t request, std::uint64_t id) {
  const std::optional<Reply> reply = peer.receive();
  ASSERT_TRUE(reply.has_value());
  ASSERT_EQ(reply->kind, ReplyKind::outcomes) << reply->text;
  EXPECT_EQ(reply->request, request);
  ASSERT_EQ(reply->outcomes.size(), 1U);
  EXPECT_EQ(reply->outcomes[0].detail, static_cast<std::uint32_t>(id));
}

bool ServerTest::goes_on_after(const FrameBuffer& frame, ErrorCode code, std::uint64_t request) {
  RawPeer peer(port());
  EXPECT_TRUE(peer.greet());
  FrameBuffer both;
  both.append(frame.bytes());
  both.append(order_frame(900, 5).bytes());
  peer.send(both);
  const std::optional<Reply> error = peer.receive();
  if (!error || error->kind != ReplyKind::error) {
    ADD_FAILURE() << "no error";
    return false;
  }
  EXPECT_EQ(error_name(error->error), error_name(code));
  EXPECT_EQ(error->request, request);
  const bool closes = error->closes;
  if (closes) {
    EXPECT_TRUE(peer.ended());
  } else {
    expect_echo(peer, 900, 5);
  }
  return !closes;
}

}  // namespace millrace::test
