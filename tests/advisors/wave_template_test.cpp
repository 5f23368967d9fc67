// Triggers of planned waves, one by one, and the walk over a floor.
#include "engine/advisors/wave_template.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/advisors/floor_plan.h"
#include "engine/advisors/floor_stock.h"

namespace millrace {
namespace {

constexpr Time now{1'000 * us_per_minute};

WaveBacklog ten_orders() {
  WaveBacklog backlog;
  backlog.waiting = {10, 20, 30, 4'000};
  backlog.oldest = Time{now.us - 5 * us_per_minute};
  backlog.next_cutoff = Time{now.us + 60 * us_per_minute};
  return backlog;
}

WaveReason reason_of(const WaveTrigger& trigger, const WaveProgress& progress = {now, 0, 0}) {
  WaveTemplate rules;
  rules.trigger = trigger;
  return due_reason(rules, ten_orders(), progress, now);
}

TEST(WaveTrigger, NoneIsMetByItself) {
  EXPECT_EQ(reason_of({}), WaveReason::first_come);
}

TEST(WaveTrigger, SoManyAreTooMany) {
  WaveTrigger trigger;
  trigger.most.orders = 11;
  EXPECT_EQ(reason_of(trigger), WaveReason::first_come);
  trigger.most.orders = 10;
  EXPECT_EQ(reason_of(trigger), WaveReason::orders);
  trigger = {};
  trigger.most.lines = 20;
  EXPECT_EQ(reason_of(trigger), WaveReason::lines);
  trigger = {};
  trigger.most.units = 30;
  EXPECT_EQ(reason_of(trigger), WaveReason::units);
  trigger = {};
  trigger.most.grams = 4'000;
  EXPECT_EQ(reason_of(trigger), WaveReason::weight);
}

TEST(WaveTrigger, AgeAndCutoffGoFirst) {
  WaveTrigger trigger;
  trigger.most.orders = 10;
  trigger.age_us = 5 * us_per_minute;
  EXPECT_EQ(reason_of(trigger), WaveReason::age);
  trigger.age_us += 1;
  EXPECT_EQ(reason_of(trigger), WaveReason::orders);
  trigger.lead_us = 60 * us_per_minute;
  EXPECT_EQ(reason_of(trigger), WaveReason::cutoff);
  trigger.lead_us -= 1;
  EXPECT_EQ(reason_of(trigger), WaveReason::orders);
}

TEST(WaveTrigger, IntervalAndIdlePickersWaitForTheLeast) {
  WaveTrigger trigger;
  trigger.interval_us = us_per_minute;
  const WaveProgress since_a_minute{Time{now.us - us_per_minute}, 0, 0};
  EXPECT_EQ(reason_of(trigger), WaveReason::first_come);
  EXPECT_EQ(reason_of(trigger, since_a_minute), WaveReason::interval);
  trigger.least.units = 31;
  EXPECT_EQ(reason_of(trigger, since_a_minute), WaveReason::first_come);
  trigger.least.units = 30;
  EXPECT_EQ(reason_of(trigger, since_a_minute), WaveReason::interval);
  trigger.idle_pickers = 2;
  EXPECT_EQ(reason_of(trigger, {now, 0, 1}), WaveReason::first_come);
  EXPECT_EQ(reason_of(trigger, {now, 0, 2}), WaveReason::idle_pickers);
  // Without the two the least is enough.
  trigger = {};
  trigger.least.lines = 20;
  EXPECT_EQ(reason_of(trigger), WaveReason::lines);
}

TEST(WaveTrigger, OpenWavesHoldItBack) {
  WaveTemplate rules;
  rules.trigger.most.orders = 1;
  rules.open_max = 2;
  EXPECT_EQ(due_reason(rules, ten_orders(), {now, 1, 0}, now), WaveReason::orders);
  EXPECT_EQ(due_reason(rules, ten_orders(), {now, 2, 0}, now), WaveReason::first_come);
  EXPECT_EQ(due_reason(rules, {}, {now, 0, 0}, now), WaveReason::first_come);
}

TEST(WaveTrigger, TypesOfShipments) {
  EXPECT_EQ(type_of(1, 1), ShipmentType::single_unit);
  EXPECT_EQ(type_of(1, 2), ShipmentType::single_line);
  EXPECT_EQ(type_of(2, 2), ShipmentType::multi_line);
}

FloorPlan winding_plan() {
  FloorPlan plan;
  plan.zones = {{"A", ""}, {"B", ""}};
  plan.aisles = {{0, "1"}, {0, "2"}, {0, "3"}, {1, "1"}};
  for (std::uint32_t aisle = 0; aisle < 4; ++aisle) {
    for (std::uint32_t bay = 2; bay >= 1; --bay) {
      plan.bins.push_back({aisle, bay, std::to_string(aisle) + "." + std::to_string(bay),
                           Sku{1 + aisle % 2}, Units{5}});
    }
  }
  return plan;
}

TEST(FloorPlan, EverySecondAisleOfAZoneIsWalkedBackwards) {
  FloorPlan plan = winding_plan();
  plan.arrange();
  std::string walk;
  for (const FloorBin& bin : plan.bins) {
    walk += bin.code + " ";
  }
  EXPECT_EQ(walk, "0.1 0.2 1.2 1.1 2.1 2.2 3.1 3.2 ");
}

TEST(FloorStock, TakesFromTheAislesOfTheWaveFirst) {
  FloorStock stock(winding_plan(), 10);
  WaveItem item{};
  ASSERT_TRUE(stock.find_item(Sku{1}, item));
  const std::vector<WaveAisle> aisles{WaveAisle{2}};
  std::vector<BinPick> picks;
  stock.take(item, Units{12}, aisles, picks);
  ASSERT_EQ(picks.size(), 3U);
  EXPECT_EQ(stock.bin(picks[0].bin).code, "2.1");
  EXPECT_EQ(stock.bin(picks[1].bin).code, "2.2");
  EXPECT_EQ(stock.bin(picks[2].bin).code, "0.1");
  EXPECT_EQ(picks[2].units, Units{2});
  EXPECT_EQ(stock.total(item), 8U);
  // What nobody knew of is taken from the first bin.
  picks.clear();
  stock.take(item, Units{10}, aisles, picks);
  EXPECT_EQ(stock.total(item), 0U);
  EXPECT_EQ(picks.front().units, Units{5});
}

}  // namespace
}  // namespace millrace
