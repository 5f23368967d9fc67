// Orders for aisles, and aisles for units.
#include "engine/advisors/wave_packing.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {
namespace {

constexpr std::uint32_t none = 0xffffffff;

}  // namespace

WavePacking::WavePacking(const WaveIndex& index)
    : index_(index), units_(index.limits().items_max) {}

void WavePacking::choose_orders(std::span<const std::uint32_t> aisles, const WaveMarks& marks,
                                std::uint64_t units_max, std::vector<WaveOrder>& orders) {
  chosen_.clear();
  touched_.clear();
  for (const std::uint32_t aisle : aisles) {
    for (const ItemUnits& cell : index_.cells_of(WaveAisle{aisle})) {
      if (units_[cell.item.value] == 0) {
        touched_.push_back(cell.item);
      }
      units_[cell.item.value] += cell.units.value;
    }
  }
  for (const WaveItem item : touched_) {
    choose_of(item, units_[item.value], marks);
    units_[item.value] = 0;
  }
  trim(units_max, marks, orders);
}

/// The most units of an item's orders within what is held.
void WavePacking::choose_of(WaveItem item, std::uint64_t held, const WaveMarks& marks) {
  free_.clear();
  std::uint64_t free_units = 0;
  for (const OrderUnits& each : index_.orders_of(item)) {
    if (marks[each.order] == WaveMark::must && each.units.value <= held) {
      chosen_.push_back(each.order);
      held -= each.units.value;
    }
  }
  for (const OrderUnits& each : index_.orders_of(item)) {
    if (marks[each.order] == WaveMark::free && each.units.value <= held) {
      free_.push_back(each);
      free_units += each.units.value;
    }
  }
  if (free_units > held && !is_smooth(free_)) {
    choose_exactly(held);
    return;
  }
  // Largest first; where they cannot all come, ones fill what is left.
  for (std::size_t i = free_.size(); i > 0 && held > 0; --i) {
    if (free_[i - 1].units.value <= held) {
      chosen_.push_back(free_[i - 1].order);
      held -= free_[i - 1].units.value;
    }
  }
}

void WavePacking::choose_exactly(std::uint64_t room) {
  last_.assign(room + 1, none);
  for (std::uint32_t i = 0; i < free_.size(); ++i) {
    const std::uint64_t size = free_[i].units.value;
    for (std::uint64_t sum = room; sum >= size; --sum) {
      const bool reaches = sum == size || last_[sum - size] != none;
      if (last_[sum] == none && reaches) {
        last_[sum] = i;
      }
    }
  }
  std::uint64_t sum = room;
  while (sum > 0 && last_[sum] == none) {
    --sum;
  }
  // The order that first made a sum came after all that made the rest.
  while (sum > 0) {
    chosen_.push_back(free_[last_[sum]].order);
    sum -= free_[last_[sum]].units.value;
  }
}

/// Whole orders within units_max: those that must come, then the largest that fit.
void WavePacking::trim(std::uint64_t units_max, const WaveMarks& marks,
                       std::vector<WaveOrder>& orders) const {
  orders = chosen_;
  std::uint64_t units = 0;
  for (const WaveOrder order : orders) {
    units += index_.units_of(order);
  }
  if (units > units_max) {
    std::sort(orders.begin(), orders.end(), [&](WaveOrder a, WaveOrder b) {
      const bool a_must = marks[a] == WaveMark::must;
      const bool b_must = marks[b] == WaveMark::must;
      if (a_must != b_must) {
        return a_must;
      }
      const std::uint32_t a_units = index_.units_of(a);
      const std::uint32_t b_units = index_.units_of(b);
      return a_units != b_units ? a_units > b_units : a < b;
    });
    units = 0;
    std::erase_if(orders, [&](WaveOrder order) {
      const bool fits = units + index_.units_of(order) <= units_max;
      units += fits ? index_.units_of(order) : 0;
      return !fits;
    });
  }
  std::sort(orders.begin(), orders.end());
}

void WavePacking::assign(std::span<const std::uint32_t> aisles, WavePlan& plan) {
  plan.units = 0;
  plan.aisles.clear();
  plan.picks.clear();
  touched_.clear();
  for (const WaveOrder order : plan.orders) {
    for (const ItemUnits& line : index_.lines_of(order)) {
      units_[line.item.value] += line.units.value;
      touched_.push_back(line.item);
    }
    plan.units += index_.units_of(order);
  }
  std::vector<std::uint32_t> rising(aisles.begin(), aisles.end());
  std::sort(rising.begin(), rising.end());
  for (const std::uint32_t aisle : rising) {
    const std::size_t before = plan.picks.size();
    for (const ItemUnits& cell : index_.cells_of(WaveAisle{aisle})) {
      const std::uint64_t taken =
          std::min<std::uint64_t>(units_[cell.item.value], cell.units.value);
      if (taken > 0) {
        units_[cell.item.value] -= taken;
        plan.picks.push_back(
            {WaveAisle{aisle}, cell.item, Units{static_cast<std::uint32_t>(taken)}});
      }
    }
    if (plan.picks.size() > before) {
      plan.aisles.push_back(WaveAisle{aisle});
    }
  }
  for (const WaveItem item : touched_) {
    CHECK(units_[item.value] == 0);
  }
}

}  // namespace millrace
