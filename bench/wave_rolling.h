// A whole backlog, wave after wave: the planner beside first come first served.
#pragma once

#include <cstdint>
#include <string>

#include "bench/wave_instances.h"
#include "bench/wave_node.h"

namespace millrace::bench {

struct Rolled {
  std::uint32_t waves = 0;
  std::uint64_t units = 0;
  /// Visits: an aisle counts once for each wave that goes there.
  std::uint64_t aisles = 0;
  /// Orders released in a wave after the last one that made their cutoff.
  std::uint32_t late = 0;
  /// The wave in which the last order left; all wait from before the first.
  std::uint32_t oldest_wait_waves = 0;
  std::uint32_t left = 0;
  std::string flaw;
};

/// One order in fifty, drawn by the seed, has its cutoff after one of the first ten waves. An order
/// must come in the last wave before its cutoff, and when it has waited for twelve waves.
[[nodiscard]] Rolled roll_planner(const WaveInstance& instance, double budget_ms, BudgetClock clock,
                                  std::uint64_t seed);

enum class FirstComeWaves : std::uint8_t { smallest, fullest };

/// Orders by number, until units_min is reached or while they fit into units_max; aisles by the
/// most units of use. Full waves are the best that can happen to it.
[[nodiscard]] Rolled roll_first_come(const WaveInstance& instance, FirstComeWaves waves);

}  // namespace millrace::bench
