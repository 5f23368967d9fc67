// The planner's account of the bins.
#include "engine/advisors/floor_stock.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {

FloorStock::FloorStock(const FloorPlan& plan, std::uint32_t items_max)
    : plan_(plan), items_max_(items_max) {
  CHECK(!plan_.aisles.empty());
  plan_.arrange();
  for (std::uint32_t bin = 0; bin < plan_.bins.size(); ++bin) {
    units_.push_back(plan_.bins[bin].units);
    if (WaveItem item{}; find_item(plan_.bins[bin].sku, item)) {
      of_item_[item.value].push_back(bin);
    }
  }
}

bool FloorStock::find_item(Sku sku, WaveItem& item) {
  const auto found = item_of_.find(sku);
  if (found != item_of_.end()) {
    item = found->second;
    return true;
  }
  if (of_item_.size() >= items_max_) {
    return false;
  }
  item = WaveItem{item_count()};
  item_of_.emplace(sku, item);
  of_item_.emplace_back();
  skus_.push_back(sku);
  return true;
}

std::uint64_t FloorStock::total(WaveItem item) const {
  std::uint64_t units = 0;
  for (const std::uint32_t bin : of_item_[item.value]) {
    units += units_[bin].value;
  }
  return units;
}

Units FloorStock::in_aisle(WaveItem item, WaveAisle aisle) const {
  Units units{0};
  for (const std::uint32_t bin : of_item_[item.value]) {
    units += plan_.bins[bin].aisle == aisle.value ? units_[bin] : Units{0};
  }
  return units;
}

void FloorStock::put(WaveItem item, Units units) {
  std::vector<std::uint32_t>& bins = of_item_[item.value];
  if (bins.empty()) {
    bins.push_back(static_cast<std::uint32_t>(plan_.bins.size()));
    plan_.bins.push_back({0, 0, plan_.aisles.front().code, skus_[item.value], Units{0}});
    units_.push_back(Units{0});
  }
  units_[bins.front()] += units;
}

Units FloorStock::take_from(std::uint32_t bin, Units wanted, std::vector<BinPick>& picks) {
  const Units taken = std::min(wanted, units_[bin]);
  if (taken > Units{0}) {
    units_[bin] -= taken;
    picks.push_back({bin, taken});
  }
  return wanted - taken;
}

void FloorStock::take(WaveItem item, Units units, std::span<const WaveAisle> rising_aisles,
                      std::vector<BinPick>& picks) {
  if (total(item) < units.value) {
    put(item, Units{units.value - static_cast<std::uint32_t>(total(item))});
  }
  for (const bool within : {true, false}) {
    for (const std::uint32_t bin : of_item_[item.value]) {
      const bool is_within = std::binary_search(rising_aisles.begin(), rising_aisles.end(),
                                                WaveAisle{plan_.bins[bin].aisle});
      if (is_within == within) {
        units = take_from(bin, units, picks);
      }
    }
  }
  CHECK(units == Units{0});
}

}  // namespace millrace
