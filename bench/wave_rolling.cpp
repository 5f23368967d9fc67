// What is left of an instance is an instance again; every wave is checked against it.
#include "bench/wave_rolling.h"

#include <algorithm>
#include <map>
#include <vector>

#include "bench/wave_checker.h"
#include "engine/advisors/wave_planner.h"

namespace millrace::bench {
namespace {

constexpr std::uint32_t never = 0xffffffff;
constexpr std::uint32_t cutoff_one_in = 50;
constexpr std::uint32_t cutoff_waves = 10;
constexpr std::uint32_t age_waves = 12;

std::vector<std::uint32_t> draw_cutoffs(std::size_t orders, std::uint64_t seed) {
  WaveChance chance(seed);
  std::vector<std::uint32_t> cutoffs(orders, never);
  for (std::uint32_t& cutoff : cutoffs) {
    cutoff = chance.below(cutoff_one_in) == 0 ? 1 + chance.below(cutoff_waves) : never;
  }
  return cutoffs;
}

/// Takes a checked wave out of what is left. An order that left before has no lines any more, so
/// that it cannot leave twice.
void take(WaveInstance& left, const CheckedWave& wave) {
  for (const std::uint32_t order : wave.orders) {
    left.orders[order].clear();
  }
  for (const CheckedPick& pick : wave.picks) {
    std::uint64_t units = pick.units;
    for (InstancePair& cell : left.aisles[pick.aisle]) {
      if (cell.item == pick.item) {
        const auto taken = std::min<std::uint64_t>(units, cell.units);
        cell.units -= static_cast<std::uint32_t>(taken);
        units -= taken;
      }
    }
  }
}

void release(WaveIndex& index, const WavePlan& plan) {
  for (const WaveOrder order : plan.orders) {
    index.remove_order(order);
  }
  for (const WavePick& pick : plan.picks) {
    index.set_stock(pick.aisle, pick.item, index.stock(pick.aisle, pick.item) - pick.units);
  }
}

/// The first orders for which there is stock, and what they ask by item.
std::map<std::uint32_t, std::uint64_t> first_orders(WaveInstance& left,
                                                    std::vector<std::uint64_t>& stock,
                                                    FirstComeWaves waves, Rolled& rolled) {
  std::map<std::uint32_t, std::uint64_t> asked;
  std::uint64_t units = 0;
  for (InstanceList& order : left.orders) {
    std::uint64_t sum = 0;
    bool fits = !order.empty();
    for (const InstancePair& line : order) {
      sum += line.units;
      fits = fits && stock[line.item] >= line.units;
    }
    if (!fits) {
      continue;
    }
    const bool is_enough =
        waves == FirstComeWaves::smallest && units > 0 && units >= left.units_min;
    if (is_enough || units + sum > left.units_max) {
      break;
    }
    for (const InstancePair& line : order) {
      asked[line.item] += line.units;
      stock[line.item] -= line.units;
    }
    units += sum;
    order.clear();
  }
  rolled.units += units;
  return asked;
}

/// Visits the aisle of most use until all is taken.
void visit(WaveInstance& left, std::map<std::uint32_t, std::uint64_t> asked, Rolled& rolled) {
  std::vector<std::uint64_t> wanted(left.item_count);
  std::uint64_t units = 0;
  for (const auto& [item, count] : asked) {
    wanted[item] = count;
    units += count;
  }
  while (units > 0) {
    InstanceList* best = nullptr;
    std::uint64_t best_use = 0;
    for (InstanceList& aisle : left.aisles) {
      std::uint64_t use = 0;
      for (const InstancePair& cell : aisle) {
        use += std::min<std::uint64_t>(cell.units, wanted[cell.item]);
      }
      if (use > best_use) {
        best = &aisle;
        best_use = use;
      }
    }
    if (best == nullptr) {
      rolled.flaw = "orders without stock";
      return;
    }
    for (InstancePair& cell : *best) {
      const auto taken = std::min<std::uint64_t>(cell.units, wanted[cell.item]);
      cell.units -= static_cast<std::uint32_t>(taken);
      wanted[cell.item] -= taken;
      units -= taken;
    }
    ++rolled.aisles;
  }
}

}  // namespace

Rolled roll_planner(const WaveInstance& instance, double budget_ms, BudgetClock clock,
                    std::uint64_t seed) {
  Rolled rolled;
  WaveInstance left = instance;
  left.units_min = 0;
  WaveIndex index = index_of(instance);
  WavePlanner planner(index);
  const std::vector<std::uint32_t> cutoffs = draw_cutoffs(instance.orders.size(), seed);
  while (rolled.flaw.empty()) {
    const std::uint32_t now = rolled.waves + 1;
    std::vector<WaveOrder> must;
    for (std::uint32_t o = 0; o < cutoffs.size(); ++o) {
      if (index.has(WaveOrder{o}) && (cutoffs[o] <= now || now > age_waves)) {
        must.push_back(WaveOrder{o});
      }
    }
    std::stable_sort(must.begin(), must.end(),
                     [&](WaveOrder a, WaveOrder b) { return cutoffs[a.value] < cutoffs[b.value]; });
    ClockBudget budget(budget_ms, clock);
    const WavePlan plan = planner.plan({.units_min = instance.units_min,
                                        .units_max = instance.units_max,
                                        .must = must,
                                        .excluded = {},
                                        .seed = seed + now},
                                       budget);
    if (plan.is_empty()) {
      break;
    }
    std::uint64_t units = 0;
    const CheckedWave wave = checked_of(plan);
    rolled.flaw = flaw_of(left, wave, units);
    take(left, wave);
    release(index, plan);
    rolled.waves = now;
    rolled.oldest_wait_waves = now;
    rolled.units += units;
    rolled.aisles += plan.aisles.size();
    for (const WaveOrder order : plan.orders) {
      rolled.late += cutoffs[order.value] < now ? 1 : 0;
    }
  }
  rolled.left = index.order_count();
  return rolled;
}

Rolled roll_first_come(const WaveInstance& instance, FirstComeWaves waves) {
  Rolled rolled;
  WaveInstance left = instance;
  std::vector<std::uint64_t> stock(instance.item_count);
  for (const InstanceList& aisle : instance.aisles) {
    for (const InstancePair& cell : aisle) {
      stock[cell.item] += cell.units;
    }
  }
  while (rolled.flaw.empty()) {
    const std::uint64_t before = rolled.units;
    visit(left, first_orders(left, stock, waves, rolled), rolled);
    if (rolled.units == before) {
      break;
    }
    rolled.oldest_wait_waves = ++rolled.waves;
  }
  for (const InstanceList& order : left.orders) {
    rolled.left += order.empty() ? 0 : 1;
  }
  return rolled;
}

}  // namespace millrace::bench
