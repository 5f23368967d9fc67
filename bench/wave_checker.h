// Whether a wave is one: by the instance alone, and by other code than that which found it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/wave_instances.h"

namespace millrace::bench {

struct CheckedPick {
  std::uint32_t aisle;
  std::uint32_t item;
  std::uint64_t units;
};

/// A wave as numbers of the instance.
struct CheckedWave {
  std::vector<std::uint32_t> orders;
  std::vector<std::uint32_t> aisles;
  std::vector<CheckedPick> picks;
};

/// What is wrong with it; empty if nothing is. `units` becomes the sum of the orders' units.
[[nodiscard]] std::string flaw_of(const WaveInstance& instance, const CheckedWave& wave,
                                  std::uint64_t& units);

}  // namespace millrace::bench
