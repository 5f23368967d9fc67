// What lies in the bins of a node, as far as the planner knows: the units of its floor plan, less
// what waves took, and with what came since in the SKU's first bin. The engine counts units by node
// alone, so bins are the planner's own account: where they are wrong a wave walks further than it
// needs, and nothing else happens.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "engine/advisors/floor_plan.h"
#include "engine/advisors/wave_index.h"
#include "engine/core/types.h"

namespace millrace {

/// Take so many units of a SKU from a bin.
struct BinPick {
  std::uint32_t bin;  ///< in FloorStock::bins
  Units units;
};

class FloorStock {
 public:
  /// No more SKUs than `items_max` are known.
  FloorStock(const FloorPlan& plan, std::uint32_t items_max);

  [[nodiscard]] const FloorPlan& plan() const { return plan_; }

  [[nodiscard]] std::uint32_t items_max() const { return items_max_; }

  /// The number of a SKU, which gets one if it has none; false if there is none left.
  [[nodiscard]] bool find_item(Sku sku, WaveItem& item);

  [[nodiscard]] std::uint32_t item_count() const {
    return static_cast<std::uint32_t>(of_item_.size());
  }

  /// The bins of an item in walking order, none for one that the floor plan does not have.
  [[nodiscard]] std::span<const std::uint32_t> bins_of(WaveItem item) const {
    return of_item_[item.value];
  }

  [[nodiscard]] const FloorBin& bin(std::uint32_t bin) const { return plan_.bins[bin]; }

  [[nodiscard]] Units units_in(std::uint32_t bin) const { return units_[bin]; }

  /// Of an item in all its bins.
  [[nodiscard]] std::uint64_t total(WaveItem item) const;

  /// Of an item in the bins of an aisle.
  [[nodiscard]] Units in_aisle(WaveItem item, WaveAisle aisle) const;

  /// Units came to an item's first bin. One without a bin gets one in the first aisle.
  void put(WaveItem item, Units units);

  /// Takes units out of bins in these aisles, in walking order, and what is not there from any
  /// others; what is nowhere is taken from the first bin all the same. Appends what it took.
  void take(WaveItem item, Units units, std::span<const WaveAisle> rising_aisles,
            std::vector<BinPick>& picks);

 private:
  Units take_from(std::uint32_t bin, Units wanted, std::vector<BinPick>& picks);

  FloorPlan plan_;
  std::uint32_t items_max_;
  std::vector<Units> units_;  ///< by bin
  std::map<Sku, WaveItem> item_of_;
  std::vector<std::vector<std::uint32_t>> of_item_;  ///< bins
  std::vector<Sku> skus_;
};

}  // namespace millrace
