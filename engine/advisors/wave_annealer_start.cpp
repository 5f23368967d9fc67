// Waves to begin with: one grown aisle by aisle from nothing, one shrunk from everything.
#include <algorithm>

#include "engine/advisors/wave_annealer.h"

namespace millrace {
namespace {

constexpr std::uint32_t none = WaveFloor::none;
constexpr std::int64_t any_units = std::int64_t{1} << 40U;

}  // namespace

/// Of the aisles not chosen, the one that brings waiting orders furthest: an order counts its units
/// by the square of the share of its lines that are there.
std::uint32_t WaveAnnealer::most_helpful() {
  for (const std::uint32_t order : floor_.eligible()) {
    const std::uint32_t missing = floor_.missing(order);
    if (missing == 0 || missing >= WaveFloor::taken) {
      continue;
    }
    const std::span<const ItemUnits> lines = index_.lines_of(WaveOrder{order});
    const auto all = static_cast<std::int64_t>(lines.size());
    const std::int64_t there = all - missing;
    const std::int64_t gain =
        index_.units_of(WaveOrder{order}) * (2 * there + 1) * 64 / (all * all) + 1;
    for (const ItemUnits& line : lines) {
      const auto lack = static_cast<std::int32_t>(line.units.value) - floor_.left(line.item);
      for (const AisleUnits& holder : index_.aisles_of(line.item)) {
        const bool helps = lack > 0 && static_cast<std::int32_t>(holder.units.value) >= lack;
        worth_[holder.aisle.value] += helps ? gain : 0;
      }
    }
  }
  std::uint32_t pick = none;
  for (const std::uint32_t a : floor_.stocked()) {
    const bool is_open = !floor_.has_aisle(a) && worth_[a] > 0;
    pick = is_open && (pick == none || worth_[a] > worth_[pick]) ? a : pick;
  }
  std::fill(worth_.begin(), worth_.end(), 0);
  return pick;
}

/// Orders that must come first, then aisle by aisle until no more units fit. A wave that is enough
/// is waited for, however short the time.
void WaveAnnealer::grow() {
  for (const WaveOrder order : marks_->marked()) {
    if ((*marks_)[order] == WaveMark::must && cover(order.value)) {
      floor_.insert(order.value);
    }
  }
  floor_.fill(units_max_);
  floor_.forget_log();
  note();
  while (spent_ < WaveBudget::whole || !has_whole()) {
    look();
    const std::uint32_t aisle = most_helpful();
    if (aisle == none) {
      break;
    }
    floor_.add_aisle(aisle);
    floor_.fill(units_max_);
    floor_.forget_log();
    note();
    if (grown_.aisles.empty() && floor_.units() >= units_min_) {
      keep(grown_);
    }
    // Full, and no better for it.
    const auto size = static_cast<std::int64_t>(floor_.aisles().size());
    const auto best_size = static_cast<std::int64_t>(best_.aisles.size());
    if (floor_.units() + 2 * best_.units / std::max<std::int64_t>(best_size, 1) >= units_max_ &&
        best_.units * size > floor_.units() * best_size) {
      break;
    }
  }
}

/// Takes the aisle that costs least off the heap. Costs only rise while aisles leave, so one that
/// is still the least when counted anew is the least of all.
std::uint32_t WaveAnnealer::cheapest(std::vector<std::uint32_t>& heap) {
  const auto is_later = [&](std::uint32_t a, std::uint32_t b) {
    return worth_[a] != worth_[b] ? worth_[a] > worth_[b] : a > b;
  };
  while (true) {
    std::pop_heap(heap.begin(), heap.end(), is_later);
    const std::uint32_t aisle = heap.back();
    const std::int64_t loss = floor_.loss(aisle);
    heap.pop_back();
    if (heap.empty() || loss <= worth_[heap.front()]) {
      return aisle;
    }
    worth_[aisle] = loss;
    heap.push_back(aisle);
    std::push_heap(heap.begin(), heap.end(), is_later);
  }
}

/// All that can be chosen, then fewer and fewer aisles while units_min is kept.
void WaveAnnealer::shrink() {
  load({});
  for (const std::uint32_t aisle : floor_.stocked()) {
    floor_.add_aisle(aisle);
  }
  for (const WaveOrder order : marks_->marked()) {
    if ((*marks_)[order] == WaveMark::must && floor_.missing(order.value) == 0) {
      floor_.insert(order.value);
    }
  }
  floor_.fill(any_units);
  floor_.forget_log();
  std::vector<std::uint32_t> heap(floor_.aisles().begin(), floor_.aisles().end());
  std::sort(heap.begin(), heap.end());
  for (const std::uint32_t aisle : heap) {
    worth_[aisle] = floor_.loss(aisle);
  }
  std::sort(heap.begin(), heap.end(), [&](std::uint32_t a, std::uint32_t b) {
    return worth_[a] != worth_[b] ? worth_[a] < worth_[b] : a < b;
  });
  while (!heap.empty() && (spent_ < WaveBudget::whole || !has_whole()) &&
         floor_.units() >= units_min_) {
    look();
    const std::uint32_t aisle = cheapest(heap);
    floor_.remove_aisle(aisle);
    if (floor_.evict_short(aisle)) {
      floor_.fill(any_units);
      floor_.forget_log();
      note();
    } else {
      floor_.take_back();
    }
  }
  std::fill(worth_.begin(), worth_.end(), 0);
}

}  // namespace millrace
