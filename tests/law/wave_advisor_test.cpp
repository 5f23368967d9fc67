// The wave planner beside a live pipeline: its releases are commands like others, so the twin says
// the same to the journal, and a replay without a planner gives the same state.
#include "engine/runtime/wave_advisor.h"

#include <gtest/gtest.h>

#include <iostream>

#include "tests/law/live_journal.h"

namespace millrace::law {
namespace {

class PlannedWaves : public testing::TestWithParam<Shape> {};

TEST_P(PlannedWaves, AreLawful) {
  std::cout << "seed=" << base_seed() << "\n";
  const Network network = test::small_network([](Network& figures) {
    for (Node& node : figures.nodes) {
      node.plans_waves = node.code != "C";
    }
  });
  Live live(network, GetParam());
  live.plan_waves();
  live.round(base_seed() + 7);
  WaveDeskCounts desks = live.planned().desks;
  EXPECT_GT(desks.released, 0U);
  EXPECT_GT(desks.orders, 0U);
  // The second planner begins with what waits, and the first is forgotten.
  live.round(base_seed() + 57);
  EXPECT_GT(live.planned().desks.released, 0U);
  live.expect_lawful();
  desks = live.planned().desks;
  std::cout << desks.released << " of " << desks.proposed << " planned waves, " << desks.orders
            << " orders, " << desks.left_out << " left out\n";
}

INSTANTIATE_TEST_SUITE_P(Law, PlannedWaves, testing::Values(Shape{0, 64, 1}, Shape{3, 256, 4}),
                         [](const auto& shape) {
                           return std::string(placements[shape.param.placement].name);
                         });

}  // namespace
}  // namespace millrace::law
