// The columns of a batch as replies.
#include <gtest/gtest.h>

#include "adapters/wire/codec.h"
#include "tests/wire/samples.h"

namespace millrace {
namespace {

using samples::counting_many;
using samples::same_bytes;

Reply read(const FrameBuffer& frame) {
  Reply reply;
  EXPECT_EQ(frame.size() % 8, 0U);
  EXPECT_EQ(decode_reply(frame.bytes(), reply), Flaw::none);
  return reply;
}

/// A batch as it is once every stage is through with it: orders, orders with allocations, a query
/// of orders, two of stock, one of stats, a refused frame.
class Answers : public testing::Test {
 protected:
  Answers() {
    add(CommandKind::place_order, 3, false);
    add(CommandKind::place_order, 2, true);
    add(CommandKind::get_order, 2, false);
    add(CommandKind::get_stock, 1, false);
    add(CommandKind::get_stock, 2, false);
    add(CommandKind::cancel_order, 1, false);
    add(CommandKind::get_stats, 1, true);
    add(CommandKind::refused_frame, 0, false);
    const std::vector<Outcome> outcomes = counting_many<Outcome>(batch_.command_count);
    std::copy(outcomes.begin(), outcomes.end(), batch_.outcomes.begin());
    batch_.allocations = counting_many<Allocation>(9);
    batch_.allocation_end = {4, 9, 9, 9, 9, 9, 9, 9};
    batch_.orders = counting_many<OrderView>(2);
    batch_.orders[0].slice_count = 3;
    batch_.orders[1].slice_count = 1;
    batch_.slices = counting_many<SliceView>(4);
    batch_.stock = counting_many<StockView>(3);
    batch_.stock[0].cell_count = 2;
    batch_.stock[1].cell_count = 0;
    batch_.stock[2].cell_count = 3;
    batch_.cells = counting_many<StockCell>(5);
    batch_.answer_start = {{0, 0}, {0, 0}, {0, 0}, {0, 0}, {1, 2}, {0, 0}, {0, 0}, {0, 0}};
    batch_.stats = {samples::counting<Stats>(11)};
  }

  void add(CommandKind kind, std::uint32_t count, bool wants_allocations) {
    Message message{};
    message.kind = kind;
    message.count = count;
    message.wants_allocations = wants_allocations;
    message.origin.request = 100 + batch_.message_count;
    batch_.add(message, Sequence{50 + batch_.journaled_count});
  }

  Reply answer(std::uint32_t index, Flaw flaw = Flaw::none) {
    frame_.clear();
    encode_answer(frame_, batch_, index, flaw);
    const Reply reply = read(frame_);
    EXPECT_EQ(reply.request, 100U + index);
    return reply;
  }

  template <class T>
  static std::span<const T> part(const std::vector<T>& all, std::size_t begin, std::size_t count) {
    return std::span(all).subspan(begin, count);
  }

  Batch batch_{BatchLimits{}};
  FrameBuffer frame_;
};

TEST_F(Answers, Outcomes) {
  const Reply reply = answer(0);
  EXPECT_EQ(reply.kind, ReplyKind::outcomes);
  EXPECT_EQ(reply.first_sequence, 50U);
  EXPECT_TRUE(same_bytes(reply.outcomes, part(batch_.outcomes, 0, 3)));
  EXPECT_TRUE(reply.allocations.empty());
}

TEST_F(Answers, OutcomesWithAllocations) {
  const Reply reply = answer(1);
  EXPECT_EQ(reply.first_sequence, 53U);
  EXPECT_TRUE(same_bytes(reply.outcomes, part(batch_.outcomes, 3, 2)));
  EXPECT_TRUE(same_bytes(reply.allocations, part(batch_.allocations, 4, 5)));
}

TEST_F(Answers, QueriesCountAmongTheCommandColumns) {
  const Reply reply = answer(5);
  EXPECT_EQ(reply.first_sequence, 55U);
  EXPECT_TRUE(same_bytes(reply.outcomes, part(batch_.outcomes, 10, 1)));
}

TEST_F(Answers, Orders) {
  const Reply reply = answer(2);
  EXPECT_EQ(reply.kind, ReplyKind::orders);
  EXPECT_TRUE(same_bytes(reply.orders, part(batch_.orders, 0, 2)));
  EXPECT_TRUE(same_bytes(reply.slices, part(batch_.slices, 0, 4)));
}

TEST_F(Answers, Stocks) {
  const Reply first = answer(3);
  EXPECT_EQ(first.kind, ReplyKind::stocks);
  EXPECT_TRUE(same_bytes(first.stock, part(batch_.stock, 0, 1)));
  EXPECT_TRUE(same_bytes(first.cells, part(batch_.cells, 0, 2)));
  const Reply second = answer(4);
  EXPECT_TRUE(same_bytes(second.stock, part(batch_.stock, 1, 2)));
  EXPECT_TRUE(same_bytes(second.cells, part(batch_.cells, 2, 3)));
}

TEST_F(Answers, Stats) {
  const Reply reply = answer(6);
  EXPECT_EQ(reply.kind, ReplyKind::stats);
  EXPECT_EQ(std::memcmp(&reply.stats, batch_.stats.data(), sizeof(Stats)), 0);
}

TEST_F(Answers, RefusedFrames) {
  batch_.messages[7].error = static_cast<std::uint8_t>(ErrorCode::malformed);
  batch_.messages[7].closes = true;
  const Reply reply = answer(7, Flaw::broken_offsets);
  EXPECT_EQ(reply.kind, ReplyKind::error);
  EXPECT_EQ(reply.error, ErrorCode::malformed);
  EXPECT_EQ(reply.text, flaw_text(Flaw::broken_offsets));
  EXPECT_TRUE(reply.closes);
}

TEST(Replies, Welcome) {
  Welcome welcome;
  welcome.server = "millrace";
  welcome.credit = 5;
  welcome.frame_bytes_max = 6;
  welcome.commands_per_frame_max = 7;
  welcome.lines_per_frame_max = 8;
  welcome.nodes = {"EWR", "ONT"};
  welcome.channels = {"web"};
  welcome.services = {"ground", "express", ""};
  FrameBuffer frame;
  encode_welcome(frame, 3, welcome);
  EXPECT_EQ(read(frame).kind, ReplyKind::welcome);
  const Welcome back = read_welcome(frame.bytes());
  EXPECT_EQ(back.protocol, protocol_version);
  EXPECT_EQ(back.server, welcome.server);
  EXPECT_EQ(back.credit, 5U);
  EXPECT_EQ(back.frame_bytes_max, 6U);
  EXPECT_EQ(back.commands_per_frame_max, 7U);
  EXPECT_EQ(back.lines_per_frame_max, 8U);
  EXPECT_EQ(back.nodes, welcome.nodes);
  EXPECT_EQ(back.channels, welcome.channels);
  EXPECT_EQ(back.services, welcome.services);
}

TEST(Replies, RequestsAreNone) {
  for (const FrameBuffer& frame : samples::client_frames()) {
    Reply reply;
    EXPECT_EQ(decode_reply(frame.bytes(), reply), Flaw::unknown_body);
  }
}

TEST(Replies, PartsThatDoNotAddUpAreRefused) {
  std::vector<OrderView> orders = counting_many<OrderView>(1);
  orders[0].slice_count = 2;
  const std::vector<SliceView> slices = counting_many<SliceView>(3);
  FrameBuffer frame;
  encode_order_views(frame, 1, orders, slices);
  Reply reply;
  EXPECT_EQ(decode_reply(frame.bytes(), reply), Flaw::lines_do_not_add_up);
  std::vector<StockView> stock = counting_many<StockView>(1);
  stock[0].cell_count = 4;
  const std::vector<StockCell> cells = counting_many<StockCell>(3);
  FrameBuffer other;
  encode_stock_views(other, 1, stock, cells);
  EXPECT_EQ(decode_reply(other.bytes(), reply), Flaw::lines_do_not_add_up);
}

}  // namespace
}  // namespace millrace
