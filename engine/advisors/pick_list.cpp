// Pick lists.
#include "engine/advisors/pick_list.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace millrace {

namespace {

std::uint32_t zone_of(const FloorStock& stock, const PickStop& stop) {
  return stock.plan().aisles[stock.bin(stop.bin).aisle].zone;
}

/// Bins are in walking order, but for those that were found later.
void sort_stops(const FloorStock& stock, std::vector<PickStop>& stops) {
  std::sort(stops.begin(), stops.end(), [&](const PickStop& a, const PickStop& b) {
    return std::tuple(stock.bin(a.bin).aisle, a.bin, a.order) <
           std::tuple(stock.bin(b.bin).aisle, b.bin, b.order);
  });
}

/// Each unit with its bin: orders in turn take what was taken out for all of them.
std::vector<PickStop> all_stops(std::span<const PickOrder> orders,
                                std::span<const WaveAisle> aisles, FloorStock& stock) {
  std::map<WaveItem, std::uint32_t> wanted;
  for (const PickOrder& order : orders) {
    for (const FloorLine& line : order.lines) {
      if (WaveItem item{}; stock.find_item(line.sku, item)) {
        wanted[item] += line.units.value;
      }
    }
  }
  std::map<Sku, std::vector<BinPick>> taken;
  for (const auto& [item, units] : wanted) {
    std::vector<BinPick> picks;
    stock.take(item, Units{units}, aisles, picks);
    taken.emplace(stock.bin(picks.front().bin).sku, std::move(picks));
  }
  std::vector<PickStop> stops;
  for (std::uint32_t order = 0; order < orders.size(); ++order) {
    for (const FloorLine& line : orders[order].lines) {
      std::vector<BinPick>& picks = taken[line.sku];
      Units left = line.units;
      for (BinPick& pick : picks) {
        const Units units = std::min(left, pick.units);
        if (units > Units{0}) {
          stops.push_back({pick.bin, line.sku, units, order, 0});
          pick.units -= units;
          left -= units;
        }
      }
    }
  }
  sort_stops(stock, stops);
  return stops;
}

/// Orders onto carts, those whose walks begin near each other together: a tote for each, or several
/// for one of many units.
std::vector<PickBatch> load_carts(const std::vector<PickStop>& stops, const WaveTemplate& rules) {
  std::vector<std::uint32_t> in_turn;
  std::map<std::uint32_t, std::uint64_t> units;
  for (const PickStop& stop : stops) {
    if (units[stop.order] == 0) {
      in_turn.push_back(stop.order);
    }
    units[stop.order] += stop.units.value;
  }
  const std::uint32_t totes_max = rules.mode == PickMode::single ? 1 : rules.totes;
  std::map<std::uint32_t, std::pair<std::uint32_t, std::uint32_t>> place;  // cart and tote
  std::uint32_t cart = 0;
  std::uint32_t used = totes_max;
  for (const std::uint32_t order : in_turn) {
    const auto needed = static_cast<std::uint32_t>(
        rules.mode == PickMode::single
            ? 1
            : std::min<std::uint64_t>((units[order] + rules.tote_units - 1) / rules.tote_units,
                                      totes_max));
    if (used + needed > totes_max) {
      ++cart;
      used = 0;
    }
    place[order] = {cart, used + 1};
    used += needed;
  }
  std::vector<PickBatch> batches(cart);
  for (PickStop stop : stops) {
    const auto [at, tote] = place[stop.order];
    stop.tote = tote;
    batches[at - 1].stops.push_back(stop);
  }
  for (std::uint32_t at = 0; at < cart; ++at) {
    batches[at].cart = at + 1;
    batches[at].picker = 1 + at % rules.pickers;
    batches[at].zone = no_pick_zone;
  }
  return batches;
}

std::map<std::uint32_t, std::vector<PickStop>> by_zone(const FloorStock& stock,
                                                       const std::vector<PickStop>& stops) {
  std::map<std::uint32_t, std::vector<PickStop>> zones;
  for (const PickStop& stop : stops) {
    zones[zone_of(stock, stop)].push_back(stop);
  }
  return zones;
}

/// A picker for each zone. Either a cart goes through all of its zones, or each zone has its own.
std::vector<PickBatch> by_zones(const std::vector<PickStop>& stops, const WaveTemplate& rules,
                                const FloorStock& stock) {
  std::vector<PickBatch> batches;
  if (rules.hand_over == HandOver::pass) {
    for (const PickBatch& cart : load_carts(stops, rules)) {
      for (auto& [zone, of_zone] : by_zone(stock, cart.stops)) {
        batches.push_back({1 + zone % rules.pickers, cart.cart, zone, of_zone});
      }
    }
    return batches;
  }
  std::uint32_t carts = 0;
  for (const auto& [zone, of_zone] : by_zone(stock, stops)) {
    for (PickBatch& cart : load_carts(of_zone, rules)) {
      batches.push_back({1 + zone % rules.pickers, ++carts, zone, std::move(cart.stops)});
    }
  }
  return batches;
}

/// All units of a bin together, and to each picker about as many of them.
std::vector<PickBatch> in_bulk(const std::vector<PickStop>& stops, const WaveTemplate& rules) {
  std::vector<PickStop> bulk;
  std::uint64_t units = 0;
  for (const PickStop& stop : stops) {
    units += stop.units.value;
    if (bulk.empty() || bulk.back().bin != stop.bin) {
      bulk.push_back(stop);
      bulk.back().order = no_pick_order;
    } else {
      bulk.back().units += stop.units;
    }
  }
  std::vector<PickBatch> batches;
  std::uint64_t done = 0;
  for (const PickStop& stop : bulk) {
    if (batches.empty() || done * rules.pickers >= units * batches.size()) {
      const auto number = static_cast<std::uint32_t>(batches.size() + 1);
      batches.push_back({number, number, no_pick_zone, {}});
    }
    batches.back().stops.push_back(stop);
    done += stop.units.value;
  }
  return batches;
}

}  // namespace

std::vector<PickBatch> pick_batches(std::span<const PickOrder> orders,
                                    std::span<const WaveAisle> rising_aisles,
                                    const WaveTemplate& rules, FloorStock& stock) {
  const std::vector<PickStop> stops = all_stops(orders, rising_aisles, stock);
  switch (rules.mode) {
    case PickMode::single:
    case PickMode::batch:
      return load_carts(stops, rules);
    case PickMode::zone:
      return by_zones(stops, rules, stock);
    case PickMode::wave:
      return in_bulk(stops, rules);
  }
  return {};
}

}  // namespace millrace
