// The list of acknowledged orders: complete, short, and honest about what it has seen twice.
#include "tools/load/acknowledged.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::load {
namespace {

Outcome an_outcome(std::uint32_t units) {
  Outcome outcome{};
  outcome.status = Status::allocated;
  outcome.shipments = 1;
  outcome.allocated = Units{units};
  return outcome;
}

void add(Acknowledged& orders, std::uint64_t first, std::uint64_t count) {
  std::vector<std::uint64_t> indexes;
  std::vector<Outcome> outcomes;
  for (std::uint64_t i = first; i < first + count; ++i) {
    indexes.push_back(i);
    outcomes.push_back(an_outcome(static_cast<std::uint32_t>(i)));
  }
  orders.add(indexes, outcomes);
}

TEST(Acknowledged, FramesOfSeveralConnectionsMergeIntoFewRanges) {
  Acknowledged scattered;
  add(scattered, 20, 10);
  add(scattered, 0, 10);
  add(scattered, 40, 5);
  add(scattered, 10, 10);
  EXPECT_EQ(scattered.settle(), 0U);
  ASSERT_EQ(scattered.ranges().size(), 2U);
  EXPECT_EQ(scattered.ranges()[0].first, 0U);
  EXPECT_EQ(scattered.ranges()[0].count, 30U);
  EXPECT_EQ(scattered.ranges()[1].first, 40U);
  EXPECT_EQ(scattered.order_count(), 35U);

  Acknowledged in_order;
  add(in_order, 0, 30);
  in_order.settle();
  EXPECT_EQ(in_order.ranges()[0].digest, scattered.ranges()[0].digest);
}

TEST(Acknowledged, AnotherAnswerIsAnotherDigest) {
  EXPECT_NE(answer_digest(1, an_outcome(1)), answer_digest(1, an_outcome(2)));
  EXPECT_NE(answer_digest(1, an_outcome(1)), answer_digest(2, an_outcome(1)));
}

TEST(Acknowledged, OrdersSeenTwiceAreCounted) {
  Acknowledged orders;
  add(orders, 0, 10);
  add(orders, 5, 10);
  add(orders, 7, 2);
  EXPECT_EQ(orders.settle(), 7U);
}

TEST(Acknowledged, RangesStayShort) {
  Acknowledged orders;
  add(orders, 0, 200'000);
  EXPECT_EQ(orders.settle(), 0U);
  EXPECT_EQ(orders.ranges().size(), 4U);
  EXPECT_EQ(orders.order_count(), 200'000U);
}

TEST(Acknowledged, TheFileIsReadAgain) {
  Acknowledged orders;
  add(orders, 5, 3);
  add(orders, 100, 3);
  orders.add_cancelled(101);
  orders.add_cancelled(6);
  orders.settle();
  const std::string text = orders.to_text("file orders of may.csv");
  const auto file = parse_acknowledged(text);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->source, "file orders of may.csv");
  ASSERT_EQ(file->orders.ranges().size(), 2U);
  EXPECT_EQ(file->orders.ranges()[1].digest, orders.ranges()[1].digest);
  ASSERT_EQ(file->orders.cancelled().size(), 2U);
  EXPECT_EQ(file->orders.cancelled()[0], 6U);
}

TEST(Acknowledged, AFileCutShortIsNoFile) {
  Acknowledged orders;
  add(orders, 5, 3);
  orders.add_cancelled(6);
  orders.settle();
  const std::string text = orders.to_text("generator seed=1");
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    EXPECT_FALSE(parse_acknowledged(text.substr(0, length)).has_value()) << length;
  }
  EXPECT_FALSE(parse_acknowledged("something else\n" + text).has_value());
  EXPECT_FALSE(parse_acknowledged(text.substr(0, text.size() - 4) + "more 1\nend\n").has_value());
}

}  // namespace
}  // namespace millrace::load
