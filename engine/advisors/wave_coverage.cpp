// Units of one-line orders by chosen aisles.
#include "engine/advisors/wave_coverage.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {
namespace {

/// What a missing unit of an order that must come weighs: more than any wave has units.
constexpr std::int64_t must_weight = std::int64_t{1} << 36U;

}  // namespace

WaveCoverage::WaveCoverage(const WaveIndex& index)
    : index_(index),
      items_(index.limits().items_max),
      change_(index.limits().aisles_max),
      is_chosen_(index.limits().aisles_max),
      place_(index.limits().aisles_max) {}

void WaveCoverage::reset(const WaveMarks& marks) {
  values_.clear();
  units_ = 0;
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const UnitsProfile profile = index_.profile(WaveItem{i});
    items_[i] = {0, static_cast<std::int32_t>(profile.demand), -1};
    if (!profile.is_smooth) {
      value_again(WaveItem{i}, marks);
    }
  }
  for (const WaveOrder order : marks.marked()) {
    if (index_.has(order)) {
      for (const ItemUnits& line : index_.lines_of(order)) {
        value_again(line.item, marks);
      }
    }
  }
  for (const Item& item : items_) {
    units_ += value(item, 0);
  }
  std::fill(is_chosen_.begin(), is_chosen_.end(), std::uint8_t{0});
  chosen_.clear();
  for (std::uint32_t a = 0; a < change_.size(); ++a) {
    change_[a] = 0;
    for (const ItemUnits& cell : index_.cells_of(WaveAisle{a})) {
      const Item& item = items_[cell.item.value];
      change_[a] += value(item, static_cast<std::int32_t>(cell.units.value)) - value(item, 0);
    }
  }
}

/// The best sum of whole free orders within each number of units, after those that must come.
void WaveCoverage::value_again(WaveItem item, const WaveMarks& marks) {
  std::int64_t must = 0;
  std::int64_t demand = 0;
  sizes_.clear();
  for (const OrderUnits& each : index_.orders_of(item)) {
    const WaveMark mark = marks[each.order];
    must += mark == WaveMark::must ? each.units.value : 0;
    if (mark == WaveMark::free && each.units.value <= index_.stock(item)) {
      sizes_.push_back(each.units.value);
      demand += each.units.value;
    }
  }
  const auto stock = static_cast<std::int64_t>(index_.stock(item));
  const auto useful_max = static_cast<std::int32_t>(std::min(must + demand, std::max(stock, must)));
  Item& out = items_[item.value];
  out = {0, useful_max, static_cast<std::int32_t>(values_.size())};
  for (std::int64_t held = 0; held <= useful_max; ++held) {
    values_.push_back(held < must ? (held - must) * must_weight : 0);
  }
  if (useful_max < must) {
    return;
  }
  std::int64_t* const best = values_.data() + out.values + must;
  const std::int64_t room = useful_max - must;
  // First whether a sum can be made at all, then the best at or below.
  best[0] = 1;
  for (const std::uint32_t size : sizes_) {
    for (std::int64_t sum = room; sum >= size; --sum) {
      best[sum] |= best[sum - size];
    }
  }
  std::int64_t reached = 0;
  for (std::int64_t sum = 0; sum <= room; ++sum) {
    reached = best[sum] != 0 ? sum : reached;
    best[sum] = reached + must;
  }
}

void WaveCoverage::add(std::uint32_t aisle) {
  CHECK(is_chosen_[aisle] == 0);
  units_ += change_[aisle];
  move<true>(aisle);
  is_chosen_[aisle] = 1;
  place_[aisle] = static_cast<std::uint32_t>(chosen_.size());
  chosen_.push_back(aisle);
}

void WaveCoverage::remove(std::uint32_t aisle) {
  CHECK(is_chosen_[aisle] != 0);
  units_ -= change_[aisle];
  move<false>(aisle);
  is_chosen_[aisle] = 0;
  chosen_[place_[aisle]] = chosen_.back();
  place_[chosen_.back()] = place_[aisle];
  chosen_.pop_back();
}

/// The change of the moved aisle itself is the same from both sides, so it stays.
template <bool is_adding>
void WaveCoverage::move(std::uint32_t aisle) {
  ++work_;
  for (const ItemUnits& cell : index_.cells_of(WaveAisle{aisle})) {
    Item& item = items_[cell.item.value];
    const std::int32_t was = item.held;
    const auto units = static_cast<std::int32_t>(cell.units.value);
    const std::int32_t is = is_adding ? was + units : was - units;
    item.held = is;
    const std::span<const AisleUnits> holders = index_.aisles_of(cell.item);
    work_ += holders.size();
    const std::int64_t value_was = value(item, was);
    const std::int64_t value_is = value(item, is);
    for (const AisleUnits& other : holders) {
      const auto step = static_cast<std::int32_t>(other.units.value);
      if (is_chosen_[other.aisle.value] == 0) {
        change_[other.aisle.value] +=
            (value(item, is + step) - value_is) - (value(item, was + step) - value_was);
      } else if (other.aisle.value != aisle) {
        change_[other.aisle.value] +=
            (value_is - value(item, is - step)) - (value_was - value(item, was - step));
      }
    }
    if constexpr (is_adding) {
      // It was not yet counted as chosen, and its own change stays what it was.
      change_[aisle] -= (value(item, is + units) - value_is) - (value_is - value_was);
    }
  }
}

}  // namespace millrace
