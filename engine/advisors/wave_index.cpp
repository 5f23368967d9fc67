// The live index of a node.
#include "engine/advisors/wave_index.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {
namespace {

template <class List>
std::size_t place_of(const List& list, WaveItem item) {
  const auto found = std::lower_bound(list.begin(), list.end(), item,
                                      [](const ItemUnits& a, WaveItem b) { return a.item < b; });
  return static_cast<std::size_t>(found - list.begin());
}

bool is_before(const OrderUnits& a, const OrderUnits& b) {
  return a.units != b.units ? a.units < b.units : a.order < b.order;
}

std::size_t place_of(std::span<const OrderUnits> list, const OrderUnits& wanted) {
  return static_cast<std::size_t>(std::lower_bound(list.begin(), list.end(), wanted, is_before) -
                                  list.begin());
}

}  // namespace

bool is_smooth(std::span<const OrderUnits> rising) {
  if (rising.empty()) {
    return true;
  }
  const auto first_larger = std::upper_bound(
      rising.begin(), rising.end(), 1U,
      [](std::uint32_t one, const OrderUnits& each) { return one < each.units.value; });
  const auto ones = static_cast<std::uint64_t>(first_larger - rising.begin());
  return ones + 1 >= rising.back().units.value;
}

WaveIndex::WaveIndex(WaveIndexLimits limits)
    : limits_(limits),
      lines_(limits.orders_max),
      cells_(limits.aisles_max),
      aisles_(limits.items_max),
      orders_(limits.items_max),
      order_units_(limits.orders_max),
      stock_(limits.items_max),
      profiles_(limits.items_max) {}

void WaveIndex::add_order(WaveOrder order, std::span<const ItemUnits> lines) {
  CHECK(order.value < limits_.orders_max);
  CHECK(!has(order));
  CHECK(!lines.empty());
  lines_.clear(order.value);
  for (const ItemUnits& line : lines) {
    CHECK(line.item.value < limits_.items_max);
    CHECK(line.units.value > 0);
    const std::span<ItemUnits> known = lines_.mutable_list(order.value);
    const std::size_t place = place_of(known, line.item);
    if (place < known.size() && known[place].item == line.item) {
      known[place].units += line.units;
    } else {
      lines_.insert(order.value, place, line);
    }
    order_units_[order.value] += line.units.value;
  }
  for (const ItemUnits& line : lines_of(order)) {
    add_line(order, line);
  }
  ++order_count_;
  multi_count_ += lines_of(order).size() > 1 ? 1 : 0;
}

void WaveIndex::remove_order(WaveOrder order) {
  CHECK(order.value < limits_.orders_max);
  CHECK(has(order));
  for (const ItemUnits& line : lines_of(order)) {
    remove_line(order, line);
  }
  --order_count_;
  multi_count_ -= lines_of(order).size() > 1 ? 1 : 0;
  order_units_[order.value] = 0;
  lines_.clear(order.value);
}

void WaveIndex::add_line(WaveOrder order, ItemUnits line) {
  const OrderUnits entry{order, line.units};
  orders_.insert(line.item.value, place_of(orders_of(line.item), entry), entry);
  profiles_[line.item.value].demand += line.units.value;
  profiles_[line.item.value].is_smooth = is_smooth(orders_of(line.item));
}

void WaveIndex::remove_line(WaveOrder order, ItemUnits line) {
  const OrderUnits entry{order, line.units};
  const std::size_t place = place_of(orders_of(line.item), entry);
  CHECK(place < orders_of(line.item).size());
  CHECK(orders_of(line.item)[place].order == order);
  profiles_[line.item.value].demand -= line.units.value;
  orders_.erase(line.item.value, place);
  profiles_[line.item.value].is_smooth = is_smooth(orders_of(line.item));
}

void WaveIndex::set_stock(WaveAisle aisle, WaveItem item, Units units) {
  CHECK(aisle.value < limits_.aisles_max);
  CHECK(item.value < limits_.items_max);
  const std::size_t place = place_of(cells_of(aisle), item);
  const bool is_there = place < cells_of(aisle).size() && cells_of(aisle)[place].item == item;
  const std::span<AisleUnits> holders = aisles_.mutable_list(item.value);
  const auto holder = std::find_if(holders.begin(), holders.end(),
                                   [&](const AisleUnits& each) { return each.aisle == aisle; });
  if (is_there) {
    stock_[item.value] -= holder->units.value;
  }
  stock_[item.value] += units.value;
  if (is_there && units.value > 0) {
    cells_.mutable_list(aisle.value)[place].units = units;
    holder->units = units;
  } else if (is_there) {
    cells_.erase(aisle.value, place);
    aisles_.erase(item.value, static_cast<std::size_t>(holder - holders.begin()));
  } else if (units.value > 0) {
    cells_.insert(aisle.value, place, {item, units});
    aisles_.insert(item.value, holders.size(), {aisle, units});
  }
}

Units WaveIndex::stock(WaveAisle aisle, WaveItem item) const {
  const std::span<const ItemUnits> cells = cells_of(aisle);
  const std::size_t place = place_of(cells, item);
  const bool is_there = place < cells.size() && cells[place].item == item;
  return is_there ? cells[place].units : Units{0};
}

}  // namespace millrace
