// No client can make the server hold more than it allows, nor hold up another client.
#include <atomic>
#include <memory>
#include <thread>

#include "adapters/tcp/client.h"
#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

using Backpressure = ServerTest;

TEST_F(Backpressure, NoMoreThanTheCreditIsTaken) {
  start();
  pipeline_->pause();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet(10));
  FrameBuffer stream;
  for (std::uint64_t at = 0; at < 100; ++at) {
    stream.append(orders_frame(at, 10 * at, 3).bytes());
  }
  peer.send(stream);
  // Four frames of three: the fourth begins within the credit and ends beyond it.
  ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 4; }));
  RawPeer other(port());
  ASSERT_TRUE(other.greet());
  other.send(order_frame(1, 1));
  ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 5; }));
  EXPECT_EQ(pipeline_->commands(), 13U);
  pipeline_->resume();
  for (std::uint64_t at = 0; at < 100; ++at) {
    const std::optional<Reply> reply = peer.receive();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->request, at);
    ASSERT_EQ(reply->outcomes.size(), 3U);
    EXPECT_EQ(reply->outcomes[2].detail, 10 * at + 2);
  }
  expect_echo(other, 1, 1);
}

TEST_F(Backpressure, RefusedFramesCountToo) {
  start();
  pipeline_->pause();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet(10));
  FrameBuffer stream;
  for (std::uint64_t at = 0; at < 100; ++at) {
    encode(stream, at, std::span<const CancelOrder>{});
  }
  peer.send(stream);
  ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 10; }));
  pipeline_->resume();
  for (std::uint64_t at = 0; at < 100; ++at) {
    expect_error(peer, ErrorCode::empty, at, false);
  }
}

TEST_F(Backpressure, BytesAreBoundedToo) {
  options_.credit_bytes = 1U << 20U;
  start();
  pipeline_->pause();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  // Each frame of 4,096 orders is 230 KB, and its answer 98 KB.
  FrameBuffer stream;
  for (std::uint64_t at = 0; at < 20; ++at) {
    stream.append(orders_frame(at, 1, 4096).bytes());
  }
  std::size_t sent = 0;
  ASSERT_TRUE(eventually([&] {
    sent += peer.send_some(stream.bytes().subspan(sent));
    return pipeline_->messages() >= 4;
  }));
  RawPeer other(port());
  ASSERT_TRUE(other.greet());
  other.send(order_frame(1, 1));
  ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 5; }));
  EXPECT_EQ(pipeline_->commands(), 4 * 4096 + 1U);
  pipeline_->resume();
  expect_echo(other, 1, 1);
  std::size_t answered = 0;
  while (answered < 20) {
    sent += peer.send_some(stream.bytes().subspan(sent));
    if (sent < stream.size() && answered + 1 >= pipeline_->delivered()) {
      continue;
    }
    ASSERT_TRUE(peer.receive().has_value());
    ++answered;
  }
}

/// Frames of a hundred orders, as long as they fit.
FrameBuffer orders_of(std::size_t byte_count) {
  FrameBuffer stream;
  const std::size_t frame_bytes = orders_frame(0, 0, 100).size();
  for (std::uint64_t at = 0; stream.size() + frame_bytes <= byte_count; ++at) {
    stream.append(orders_frame(at, 100 * at, 100).bytes());
  }
  return stream;
}

TEST_F(Backpressure, WhoComesAgainAndAgainCannotFillTheMemory) {
  options_.inbound_bytes_max = 4U << 20U;
  options_.connections_max = 64;
  start();
  pipeline_->pause();
  const FrameBuffer stream = orders_of(1U << 20U);
  std::vector<std::unique_ptr<RawPeer>> live;
  for (int at = 0; at < 4; ++at) {
    live.push_back(std::make_unique<RawPeer>(port()));
    ASSERT_TRUE(live.back()->greet());
    live.back()->send_some(stream.bytes());
  }
  std::uint64_t held_most = 0;
  for (int again = 0; again < 60; ++again) {
    RawPeer peer(port());
    ASSERT_TRUE(peer.greet());
    const std::uint64_t awaited = counters().inbound_room_awaited;
    const std::uint64_t before = counters().bytes_in;
    const std::size_t sent = peer.send_some(stream.bytes());
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    while (counters().bytes_in < before + sent && counters().inbound_room_awaited == awaited &&
           std::chrono::steady_clock::now() < until) {
      std::this_thread::yield();
    }
    held_most = std::max(held_most, counters().inbound_bytes);
    peer.reset();
  }
  // Above the budget comes no more than what the live had begun to read.
  EXPECT_LE(held_most, options_.inbound_bytes_max + (live.size() + 4) * options_.chunk_bytes);
  EXPECT_GT(held_most, options_.inbound_bytes_max / 2);
  EXPECT_GT(counters().inbound_room_awaited, 0U);
  pipeline_->resume();
  for (const auto& peer : live) {
    EXPECT_TRUE(peer->receive().has_value());
  }
  EXPECT_TRUE(
      eventually([this] { return counters().inbound_bytes < options_.inbound_bytes_max / 2; }));
}

TEST_F(Backpressure, AllGoOnOnceThereIsRoom) {
  options_.inbound_bytes_max = 4'000'000;
  options_.io_threads = 2;
  start();
  pipeline_->pause();
  const FrameBuffer stream = orders_of(1U << 20U);
  const std::size_t frames = stream.size() / orders_frame(0, 0, 100).size();
  std::vector<std::thread> threads;
  std::atomic<std::size_t> answered{0};
  threads.reserve(12);
  for (int at = 0; at < 12; ++at) {
    threads.emplace_back([&] {
      RawPeer peer(port());
      ASSERT_TRUE(peer.greet());
      std::thread sender([&] { peer.send(stream); });
      for (std::uint64_t request = 0; request < frames; ++request) {
        const std::optional<Reply> reply = peer.receive();
        ASSERT_TRUE(reply.has_value());
        ASSERT_EQ(reply->request, request);
        ++answered;
      }
      sender.join();
    });
  }
  EXPECT_TRUE(eventually([this] { return counters().inbound_room_awaited > 0; }));
  EXPECT_LE(counters().inbound_bytes,
            options_.inbound_bytes_max + std::uint64_t{12} * 2 * options_.chunk_bytes);
  pipeline_->resume();
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(answered, 12 * frames);
}

TEST_F(Backpressure, HalvesOfFramesDoNotStopTheOthers) {
  options_.inbound_bytes_max = 4'000'000;
  start();
  const FrameBuffer large = orders_frame(1, 1, 4096);
  std::vector<std::unique_ptr<RawPeer>> stalled;
  for (int at = 0; at < 20; ++at) {
    stalled.push_back(std::make_unique<RawPeer>(port()));
    ASSERT_TRUE(stalled.back()->greet());
    stalled.back()->send(large.bytes().first(large.size() / 2));
  }
  ASSERT_TRUE(eventually([this] { return counters().inbound_bytes > options_.inbound_bytes_max; }));
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  for (std::uint64_t at = 0; at < 50; ++at) {
    peer.send(order_frame(at, at));
    expect_echo(peer, at, at);
  }
  for (const auto& other : stalled) {
    other->send(large.bytes().subspan(large.size() / 2));
    ASSERT_TRUE(other->receive().has_value());
  }
}

TEST_F(Backpressure, AClientThatNeverReadsIsDroppedAndBounded) {
  options_.slow_reader_timeout = std::chrono::milliseconds(200);
  options_.welcome.nodes.assign(100, "N");
  start();
  RawPeer hog(port(), 4096);
  ASSERT_TRUE(hog.greet());
  // 40 bytes ask for 1.2 KB, so the answers soon fill every buffer on the way.
  FrameBuffer queries;
  const std::vector<GetOrder> orders(1000, GetOrder{{1, 1}});
  for (int at = 0; at < 50; ++at) {
    encode(queries, 1, std::span<const GetOrder>(orders));
  }
  RawPeer good(port());
  ASSERT_TRUE(good.greet());
  std::uint64_t request = 0;
  std::size_t sent = 0;
  std::uint64_t taken = 0;
  ASSERT_TRUE(eventually([&] {
    sent += hog.send_some(queries.bytes().subspan(sent % queries.size()));
    // The good client is served all the while.
    ++request;
    good.send(order_frame(request, request));
    expect_echo(good, request, request);
    taken = counters().commands_in - request;
    return counters().slow_readers_dropped == 1;
  }));
  EXPECT_EQ(errors(ErrorCode::slow_reader), 1U);
  EXPECT_TRUE(logged("session_closed", "reason", "slow_reader"));
  // What it made the server hold: the answers to what it was allowed to have unanswered, the
  // pending megabyte, and what the kernel's buffers took.
  const std::uint64_t answer_bytes = 1000 * sizeof(OrderView);
  const std::uint64_t kernel_bytes = 8U << 20U;
  EXPECT_LT(taken / 1000 * answer_bytes,
            options_.credit_bytes + (1U << 20U) + kernel_bytes + 2 * answer_bytes);
  EXPECT_TRUE(eventually([this] { return counters().connections_open == 1; }));
}

TEST_F(Backpressure, ASlowReaderThatGetsOnIsKept) {
  options_.slow_reader_timeout = std::chrono::milliseconds(100);
  start();
  RawPeer peer(port(), 4096);
  ASSERT_TRUE(peer.greet());
  FrameBuffer queries;
  const std::vector<GetOrder> orders(4000, GetOrder{{1, 1}});
  for (int at = 0; at < 40; ++at) {
    encode(queries, 1, std::span<const GetOrder>(orders));
  }
  std::size_t sent = 0;
  // A little at a time, for longer than the timeout, while megabytes wait.
  const auto until = std::chrono::steady_clock::now() + 5 * options_.slow_reader_timeout;
  ASSERT_TRUE(eventually([&] {
    sent += peer.send_some(queries.bytes().subspan(sent));
    EXPECT_TRUE(peer.read_some(512));
    return std::chrono::steady_clock::now() > until;
  }));
  EXPECT_EQ(counters().slow_readers_dropped, 0U);
  for (int answer = 0; answer < 40; ++answer) {
    sent += peer.send_some(queries.bytes().subspan(sent));
    const std::optional<Reply> reply = peer.receive();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->orders.size(), 4000U);
  }
}

}  // namespace
}  // namespace millrace::test
