// Subscribe, EventCredit and Events as bytes.
#include "adapters/wire/subscription.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "adapters/wire/codec.h"
#include "schemas/millrace_generated.h"
#include "tests/wire/samples.h"

namespace millrace {
namespace {

constexpr std::size_t bytes_max = 1U << 20U;

TEST(SubscriptionFrames, ComeBackAsTheyWere) {
  const Subscribe sent{.request = 9,
                       .from = 1'000'000'007,
                       .credit = 77,
                       .channels = {ChannelIndex{3}, ChannelIndex{1}},
                       .nodes = {NodeIndex{1000}},
                       .kinds = {EventKind::wave_released, EventKind::order_split},
                       .orders = {{1, 2}, {3, 4}, {5, 6}}};
  FrameBuffer frame;
  encode_subscribe(frame, sent);
  Request request;
  EXPECT_EQ(decode_request(frame.bytes(), {}, request), Flaw::none);
  EXPECT_TRUE(request.is_subscription);
  EXPECT_EQ(request.message.origin.request, 9U);
  Subscribe found;
  ASSERT_EQ(decode_subscribe(frame.bytes(), bytes_max, found), Flaw::none);
  EXPECT_EQ(found.request, sent.request);
  EXPECT_EQ(found.from, sent.from);
  EXPECT_EQ(found.credit, sent.credit);
  EXPECT_EQ(found.channels, sent.channels);
  EXPECT_EQ(found.nodes, sent.nodes);
  EXPECT_EQ(found.kinds, sent.kinds);
  EXPECT_EQ(found.orders, sent.orders);
}

TEST(SubscriptionFrames, MayNotFilterByTooMany) {
  Subscribe sent;
  sent.orders.resize(filter_values_max);
  FrameBuffer frame;
  encode_subscribe(frame, sent);
  Subscribe found;
  EXPECT_EQ(decode_subscribe(frame.bytes(), bytes_max, found), Flaw::none);
  sent.orders.emplace_back();
  frame.clear();
  encode_subscribe(frame, sent);
  EXPECT_EQ(decode_subscribe(frame.bytes(), bytes_max, found), Flaw::filter_too_long);
}

TEST(SubscriptionFrames, CreditIsForSubscribers) {
  FrameBuffer frame;
  encode_event_credit(frame, 3, 4'000'000'000);
  std::uint32_t granted = 0;
  EXPECT_EQ(decode_event_credit(frame.bytes(), bytes_max, granted), Flaw::none);
  EXPECT_EQ(granted, 4'000'000'000U);
  Request request;
  EXPECT_EQ(decode_request(frame.bytes(), {}, request), Flaw::credit_unasked);
  frame.clear();
  encode_get_stats(frame, 1, false);
  EXPECT_EQ(decode_event_credit(frame.bytes(), bytes_max, granted), Flaw::subscribed_already);
}

TEST(EventFrames, AreUnderstoodByAnyFlatBufferReader) {
  const std::vector<Event> events = samples::counting_many<Event>(3);
  FrameBuffer frame;
  encode_events(frame, 5, {.next = 8, .oldest = 2, .end = 11}, events);
  Reply reply;
  ASSERT_EQ(decode_reply(frame.bytes(), reply), Flaw::none);
  EXPECT_EQ(reply.kind, ReplyKind::events);
  EXPECT_EQ(reply.request, 5U);
  EXPECT_EQ(reply.next_event, 8U);
  EXPECT_EQ(reply.oldest_event, 2U);
  EXPECT_EQ(reply.end_of_events, 11U);
  ASSERT_EQ(reply.events.size(), 3U);
  EXPECT_EQ(std::memcmp(reply.events.data(), events.data(), 3 * sizeof(Event)), 0);
  const auto& root = *flatbuffers::GetSizePrefixedRoot<wire::Frame>(frame.data());
  const wire::Event& second = *root.body_as_Events()->events()->Get(1);
  EXPECT_EQ(second.number(), events[1].number);
  EXPECT_EQ(second.sku(), events[1].sku.value);
  EXPECT_EQ(second.reason(), events[1].reason);
  EXPECT_EQ(root.body_as_Events()->kept()->Get(1), 11U);
}

}  // namespace
}  // namespace millrace
