// Demand by the day, and the levels that follow from it, worked out by hand.
#include "engine/state/demand_table.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/support/memory_sections.h"

namespace millrace {
namespace {

constexpr std::uint32_t monday = 19'877;

Limits few_skus() {
  Limits limits;
  limits.skus_max = 8;
  return limits;
}

Replenishment levels(const std::vector<std::uint32_t>& days, const ReplenishRules& rules) {
  DemandWindow window;
  for (const std::uint32_t units : days) {
    window.add(units);
  }
  return replenishment_of(window, rules);
}

TEST(Replenishment, LevelsOfAWeek) {
  // Mean 10; squared deviations 4 + 0 + 4 + 16 + 16 + 0 + 0 = 40, by 6: 6.666, its root 2.581.
  const std::vector<std::uint32_t> week{8, 10, 12, 14, 6, 10, 10};
  const ReplenishRules rules{
      .lead_days = 4, .review_days = 7, .safety_permille = 2000, .window_days = 7};
  const Replenishment found = levels(week, rules);
  // 10 * 4 + 2 * 2.581 * 2 = 50.3
  EXPECT_EQ(found.reorder_point, Units{51});
  EXPECT_EQ(found.order_up_to, Units{51 + 70});
}

TEST(Replenishment, WithoutSpreadThereIsNoSafety) {
  const ReplenishRules rules{
      .lead_days = 5, .review_days = 2, .safety_permille = 3000, .window_days = 28};
  EXPECT_EQ(levels({3, 3, 3, 3}, rules).reorder_point, Units{15});
  EXPECT_EQ(levels({3, 3, 3, 3}, rules).order_up_to, Units{21});
  EXPECT_EQ(levels({7}, rules).reorder_point, Units{35}) << "one day has no spread";
  EXPECT_EQ(levels({}, rules).reorder_point, Units{0});
  EXPECT_EQ(levels({}, rules).order_up_to, Units{0});
  // A third of a unit a day is rounded up once, at the end.
  EXPECT_EQ(levels({1, 0, 0}, {.lead_days = 1, .review_days = 1, .safety_permille = 0}).order_up_to,
            Units{2});
}

TEST(Replenishment, TheLargestFiguresDoNotOverflow) {
  std::vector<std::uint32_t> days(28, 0xffffffffU);
  std::fill(days.begin(), days.begin() + 14, 0);
  const ReplenishRules most{
      .lead_days = 365, .review_days = 365, .safety_permille = 10'000, .window_days = 28};
  EXPECT_EQ(levels(days, most).reorder_point, Units{0xffffffff});
  EXPECT_EQ(levels(days, most).order_up_to, Units{0xffffffff});
}

TEST(Replenishment, RootsAreWhole) {
  for (const std::uint64_t root : {0ULL, 1ULL, 2ULL, 99ULL, 0xffffffffULL, ~0ULL}) {
    const DemandWindow::Wide square = DemandWindow::Wide{root} * root;
    EXPECT_EQ(whole_root(square), root);
    if (root > 0) {
      EXPECT_EQ(whole_root(square - 1), root - 1);
      EXPECT_EQ(whole_root(square + root), root);
    }
  }
}

TEST(DemandTable, CountsFromTheDayItIsWatched) {
  DemandTable table(few_skus());
  table.count(Row{1}, monday, Units{5});
  EXPECT_FALSE(table.any());
  table.watch(Row{1}, monday);
  table.watch(Row{1}, monday + 9);
  EXPECT_TRUE(table.any());
  table.count(Row{1}, monday, Units{3});
  table.count(Row{2}, monday, Units{9});
  table.count(Row{1}, monday + 2, Units{4});
  EXPECT_EQ(table.find(Row{2}), nullptr);
  const Demand& demand = *table.find(Row{1});
  EXPECT_EQ(demand.since, monday);
  // Today is not over, and the day in between counts as one without.
  const DemandWindow window = window_of(demand, monday + 2, 28);
  EXPECT_EQ(window.days, 2U);
  EXPECT_EQ(window.sum, 3U);
  EXPECT_EQ(window_of(demand, monday, 28).days, 0U);
  EXPECT_EQ(window_of(demand, monday + 3, 1).sum, 4U) << "a window of a day is yesterday";
}

TEST(DemandTable, OldDaysFallOutOfTheWindow) {
  DemandTable table(few_skus());
  table.watch(Row{0}, monday);
  for (std::uint32_t day = 0; day < 100; ++day) {
    table.count(Row{0}, monday + day, Units{day});
  }
  const DemandWindow window = window_of(*table.find(Row{0}), monday + 99, 28);
  EXPECT_EQ(window.days, 28U);
  EXPECT_EQ(window.sum, (71U + 98U) * 14U);
  // Long without an order, nothing old is seen again.
  table.count(Row{0}, monday + 1000, Units{1});
  EXPECT_EQ(window_of(*table.find(Row{0}), monday + 1000, 28).sum, 0U);
  EXPECT_EQ(window_of(*table.find(Row{0}), monday + 1001, 28).sum, 1U);
  EXPECT_EQ(window_of(*table.find(Row{0}), monday + 2000, 28).sum, 0U);
}

TEST(DemandTable, ADayHasAnEnd) {
  DemandTable table(few_skus());
  table.watch(Row{0}, monday);
  table.count(Row{0}, monday, Units{0xfffffff0});
  table.count(Row{0}, monday, Units{0x20});
  EXPECT_EQ(table.find(Row{0})->on(monday), 0xffffffffU);
}

TEST(DemandTable, ASnapshotHasIt) {
  DemandTable table(few_skus());
  table.watch(Row{3}, monday);
  table.count(Row{3}, monday + 1, Units{6});
  test::MemorySectionWriter writer;
  table.save(writer);
  DemandTable loaded(few_skus());
  test::MemorySectionReader reader(writer.sections());
  EXPECT_EQ(loaded.load(reader, 4).value_or(""), "");
  EXPECT_EQ(loaded.find(Row{3})->on(monday + 1), 6U);
  DemandTable smaller(few_skus());
  test::MemorySectionReader again(writer.sections());
  EXPECT_NE(smaller.load(again, 3).value_or(""), "") << "the row is not defined there";
}

}  // namespace
}  // namespace millrace
