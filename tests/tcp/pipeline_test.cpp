// The real pipeline behind real sockets: orders are decided, queries see them, and whatever else is
// sent at the server, nothing of it is half done.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/support/random.h"
#include "tests/tcp/live_server.h"
#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

TEST(LiveServer, AnOrderFromPlacementToCancellation) {
  Live live({});
  live.stock_up(10);
  Client client = live.connected();
  const OrderId id{1, 1};
  const auto placed = client.place_detailed(live.head(id), std::span(&one_unit, 1));
  ASSERT_TRUE(placed.ok()) << placed.error().text;
  EXPECT_EQ(placed->outcome.status, Status::allocated);
  ASSERT_EQ(placed->allocations.size(), 1U);
  EXPECT_EQ(placed->allocations[0].units, Units{1});
  EXPECT_EQ(placed->allocations[0].node, NodeIndex{0});

  const auto again = client.place(live.head(id), std::span(&one_unit, 1));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, placed->outcome);

  const auto order = client.get_order(id);
  ASSERT_TRUE(order.ok());
  EXPECT_EQ(order->view.state, OrderState::allocated);
  EXPECT_EQ(order->view.outcome, placed->outcome);
  ASSERT_EQ(order->slices.size(), 1U);
  EXPECT_EQ(order->slices[0].sku, sku);

  const auto stock = client.get_stock(sku);
  ASSERT_TRUE(stock.ok());
  ASSERT_EQ(stock->cells.size(), 1U);
  EXPECT_EQ(stock->cells[0].on_hand, Units{10});
  EXPECT_EQ(stock->cells[0].available, Units{9});

  const auto cancelled = client.cancel({{9, 3}, id, 0, {}});
  ASSERT_TRUE(cancelled.ok());
  EXPECT_EQ(cancelled->status, Status::cancelled);
  const auto stats = client.stats(true);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->orders, 1U);
  EXPECT_EQ(stats->orders_repeated, 1U);
  EXPECT_EQ(stats->orders_cancelled, 1U);
  EXPECT_EQ(stats->invariant_violations, 0U);
}

TEST(LiveServer, SixtyFiveLinesAreRefusedByTheEngine) {
  Live live({});
  live.stock_up(10);
  Client client = live.connected();
  const std::vector<OrderLine> lines(65, one_unit);
  const auto placed = client.place(live.head({1, 1}), lines);
  ASSERT_TRUE(placed.ok());
  EXPECT_EQ(placed->refusal, Refusal::too_many_lines);
}

TEST(LiveServer, FramesAndErrorsAreAnsweredInOrder) {
  Live live({});
  live.stock_up(100);
  RawPeer peer(live.port());
  ASSERT_TRUE(peer.greet());
  FrameBuffer stream;
  for (std::uint64_t at = 0; at < 64; ++at) {
    if (at % 8 == 7) {
      encode(stream, at, std::span<const CancelOrder>{});
    } else if (at % 8 == 3) {
      encode_get_stats(stream, at, false);
    } else {
      const OrderHead head = live.head({2, at + 1});
      encode(stream, at, std::span(&head, 1), std::span(&one_unit, 1));
    }
  }
  peer.send(stream);
  for (std::uint64_t at = 0; at < 64; ++at) {
    const std::optional<Reply> reply = peer.receive();
    ASSERT_TRUE(reply.has_value());
    EXPECT_EQ(reply->request, at);
    if (at % 8 == 7) {
      EXPECT_EQ(reply->error, ErrorCode::empty);
    } else if (at % 8 == 3) {
      EXPECT_EQ(reply->kind, ReplyKind::stats);
    } else {
      ASSERT_EQ(reply->outcomes.size(), 1U);
      EXPECT_EQ(reply->outcomes[0].status, Status::allocated);
    }
  }
}

TEST(LiveServer, AFrameThatFillsABatch) {
  Live live({});
  live.stock_up(10'000);
  Client client = live.connected();
  const std::size_t count = client.server().commands_per_frame_max;
  const OrdersToFill orders = client.put_orders(count, count, true);
  for (std::size_t at = 0; at < count; ++at) {
    orders.heads[at] = live.head({3, at + 1});
    orders.lines[at] = one_unit;
  }
  const auto reply = client.wait(patience);
  ASSERT_TRUE(reply.ok() && reply->has_value());
  EXPECT_EQ((*reply)->outcomes.size(), count);
  std::size_t units = 0;
  for (const Allocation& part : (*reply)->allocations) {
    units += part.units.value;
  }
  std::size_t allocated = 0;
  for (const Outcome& outcome : (*reply)->outcomes) {
    allocated += outcome.allocated.value;
  }
  EXPECT_GT(units, 0U);
  EXPECT_EQ(units, allocated);
}

/// Sends bent frames of orders that would take stock if they were carried out in part.
void bend_frames(Live& live, std::uint64_t seed) {
  Random random(seed);
  for (int round = 0; round < 100; ++round) {
    RawPeer peer(live.port());
    if (!peer.greet()) {
      continue;
    }
    std::vector<OrderHead> heads;
    for (std::uint64_t at = 0; at < 10; ++at) {
      heads.push_back(live.head({seed, random.next() | 1U}));
    }
    // Nine lines for ten orders.
    FrameBuffer frame;
    const std::vector<OrderLine> lines(9, one_unit);
    encode(frame, 1, heads, lines);
    (void)peer.send(frame.bytes().first(random.below(frame.size() + 1)));
    if (random.chance(50)) {
      peer.reset();
    }
  }
}

TEST(LiveServer, NothingOfAWrongFrameIsDone) {
  const std::uint64_t seed =
      static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  SCOPED_TRACE("seed=" + std::to_string(seed));
  ServerOptions options;
  options.io_threads = 2;
  Live live(options);
  live.stock_up(100'000);
  std::uint64_t allocated[2] = {0, 0};
  std::thread first([&] { allocated[0] = place_many(live, 21, 10'000); });
  std::thread second([&] { allocated[1] = place_many(live, 22, 10'000); });
  std::thread rude([&] { bend_frames(live, seed); });
  first.join();
  second.join();
  rude.join();
  Client client = live.connected();
  const auto stats = client.stats(true);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->orders, 20'000U);
  EXPECT_EQ(stats->units_allocated, allocated[0] + allocated[1]);
  EXPECT_EQ(stats->invariant_violations, 0U);
  live.stop();
  EXPECT_EQ(live.engine().audit(), std::nullopt);
}

}  // namespace
}  // namespace millrace::test
