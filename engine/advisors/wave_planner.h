// The wave planner: whole orders and the aisles they are picked in, as many units an aisle as can
// be found in the time given. An advisor: it proposes, and what allocate makes of the proposal
// counts.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/advisors/wave_annealer.h"
#include "engine/advisors/wave_coverage_search.h"
#include "engine/advisors/wave_index.h"
#include "engine/advisors/wave_marks.h"
#include "engine/advisors/wave_packing.h"
#include "engine/advisors/wave_plan.h"

namespace millrace {

class WavePlanner {
 public:
  /// The index may change between calls, not during one.
  explicit WavePlanner(const WaveIndex& index);

  /// The best wave found when the budget is spent; a valid one however short it is.
  [[nodiscard]] WavePlan plan(const WaveRequest& request, WaveBudget& budget);

 private:
  void mark(const WaveRequest& request, WavePlan& plan);
  [[nodiscard]] bool falls_apart(const WaveRequest& request) const;

  const WaveIndex& index_;
  WaveMarks marks_;
  WaveCoverageSearch coverage_;
  WaveAnnealer annealer_;
  WavePacking packing_;
  std::vector<std::uint64_t> must_units_;
};

}  // namespace millrace
