// The live index against one built anew, after every kind of change.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "engine/advisors/list_pool.h"
#include "tests/advisors/small_floor.h"

namespace millrace::test {
namespace {

TEST(ListPool, IsManyVectors) {
  Random random(7);
  ListPool<std::uint32_t> pool(50);
  std::vector<std::vector<std::uint32_t>> plain(50);
  for (std::uint32_t step = 0; step < 60'000; ++step) {
    const std::size_t list = random.below(50);
    auto& values = plain[list];
    if (random.chance(2)) {
      pool.clear(list);
      values.clear();
    } else if (!values.empty() && random.chance(40)) {
      const std::size_t at = random.below(values.size());
      pool.erase(list, at);
      values.erase(values.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      const std::size_t at = random.below(values.size() + 1);
      pool.insert(list, at, step);
      values.insert(values.begin() + static_cast<std::ptrdiff_t>(at), step);
    }
    const auto now = pool[list];
    ASSERT_TRUE(std::equal(now.begin(), now.end(), values.begin(), values.end())) << step;
  }
  for (std::size_t list = 0; list < plain.size(); ++list) {
    const auto now = pool[list];
    EXPECT_TRUE(std::equal(now.begin(), now.end(), plain[list].begin(), plain[list].end()));
  }
}

/// Compared without regard to the order of aisles in a list, which is of no meaning.
void expect_same(const WaveIndex& live, const WaveIndex& fresh) {
  ASSERT_EQ(live.order_count(), fresh.order_count());
  ASSERT_EQ(live.multi_count(), fresh.multi_count());
  for (std::uint32_t i = 0; i < live.limits().items_max; ++i) {
    const WaveItem item{i};
    ASSERT_EQ(live.stock(item), fresh.stock(item));
    ASSERT_EQ(live.profile(item).demand, fresh.profile(item).demand);
    ASSERT_EQ(live.profile(item).is_smooth, fresh.profile(item).is_smooth);
    ASSERT_EQ(live.aisles_of(item).size(), fresh.aisles_of(item).size());
    for (const AisleUnits& holder : live.aisles_of(item)) {
      ASSERT_EQ(fresh.stock(holder.aisle, item), holder.units);
      ASSERT_EQ(live.stock(holder.aisle, item), holder.units);
    }
    const auto mine = live.orders_of(item);
    const auto theirs = fresh.orders_of(item);
    ASSERT_EQ(mine.size(), theirs.size());
    for (std::size_t k = 0; k < mine.size(); ++k) {
      ASSERT_EQ(mine[k].order, theirs[k].order);
      ASSERT_EQ(mine[k].units, theirs[k].units);
    }
  }
}

TEST(WaveIndex, ChangesGiveWhatBuildingGives) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    const FloorShape shape{.orders = 12, .aisles = 5, .items = 8, .lines_max = 4, .units_max = 5};
    WaveIndex live = index_of(floor_by_chance(random, shape));
    SmallFloor now = floor_by_chance(random, shape);
    for (std::uint32_t o = 0; o < shape.orders; ++o) {
      live.remove_order(WaveOrder{o});
    }
    EXPECT_EQ(live.order_count(), 0U);
    for (std::uint32_t o = shape.orders; o > 0; --o) {
      std::vector<ItemUnits> lines;
      for (const auto& [item, units] : now.orders[o - 1]) {
        // In two parts and backwards: lines of one item are added up.
        lines.insert(lines.begin(), {WaveItem{item}, Units{1}});
        if (units > 1) {
          lines.insert(lines.begin(), {WaveItem{item}, Units{units - 1}});
        }
      }
      live.add_order(WaveOrder{o - 1}, lines);
    }
    for (std::uint32_t a = 0; a < shape.aisles; ++a) {
      for (std::uint32_t i = 0; i < shape.items; ++i) {
        live.set_stock(WaveAisle{a}, WaveItem{i}, Units{now.aisles[a][i]});
      }
    }
    expect_same(live, index_of(now));
  }
}

TEST(WaveIndex, SmoothMeansEverySumCanBeMade) {
  Random random(11);
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<OrderUnits> rising;
    for (std::uint64_t left = random.below(6); left > 0; --left) {
      rising.push_back({WaveOrder{0}, Units{static_cast<std::uint32_t>(random.between(1, 4))}});
    }
    std::sort(rising.begin(), rising.end(),
              [](const OrderUnits& a, const OrderUnits& b) { return a.units < b.units; });
    std::vector<bool> can_be(25);
    can_be[0] = true;
    std::size_t total = 0;
    for (const OrderUnits& each : rising) {
      total += each.units.value;
      for (std::size_t sum = total; sum >= each.units.value; --sum) {
        can_be[sum] = can_be[sum] || can_be[sum - each.units.value];
      }
    }
    const bool can_all = std::all_of(can_be.begin(), can_be.begin() + static_cast<long>(total) + 1,
                                     [](bool b) { return b; });
    // Enough ones are sufficient, not necessary: 1 2 4 makes every sum, too.
    if (is_smooth(rising)) {
      EXPECT_TRUE(can_all) << "turn " << turn;
    }
  }
}

}  // namespace
}  // namespace millrace::test
