// However the bytes come, every frame is answered once, in order.
#include "schemas/millrace_generated.h"
#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

using Framing = ServerTest;

FrameBuffer stream_of(std::uint64_t count, std::size_t lines = 1) {
  FrameBuffer stream;
  for (std::uint64_t at = 0; at < count; ++at) {
    stream.append(order_frame(at, 1000 + at, lines).bytes());
  }
  return stream;
}

/// A frame whose length is no multiple of 8, as other FlatBuffers builders may write them.
FrameBuffer odd_frame() {
  flatbuffers::FlatBufferBuilder builder;
  const auto body = wire::CreateGetStats(builder, true);
  builder.FinishSizePrefixed(wire::CreateFrame(builder, 0, wire::Body::GetStats, body.Union()),
                             "MLR1");
  FrameBuffer frame;
  frame.append(std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize())));
  EXPECT_NE(frame.size() % 8, 0U);
  return frame;
}

TEST_F(Framing, ManyFramesInOneSendAreAnsweredInOrder) {
  for (const std::uint32_t threads : {1U, 3U}) {
    options_.io_threads = threads;
    start();
    for (int connection = 0; connection < 4; ++connection) {
      RawPeer peer(port());
      ASSERT_TRUE(peer.greet());
      peer.send(stream_of(64));
      for (std::uint64_t at = 0; at < 64; ++at) {
        expect_echo(peer, at, 1000 + at);
      }
    }
    server_->stop(std::chrono::milliseconds(1000));
    pipeline_.reset();
  }
}

TEST_F(Framing, ByteByByte) {
  start();
  RawPeer peer(port());
  FrameBuffer stream;
  encode_hello(stream, {500, 1, "slow", "", 0});
  stream.append(stream_of(3).bytes());
  for (const std::byte& byte : stream.bytes()) {
    ASSERT_TRUE(peer.send(std::span(&byte, 1)));
  }
  ASSERT_TRUE(peer.receive().has_value());
  for (std::uint64_t at = 0; at < 3; ++at) {
    expect_echo(peer, at, 1000 + at);
  }
}

TEST_F(Framing, CommandsMayFollowTheHelloAtOnce) {
  start();
  RawPeer peer(port());
  FrameBuffer stream;
  encode_hello(stream, {500, 1, "hasty", "", 0});
  stream.append(stream_of(5).bytes());
  peer.send(stream);
  const std::optional<Reply> welcome = peer.receive();
  ASSERT_TRUE(welcome.has_value());
  EXPECT_EQ(welcome->kind, ReplyKind::welcome);
  for (std::uint64_t at = 0; at < 5; ++at) {
    expect_echo(peer, at, 1000 + at);
  }
}

TEST_F(Framing, FramesAcrossSmallChunks) {
  options_.chunk_bytes = 4096;
  start();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  // Frames of 152 bytes to 4 KiB fall on every place of a chunk's end.
  for (const std::size_t lines : {1U, 7U, 50U, 250U}) {
    peer.send(stream_of(100, lines));
    for (std::uint64_t at = 0; at < 100; ++at) {
      expect_echo(peer, at, 1000 + at);
    }
  }
}

TEST_F(Framing, FramesLargerThanAChunk) {
  options_.chunk_bytes = 4096;
  start();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  for (int round = 0; round < 3; ++round) {
    FrameBuffer stream;
    stream.append(order_frame(1, 11).bytes());
    stream.append(orders_frame(2, 100, 4096).bytes());
    stream.append(order_frame(3, 12).bytes());
    peer.send(stream);
    expect_echo(peer, 1, 11);
    const std::optional<Reply> large = peer.receive();
    ASSERT_TRUE(large.has_value());
    ASSERT_EQ(large->outcomes.size(), 4096U);
    for (std::size_t at = 0; at < 4096; ++at) {
      ASSERT_EQ(large->outcomes[at].detail, 100 + at);
    }
    expect_echo(peer, 3, 12);
  }
}

TEST_F(Framing, OddLengthsAndWhatFollowsThem) {
  start();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  const FrameBuffer odd = odd_frame();
  FrameBuffer stream;
  for (std::uint64_t at = 0; at < 50; ++at) {
    stream.append(odd.bytes());
    stream.append(order_frame(at, 2000 + at).bytes());
    if (at % 3 == 0) {
      stream.append(odd.bytes());
    }
  }
  const auto check = [&] {
    for (std::uint64_t at = 0; at < 50; ++at) {
      const std::optional<Reply> stats = peer.receive();
      ASSERT_TRUE(stats.has_value());
      EXPECT_EQ(stats->stats.orders, 77U);
      EXPECT_EQ(stats->stats.invariant_violations, 1U);
      expect_echo(peer, at, 2000 + at);
      if (at % 3 == 0) {
        ASSERT_TRUE(peer.receive().has_value());
      }
    }
  };
  peer.send(stream);
  check();
  EXPECT_GT(counters().frames_copied, 0U);
  // The same in pieces that cut frames anywhere.
  std::span<const std::byte> rest = stream.bytes();
  while (!rest.empty()) {
    const std::size_t piece = std::min<std::size_t>(rest.size(), 93);
    peer.send(rest.first(piece));
    rest = rest.subspan(piece);
  }
  check();
}

TEST_F(Framing, EveryKindOfAnswer) {
  start();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  FrameBuffer stream;
  const GetOrder order{{4, 5}};
  const GetStock skus[2] = {{Sku{8}}, {Sku{9}}};
  const CancelOrder cancel{{1, 6}, {4, 5}, 0, {}};
  encode(stream, 1, std::span(&order, 1));
  encode(stream, 2, std::span<const GetStock>(skus));
  encode(stream, 3, std::span(&cancel, 1));
  encode_get_stats(stream, 4, false);
  peer.send(stream);
  std::optional<Reply> reply = peer.receive();
  ASSERT_TRUE(reply && reply->kind == ReplyKind::orders);
  EXPECT_EQ(reply->orders[0].id, order.order);
  reply = peer.receive();
  ASSERT_TRUE(reply && reply->kind == ReplyKind::stocks);
  EXPECT_EQ(reply->stock[1].sku, Sku{9});
  EXPECT_EQ(reply->cells.size(), 2U);
  expect_echo(peer, 3, 6);
  reply = peer.receive();
  ASSERT_TRUE(reply && reply->kind == ReplyKind::stats);
  EXPECT_EQ(reply->stats.orders, 77U);
}

// ---- frames that are wrong

TEST_F(Framing, WhatTheConnectionSurvives) {
  start();
  FrameBuffer unknown;
  encode_get_stats(unknown, 20, false);
  unknown.data()[40] = std::byte{99};
  EXPECT_TRUE(goes_on_after(unknown, ErrorCode::unknown_command, 20));

  FrameBuffer mismatch = order_frame(21, 1, 2);
  mismatch.data()[80 + 38] = std::byte{3};
  EXPECT_TRUE(goes_on_after(mismatch, ErrorCode::line_count_mismatch, 21));

  FrameBuffer wave;
  const ReleaseWave head{};
  encode(wave, 22, std::span(&head, 1), {});
  EXPECT_TRUE(goes_on_after(wave, ErrorCode::forbidden, 22));

  FrameBuffer reply;
  encode_error(reply, 23, ErrorCode::idle, "no", false);
  EXPECT_TRUE(goes_on_after(reply, ErrorCode::forbidden, 23));

  FrameBuffer empty;
  encode(empty, 24, std::span<const CancelOrder>{});
  EXPECT_TRUE(goes_on_after(empty, ErrorCode::empty, 24));

  FrameBuffer many;
  const std::vector<GetStock> skus(BatchLimits{}.commands_max + 1, GetStock{Sku{1}});
  encode(many, 25, std::span<const GetStock>(skus));
  EXPECT_TRUE(goes_on_after(many, ErrorCode::too_large, 25));

  EXPECT_EQ(pipeline_->messages(), 12U);
  EXPECT_EQ(errors(ErrorCode::forbidden), 2U);
  EXPECT_TRUE(logged("frame_refused", "code", "line_count_mismatch"));
}

TEST_F(Framing, AnswersThatWouldBeTooLarge) {
  options_.welcome.nodes.assign(1024, "N");
  options_.credit_bytes = 4U << 20U;
  start();
  FrameBuffer frame;
  const std::vector<GetStock> skus(400, GetStock{Sku{1}});
  encode(frame, 26, std::span<const GetStock>(skus));
  EXPECT_TRUE(goes_on_after(frame, ErrorCode::too_large, 26));
}

TEST_F(Framing, WhatTheConnectionDoesNotSurvive) {
  start();
  FrameBuffer stranger = order_frame(30, 1);
  stranger.data()[8] = std::byte{'X'};
  EXPECT_FALSE(goes_on_after(stranger, ErrorCode::malformed, 0));

  FrameBuffer broken = order_frame(31, 1);
  broken.data()[28] = std::byte{0xff};
  EXPECT_FALSE(goes_on_after(broken, ErrorCode::malformed, 0));

  FrameBuffer tiny;
  tiny.append(std::as_bytes(std::span("\4\0\0\0\0\0\0", 8)));
  EXPECT_FALSE(goes_on_after(tiny, ErrorCode::malformed, 0));

  FrameBuffer huge = order_frame(33, 1);
  huge.data()[3] = std::byte{0x7f};
  EXPECT_FALSE(goes_on_after(huge, ErrorCode::too_large, 0));
}

TEST_F(Framing, AFatalFrameIsAnsweredAfterThoseBeforeIt) {
  start();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  pipeline_->pause();
  FrameBuffer stream = stream_of(10);
  FrameBuffer broken = order_frame(31, 1);
  broken.data()[28] = std::byte{0xff};
  stream.append(broken.bytes());
  stream.append(stream_of(10).bytes());
  peer.send(stream);
  ASSERT_TRUE(eventually([this] { return pipeline_->messages() == 11; }));
  pipeline_->resume();
  for (std::uint64_t at = 0; at < 10; ++at) {
    expect_echo(peer, at, 1000 + at);
  }
  expect_error(peer, ErrorCode::malformed, 0, true);
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(pipeline_->commands(), 10U);
}

}  // namespace
}  // namespace millrace::test
