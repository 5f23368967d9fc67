// From instance to index, from plan to wave, and the clock of a budget.
#include "bench/wave_node.h"

#include <ctime>
#include <vector>

namespace millrace::bench {

WaveIndex index_of(const WaveInstance& instance) {
  WaveIndex index({.orders_max = static_cast<std::uint32_t>(instance.orders.size()),
                   .items_max = instance.item_count,
                   .aisles_max = static_cast<std::uint32_t>(instance.aisles.size())});
  std::vector<ItemUnits> lines;
  for (std::uint32_t o = 0; o < instance.orders.size(); ++o) {
    lines.clear();
    for (const InstancePair& pair : instance.orders[o]) {
      if (pair.units > 0) {
        lines.push_back({WaveItem{pair.item}, Units{pair.units}});
      }
    }
    if (!lines.empty()) {
      index.add_order(WaveOrder{o}, lines);
    }
  }
  for (std::uint32_t a = 0; a < instance.aisles.size(); ++a) {
    for (const InstancePair& pair : instance.aisles[a]) {
      const Units before = index.stock(WaveAisle{a}, WaveItem{pair.item});
      index.set_stock(WaveAisle{a}, WaveItem{pair.item}, before + Units{pair.units});
    }
  }
  return index;
}

CheckedWave checked_of(const WavePlan& plan) {
  CheckedWave wave;
  for (const WaveOrder order : plan.orders) {
    wave.orders.push_back(order.value);
  }
  for (const WaveAisle aisle : plan.aisles) {
    wave.aisles.push_back(aisle.value);
  }
  for (const WavePick& pick : plan.picks) {
    wave.picks.push_back({pick.aisle.value, pick.item.value, pick.units.value});
  }
  return wave;
}

double now_ms(BudgetClock clock) {
  timespec t{};
  ::clock_gettime(clock == BudgetClock::cpu ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

std::uint32_t ClockBudget::spent() {
  const double share = elapsed_ms() / ms_;
  return share >= 1 ? whole : static_cast<std::uint32_t>(share * whole);
}

}  // namespace millrace::bench
