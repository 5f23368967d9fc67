// A run against servers that answer rightly, wrongly, late, or not at all.
#include "tools/load/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/load/fake_server.h"

namespace millrace::load {
namespace {

using test::answer_truly;
using test::answer_with;
using test::FakeServer;
using test::true_outcomes;

Demand demand() {
  Demand result;
  for (std::uint64_t sku = 1; sku <= 100; ++sku) {
    result.skus.emplace_back(sku);
  }
  result.destinations = {{make_country('U', 'S'), postal_inside("606"), 1}};
  result.channel_count = 1;
  result.service_count = 1;
  return result;
}

RunResult run_orders(const FakeServer& server, std::uint64_t orders, RunOptions options = {},
                     GeneratorOptions generator = {}) {
  options.target.port = server.port();
  options.frame_orders = options.frame_orders == 256 ? 10 : options.frame_orders;
  GeneratorSource source(OrderGenerator(demand(), generator), orders, options.connections);
  const std::atomic<bool> stop{false};
  return run(
      source, options, [](const RunProgress&) {}, stop);
}

std::string first_failure(const RunResult& result) {
  return result.failures.count() == 0 ? "" : result.failures.first().front();
}

TEST(Run, EveryOrderIsAnsweredOnce) {
  const FakeServer server({answer_truly});
  const RunResult result = run_orders(server, 1005);
  EXPECT_EQ(first_failure(result), "");
  EXPECT_EQ(result.broken, "");
  EXPECT_EQ(result.orders_sent, 1005U);
  EXPECT_EQ(result.tally.orders, 1005U);
  EXPECT_EQ(result.tally.allocated, 1005U);
  EXPECT_EQ(result.tally.units_asked, result.tally.units_allocated);
  EXPECT_EQ(result.acknowledged.order_count(), 1005U);
  ASSERT_EQ(result.acknowledged.ranges().size(), 1U);
  EXPECT_EQ(result.latency.count(), 1005U);
  EXPECT_GT(result.bytes_sent, 1005U * sizeof(OrderHead));
  EXPECT_GT(result.bytes_received, 1005U * sizeof(Outcome));
}

TEST(Run, FramesStayWithinTheServersCredit) {
  const FakeServer server({[](const Message& message, std::uint64_t nth, FrameBuffer& out) {
                            EXPECT_LE(message.count, 7U);
                            return answer_truly(message, nth, out);
                          }},
                          7);
  const RunResult result = run_orders(server, 100);
  EXPECT_EQ(first_failure(result), "");
  EXPECT_EQ(result.frame_orders, 7U);
  EXPECT_EQ(result.tally.orders, 100U);
}

TEST(Run, ARateIsKeptFromTheIntendedTimes) {
  const FakeServer server({answer_truly});
  RunOptions options;
  options.rate = 10'000;
  const RunResult result = run_orders(server, 2000, options);
  EXPECT_EQ(first_failure(result), "");
  EXPECT_EQ(result.tally.orders, 2000U);
  // The last frame was to leave after 199 of 200 intervals. A slow machine may take longer.
  EXPECT_GE(result.seconds, 0.198);
}

TEST(Run, LatencyCountsFromTheIntendedTimeThroughAStall) {
  // The server stops for a tenth of a second, and its credit lets ten frames come in meanwhile.
  // What was due and could not be sent waited as well.
  const FakeServer server({[](const Message& message, std::uint64_t nth, FrameBuffer& out) {
                            if (nth == 20) {
                              std::this_thread::sleep_for(std::chrono::milliseconds(100));
                            }
                            return answer_truly(message, nth, out);
                          }},
                          100);
  RunOptions options;
  options.rate = 5'000;
  const RunResult result = run_orders(server, 1000, options);
  EXPECT_EQ(first_failure(result), "");
  // 50 of 100 frames were due in that time, and waited 50 ms in the mean.
  EXPECT_GE(result.latency.max(), 95'000'000U);
  EXPECT_GE(result.latency.percentile(75), 40'000'000U);
}

TEST(Run, CancellationsFollowTheirOrders) {
  std::set<Id128> placed;
  std::set<Id128> cancelled;
  const FakeServer server({[&](const Message& message, std::uint64_t nth, FrameBuffer& out) {
    if (message.kind == CommandKind::place_order) {
      for (const OrderHead& head : message.commands<OrderHead>()) {
        placed.insert(head.id);
      }
    } else {
      for (const CancelOrder& cancel : message.commands<CancelOrder>()) {
        EXPECT_TRUE(placed.contains(cancel.order));
        EXPECT_TRUE(cancelled.insert(cancel.order).second);
      }
    }
    return answer_truly(message, nth, out);
  }});
  const RunResult result = run_orders(server, 1000, {}, {.cancels = 0.2});
  EXPECT_EQ(first_failure(result), "");
  EXPECT_EQ(result.tally.orders, 1000U);
  EXPECT_EQ(result.tally.cancels, cancelled.size());
  EXPECT_EQ(result.acknowledged.cancelled().size(), cancelled.size());
  const OrderGenerator generator(demand(), {.cancels = 0.2});
  for (std::uint64_t index = 0; index < 1000; ++index) {
    EXPECT_EQ(cancelled.contains(order_id(generator.options().seed, index)),
              generator.is_cancelled(index))
        << index;
  }
}

/// How a server may answer wrongly, and what the run must say of it.
struct Lie {
  const char* name;
  FakeServer::Answer answer;
  const char* verdict;
};

FakeServer::Answer change(const std::function<void(Outcome&)>& how) {
  return [how](const Message& message, std::uint64_t nth, FrameBuffer& out) {
    std::vector<Outcome> outcomes = true_outcomes(message);
    if (nth == 3) {
      // One with units to spare, so that a unit less is not an order without any.
      how(*std::find_if(outcomes.begin(), outcomes.end(),
                        [](const Outcome& outcome) { return outcome.allocated > Units{1}; }));
    }
    answer_with(message, nth, outcomes, out);
    return true;
  };
}

std::vector<Lie> lies() {
  return {
      {"a unit less", change([](Outcome& outcome) { outcome.allocated -= Units{1}; }),
       " units asked, "},
      {"a unit more", change([](Outcome& outcome) { outcome.allocated += Units{1}; }),
       " units asked, "},
      {"split over one node", change([](Outcome& outcome) { outcome.status = Status::split; }),
       "contradicts itself"},
      {"refused without a reason", change([](Outcome& outcome) {
         outcome = {};
         outcome.status = Status::refused;
       }),
       "contradicts itself"},
      {"refused, and units held", change([](Outcome& outcome) {
         outcome.status = Status::refused;
         outcome.refusal = Refusal::out_of_stock;
       }),
       "contradicts itself"},
      {"no status", change([](Outcome& outcome) { outcome.status = Status::none; }),
       "contradicts itself"},
      {"an outcome less",
       [](const Message& message, std::uint64_t nth, FrameBuffer& out) {
         std::vector<Outcome> outcomes = true_outcomes(message);
         outcomes.resize(nth == 3 ? 9 : 10);
         answer_with(message, nth, outcomes, out);
         return true;
       },
       "10 commands got 9 outcomes"},
      {"the same sequence twice",
       [](const Message& message, std::uint64_t nth, FrameBuffer& out) {
         answer_with(message, nth == 3 ? 2 : nth, true_outcomes(message), out);
         return true;
       },
       "came after"},
      {"the same answer twice",
       [](const Message& message, std::uint64_t nth, FrameBuffer& out) {
         answer_with(message, nth, true_outcomes(message), out);
         if (nth == 3) {
           answer_with(message, nth, true_outcomes(message), out);
         }
         return true;
       },
       ""},
      {"an answer left out",
       [](const Message& message, std::uint64_t nth, FrameBuffer& out) {
         if (nth != 3) {
           answer_with(message, nth, true_outcomes(message), out);
         }
         return true;
       },
       ""},
      {"an error",
       [](const Message& message, std::uint64_t nth, FrameBuffer& out) {
         if (nth != 3) {
           return answer_truly(message, nth, out);
         }
         encode_error(out, message.origin.request, ErrorCode::too_large, "no", false);
         return true;
       },
       "answered with error"},
      {"another kind of reply",
       [](const Message& message, std::uint64_t nth, FrameBuffer& out) {
         if (nth != 3) {
           return answer_truly(message, nth, out);
         }
         encode_stats(out, message.origin.request, Stats{});
         return true;
       },
       ""},
  };
}

TEST(Run, WrongAnswersAreFound) {
  for (const Lie& lie : lies()) {
    const FakeServer server({lie.answer});
    const RunResult result = run_orders(server, 100);
    EXPECT_GT(result.failures.count(), 0U) << lie.name;
    EXPECT_NE(first_failure(result).find(lie.verdict), std::string::npos)
        << lie.name << ": " << first_failure(result);
  }
}

TEST(Run, ALostConnectionEndsTheRunAndNothingIsClaimed) {
  const FakeServer server({[](const Message& message, std::uint64_t nth, FrameBuffer& out) {
    return nth < 5 && answer_truly(message, nth, out);
  }});
  const RunResult result = run_orders(server, 1000);
  EXPECT_NE(result.broken, "");
  EXPECT_EQ(result.acknowledged.order_count(), result.tally.orders);
  EXPECT_EQ(result.orders_unanswered, result.orders_sent - result.tally.orders);
  EXPECT_GT(result.orders_unanswered, 0U);
  EXPECT_LE(result.tally.orders, 50U);
}

TEST(Run, FramesWithoutAnAnswerAreSentAgainAsTheyWere) {
  std::map<Id128, OrderHead> seen;
  std::uint64_t repeated = 0;
  const auto note = [&](const Message& message) {
    for (const OrderHead& head : message.commands<OrderHead>()) {
      const auto [at, is_new] = seen.emplace(head.id, head);
      repeated += is_new ? 0 : 1;
      EXPECT_EQ(at->second.line_count, head.line_count);
      EXPECT_EQ(at->second.policy, head.policy);
    }
  };
  const FakeServer server({[&](const Message& message, std::uint64_t nth, FrameBuffer& out) {
                             note(message);
                             // Two frames are swallowed before the end.
                             return nth < 5 ? answer_truly(message, nth, out) : nth < 7;
                           },
                           [&](const Message& message, std::uint64_t nth, FrameBuffer& out) {
                             note(message);
                             return answer_truly(message, nth + 100, out);
                           }});
  RunOptions options;
  options.reconnect = std::chrono::seconds(20);
  const RunResult result = run_orders(server, 1000, options);
  EXPECT_EQ(first_failure(result), "");
  EXPECT_EQ(result.broken, "");
  EXPECT_EQ(result.reconnects, 1U);
  EXPECT_GT(result.outage_s, 0);
  EXPECT_EQ(result.tally.orders, 1000U);
  EXPECT_EQ(result.acknowledged.order_count(), 1000U);
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_GE(repeated, 20U);
}

TEST(Run, ASilentServerIsGivenUp) {
  const FakeServer server({[](const Message&, std::uint64_t, FrameBuffer&) { return true; }});
  RunOptions options;
  options.answer_timeout = std::chrono::milliseconds(50);
  const RunResult result = run_orders(server, 100, options);
  EXPECT_NE(result.broken.find("no answer"), std::string::npos);
  EXPECT_EQ(result.orders_unanswered, result.orders_sent);
}

TEST(Run, NobodyListening) {
  std::uint16_t port = 0;
  {
    const FakeServer server({answer_truly});
    port = server.port();
  }
  GeneratorSource source(OrderGenerator(demand(), {}), 10, 1);
  RunOptions options;
  options.target.port = port;
  const std::atomic<bool> stop{false};
  const RunResult result = run(
      source, options, [](const RunProgress&) {}, stop);
  EXPECT_NE(result.broken.find("cannot connect"), std::string::npos);
  EXPECT_EQ(result.orders_sent, 0U);
}

TEST(Run, ItStopsWhenToldAndStillWaitsForItsAnswers) {
  std::atomic<bool> stop{false};
  const FakeServer server({[&stop](const Message& message, std::uint64_t nth, FrameBuffer& out) {
    stop = stop || nth == 20;
    return answer_truly(message, nth, out);
  }});
  GeneratorSource source(OrderGenerator(demand(), {}), std::nullopt, 1);
  RunOptions options;
  options.target.port = server.port();
  options.frame_orders = 10;
  const RunResult result = run(
      source, options, [](const RunProgress&) {}, stop);
  EXPECT_EQ(first_failure(result), "");
  EXPECT_EQ(result.broken, "");
  EXPECT_GT(result.tally.orders, 200U);
  EXPECT_EQ(result.orders_unanswered, 0U);
}

}  // namespace
}  // namespace millrace::load
