// Pick lists of a small wave in every mode: each unit once, in walking order, in the totes there
// are.
#include "engine/advisors/pick_list.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace millrace {
namespace {

/// Two zones of two aisles, and in each aisle a bin of one SKU; SKU 1 lies in the last aisle too.
FloorPlan plan() {
  FloorPlan plan;
  plan.zones = {{"A", ""}, {"B", ""}};
  plan.aisles = {{0, "A1"}, {0, "A2"}, {1, "B1"}, {1, "B2"}};
  for (std::uint32_t aisle = 0; aisle < 4; ++aisle) {
    plan.bins.push_back({aisle, 1, "bin" + std::to_string(1 + aisle), Sku{1 + aisle}, Units{50}});
  }
  plan.bins.push_back({3, 2, "far1", Sku{1}, Units{50}});
  return plan;
}

std::vector<PickOrder> three_orders() {
  return {{{0, 1}, {{Sku{3}, Units{2}, 0}, {Sku{1}, Units{1}, 0}}},
          {{0, 2}, {{Sku{4}, Units{5}, 0}}},
          {{0, 3}, {{Sku{1}, Units{4}, 0}}}};
}

std::string text_of(const std::vector<PickBatch>& batches, const FloorStock& stock) {
  std::string out;
  for (const PickBatch& batch : batches) {
    out += "picker " + std::to_string(batch.picker) + " cart " + std::to_string(batch.cart) + ":";
    for (const PickStop& stop : batch.stops) {
      out += " " + stock.bin(stop.bin).code + "x" + std::to_string(stop.units.value);
      out += stop.order == no_pick_order ? "" : "-" + std::to_string(1 + stop.order);
      out += "/" + std::to_string(stop.tote);
    }
    out += "\n";
  }
  return out;
}

std::string picked(const WaveTemplate& rules, const std::vector<WaveAisle>& aisles = {}) {
  FloorStock stock(plan(), 10);
  const std::vector<PickBatch> batches = pick_batches(three_orders(), aisles, rules, stock);
  std::uint32_t units = 0;
  for (const PickBatch& batch : batches) {
    for (const PickStop& stop : batch.stops) {
      units += stop.units.value;
    }
  }
  EXPECT_EQ(units, 12U);
  return text_of(batches, stock);
}

TEST(PickList, BatchesFillTheTotesOfACart) {
  WaveTemplate rules;
  rules.totes = 2;
  rules.tote_units = 4;
  rules.pickers = 2;
  // The second order needs two totes, so it has a cart of its own.
  EXPECT_EQ(picked(rules),
            "picker 1 cart 1: bin1x1-1/1 bin1x4-3/2 bin3x2-1/1\npicker 2 cart 2: bin4x5-2/1\n");
}

TEST(PickList, SingleOrdersAreWalkedOneByOne) {
  WaveTemplate rules;
  rules.mode = PickMode::single;
  EXPECT_EQ(picked(rules),
            "picker 1 cart 1: bin1x1-1/1 bin3x2-1/1\npicker 1 cart 2: bin1x4-3/1\n"
            "picker 1 cart 3: bin4x5-2/1\n");
}

TEST(PickList, ZonesConsolidateOrPass) {
  WaveTemplate rules;
  rules.mode = PickMode::zone;
  rules.pickers = 2;
  EXPECT_EQ(picked(rules),
            "picker 1 cart 1: bin1x1-1/1 bin1x4-3/2\npicker 2 cart 2: bin3x2-1/1 bin4x5-2/2\n");
  rules.hand_over = HandOver::pass;
  EXPECT_EQ(picked(rules),
            "picker 1 cart 1: bin1x1-1/1 bin1x4-3/2\npicker 2 cart 1: bin3x2-1/1 bin4x5-2/3\n");
}

TEST(PickList, InBulkEachPickerHasAPartOfTheWalk) {
  WaveTemplate rules;
  rules.mode = PickMode::wave;
  rules.pickers = 2;
  EXPECT_EQ(picked(rules), "picker 1 cart 1: bin1x5/0 bin3x2/0\npicker 2 cart 2: bin4x5/0\n");
}

// The second aisle of a zone is walked from its far end.
TEST(PickList, TheAislesOfTheWaveComeFirst) {
  WaveTemplate rules;
  EXPECT_EQ(picked(rules, {WaveAisle{2}, WaveAisle{3}}),
            "picker 1 cart 1: bin3x2-1/1 far1x1-1/1 far1x4-3/2 bin4x5-2/3\n");
}

}  // namespace
}  // namespace millrace
