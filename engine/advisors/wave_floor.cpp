// Aisles, orders and what is left.
#include "engine/advisors/wave_floor.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {
namespace {

/// Lists up to here are walked from the front.
constexpr std::uint32_t short_list = 16;
/// Of the orders that are ready, how many are compared before one is inserted.
constexpr std::size_t fill_looks = 24;

}  // namespace

WaveFloor::WaveFloor(const WaveIndex& index)
    : index_(index),
      items_(index.limits().items_max),
      missing_(index.limits().orders_max),
      aisle_place_(index.limits().aisles_max, none),
      order_place_(index.limits().orders_max, none),
      ready_place_(index.limits().orders_max, none),
      near_place_(index.limits().orders_max, none),
      losses_(index.limits().aisles_max),
      promises_(index.limits().aisles_max),
      is_counted_(index.limits().orders_max),
      pruned_(index.limits().aisles_max) {}

void WaveFloor::put(std::uint32_t id, std::vector<std::uint32_t>& list,
                    std::vector<std::uint32_t>& place) {
  place[id] = static_cast<std::uint32_t>(list.size());
  list.push_back(id);
}

void WaveFloor::take(std::uint32_t id, std::vector<std::uint32_t>& list,
                     std::vector<std::uint32_t>& place) {
  list[place[id]] = list.back();
  place[list.back()] = place[id];
  place[id] = none;
  list.pop_back();
}

void WaveFloor::reset(const WaveMarks& marks) {
  marks_ = &marks;
  asks_.clear();
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    const std::span<const OrderUnits> asks = index_.orders_of(WaveItem{i});
    items_[i] = {0, static_cast<std::uint32_t>(asks_.size()),
                 static_cast<std::uint32_t>(asks.size())};
    asks_.insert(asks_.end(), asks.begin(), asks.end());
  }
  for (auto* place : {&aisle_place_, &order_place_, &ready_place_, &near_place_}) {
    std::fill(place->begin(), place->end(), none);
  }
  for (auto* list : {&aisles_, &orders_, &ready_, &near_, &eligible_, &stocked_}) {
    list->clear();
  }
  log_.clear();
  ++version_;
  units_ = 0;
  for (std::uint32_t o = 0; o < missing_.size(); ++o) {
    const WaveOrder order{o};
    const bool is_eligible =
        index_.has(order) && marks[order] != WaveMark::excluded && can_ever(order);
    missing_[o] = static_cast<std::uint32_t>(index_.lines_of(order).size());
    if (!is_eligible) {
      missing_[o] += taken;
      continue;
    }
    eligible_.push_back(o);
    if (missing_[o] == 1) {
      put(o, near_, near_place_);
    }
  }
  for (std::uint32_t a = 0; a < aisle_place_.size(); ++a) {
    if (!index_.cells_of(WaveAisle{a}).empty()) {
      stocked_.push_back(a);
    }
  }
}

/// Whether the whole stock of the node is enough for it.
bool WaveFloor::can_ever(WaveOrder order) const {
  const std::span<const ItemUnits> lines = index_.lines_of(order);
  return std::all_of(lines.begin(), lines.end(), [&](const ItemUnits& line) {
    return index_.stock(line.item) >= line.units.value;
  });
}

/// The lists are in rising units: what is crossed lies between.
void WaveFloor::change(WaveItem item, std::int32_t by) {
  Item& of = items_[item.value];
  const std::int32_t was = of.left;
  const std::int32_t is = was + by;
  of.left = is;
  const OrderUnits* at = asks_.data() + of.begin;
  const OrderUnits* const end = at + of.count;
  ++work_;
  const std::int32_t low = by > 0 ? was : is;
  const std::int32_t high = by > 0 ? is : was;
  if (of.count > short_list) {
    at = std::upper_bound(at, end, low, [](std::int32_t a, const OrderUnits& b) {
      return a < static_cast<std::int32_t>(b.units.value);
    });
  }
  for (; at != end; ++at) {
    const auto units = static_cast<std::int32_t>(at->units.value);
    if (units > high) {
      return;
    }
    if (units <= low) {
      continue;
    }
    const std::uint32_t order = at->order.value;
    ++work_;
    if (by > 0) {
      const std::uint32_t missing = --missing_[order];
      if (missing <= 1) {
        if (missing == 0) {
          take(order, near_, near_place_);
          put(order, ready_, ready_place_);
        } else {
          put(order, near_, near_place_);
        }
      }
    } else {
      const std::uint32_t missing = missing_[order]++;
      if (missing <= 1) {
        if (missing == 0) {
          take(order, ready_, ready_place_);
          put(order, near_, near_place_);
        } else {
          take(order, near_, near_place_);
        }
      }
    }
  }
}

void WaveFloor::do_add_aisle(std::uint32_t aisle) {
  put(aisle, aisles_, aisle_place_);
  for (const ItemUnits& cell : index_.cells_of(WaveAisle{aisle})) {
    change(cell.item, static_cast<std::int32_t>(cell.units.value));
  }
}

void WaveFloor::do_remove_aisle(std::uint32_t aisle) {
  take(aisle, aisles_, aisle_place_);
  for (const ItemUnits& cell : index_.cells_of(WaveAisle{aisle})) {
    change(cell.item, -static_cast<std::int32_t>(cell.units.value));
  }
}

void WaveFloor::do_insert(std::uint32_t order) {
  if (ready_place_[order] != none) {
    take(order, ready_, ready_place_);
  } else if (near_place_[order] != none) {
    take(order, near_, near_place_);
  }
  missing_[order] += taken;
  put(order, orders_, order_place_);
  units_ += index_.units_of(WaveOrder{order});
  for (const ItemUnits& line : index_.lines_of(WaveOrder{order})) {
    change(line.item, -static_cast<std::int32_t>(line.units.value));
  }
}

void WaveFloor::do_evict(std::uint32_t order) {
  std::uint32_t missing = 0;
  for (const ItemUnits& line : index_.lines_of(WaveOrder{order})) {
    change(line.item, static_cast<std::int32_t>(line.units.value));
    missing += items_[line.item.value].left < static_cast<std::int32_t>(line.units.value) ? 1 : 0;
  }
  take(order, orders_, order_place_);
  units_ -= index_.units_of(WaveOrder{order});
  missing_[order] = missing;
  if (missing == 0) {
    put(order, ready_, ready_place_);
  } else if (missing == 1) {
    put(order, near_, near_place_);
  }
}

void WaveFloor::add_aisle(std::uint32_t aisle) {
  do_add_aisle(aisle);
  log_.push_back({Step::add_aisle, aisle});
}

void WaveFloor::remove_aisle(std::uint32_t aisle) {
  do_remove_aisle(aisle);
  log_.push_back({Step::remove_aisle, aisle});
}

void WaveFloor::insert(std::uint32_t order) {
  do_insert(order);
  log_.push_back({Step::insert, order});
}

void WaveFloor::evict(std::uint32_t order) {
  do_evict(order);
  log_.push_back({Step::evict, order});
}

void WaveFloor::take_back() {
  while (!log_.empty()) {
    const Entry entry = log_.back();
    log_.pop_back();
    switch (entry.step) {
      case Step::add_aisle:
        do_remove_aisle(entry.id);
        break;
      case Step::remove_aisle:
        do_add_aisle(entry.id);
        break;
      case Step::insert:
        do_evict(entry.id);
        break;
      case Step::evict:
        do_insert(entry.id);
        break;
    }
  }
}

/// Of the chosen orders for a short item: the smallest that is enough, else the one that asks most.
std::uint32_t WaveFloor::to_evict(WaveItem item) const {
  const auto lack = static_cast<std::uint32_t>(-items_[item.value].left);
  std::uint32_t best = none;
  std::uint32_t best_units = 0;
  std::uint32_t most = none;
  for (const OrderUnits& each : index_.orders_of(item)) {
    if (!has_order(each.order.value) || (*marks_)[each.order] == WaveMark::must) {
      continue;
    }
    most = each.order.value;
    const std::uint32_t units = index_.units_of(each.order);
    if (each.units.value >= lack && (best == none || units < best_units)) {
      best = each.order.value;
      best_units = units;
    }
  }
  return best == none ? most : best;
}

bool WaveFloor::evict_short(std::uint32_t aisle) {
  for (const ItemUnits& cell : index_.cells_of(WaveAisle{aisle})) {
    while (items_[cell.item.value].left < 0) {
      const std::uint32_t order = to_evict(cell.item);
      if (order == none) {
        return false;
      }
      evict(order);
    }
  }
  return true;
}

void WaveFloor::fill(std::int64_t units_max) {
  while (!ready_.empty()) {
    std::uint32_t best = none;
    std::uint32_t best_units = 0;
    const std::int64_t room = units_max - units_;
    const std::size_t begin = ready_.size() > fill_looks ? ready_.size() - fill_looks : 0;
    for (std::size_t i = begin; i < ready_.size(); ++i) {
      const std::uint32_t units = index_.units_of(WaveOrder{ready_[i]});
      if (units > best_units && units <= room) {
        best = ready_[i];
        best_units = units;
      }
    }
    if (best == none) {
      return;
    }
    insert(best);
  }
}

bool WaveFloor::is_idle(std::uint32_t aisle) const {
  for (const ItemUnits& cell : index_.cells_of(WaveAisle{aisle})) {
    if (items_[cell.item.value].left < static_cast<std::int32_t>(cell.units.value)) {
      return false;
    }
  }
  return true;
}

void WaveFloor::prune() {
  const std::size_t end = log_.size();
  ++prune_count_;
  for (std::size_t i = 0; i < end; ++i) {
    if (log_[i].step != Step::evict) {
      continue;
    }
    for (const ItemUnits& line : index_.lines_of(WaveOrder{log_[i].id})) {
      for (const AisleUnits& holder : index_.aisles_of(line.item)) {
        const std::uint32_t aisle = holder.aisle.value;
        if (!has_aisle(aisle) || pruned_[aisle] == prune_count_) {
          continue;
        }
        pruned_[aisle] = prune_count_;
        if (is_idle(aisle)) {
          remove_aisle(aisle);
        }
      }
    }
  }
}

void WaveFloor::count_promises() {
  promises_version_ = 0;
  std::fill(promises_.begin(), promises_.end(), 0);
  for (const std::uint32_t order : near_) {
    const std::span<const ItemUnits> lines = index_.lines_of(WaveOrder{order});
    work_ += 2 + lines.size();
    for (const ItemUnits& line : lines) {
      const std::int32_t lack =
          static_cast<std::int32_t>(line.units.value) - items_[line.item.value].left;
      if (lack <= 0) {
        continue;
      }
      const std::int64_t units = index_.units_of(WaveOrder{order});
      for (const AisleUnits& holder : index_.aisles_of(line.item)) {
        promises_[holder.aisle.value] +=
            static_cast<std::int32_t>(holder.units.value) >= lack ? units : 0;
      }
      break;
    }
  }
}

std::int64_t WaveFloor::loss(std::uint32_t aisle) {
  Known& known = losses_[aisle];
  if (known.version != version_) {
    known = {version_, loss_now(aisle)};
  }
  return known.value;
}

void WaveFloor::know_promises() {
  if (promises_version_ != version_) {
    count_promises();
    promises_version_ = version_;
  }
}

void WaveFloor::forget_log() {
  version_ += log_.empty() ? 0 : 1;
  log_.clear();
}

/// The smallest orders that would have to go, each counted once.
std::int64_t WaveFloor::loss_now(std::uint32_t aisle) {
  std::int64_t loss = 0;
  counted_.clear();
  for (const ItemUnits& cell : index_.cells_of(WaveAisle{aisle})) {
    const Item& of = items_[cell.item.value];
    std::int64_t lack = static_cast<std::int64_t>(cell.units.value) - of.left;
    ++work_;
    for (std::uint32_t i = of.begin; i < of.begin + of.count && lack > 0; ++i) {
      const std::uint32_t order = asks_[i].order.value;
      if (has_order(order)) {
        lack -= asks_[i].units.value;
        if (is_counted_[order] == 0) {
          is_counted_[order] = 1;
          counted_.push_back(order);
          loss += index_.units_of(asks_[i].order);
        }
      }
    }
  }
  for (const std::uint32_t order : counted_) {
    is_counted_[order] = 0;
  }
  return loss;
}

}  // namespace millrace
