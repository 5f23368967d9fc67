// From a choice to a plan: which one-line orders take what the chosen aisles hold, and where each
// unit of the chosen orders is taken.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/advisors/wave_index.h"
#include "engine/advisors/wave_marks.h"
#include "engine/advisors/wave_plan.h"

namespace millrace {

class WavePacking {
 public:
  explicit WavePacking(const WaveIndex& index);

  /// The most units of one-line orders that the aisles can give, and at most units_max; orders that
  /// must come first.
  void choose_orders(std::span<const std::uint32_t> aisles, const WaveMarks& marks,
                     std::uint64_t units_max, std::vector<WaveOrder>& orders);

  /// Fills units, aisles and picks of a plan whose orders the aisles can give. Aisles of which
  /// nothing is taken are left out.
  void assign(std::span<const std::uint32_t> aisles, WavePlan& plan);

 private:
  void choose_of(WaveItem item, std::uint64_t held, const WaveMarks& marks);
  void choose_exactly(std::uint64_t room);
  void trim(std::uint64_t units_max, const WaveMarks& marks, std::vector<WaveOrder>& orders) const;

  const WaveIndex& index_;
  /// By item: what the aisles hold, or what is still to be taken. Zero between calls.
  std::vector<std::uint64_t> units_;
  std::vector<WaveItem> touched_;
  std::vector<OrderUnits> free_;
  std::vector<WaveOrder> chosen_;
  /// By sum: the last order of free_ that makes it.
  std::vector<std::uint32_t> last_;
};

}  // namespace millrace
