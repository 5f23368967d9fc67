// Small nodes by chance, and the best wave of one by trying every set of aisles and orders: the
// plain twin of the wave planner.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/advisors/wave_index.h"
#include "engine/advisors/wave_plan.h"
#include "tests/support/random.h"

namespace millrace::test {

/// Units by item.
using PlainUnits = std::map<std::uint32_t, std::uint32_t>;

struct SmallFloor {
  std::uint32_t item_count = 0;
  std::vector<PlainUnits> orders;
  std::vector<PlainUnits> aisles;
};

struct FloorShape {
  std::uint32_t orders = 7;
  std::uint32_t aisles = 6;
  std::uint32_t items = 6;
  std::uint32_t lines_max = 3;
  std::uint32_t units_max = 3;
};

[[nodiscard]] SmallFloor floor_by_chance(Random& random, FloorShape shape);

[[nodiscard]] WaveIndex index_of(const SmallFloor& floor);

/// The best ratio of any wave that has the orders that must come, none that is excluded, and units
/// within the bounds; nothing if there is none.
[[nodiscard]] WaveRatio best_by_trying(const SmallFloor& floor, const WaveRequest& request);

/// What is wrong with a plan as an answer to a request; empty if nothing is.
[[nodiscard]] std::string flaw_of(const SmallFloor& floor, const WaveRequest& request,
                                  const WavePlan& plan);

[[nodiscard]] inline WaveRatio ratio_of(const WavePlan& plan) {
  return {plan.units, plan.aisles.empty() ? 1 : plan.aisles.size()};
}

}  // namespace millrace::test
