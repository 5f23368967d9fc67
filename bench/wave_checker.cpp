// Plain sums over plain maps.
#include "bench/wave_checker.h"

#include <map>
#include <set>

namespace millrace::bench {

std::string flaw_of(const WaveInstance& instance, const CheckedWave& wave, std::uint64_t& units) {
  units = 0;
  std::map<std::uint32_t, std::uint64_t> asked;
  for (const std::uint32_t order : wave.orders) {
    if (order >= instance.orders.size()) {
      return "order " + std::to_string(order) + " is not there";
    }
    for (const InstancePair& line : instance.orders[order]) {
      asked[line.item] += line.units;
      units += line.units;
    }
  }
  if (std::set<std::uint32_t>(wave.orders.begin(), wave.orders.end()).size() !=
      wave.orders.size()) {
    return "an order stands in the wave twice";
  }
  std::map<std::uint32_t, std::map<std::uint32_t, std::uint64_t>> held;
  for (const std::uint32_t aisle : wave.aisles) {
    if (aisle >= instance.aisles.size()) {
      return "aisle " + std::to_string(aisle) + " is not there";
    }
    if (held.count(aisle) > 0) {
      return "aisle " + std::to_string(aisle) + " stands in the wave twice";
    }
    for (const InstancePair& cell : instance.aisles[aisle]) {
      held[aisle][cell.item] += cell.units;
    }
  }
  std::map<std::uint32_t, std::uint64_t> taken;
  for (const CheckedPick& pick : wave.picks) {
    if (held.count(pick.aisle) == 0 || held[pick.aisle].count(pick.item) == 0 ||
        held[pick.aisle][pick.item] < pick.units) {
      return "aisle " + std::to_string(pick.aisle) + " has too little of item " +
             std::to_string(pick.item);
    }
    held[pick.aisle][pick.item] -= pick.units;
    taken[pick.item] += pick.units;
  }
  for (const auto& [item, wanted] : asked) {
    if (taken[item] != wanted) {
      return "item " + std::to_string(item) + ": asked " + std::to_string(wanted) + ", taken " +
             std::to_string(taken[item]);
    }
    taken.erase(item);
  }
  for (const auto& [item, count] : taken) {
    if (count > 0) {
      return "item " + std::to_string(item) + " is taken for nobody";
    }
  }
  if (units < instance.units_min) {
    return "fewer units than the least";
  }
  if (units > instance.units_max) {
    return "more units than the most";
  }
  return {};
}

}  // namespace millrace::bench
