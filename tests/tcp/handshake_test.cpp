// Who gets in, and what the others are told.
#include <thread>

#include "adapters/tcp/client.h"
#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

using Handshake = ServerTest;

FrameBuffer hello_frame(std::uint16_t protocol, const std::string& token,
                        const std::string& client = "raw") {
  FrameBuffer frame;
  encode_hello(frame, {7, protocol, client, token, 0});
  return frame;
}

TEST_F(Handshake, WelcomeTellsLimitsAndNames) {
  options_.credit = 300;
  start();
  auto client = Client::connect("127.0.0.1", port(), {.name = "a", .credit = 0});
  ASSERT_TRUE(client.ok()) << client.error().text;
  const Welcome& welcome = client->server();
  EXPECT_EQ(welcome.server, "test");
  EXPECT_EQ(welcome.credit, 300U);
  EXPECT_EQ(welcome.frame_bytes_max, BatchLimits{}.frame_bytes_max);
  EXPECT_EQ(welcome.commands_per_frame_max, BatchLimits{}.commands_max);
  EXPECT_EQ(welcome.lines_per_frame_max, BatchLimits{}.lines_max);
  EXPECT_EQ(welcome.nodes, options_.welcome.nodes);
  EXPECT_EQ(welcome.channels, options_.welcome.channels);
  EXPECT_EQ(welcome.services, options_.welcome.services);
  EXPECT_TRUE(eventually([this] { return logged("session_opened", "client", "a"); }));
}

TEST_F(Handshake, CreditIsWhatTheClientAsksForUpToTheServersOwn) {
  options_.credit = 300;
  start();
  const auto modest = Client::connect("127.0.0.1", port(), {.credit = 5});
  ASSERT_TRUE(modest.ok());
  EXPECT_EQ(modest->server().credit, 5U);
  const auto greedy = Client::connect("127.0.0.1", port(), {.credit = 4'000'000'000});
  ASSERT_TRUE(greedy.ok());
  EXPECT_EQ(greedy->server().credit, 300U);
}

TEST_F(Handshake, CommandBeforeHello) {
  start();
  RawPeer peer(port());
  peer.send(order_frame(3, 1));
  expect_error(peer, ErrorCode::no_hello, 3, true);
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(pipeline_->messages(), 0U);
  EXPECT_EQ(errors(ErrorCode::no_hello), 1U);
}

TEST_F(Handshake, WrongVersion) {
  start();
  RawPeer peer(port());
  peer.send(hello_frame(2, ""));
  expect_error(peer, ErrorCode::bad_version, 7, true);
  EXPECT_TRUE(peer.ended());
}

TEST_F(Handshake, Tokens) {
  options_.token = "secret";
  start();
  for (const char* token : {"", "secre", "secrex", "secrets", "SECRET"}) {
    RawPeer peer(port());
    peer.send(hello_frame(1, token));
    expect_error(peer, ErrorCode::bad_token, 7, true);
    EXPECT_TRUE(peer.ended());
  }
  RawPeer peer(port());
  EXPECT_TRUE(peer.greet(0, "secret"));
  EXPECT_EQ(errors(ErrorCode::bad_token), 5U);
  EXPECT_FALSE(logged("session_opened", "client", "secret"));
}

TEST_F(Handshake, RepeatedHelloIsAnsweredInTurn) {
  start();
  EXPECT_TRUE(goes_on_after(hello_frame(1, ""), ErrorCode::repeated_hello, 7));
}

TEST_F(Handshake, AHelloTooLongCostsNoMemory) {
  start();
  RawPeer peer(port());
  // Only the prefix: the server does not wait for what it would not take.
  const std::uint32_t size = hello_bytes_max;
  peer.send(std::as_bytes(std::span(&size, 1)));
  expect_error(peer, ErrorCode::too_large, 0, true);
  EXPECT_TRUE(peer.ended());
}

TEST_F(Handshake, NoHelloInTime) {
  options_.handshake_timeout = std::chrono::milliseconds(40);
  start();
  RawPeer peer(port());
  const FrameBuffer hello = hello_frame(1, "");
  peer.send(hello.bytes().first(20));
  expect_error(peer, ErrorCode::idle, 0, true);
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(errors(ErrorCode::idle), 1U);
}

TEST_F(Handshake, ADoneHandshakeHasNoTimeout) {
  options_.handshake_timeout = std::chrono::milliseconds(20);
  start();
  RawPeer patient(port());
  ASSERT_TRUE(patient.greet());
  RawPeer idle(port());
  expect_error(idle, ErrorCode::idle, 0, true);
  patient.send(order_frame(1, 4));
  expect_echo(patient, 1, 4);
}

TEST_F(Handshake, ClientNamesAreTamedForTheLog) {
  start();
  RawPeer peer(port());
  peer.send(hello_frame(1, "", "evil\n\x1b[2J" + std::string(500, 'x')));
  ASSERT_TRUE(peer.receive().has_value());
  EXPECT_TRUE(eventually(
      [this] { return logged("session_opened", "client", "evil??[2J" + std::string(55, 'x')); }));
}

TEST_F(Handshake, TooManyConnections) {
  options_.connections_max = 2;
  start();
  RawPeer first(port());
  ASSERT_TRUE(first.greet());
  auto second = std::make_unique<RawPeer>(port());
  ASSERT_TRUE(second->greet());
  const auto third = Client::connect("127.0.0.1", port(), {});
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.error().kind, ClientError::Kind::refused);
  EXPECT_EQ(third.error().code, ErrorCode::too_many_connections);
  EXPECT_EQ(counters().connections_refused, 1U);
  // A place that becomes free is given away again.
  second->close();
  ASSERT_TRUE(eventually([this] { return counters().connections_open == 1; }));
  RawPeer fourth(port());
  EXPECT_TRUE(fourth.greet());
  first.send(order_frame(1, 4));
  expect_echo(first, 1, 4);
}

TEST_F(Handshake, AnythingButAFrame) {
  start();
  RawPeer peer(port());
  const std::string_view request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  peer.send(std::as_bytes(std::span(request)));
  expect_error(peer, ErrorCode::too_large, 0, true);
  EXPECT_TRUE(peer.ended());
}

}  // namespace
}  // namespace millrace::test
