// Which aisles, when all orders have one line: swaps of one aisle for another to the local optimum,
// then again from a disturbed set, with as many aisles as pay and, where it is within reach, with
// one aisle fewer.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/advisors/wave_coverage.h"
#include "engine/advisors/wave_plan.h"

namespace millrace {

class WaveCoverageSearch {
 public:
  explicit WaveCoverageSearch(const WaveIndex& index);

  /// The aisles chosen stand in aisles() afterwards. Whether units_min was reached.
  bool run(const WaveRequest& request, const WaveMarks& marks, WaveBudget& budget);

  [[nodiscard]] const std::vector<std::uint32_t>& aisles() const { return best_.aisles; }

 private:
  struct Choice {
    std::vector<std::uint32_t> aisles;
    std::int64_t units = 0;
  };

  [[nodiscard]] bool is_over();
  [[nodiscard]] std::int64_t counted(std::int64_t units) const;
  [[nodiscard]] bool is_better(std::int64_t units, std::size_t aisles) const;
  [[nodiscard]] std::uint32_t best_addition(std::uint32_t but_not) const;
  void note();
  void keep(Choice& choice) const;
  void load(const Choice& choice);
  void grow();
  void prune();
  void swap_to_optimum();
  void resize_to_optimum();
  void disturb();
  void explore(Choice& from);
  bool has_short_target() const;

  const WaveIndex& index_;
  WaveCoverage coverage_;
  WaveChance chance_{1};
  WaveBudget* budget_ = nullptr;
  std::int64_t units_min_ = 0;
  std::int64_t units_max_ = 0;
  std::uint64_t next_look_ = 0;
  bool is_over_ = false;
  /// The best wave so far, and the best set of one aisle fewer, which is short of units.
  Choice best_;
  Choice current_;
  Choice short_;
  std::vector<std::uint32_t> order_;
  std::vector<std::uint8_t> is_wanted_;
};

}  // namespace millrace
