// Following events over a real connection: from any number that is kept, filtered, at the
// subscriber's own pace.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "adapters/tcp/event_follower.h"
#include "tests/support/sim_disk.h"
#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

constexpr std::uint32_t slab = 4096;

/// Events of three kinds, nodes, channels and a hundred orders, in turn.
Event event_of(std::uint64_t number) {
  constexpr std::array kinds{EventKind::order_allocated, EventKind::order_split,
                             EventKind::wave_released};
  Event event = blank_event(kinds[number % 3]);
  event.number = number;
  event.sequence = Sequence{number};
  event.time = Time{number};
  event.order = {5, number % 100};
  event.node = NodeIndex{static_cast<std::uint16_t>(number % 7)};
  event.channel =
      number % 3 == 2 ? no_channel : ChannelIndex{static_cast<std::uint16_t>(number % 5)};
  return event;
}

class Events : public ServerTest {
 protected:
  Events() {
    EXPECT_TRUE(log_.open(disk_, {.key = 7,
                                  .segment_bytes = disk_block + 8 * slab,
                                  .slab_bytes = slab,
                                  .memory_bytes = 8 * slab,
                                  .keep_bytes = 10'000'000})
                    .ok());
    options_.events = &log_;
  }

  ~Events() override { end(); }

  /// Before a log goes away. The pipeline's thread tells the server of answers to its last.
  void end() {
    if (server_ != nullptr) {
      server_->stop(std::chrono::milliseconds(1000));
      pipeline_.reset();
      server_.reset();
    }
  }

  void publish(std::uint64_t count) {
    std::vector<Event> events;
    for (std::uint64_t number = log_.next(); count > 0; --count) {
      events.push_back(event_of(number++));
    }
    ASSERT_TRUE(log_.append(events).ok());
    if (server_ != nullptr) {
      server_->wake_subscribers();
    }
  }

  EventFollower follower(Subscribe subscribe) {
    auto made = EventFollower::connect("127.0.0.1", port(), {.subscribe = std::move(subscribe)});
    EXPECT_TRUE(made.ok()) << made.error().text;
    return std::move(*made);
  }

  /// Takes events until everything before `end` was looked at.
  static std::vector<std::uint64_t> take_until(EventFollower& follower, std::uint64_t end) {
    std::vector<std::uint64_t> numbers;
    while (follower.position() < end) {
      const auto taken = follower.next(patience);
      if (!taken || !taken->has_value()) {
        ADD_FAILURE() << (taken ? "nothing came" : taken.error().text);
        break;
      }
      for (const Event& event : (*taken)->events) {
        numbers.push_back(event.number);
      }
    }
    return numbers;
  }

  /// The numbers of the published events that a plain loop lets pass.
  std::vector<std::uint64_t> passing(std::uint64_t from,
                                     const std::function<bool(const Event&)>& wanted) const {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = from; number < log_.next(); ++number) {
      if (wanted(event_of(number))) {
        numbers.push_back(number);
      }
    }
    return numbers;
  }

  /// The error that the subscription is answered with.
  static ClientError refusal(EventFollower& follower) {
    while (true) {
      const auto taken = follower.next(patience);
      if (!taken) {
        return taken.error();
      }
      if (!taken->has_value()) {
        return {};
      }
    }
  }

  SimDisk disk_;
  EventLog log_;
};

TEST_F(Events, ComeFromAnyNumberAndAsTheyHappen) {
  publish(5'000);
  start();
  for (const std::uint64_t from : {1U, 2U, 4'321U, 5'000U, 5'001U}) {
    EventFollower follow = follower({.from = from});
    EXPECT_EQ(take_until(follow, 5'001), passing(from, [](const Event&) { return true; }));
  }
  EventFollower follow = follower({});
  EXPECT_EQ(take_until(follow, 5'001).size(), 5'000U);
  for (int more = 1; more <= 20; ++more) {
    const std::uint64_t from = log_.next();
    publish(static_cast<std::uint64_t>(more));
    EXPECT_EQ(take_until(follow, log_.next()), passing(from, [](const Event&) { return true; }));
  }
  EXPECT_TRUE(eventually([this] { return counters().subscribers == 1; }));
}

TEST_F(Events, PassFilters) {
  publish(5'000);
  start();
  EventFollower kinds = follower({.kinds = {EventKind::order_split, EventKind::wave_released}});
  EXPECT_EQ(take_until(kinds, log_.next()), passing(1, [](const Event& event) {
              return event.kind != EventKind::order_allocated;
            }));
  EventFollower nodes = follower({.from = 100, .nodes = {NodeIndex{3}, NodeIndex{900}}});
  EXPECT_EQ(take_until(nodes, log_.next()),
            passing(100, [](const Event& event) { return event.node == NodeIndex{3}; }));
  EventFollower channels = follower({.channels = {ChannelIndex{4}, ChannelIndex{0}}});
  EXPECT_EQ(take_until(channels, log_.next()), passing(1, [](const Event& event) {
              return event.channel == ChannelIndex{4} || event.channel == ChannelIndex{0};
            }));
  EventFollower orders = follower({.orders = {{5, 17}, {4, 17}, {5, 3}}});
  EXPECT_EQ(take_until(orders, log_.next()), passing(1, [](const Event& event) {
              return event.order == OrderId{5, 17} || event.order == OrderId{5, 3};
            }));
  EventFollower all = follower({.channels = {ChannelIndex{4}},
                                .nodes = {NodeIndex{3}},
                                .kinds = {EventKind::order_split},
                                .orders = {{5, 94}, {5, 19}, {5, 4}}});
  const auto expected = passing(1, [](const Event& event) {
    return event.channel == ChannelIndex{4} && event.node == NodeIndex{3} &&
           event.kind == EventKind::order_split &&
           (event.order.low == 94 || event.order.low == 19 || event.order.low == 4);
  });
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(take_until(all, log_.next()), expected);
}

TEST_F(Events, TellHowFarTheyAreWhereNonePasses) {
  publish(100'000);
  start();
  EventFollower none = follower({.orders = {{9, 9}}});
  EXPECT_TRUE(take_until(none, 65'536).empty());
  EXPECT_GE(none.position(), 65'536U);
}

TEST_F(Events, StopWhereTheCreditEnds) {
  publish(5'000);
  start();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  FrameBuffer frame;
  encode_subscribe(frame, {.request = 2, .from = 11, .credit = 10});
  ASSERT_TRUE(peer.send(frame));
  auto reply = peer.receive();
  ASSERT_TRUE(reply && reply->kind == ReplyKind::events);
  EXPECT_EQ(reply->request, 2U);
  EXPECT_EQ(reply->events.size(), 10U);
  EXPECT_EQ(reply->next_event, 21U);
  EXPECT_EQ(reply->oldest_event, 1U);
  EXPECT_EQ(reply->end_of_events, 5'001U);
  frame.clear();
  encode_event_credit(frame, 2, 7);
  ASSERT_TRUE(peer.send(frame));
  reply = peer.receive();
  ASSERT_TRUE(reply && reply->kind == ReplyKind::events);
  EXPECT_EQ(reply->events.size(), 7U);
  EXPECT_EQ(reply->events.front().number, 21U);
  // Another command has no place here, and what it says shows that nothing came between.
  ASSERT_TRUE(peer.send(order_frame(3, 1)));
  expect_error(peer, ErrorCode::forbidden, 2, true);
}

TEST_F(Events, WaitForTheSlowWithoutKeepingTheOthers) {
  publish(1'000);
  start();
  // Megabytes more than a socket takes, of which this one reads nothing yet.
  RawPeer slow(port(), 4096);
  ASSERT_TRUE(slow.greet());
  FrameBuffer frame;
  encode_subscribe(frame, {.request = 2, .from = 1, .credit = 1'000'000});
  ASSERT_TRUE(slow.send(frame));
  EventFollower fast = follower({.from = 1});
  for (int round = 0; round < 100; ++round) {
    publish(1'000);
  }
  EXPECT_EQ(take_until(fast, log_.next()).size(), 101'000U);
  EXPECT_LT(log_.first(), 2U);
  std::uint64_t next = 1;
  while (next < log_.next()) {
    const auto reply = slow.receive();
    ASSERT_TRUE(reply && reply->kind == ReplyKind::events) << next;
    for (const Event& event : reply->events) {
      ASSERT_EQ(event.number, next++);
    }
  }
}

TEST_F(Events, ThatAreTooOldAreToldSo) {
  EventLog small;
  SimDisk disk;
  ASSERT_TRUE(small
                  .open(disk, {.key = 7,
                               .segment_bytes = disk_block + 8 * slab,
                               .slab_bytes = slab,
                               .memory_bytes = 8 * slab,
                               .keep_bytes = 3 * (disk_block + 8 * slab)})
                  .ok());
  std::vector<Event> events;
  for (std::uint64_t number = 1; number <= 9'500; ++number) {
    events.push_back(event_of(number));
  }
  ASSERT_TRUE(small.append(events).ok());
  options_.events = &small;
  start();
  EventFollower old = follower({.from = 3});
  const ClientError error = refusal(old);
  EXPECT_EQ(error.code, ErrorCode::event_not_kept);
  ASSERT_GT(small.first(), 4'000U);
  EXPECT_EQ(error.text,
            "event 3 is not kept any more: the oldest one is " + std::to_string(small.first()));
  EventFollower oldest = follower({});
  const std::vector<std::uint64_t> kept = take_until(oldest, small.next());
  EXPECT_EQ(kept.front(), small.first());
  EXPECT_EQ(kept.size(), small.next() - small.first());
  end();
}

TEST_F(Events, ThatAreNotThereYetAreToldSo) {
  publish(100);
  start();
  EventFollower early = follower({.from = 102});
  const ClientError error = refusal(early);
  EXPECT_EQ(error.code, ErrorCode::event_not_kept);
  EXPECT_EQ(error.text, "event 102 is not there yet: the next one will be 101");
}

TEST_F(Events, AreUnknownToAServerWithoutThem) {
  options_.events = nullptr;
  start();
  EventFollower follow = follower({.from = 1});
  EXPECT_EQ(refusal(follow).code, ErrorCode::unknown_command);
}

TEST_F(Events, AreNotForThoseWhoWaitForAnswers) {
  start();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  FrameBuffer both = order_frame(2, 1);
  encode_subscribe(both, {.request = 3, .from = 1, .credit = 10});
  ASSERT_TRUE(peer.send(both));
  expect_echo(peer, 2, 1);
  expect_error(peer, ErrorCode::forbidden, 3, false);
  FrameBuffer credit;
  encode_event_credit(credit, 4, 7);
  ASSERT_TRUE(peer.send(credit));
  expect_error(peer, ErrorCode::forbidden, 4, false);
}

TEST_F(Events, EndWithTheServer) {
  publish(10);
  start();
  EventFollower follow = follower({.from = 1});
  EXPECT_EQ(take_until(follow, 11).size(), 10U);
  server_->stop(std::chrono::milliseconds(1000));
  EXPECT_EQ(refusal(follow).code, ErrorCode::shutting_down);
  EXPECT_EQ(counters().connections_open, 0U);
}

}  // namespace
}  // namespace millrace::test
