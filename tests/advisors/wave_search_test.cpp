// What the searches keep up to date while aisles and orders come and go, against counting anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "engine/advisors/wave_coverage.h"
#include "engine/advisors/wave_floor.h"
#include "tests/advisors/small_floor.h"

namespace millrace::test {
namespace {

/// The most units of one-line orders that aisles can give, orders that must come first.
std::int64_t plain_units(const SmallFloor& floor, const std::set<std::uint32_t>& aisles,
                         const WaveMarks& marks) {
  std::int64_t sum = 0;
  for (std::uint32_t item = 0; item < floor.item_count; ++item) {
    std::int64_t held = 0;
    for (const std::uint32_t a : aisles) {
      const auto cell = floor.aisles[a].find(item);
      held += cell == floor.aisles[a].end() ? 0 : cell->second;
    }
    std::vector<bool> can_be(static_cast<std::size_t>(held) + 1);
    std::int64_t must = 0;
    can_be[0] = true;
    for (std::uint32_t o = 0; o < floor.orders.size(); ++o) {
      const auto line = floor.orders[o].find(item);
      if (line == floor.orders[o].end() || marks[WaveOrder{o}] == WaveMark::excluded) {
        continue;
      }
      const std::int64_t units = line->second;
      if (marks[WaveOrder{o}] == WaveMark::must) {
        must += units;
        continue;
      }
      for (std::int64_t all = held; all >= units; --all) {
        const auto at = static_cast<std::size_t>(all);
        can_be[at] = can_be[at] || can_be[at - static_cast<std::size_t>(units)];
      }
    }
    if (must > held) {
      return -1;
    }
    std::int64_t best = held - must;
    while (!can_be[static_cast<std::size_t>(best)]) {
      --best;
    }
    sum += must + best;
  }
  return sum;
}

TEST(WaveCoverage, KnowsUnitsAndChangesOfEveryAisle) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    const SmallFloor floor = floor_by_chance(
        random, {.orders = 14, .aisles = 6, .items = 5, .lines_max = 1, .units_max = 4});
    const WaveIndex index = index_of(floor);
    WaveMarks marks(14);
    marks.set(WaveOrder{static_cast<std::uint32_t>(random.below(14))}, WaveMark::excluded);
    if (seed % 2 == 0) {
      marks.set(WaveOrder{static_cast<std::uint32_t>(random.below(14))}, WaveMark::must);
    }
    WaveCoverage coverage(index);
    coverage.reset(marks);
    std::set<std::uint32_t> chosen;
    for (int step = 0; step < 60; ++step) {
      const auto aisle = static_cast<std::uint32_t>(random.below(6));
      if (chosen.erase(aisle) > 0) {
        coverage.remove(aisle);
      } else {
        chosen.insert(aisle);
        coverage.add(aisle);
      }
      const std::int64_t units = plain_units(floor, chosen, marks);
      ASSERT_EQ(coverage.units() < 0 ? -1 : coverage.units(), units) << "seed=" << seed;
      for (std::uint32_t a = 0; a < 6; ++a) {
        std::set<std::uint32_t> other = chosen;
        const bool is_in = other.erase(a) > 0;
        if (!is_in) {
          other.insert(a);
        }
        const std::int64_t change = plain_units(floor, other, marks) - units;
        if (units >= 0 && units + change >= 0) {
          ASSERT_EQ(coverage.change(a), is_in ? -change : change) << "seed=" << seed;
        }
      }
    }
  }
}

/// Everything of a floor that can be seen, with sets where order has no meaning.
struct Seen {
  std::set<std::uint32_t> aisles;
  std::set<std::uint32_t> orders;
  std::vector<std::int32_t> left;
  std::vector<std::uint32_t> missing;
  std::vector<std::int64_t> promises;
  std::int64_t units = 0;

  bool operator==(const Seen&) const = default;
};

Seen seen_of(WaveFloor& floor, const WaveIndex& index) {
  Seen seen;
  seen.aisles.insert(floor.aisles().begin(), floor.aisles().end());
  seen.orders.insert(floor.orders().begin(), floor.orders().end());
  for (std::uint32_t i = 0; i < index.limits().items_max; ++i) {
    seen.left.push_back(floor.left(WaveItem{i}));
  }
  for (const std::uint32_t order : floor.eligible()) {
    seen.missing.push_back(floor.has_order(order) ? 0 : floor.missing(order));
  }
  floor.count_promises();
  for (std::uint32_t a = 0; a < index.limits().aisles_max; ++a) {
    seen.promises.push_back(floor.has_aisle(a) ? 0 : floor.promise(a));
  }
  seen.units = floor.units();
  return seen;
}

void change_by_chance(WaveFloor& floor, Random& random, std::uint32_t aisle_count) {
  for (std::uint64_t left = random.between(1, 4); left > 0; --left) {
    const auto aisle = static_cast<std::uint32_t>(random.below(aisle_count));
    if (!floor.has_aisle(aisle)) {
      floor.add_aisle(aisle);
    } else {
      floor.remove_aisle(aisle);
      if (!floor.evict_short(aisle)) {
        return;
      }
      floor.prune();
    }
    floor.fill(static_cast<std::int64_t>(random.between(5, 30)));
  }
}

TEST(WaveFloor, KeepsWhatOrdersMissAndTakesEverythingBack) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    const SmallFloor plain = floor_by_chance(random, {.orders = 20, .aisles = 8, .items = 9});
    const WaveIndex index = index_of(plain);
    WaveMarks marks(20);
    marks.set(WaveOrder{3}, WaveMark::excluded);
    WaveFloor floor(index);
    floor.reset(marks);
    for (int step = 0; step < 100; ++step) {
      const Seen before = seen_of(floor, index);
      change_by_chance(floor, random, 8);
      for (const std::uint32_t order : floor.eligible()) {
        std::uint32_t missing = 0;
        for (const auto& [item, units] : plain.orders[order]) {
          missing += floor.left(WaveItem{item}) < static_cast<std::int32_t>(units) ? 1 : 0;
        }
        if (!floor.has_order(order)) {
          ASSERT_EQ(floor.missing(order), missing) << "seed=" << seed << " step " << step;
        }
      }
      for (std::uint32_t i = 0; i < 9; ++i) {
        ASSERT_GE(floor.left(WaveItem{i}), 0);
      }
      ASSERT_FALSE(floor.has_order(3));
      if (random.chance(50)) {
        floor.take_back();
        ASSERT_EQ(seen_of(floor, index), before) << "seed=" << seed << " step " << step;
      } else {
        floor.forget_log();
      }
    }
  }
}

}  // namespace
}  // namespace millrace::test
