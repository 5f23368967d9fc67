// The generator must reach every answer there is: one that stopped doing so would test less without
// failing.
#include "tests/law/generator.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "engine/core/names.h"
#include "tests/law/history.h"
#include "tests/support/small_network.h"

namespace millrace::law {
namespace {

struct Tally {
  std::map<std::string, std::uint64_t> answers;
  std::uint64_t waves_by_age_or_cutoff = 0;
  std::uint64_t waves_by_count = 0;
  std::map<EventKind, std::uint64_t> told;

  void add(const Network& network, const History& history) {
    for (std::size_t i = 0; i < history.commands.size(); ++i) {
      const CommandKind kind = kind_of(history.commands[i]);
      if (is_journaled(kind)) {
        const Outcome& outcome = history.answers[i].outcome;
        for (const Event& event : history.answers[i].events) {
          ++told[event.kind];
        }
        ++answers[outcome.status == Status::refused ? test::name_of(outcome.refusal)
                                                    : test::name_of(outcome.status)];
        const auto* const step = std::get_if<StepOrder>(&history.commands[i].body);
        if (step != nullptr && outcome.status != Status::refused) {
          ++answers[std::string("step ") + name_of(Step{step->step})];
        }
      } else if (kind == CommandKind::get_order) {
        ++answers[std::string("view of ") + test::name_of(history.answers[i].order.state)];
      }
    }
    for (const ProposedAt& proposed : history.proposals) {
      const bool is_full = proposed.proposal.slots.size() == network.wave.orders_max;
      ++(is_full ? waves_by_count : waves_by_age_or_cutoff);
    }
  }
};

TEST(Generator, ReachesEveryAnswer) {
  const char* const text = std::getenv("MILLRACE_SEED");
  const std::uint64_t seed = text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
  std::cout << "seed=" << seed << "\n";
  Tally tally;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Network network =
        i % 4 == 0 ? test::small_network() : test::random_network(seed * 1'000 + i);
    const Limits limits = random_limits(seed * 1'000 + i);
    const History history =
        record(network, limits, seed * 1'000 + i, {.commands = 1'000, .invariants_every = 50});
    ASSERT_EQ(history.wrong, "");
    tally.add(network, history);
  }
  for (const auto& [answer, count] : tally.answers) {
    std::cout << answer << ": " << count << "\n";
  }
  for (std::uint8_t refusal = 1; refusal < refusals; ++refusal) {
    const Refusal why{refusal};
    // These bounds are kept too large to be met: what they refuse is not part of the rules.
    if (std::string(test::name_of(why)) != "?" && why != Refusal::slices_exhausted &&
        why != Refusal::backorders_exhausted && why != Refusal::inbounds_exhausted &&
        why != Refusal::marks_exhausted && why != Refusal::quotas_exhausted &&
        why != Refusal::notes_exhausted) {
      EXPECT_GT(tally.answers[test::name_of(why)], 0U) << test::name_of(why);
    }
  }
  for (const Status status :
       {Status::accepted, Status::allocated, Status::split, Status::partly_backordered,
        Status::backordered, Status::cancelled, Status::partial}) {
    EXPECT_GT(tally.answers[test::name_of(status)], 0U) << test::name_of(status);
  }
  for (std::uint8_t number = 0; number < order_states; ++number) {
    const OrderState state{number};
    const std::string view = std::string("view of ") + test::name_of(state);
    EXPECT_GT(tally.answers[view], 0U) << view;
  }
  for (std::uint8_t number = 1; number < static_cast<std::uint8_t>(Step::steps_sent); ++number) {
    const std::string step = std::string("step ") + name_of(Step{number});
    if (is_sent(number)) {
      EXPECT_GT(tally.answers[step], 0U) << step;
    }
  }
  for (const EventKind kind : event_kinds) {
    std::cout << name_of(kind) << ": " << tally.told[kind] << "\n";
    EXPECT_GT(tally.told[kind], 0U) << name_of(kind);
  }
  EXPECT_GT(tally.waves_by_count, 0U);
  EXPECT_GT(tally.waves_by_age_or_cutoff, 0U);
}

}  // namespace
}  // namespace millrace::law
