// A year of a real shop through whole lives: placed, paid, picked, packed, shipped, delivered and
// brought back over TCP, with the file's own cancellations; every answer checked, every unit found
// again, and every step in the stream of events.
#include "tools/load/lives.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>

#include "adapters/tcp/event_follower.h"
#include "engine/core/names.h"
#include "tests/real/retail_fixture.h"
#include "tools/load/lives_report.h"
#include "tools/load/run.h"
#include "tools/load/verify.h"

namespace millrace::load {
namespace {

constexpr std::uint8_t event_kinds_end = 255;

class RealLives : public OnlineRetail {
 protected:
  RealLives() { import_flags_ = "--quick-lives"; }
};

using KindCounts = std::array<std::uint64_t, event_kinds_end>;

/// Every event that the server has published, by kind; their numbers must have no gap.
KindCounts count_events(std::uint16_t port) {
  KindCounts counts{};
  FollowOptions options;
  options.subscribe.from = 1;
  auto follower = EventFollower::connect("127.0.0.1", port, options);
  EXPECT_TRUE(follower) << follower.error().text;
  std::uint64_t expected = 1;
  for (std::uint64_t end = 2; follower && expected < end;) {
    const auto taken = follower->next(std::chrono::seconds(10));
    if (!taken || !taken->has_value()) {
      ADD_FAILURE() << "no events after " << expected - 1;
      break;
    }
    for (const Event& event : (*taken)->events) {
      EXPECT_EQ(event.number, expected);
      expected = event.number + 1;
      ++counts.at(static_cast<std::size_t>(event.kind));
    }
    end = (*taken)->end;
  }
  return counts;
}

std::uint64_t of(const KindCounts& counts, EventKind kind) {
  return counts.at(static_cast<std::size_t>(kind));
}

void expect_events(const KindCounts& counts, const LifeTotals& lives) {
  const auto accepted = [&](Step step) {
    return lives.steps[static_cast<std::size_t>(step)].accepted;
  };
  EXPECT_EQ(of(counts, EventKind::pick_confirmed), accepted(Step::confirm_pick));
  EXPECT_EQ(of(counts, EventKind::pick_short), accepted(Step::short_pick));
  EXPECT_EQ(of(counts, EventKind::packed), accepted(Step::confirm_pack));
  EXPECT_EQ(of(counts, EventKind::label_wanted), accepted(Step::confirm_pack));
  EXPECT_EQ(of(counts, EventKind::shipped), accepted(Step::confirm_ship));
  EXPECT_EQ(of(counts, EventKind::delivered), accepted(Step::deliver));
  EXPECT_EQ(of(counts, EventKind::feedback_given), accepted(Step::give_feedback));
  EXPECT_EQ(of(counts, EventKind::payment_captured), accepted(Step::capture_payment));
  EXPECT_EQ(of(counts, EventKind::restocked), accepted(Step::restock));
  EXPECT_EQ(of(counts, EventKind::refund_wanted), accepted(Step::refund));
  EXPECT_EQ(of(counts, EventKind::exchanged), accepted(Step::exchange));
  EXPECT_EQ(of(counts, EventKind::command_repeated), lives.repeats);
  // Whoever is asked once is closed once.
  EXPECT_GT(of(counts, EventKind::feedback_wanted), 0U);
  EXPECT_EQ(of(counts, EventKind::feedback_wanted), of(counts, EventKind::order_closed));
}

void expect_lives(const RunResult& run, const LifeTotals& lives) {
  EXPECT_EQ(run.failures.count(), 0U) << run.failures.first().front();
  EXPECT_EQ(run.broken, "");
  EXPECT_EQ(lives.ended, lives.orders);
  EXPECT_EQ(lives.left, 0U);
  EXPECT_EQ(lives.units_found, lives.units_asked);
  EXPECT_LE(lives.refunded, lives.paid);
  EXPECT_LE(lives.captured, lives.authorised);
  EXPECT_GT(lives.refunded, 0U);
  EXPECT_EQ(lives.orders + lives.refused, run.tally.orders);
  EXPECT_EQ(lives.cancels, run.tally.cancels);
}

TEST_F(RealLives, AYearOfOrdersLivesToItsEnd) {
  const OrderFile orders = read_orders();
  test::ServerProcess server(MILLRACE_BINARY, scratch_.path(), serve_flags());
  server.spawn();
  const auto port = server.wait_ready();
  ASSERT_TRUE(port.has_value()) << server.log();

  RunOptions options;
  options.target.port = *port;
  options.connections = 2;
  LivesOptions living;
  living.node_count = static_cast<std::uint16_t>(load_network(network_).files.network.nodes.size());
  living.open_max = 8192;
  LivesSource source(
      std::make_unique<FileSource>(orders, orders_.native(), std::nullopt, options.connections),
      living, options.connections);
  const std::atomic<bool> stop{false};
  RunResult result = run(
      source, options, [](const RunProgress&) {}, stop);
  const LifeTotals& lives = source.totals();
  expect_lives(result, lives);
  EXPECT_EQ(lives.cancels, reported(import_, "cancellations"));
  const VerifyResult verified = verify(
      options.target, result.acknowledged,
      [&orders](std::uint64_t index) { return orders.heads.at(index).id; }, [](std::uint64_t) {});
  EXPECT_EQ(verified.asked, reported(import_, "orders"));
  EXPECT_TRUE(verified.is_ok()) << verified.broken;
  expect_events(count_events(*port), lives);
  expect_replay(server);
  std::printf("%s", text_report(lives, result).c_str());
}

}  // namespace
}  // namespace millrace::load
