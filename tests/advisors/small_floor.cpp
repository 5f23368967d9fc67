// Plain loops over subsets.
#include "tests/advisors/small_floor.h"

#include <algorithm>
#include <set>

namespace millrace::test {
namespace {

std::uint32_t units_of(const PlainUnits& order) {
  std::uint32_t units = 0;
  for (const auto& [item, count] : order) {
    units += count;
  }
  return units;
}

void add(PlainUnits& sum, const PlainUnits& more) {
  for (const auto& [item, count] : more) {
    sum[item] += count;
  }
}

bool is_enough(PlainUnits held, const PlainUnits& asked) {
  return std::all_of(asked.begin(), asked.end(),
                     [&](const auto& each) { return held[each.first] >= each.second; });
}

bool contains(std::span<const WaveOrder> list, std::uint32_t order) {
  return std::find(list.begin(), list.end(), WaveOrder{order}) != list.end();
}

}  // namespace

SmallFloor floor_by_chance(Random& random, FloorShape shape) {
  SmallFloor floor;
  floor.item_count = shape.items;
  for (std::uint32_t o = 0; o < shape.orders; ++o) {
    PlainUnits order;
    for (std::uint64_t left = random.between(1, shape.lines_max); left > 0; --left) {
      order[static_cast<std::uint32_t>(random.below(shape.items))] =
          static_cast<std::uint32_t>(random.between(1, shape.units_max));
    }
    floor.orders.push_back(order);
  }
  for (std::uint32_t a = 0; a < shape.aisles; ++a) {
    PlainUnits aisle;
    for (std::uint64_t left = random.between(0, 3); left > 0; --left) {
      aisle[static_cast<std::uint32_t>(random.below(shape.items))] =
          static_cast<std::uint32_t>(random.between(1, 2 * std::uint64_t{shape.units_max}));
    }
    floor.aisles.push_back(aisle);
  }
  return floor;
}

WaveIndex index_of(const SmallFloor& floor) {
  WaveIndex index({.orders_max = static_cast<std::uint32_t>(floor.orders.size()),
                   .items_max = floor.item_count,
                   .aisles_max = static_cast<std::uint32_t>(floor.aisles.size())});
  for (std::uint32_t o = 0; o < floor.orders.size(); ++o) {
    std::vector<ItemUnits> lines;
    for (const auto& [item, units] : floor.orders[o]) {
      lines.push_back({WaveItem{item}, Units{units}});
    }
    index.add_order(WaveOrder{o}, lines);
  }
  for (std::uint32_t a = 0; a < floor.aisles.size(); ++a) {
    for (const auto& [item, units] : floor.aisles[a]) {
      index.set_stock(WaveAisle{a}, WaveItem{item}, Units{units});
    }
  }
  return index;
}

WaveRatio best_by_trying(const SmallFloor& floor, const WaveRequest& request) {
  WaveRatio best;
  for (std::uint32_t orders = 1; orders < 1U << floor.orders.size(); ++orders) {
    PlainUnits asked;
    std::uint64_t units = 0;
    bool is_allowed = true;
    for (std::uint32_t o = 0; o < floor.orders.size(); ++o) {
      const bool is_in = (orders >> o & 1U) != 0;
      is_allowed =
          is_allowed && (is_in ? !contains(request.excluded, o) : !contains(request.must, o));
      if (is_in) {
        add(asked, floor.orders[o]);
        units += units_of(floor.orders[o]);
      }
    }
    if (!is_allowed || units < request.units_min || units > request.units_max) {
      continue;
    }
    for (std::uint32_t aisles = 1; aisles < 1U << floor.aisles.size(); ++aisles) {
      PlainUnits held;
      std::uint64_t count = 0;
      for (std::uint32_t a = 0; a < floor.aisles.size(); ++a) {
        if ((aisles >> a & 1U) != 0) {
          add(held, floor.aisles[a]);
          ++count;
        }
      }
      if (best < WaveRatio{units, count} && is_enough(held, asked)) {
        best = {units, count};
      }
    }
  }
  return best;
}

std::string flaw_of(const SmallFloor& floor, const WaveRequest& request, const WavePlan& plan) {
  std::set<std::uint32_t> orders;
  PlainUnits asked;
  std::uint64_t units = 0;
  for (const WaveOrder order : plan.orders) {
    if (!orders.insert(order.value).second || contains(request.excluded, order.value)) {
      return "order " + std::to_string(order.value) + " is there twice or excluded";
    }
    add(asked, floor.orders[order.value]);
    units += units_of(floor.orders[order.value]);
  }
  std::set<std::uint32_t> aisles;
  PlainUnits taken;
  for (const WavePick& pick : plan.picks) {
    aisles.insert(pick.aisle.value);
    PlainUnits held = floor.aisles[pick.aisle.value];
    if (held[pick.item.value] < pick.units.value) {
      return "more is picked than there is";
    }
    taken[pick.item.value] += pick.units.value;
  }
  if (aisles.size() != plan.aisles.size()) {
    return "an aisle is listed without a pick, or the other way round";
  }
  if (taken != asked || units != plan.units) {
    return "picks are not what the orders ask";
  }
  for (const WaveOrder order : request.must) {
    const bool is_left =
        std::find(plan.must_left.begin(), plan.must_left.end(), order) != plan.must_left.end();
    if (is_left == (orders.count(order.value) > 0)) {
      return "order " + std::to_string(order.value) +
             " must come, and neither does nor is reported";
    }
  }
  if (units > request.units_max || plan.is_whole != (units >= request.units_min && units > 0)) {
    return "units out of bounds, or is_whole is wrong";
  }
  return {};
}

}  // namespace millrace::test
