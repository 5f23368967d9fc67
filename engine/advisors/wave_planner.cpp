// The way of a request through the searches.
#include "engine/advisors/wave_planner.h"

#include <algorithm>

namespace millrace {

WavePlanner::WavePlanner(const WaveIndex& index)
    : index_(index),
      marks_(index.limits().orders_max),
      coverage_(index),
      annealer_(index),
      packing_(index),
      must_units_(index.limits().items_max) {}

/// Exclusion wins over all; orders that must come are taken while stock and units_max allow.
void WavePlanner::mark(const WaveRequest& request, WavePlan& plan) {
  marks_.forget();
  for (const WaveOrder order : request.excluded) {
    marks_.set(order, WaveMark::excluded);
  }
  std::uint64_t units = 0;
  for (const WaveOrder order : request.must) {
    if (!index_.has(order) || marks_[order] != WaveMark::free) {
      if (marks_[order] != WaveMark::must) {
        plan.must_left.push_back(order);
      }
      continue;
    }
    bool fits = units + index_.units_of(order) <= request.units_max;
    for (const ItemUnits& line : index_.lines_of(order)) {
      fits = fits && must_units_[line.item.value] + line.units.value <= index_.stock(line.item);
    }
    if (!fits) {
      plan.must_left.push_back(order);
      continue;
    }
    units += index_.units_of(order);
    marks_.set(order, WaveMark::must);
    for (const ItemUnits& line : index_.lines_of(order)) {
      must_units_[line.item.value] += line.units.value;
    }
  }
  for (const WaveOrder order : request.must) {
    if (marks_[order] == WaveMark::must) {
      for (const ItemUnits& line : index_.lines_of(order)) {
        must_units_[line.item.value] = 0;
      }
    }
  }
}

/// Whether the orders have one line each, and any number of units up to units_max can be made of
/// them: then the aisles alone decide.
bool WavePlanner::falls_apart(const WaveRequest& request) const {
  std::uint32_t multi = index_.multi_count();
  for (const WaveOrder order : marks_.marked()) {
    const bool is_gone = marks_[order] == WaveMark::excluded && index_.has(order);
    multi -= is_gone && index_.lines_of(order).size() > 1 ? 1 : 0;
  }
  if (multi > 0) {
    return false;
  }
  std::uint64_t units = 0;
  std::uint64_t ones = 0;
  std::uint64_t largest = 0;
  for (std::uint32_t o = 0; o < index_.limits().orders_max; ++o) {
    if (index_.has(WaveOrder{o}) && marks_[WaveOrder{o}] != WaveMark::excluded) {
      const std::uint64_t each = index_.units_of(WaveOrder{o});
      units += each;
      ones += each == 1 ? 1 : 0;
      largest = std::max(largest, each);
    }
  }
  return units <= request.units_max || ones >= largest;
}

WavePlan WavePlanner::plan(const WaveRequest& request, WaveBudget& budget) {
  WavePlan plan;
  mark(request, plan);
  if (falls_apart(request)) {
    coverage_.run(request, marks_, budget);
    packing_.choose_orders(coverage_.aisles(), marks_, request.units_max, plan.orders);
    packing_.assign(coverage_.aisles(), plan);
  } else {
    annealer_.run(request, marks_, budget);
    plan.orders = annealer_.orders();
    packing_.assign(annealer_.aisles(), plan);
  }
  // One that was left at first may have come by choice.
  std::erase_if(plan.must_left, [&](WaveOrder order) {
    return std::binary_search(plan.orders.begin(), plan.orders.end(), order);
  });
  plan.is_whole = plan.units >= request.units_min && !plan.orders.empty();
  return plan;
}

}  // namespace millrace
