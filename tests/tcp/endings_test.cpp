// How connections end, and what does not end with them.
#include <thread>

#include "adapters/tcp/client.h"
#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

using Endings = ServerTest;

TEST_F(Endings, ADisconnectInMidFrameHurtsNobody) {
  start();
  RawPeer good(port());
  ASSERT_TRUE(good.greet());
  const FrameBuffer frame = orders_frame(1, 1, 200);
  for (const std::size_t cut : {1U, 3U, 4U, 79U, 5000U}) {
    RawPeer leaving(port());
    ASSERT_TRUE(leaving.greet());
    leaving.send(frame.bytes().first(cut));
    if (cut % 2 == 0) {
      leaving.reset();
    } else {
      leaving.close();
    }
  }
  EXPECT_TRUE(eventually([this] { return counters().connections_open == 1; }));
  good.send(order_frame(9, 9));
  expect_echo(good, 9, 9);
  EXPECT_EQ(pipeline_->messages(), 1U);
}

TEST_F(Endings, LateAnswersOfAClosedSessionGoNowhere) {
  start();
  pipeline_->pause();
  {
    RawPeer leaving(port());
    ASSERT_TRUE(leaving.greet());
    leaving.send(order_frame(1, 1));
    ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 1; }));
    leaving.reset();
  }
  ASSERT_TRUE(eventually([this] { return counters().connections_open == 0; }));
  // The next session takes the same place; the answer is not for it.
  RawPeer next(port());
  ASSERT_TRUE(next.greet());
  pipeline_->resume();
  ASSERT_TRUE(eventually([this] { return counters().answers_dropped == 1; }));
  next.send(order_frame(2, 2));
  expect_echo(next, 2, 2);
}

TEST_F(Endings, AClientMayCloseItsSideAndStillReadItsAnswers) {
  start();
  pipeline_->pause();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  for (std::uint64_t at = 0; at < 5; ++at) {
    peer.send(order_frame(at, at));
  }
  peer.finish_sending();
  ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 5; }));
  pipeline_->resume();
  for (std::uint64_t at = 0; at < 5; ++at) {
    expect_echo(peer, at, at);
  }
  EXPECT_TRUE(peer.ended());
}

TEST_F(Endings, StoppingLetsAnswersOutAndSaysGoodbye) {
  options_.io_threads = 2;
  start();
  pipeline_->pause();
  RawPeer first(port());
  RawPeer second(port());
  RawPeer silent(port());
  ASSERT_TRUE(first.greet());
  ASSERT_TRUE(second.greet());
  first.send(order_frame(1, 1));
  second.send(order_frame(2, 2));
  ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 2; }));
  std::thread stopping([this] { server_->stop(std::chrono::seconds(20)); });
  // Nobody new gets in, and nothing new is read.
  expect_error(silent, ErrorCode::shutting_down, 0, true);
  first.send(order_frame(3, 3));
  pipeline_->resume();
  expect_echo(first, 1, 1);
  expect_error(first, ErrorCode::shutting_down, 0, true);
  expect_echo(second, 2, 2);
  expect_error(second, ErrorCode::shutting_down, 0, true);
  EXPECT_TRUE(first.ended());
  EXPECT_TRUE(second.ended());
  EXPECT_TRUE(silent.ended());
  first.close();
  second.close();
  silent.close();
  stopping.join();
  EXPECT_EQ(pipeline_->messages(), 2U);
  EXPECT_EQ(counters().connections_open, 0U);
}

TEST_F(Endings, StoppingWaitsNoLongerThanItsGrace) {
  start();
  pipeline_->pause();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  peer.send(order_frame(1, 1));
  ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 1; }));
  server_->stop(std::chrono::milliseconds(30));
  EXPECT_EQ(counters().connections_open, 0U);
  EXPECT_TRUE(peer.ended());
  // The answer comes after the end of the server's threads, and is nobody's.
  pipeline_->resume();
  EXPECT_TRUE(eventually([this] { return pipeline_->delivered() == 1; }));
}

TEST_F(Endings, StoppingWithoutConnectionsTakesNoTime) {
  start();
  server_->stop(std::chrono::hours(1));
  server_->stop(std::chrono::hours(1));
}

TEST_F(Endings, AServerThatCannotListenSaysWhy) {
  start();
  ServerOptions options;
  options.port = port();
  Server second(options, {});
  const auto make_port = [this] { return pipeline_->open_port(); };
  const auto taken = second.start(make_port);
  ASSERT_TRUE(taken.has_value());
  EXPECT_NE(taken->find("in use"), std::string::npos) << *taken;
  options.address = "not an address";
  Server third(options, {});
  EXPECT_TRUE(third.start(make_port).has_value());
}

}  // namespace
}  // namespace millrace::test
