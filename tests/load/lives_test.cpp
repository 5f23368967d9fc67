// Orders led through their lives against an engine in this process, and against one that lies.
#include "tools/load/lives.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "tests/support/small_network.h"
#include "tests/support/subject.h"
#include "tools/load/lives_report.h"

namespace millrace::load {
namespace {

using millrace::test::Answer;
using millrace::test::monday_morning;
using millrace::test::TestCommand;

constexpr std::uint64_t ns_per_us = 1000;
constexpr Sku service{1'000};

Network quick_network() {
  return millrace::test::small_network([](Network& network) {
    for (Node& node : network.nodes) {
      node.daily_shipments_max = 1'000'000;
    }
    network.wave.age_us_max = us_per_second;
    network.life.payment_hold_us = 2 * us_per_second;
    network.life.feedback_after_us = us_per_second;
    network.life.return_window_days = 0;
    network.life.restocking_fee_permille = 100;
  });
}

Demand demand() {
  Demand result;
  for (std::uint64_t sku = 1; sku <= 20; ++sku) {
    result.skus.emplace_back(sku);
  }
  result.destinations = {{make_country('U', 'S'), postal_inside("100"), 1},
                         {make_country('U', 'S'), postal_inside("900"), 1}};
  result.channel_count = 2;
  result.service_count = 2;
  return result;
}

/// Gives a source the answers of an engine, frame by frame, and may change them on the way.
class Shop {
 public:
  using Lie = std::function<void(const Frame&, std::size_t, Answer&)>;

  explicit Shop(Lie lie = {})
      : network_(quick_network()),
        engine_(millrace::test::make_engine_subject(network_, limits_)),
        lie_(std::move(lie)) {
    const auto of_service = static_cast<std::uint16_t>(SkuFlag::service);
    (void)apply({now(), DefineSku{{9, 1'000}, service, 0, of_service, 0}, {}, {}, false});
    for (std::uint64_t sku = 1; sku <= 20; ++sku) {
      const auto flags = static_cast<std::uint16_t>(sku % 3 == 0 ? SkuFlag::fragile : SkuFlag{0});
      (void)apply({now(), DefineSku{{9, sku}, Sku{sku}, 100, flags, 0}, {}, {}, false});
      for (std::uint16_t node = 0; node < 3; ++node) {
        (void)apply({now(),
                     ReceiveStock{{10ULL + node, sku}, Sku{sku}, Units{60}, NodeIndex{node}, 0},
                     {},
                     {},
                     false});
      }
    }
  }

  void serve(LivesSource& source) {
    Frame frame;
    for (bool more = true; more;) {
      frame.clear();
      frame.intended_ns = now_us_ * ns_per_us;
      if (source.next(0, {.commands_max = 16, .lines_max = 200, .steps_max = 16}, frame)) {
        // Looks are not journaled, and a server sees to it that its time goes on.
        tick();
        answer(source, frame);
        now_us_ += 10'000;
      } else if (const auto next = source.next_ns(0)) {
        now_us_ = std::max(now_us_ + 1, *next / ns_per_us + 1);
        tick();
      } else {
        more = false;
      }
    }
  }

  [[nodiscard]] const Failures& failures() const { return failures_; }

  [[nodiscard]] std::optional<std::string> audit() const { return engine_->audit(); }

  [[nodiscard]] std::uint64_t digest() const { return engine_->digest(); }

 private:
  [[nodiscard]] Time now() const { return Time{monday_morning.us + now_us_}; }

  Answer apply(const TestCommand& command) {
    Answer answer = engine_->apply(command);
    for (const millrace::test::Proposal& wave : engine_->take_proposals()) {
      (void)apply(millrace::test::release_of(now(), wave));
    }
    return answer;
  }

  void tick() { (void)apply({now(), Tick{}, {}, {}, false}); }

  static TestCommand command_of(const Frame& frame, std::size_t at, std::size_t line, Time now) {
    switch (frame.kind) {
      case FrameKind::orders: {
        const auto lines = std::span(frame.lines).subspan(line, frame.heads[at].line_count);
        return millrace::test::make_order(now, frame.heads[at], {lines.begin(), lines.end()});
      }
      case FrameKind::cancels:
        return {now, frame.cancels[at], {}, {}, false};
      case FrameKind::steps: {
        const auto lines = std::span(frame.lines).subspan(line, line_count_of(frame.steps[at]));
        return {now, frame.steps[at], {lines.begin(), lines.end()}, {}, false};
      }
      case FrameKind::receipts:
        return {now, frame.receipts[at], {}, {}, false};
      case FrameKind::looks:
        break;
    }
    return {now, frame.looks[at], {}, {}, false};
  }

  void answer(LivesSource& source, const Frame& frame) {
    std::vector<Outcome> outcomes;
    std::vector<OrderView> orders;
    std::vector<SliceView> slices;
    std::size_t line = 0;
    for (std::size_t i = 0; i < frame.count(); ++i) {
      Answer one = apply(command_of(frame, i, line, now()));
      line += frame.kind == FrameKind::orders  ? frame.heads[i].line_count
              : frame.kind == FrameKind::steps ? line_count_of(frame.steps[i])
                                               : 0;
      if (lie_) {
        lie_(frame, i, one);
      }
      outcomes.push_back(one.outcome);
      orders.push_back(one.order);
      slices.insert(slices.end(), one.slices.begin(), one.slices.end());
    }
    source.answered(0, frame, {1, outcomes, orders, slices}, failures_);
  }

  Limits limits_{.skus_max = 100,
                 .orders_max = 10'000,
                 .slices_max = 100'000,
                 .backorders_max = 10'000,
                 .commands_max = 100'000,
                 .notes_max = 100'000};
  Network network_;
  std::unique_ptr<millrace::test::Subject> engine_;
  Lie lie_;
  Failures failures_;
  std::uint64_t now_us_ = 1;
};

/// Everything that may happen happens often.
LifeShares rich() {
  LifeShares shares;
  shares.carts = 200;
  shares.amended = 200;
  shares.held = 60;
  shares.changed = 60;
  shares.rejected = 60;
  shares.short_picked = 150;
  shares.cancelled_packed = 40;
  shares.undelivered = 150;
  shares.returned = 500;
  shares.lost_return = 100;
  shares.needs_work = 300;
  shares.mistaken = 60;
  return shares;
}

LivesSource lives(std::uint64_t orders, std::uint64_t seed, const LifeShares& shares) {
  GeneratorOptions generator;
  generator.seed = seed;
  generator.zipf = 0.5;
  generator.cancels = 0.1;
  LivesOptions options;
  options.seed = seed;
  options.shares = shares;
  options.open_max = 64;
  options.node_count = 3;
  options.service = service;
  return {std::make_unique<GeneratorSource>(OrderGenerator(demand(), generator), orders, 1),
          options, 1};
}

std::string first_failure(const Shop& shop) {
  return shop.failures().count() == 0 ? "" : shop.failures().first().front();
}

TEST(Lives, EveryOrderComesToItsEnd) {
  Shop shop;
  LivesSource source = lives(1000, 1, rich());
  shop.serve(source);
  EXPECT_EQ(first_failure(shop), "");
  EXPECT_EQ(shop.audit().value_or(""), "");
  const LifeTotals& totals = source.totals();
  EXPECT_EQ(totals.ended, totals.orders);
  EXPECT_EQ(totals.left, 0U);
  EXPECT_EQ(totals.units_found, totals.units_asked);
  EXPECT_GT(totals.refused, 0U);
  EXPECT_GT(totals.replacements, 0U);
  EXPECT_GT(totals.repeats, 0U);
  EXPECT_GT(totals.receipts, 0U);
  EXPECT_GT(totals.units_cancelled, 0U);
  EXPECT_GT(totals.refunded, 0U);
  EXPECT_LE(totals.refunded, totals.paid);
  EXPECT_LE(totals.captured, totals.authorised);
}

TEST(Lives, EveryStepIsTakenAndEveryEndIsReached) {
  Shop shop;
  LivesSource source = lives(3000, 2, rich());
  shop.serve(source);
  EXPECT_EQ(first_failure(shop), "");
  const LifeTotals& totals = source.totals();
  for (auto step = static_cast<std::size_t>(Step::start_pick);
       step <= static_cast<std::size_t>(Step::exchange); ++step) {
    EXPECT_GT(totals.steps[step].accepted, 0U) << name_of(static_cast<Step>(step));
  }
  for (const Step step : {Step::confirm_hold, Step::extend_hold, Step::schedule, Step::activate,
                          Step::close_service, Step::change_address, Step::change_service,
                          Step::change_units, Step::move_units, Step::change_lines}) {
    EXPECT_GT(totals.steps[static_cast<std::size_t>(step)].accepted, 0U) << name_of(step);
  }
  for (const SliceState state : {SliceState::cancelled, SliceState::expired, SliceState::closed,
                                 SliceState::refunded, SliceState::exchanged}) {
    EXPECT_GT(totals.units_by_state[static_cast<std::size_t>(state)], 0U) << name_of(state);
  }
  for (const Step step :
       {Step::confirm_pack, Step::confirm_ship, Step::authorise_payment, Step::capture_payment}) {
    EXPECT_GT(totals.steps[static_cast<std::size_t>(step)].refused, 0U) << name_of(step);
  }
}

TEST(Lives, TheSameSeedLivesTheSameLives) {
  const auto digest = [](std::uint64_t seed) {
    Shop shop;
    LivesSource source = lives(200, seed, rich());
    shop.serve(source);
    return shop.digest();
  };
  EXPECT_EQ(digest(7), digest(7));
  EXPECT_NE(digest(7), digest(8));
}

TEST(Lives, WithoutTroubleEverythingIsDeliveredAndClosed) {
  Shop shop;
  LifeShares quiet;
  for (std::uint32_t LifeShares::*share :
       {&LifeShares::never_pays, &LifeShares::carts, &LifeShares::amended, &LifeShares::held,
        &LifeShares::changed, &LifeShares::rejected, &LifeShares::short_picked,
        &LifeShares::cancelled_packed, &LifeShares::undelivered, &LifeShares::returned,
        &LifeShares::mistaken}) {
    quiet.*share = 0;
  }
  quiet.supplied = 1000;
  GeneratorOptions generator;
  generator.policy = PolicyMix::split;
  LivesOptions options;
  options.shares = quiet;
  options.node_count = 3;
  LivesSource source(std::make_unique<GeneratorSource>(OrderGenerator(demand(), generator), 100, 1),
                     options, 1);
  shop.serve(source);
  EXPECT_EQ(first_failure(shop), "");
  const LifeTotals& totals = source.totals();
  EXPECT_EQ(totals.orders_by_state[static_cast<std::size_t>(OrderState::closed)], totals.orders)
      << text_report(totals, {});
  EXPECT_EQ(totals.units_by_state[static_cast<std::size_t>(SliceState::closed)],
            totals.units_asked);
  EXPECT_EQ(totals.refunded, 0U);
}

/// How an answer may be false, and what must be said of it.
struct Lie {
  const char* name;
  Shop::Lie tell;
  const char* verdict;
};

Shop::Lie of_step(Step step, const std::function<void(Outcome&)>& how) {
  return [step, how](const Frame& frame, std::size_t at, Answer& answer) {
    const bool is_it = frame.kind == FrameKind::steps &&
                       frame.steps[at].step == static_cast<std::uint8_t>(step) &&
                       answer.outcome.status == Status::accepted;
    if (is_it) {
      how(answer.outcome);
    }
  };
}

std::vector<Lie> lies() {
  const auto unit_less = [](Outcome& outcome) { outcome.allocated -= Units{1}; };
  return {
      {"a picked unit less", of_step(Step::confirm_pick, unit_less), "step confirm_pick"},
      {"a returned unit less", of_step(Step::receive_return, unit_less), "step receive_return"},
      {"refused",
       of_step(Step::start_pick, [](Outcome& outcome) { outcome = refused(Refusal::on_hold); }),
       "refused: on_hold"},
      {"paid back too much", of_step(Step::refund, [](Outcome& outcome) { outcome.cost += 1; }),
       "an amount of"},
      {"paid back too little", of_step(Step::refund, [](Outcome& outcome) { outcome.cost = 0; }),
       "an amount of"},
      {"shipped for more", of_step(Step::confirm_ship, [](Outcome& outcome) { outcome.cost += 5; }),
       "what has left costs"},
      {"a mistake that is let pass",
       [](const Frame& frame, std::size_t, Answer& answer) {
         if (frame.kind == FrameKind::steps && answer.outcome.refusal == Refusal::label_missing) {
           answer.outcome = accepted();
         }
       },
       "accepted, but not refused"},
      {"another answer to the same command",
       [seen = std::set<Id128>()](const Frame& frame, std::size_t at, Answer& answer) mutable {
         if (frame.kind == FrameKind::steps && !seen.insert(frame.steps[at].command).second) {
           answer.outcome.node = NodeIndex{7};
         }
       },
       "another answer than the first time"},
      {"a unit lost at the end",
       [](const Frame& frame, std::size_t, Answer& answer) {
         if (frame.kind == FrameKind::looks && answer.order.state == OrderState::closed) {
           answer.slices.front().units += Units{1};
         }
       },
       "units and ends with"},
      {"another SKU at the end",
       [](const Frame& frame, std::size_t, Answer& answer) {
         if (frame.kind == FrameKind::looks && answer.order.state == OrderState::closed) {
           answer.slices.front().sku = Sku{99};
         }
       },
       "another SKU"},
      {"an order forgotten",
       [](const Frame& frame, std::size_t, Answer& answer) {
         if (frame.kind == FrameKind::looks) {
           answer.order.state = OrderState::unknown;
         }
       },
       "is not known"},
  };
}

TEST(Lives, AnswersThatCannotBeTrueAreFound) {
  for (const Lie& lie : lies()) {
    Shop shop(lie.tell);
    LifeShares shares = rich();
    LivesSource source = lives(300, 3, shares);
    shop.serve(source);
    bool is_found = false;
    for (const std::string& failure : shop.failures().first()) {
      is_found = is_found || failure.find(lie.verdict) != std::string::npos;
    }
    EXPECT_TRUE(is_found) << lie.name << ": " << first_failure(shop);
  }
}

TEST(Lives, LinesOfOneSkuAreAddedUpAtTheirMeanPrice) {
  const std::vector<OrderLine> lines{
      {Sku{5}, Units{2}, 100}, {Sku{6}, Units{1}, 7}, {Sku{5}, Units{1}, 50}};
  const std::vector<LifeLine> merged = lines_of(lines);
  ASSERT_EQ(merged.size(), 2U);
  EXPECT_EQ(merged[0].line, 0);
  EXPECT_EQ(merged[0].units, Units{3});
  EXPECT_EQ(merged[0].unit_price, 83U);
  EXPECT_EQ(merged[1].line, 1);
}

TEST(Lives, TheReportSaysWhatTheyCameTo) {
  Shop shop;
  LivesSource source = lives(200, 4, rich());
  shop.serve(source);
  RunResult run;
  run.commands = 1000;
  run.seconds = 2;
  const std::string text = text_report(source.totals(), run);
  EXPECT_NE(text.find("lives ended"), std::string::npos);
  EXPECT_NE(text.find("commands                         1000, 500 a second"), std::string::npos)
      << text;
  const std::string json = json_report(source.totals(), run);
  EXPECT_NE(json.find("\"commands_per_second\": 500"), std::string::npos) << json;
  EXPECT_NE(json.find("\"units_by_state\": {\"cancelled\": "), std::string::npos) << json;
}

}  // namespace
}  // namespace millrace::load
