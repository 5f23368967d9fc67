// The planning desk of a node, told what a running engine would tell it: it proposes waves by its
// templates, gives up what is answered otherwise, and never speaks for an order twice.
#include "engine/advisors/wave_desk.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace millrace {
namespace {

constexpr std::uint64_t minute = us_per_minute;
constexpr Time morning{1'000 * us_per_day};
/// Of every ship day, for these tests.
constexpr Time cutoff{morning.us + 300 * minute};

/// Two zones of two aisles; a bin for each SKU from 1 to 8, two SKUs an aisle, and a second bin of
/// SKU 1 in the last aisle.
FloorPlan small_plan() {
  FloorPlan plan;
  plan.node = NodeIndex{2};
  plan.zones = {{"A", ""}, {"B", ""}};
  plan.aisles = {{0, "A1"}, {0, "A2"}, {1, "B1"}, {1, "B2"}};
  for (std::uint32_t sku = 1; sku <= 8; ++sku) {
    plan.bins.push_back({(sku - 1) / 2, 1 + (sku - 1) % 2, "bin", Sku{sku}, Units{100}});
  }
  plan.bins.push_back({3, 9, "far", Sku{1}, Units{100}});
  return plan;
}

WaveTemplate by_orders(std::uint64_t orders) {
  WaveTemplate rules;
  rules.name = "all";
  rules.trigger.most.orders = orders;
  return rules;
}

class Desk {
 public:
  explicit Desk(std::vector<WaveTemplate> templates)
      : desk_(small_plan(), std::move(templates), [](NodeIndex, Day) { return cutoff; },
              {.orders_max = 64, .further_items_max = 4, .look_us = 1}) {}

  void hear(FloorNoteKind kind, std::uint32_t slot, std::vector<FloorLine> lines = {},
            std::uint8_t service = 0, Time time = morning) {
    FloorNote note{};
    note.kind = kind;
    note.slot = Slot{slot};
    note.node = NodeIndex{2};
    note.ship_day = Day{1'000};
    note.service = ServiceIndex{service};
    note.time = time;
    note.line_count = static_cast<std::uint32_t>(lines.size());
    desk_.hear(note, lines);
  }

  void waits(std::uint32_t slot, std::uint64_t sku, std::uint32_t units = 1,
             std::uint8_t service = 0, Time time = morning) {
    hear(FloorNoteKind::waits, slot, {{Sku{sku}, Units{units}, 10}}, service, time);
  }

  /// The answer: these orders came, the others of the draft did not.
  void answer(const WaveDraft& draft, const std::set<std::uint32_t>& came, std::uint64_t wave) {
    for (const std::uint32_t slot : came) {
      hear(FloorNoteKind::waved, slot, {{Sku{1}, Units{1}, 10}});
    }
    FloorNote note{};
    note.kind = FloorNoteKind::released;
    note.slot = Slot{draft.details.front()};
    note.node = NodeIndex{2};
    note.wave = wave;
    note.ship_day = Day{1'000};
    note.reason = draft.head.reason;
    note.units = Units{static_cast<std::uint32_t>(came.size())};
    desk_.hear(note, {});
  }

  std::optional<WaveDraft> propose(Time now = morning) {
    StepBudget budget(1'000);
    return desk_.propose(now, budget);
  }

  WaveDesk& operator*() { return desk_; }

 private:
  WaveDesk desk_;
};

std::set<std::uint32_t> orders_of(const WaveDraft& draft) {
  return {draft.details.begin(), draft.details.begin() + draft.head.order_count()};
}

std::set<std::uint32_t> aisles_of(const WaveDraft& draft) {
  return {draft.details.begin() + draft.head.order_count(), draft.details.end()};
}

TEST(WaveDesk, ReleasesWhenEnoughWait) {
  Desk desk({by_orders(3)});
  desk.waits(10, 1);
  desk.waits(11, 2);
  EXPECT_FALSE(desk.propose());
  desk.waits(12, 2, 3, 1);
  const auto draft = desk.propose();
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->head.reason, static_cast<std::uint8_t>(WaveReason::orders));
  EXPECT_EQ(draft->head.node, NodeIndex{2});
  EXPECT_EQ(draft->head.service, any_service);
  EXPECT_EQ(draft->head.ship_day, Day{1'000});
  EXPECT_EQ(orders_of(*draft), (std::set<std::uint32_t>{10, 11, 12}));
  EXPECT_EQ(aisles_of(*draft), (std::set<std::uint32_t>{0}));
}

TEST(WaveDesk, SpeaksForAnOrderOnceUntilTheAnswer) {
  Desk desk({by_orders(2)});
  desk.waits(10, 1);
  desk.waits(11, 1);
  const auto draft = desk.propose();
  ASSERT_TRUE(draft);
  EXPECT_EQ((*desk).stock().total(WaveItem{0}), 198U);
  // More of it is told meanwhile, and changes nothing.
  desk.waits(10, 1);
  EXPECT_FALSE(desk.propose());
  // One was not waiting any more when the wave was released, one was left out and waits on.
  desk.hear(FloorNoteKind::gone, 11);
  desk.answer(*draft, {}, 50);
  EXPECT_EQ((*desk).counts().left_out, 1U);
  EXPECT_EQ((*desk).stock().total(WaveItem{0}), 199U);
  desk.waits(12, 1);
  const auto again = desk.propose();
  ASSERT_TRUE(again);
  EXPECT_EQ(orders_of(*again), (std::set<std::uint32_t>{10, 12}));
  desk.answer(*again, {10, 12}, 51);
  EXPECT_EQ((*desk).waiting(), 0U);
  EXPECT_EQ((*desk).counts().orders, 2U);
}

TEST(WaveDesk, FewAislesAreWalked) {
  WaveTemplate rules = by_orders(8);
  rules.units_min = 6;
  rules.units_max = 6;
  Desk desk({rules});
  // Six units lie in one aisle, and one in each of the others.
  for (std::uint32_t order = 0; order < 6; ++order) {
    desk.waits(order, 3 + order % 2);
  }
  desk.waits(6, 5);
  desk.waits(7, 7);
  const auto draft = desk.propose();
  ASSERT_TRUE(draft);
  EXPECT_EQ(orders_of(*draft), (std::set<std::uint32_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(aisles_of(*draft), (std::set<std::uint32_t>{1}));
}

TEST(WaveDesk, OldAndLateOrdersMustCome) {
  WaveTemplate rules = by_orders(1'000);
  rules.trigger.age_us = 20 * minute;
  rules.trigger.lead_us = 60 * minute;
  rules.units_max = 2;
  Desk desk({rules});
  desk.waits(1, 7, 1, 0, morning);
  for (std::uint32_t order = 2; order < 8; ++order) {
    desk.waits(order, 3, 1, 0, Time{morning.us + 19 * minute});
  }
  EXPECT_FALSE(desk.propose(Time{morning.us + 19 * minute}));
  const auto aged = desk.propose(Time{morning.us + 20 * minute});
  ASSERT_TRUE(aged);
  EXPECT_EQ(aged->head.reason, static_cast<std::uint8_t>(WaveReason::age));
  EXPECT_TRUE(orders_of(*aged).contains(1));
  EXPECT_LE(aged->head.order_count(), 2U);
  desk.answer(*aged, orders_of(*aged), 1);
  const auto late = desk.propose(Time{cutoff.us - 60 * minute});
  ASSERT_TRUE(late);
  EXPECT_EQ(late->head.reason, static_cast<std::uint8_t>(WaveReason::cutoff));
}

TEST(WaveDesk, NothingStarves) {
  WaveTemplate rules = by_orders(2);
  rules.units_max = 2;
  rules.trigger.age_us = 30 * minute;
  Desk desk({rules});
  // An order that no wave would take by itself, while better ones keep coming.
  desk.waits(0, 7, 2);
  bool came = false;
  std::uint32_t slot = 1;
  for (std::uint64_t at = 0; at <= 40 && !came; ++at) {
    const Time now{morning.us + at * minute};
    desk.waits(slot++, 3, 1, 0, now);
    desk.waits(slot++, 3, 1, 0, now);
    while (const auto draft = desk.propose(now)) {
      came = came || orders_of(*draft).contains(0);
      desk.answer(*draft, orders_of(*draft), at + 1);
    }
  }
  EXPECT_TRUE(came);
}

TEST(WaveDesk, TemplatesTakeWhatFitsThem) {
  WaveTemplate express = by_orders(2);
  express.services = 1U << 1U;
  express.units_min = 3;
  WaveTemplate singles = by_orders(2);
  singles.types = static_cast<std::uint8_t>(ShipmentType::single_unit);
  singles.zones = {true, false};
  singles.units_min = 2;
  Desk desk({express, singles});
  desk.waits(1, 1, 1, 1);
  desk.waits(2, 5, 2, 1);
  desk.waits(3, 3);
  desk.waits(4, 3, 2);
  desk.waits(5, 6);
  const auto first = desk.propose();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->head.template_number, 0);
  EXPECT_EQ(first->head.service, ServiceIndex{1});
  EXPECT_EQ(orders_of(*first), (std::set<std::uint32_t>{1, 2}));
  // Of the others only one is a single unit in zone A.
  EXPECT_FALSE(desk.propose());
  desk.waits(6, 1);
  const auto second = desk.propose();
  ASSERT_TRUE(second);
  EXPECT_EQ(orders_of(*second), (std::set<std::uint32_t>{3, 6}));
}

TEST(WaveDesk, BoundsOfAWaveAreKept) {
  WaveTemplate rules = by_orders(6);
  rules.orders_max = 4;
  rules.grams_max = 30;
  Desk desk({rules});
  for (std::uint32_t order = 0; order < 6; ++order) {
    desk.waits(order, 1);
  }
  const auto draft = desk.propose();
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->head.order_count(), 3U);
}

TEST(WaveDesk, OpenWavesAreLimitedAndMayBeJoined) {
  WaveTemplate rules = by_orders(2);
  rules.open_max = 1;
  rules.may_join = true;
  Desk desk({rules});
  desk.waits(1, 1);
  desk.waits(2, 2);
  const auto draft = desk.propose();
  ASSERT_TRUE(draft);
  desk.answer(*draft, {1, 2}, 77);
  desk.waits(3, 1);
  desk.waits(4, 5);
  desk.waits(5, 6);
  // The wave is open, so there is no other; who needs no further aisle may follow.
  const auto joined = desk.propose(Time{morning.us + minute});
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->head.reason, static_cast<std::uint8_t>(WaveReason::joined));
  EXPECT_EQ(joined->head.wave, WaveId{77});
  EXPECT_EQ(orders_of(*joined), (std::set<std::uint32_t>{3}));
  desk.answer(*joined, {3}, 77);
  EXPECT_FALSE(desk.propose(Time{morning.us + 2 * minute}));
  for (const std::uint32_t slot : {1U, 2U, 3U}) {
    FloorNote note{};
    note.kind = FloorNoteKind::picked;
    note.slot = Slot{slot};
    note.node = no_node;
    note.units = Units{1};
    (*desk).hear(note, {});
  }
  const auto next = desk.propose(Time{morning.us + 3 * minute});
  ASSERT_TRUE(next);
  EXPECT_EQ(orders_of(*next), (std::set<std::uint32_t>{4, 5}));
}

TEST(WaveDesk, WhatHasNoRoomIsLeftToOthers) {
  Desk desk({by_orders(1'000)});
  for (std::uint32_t order = 0; order < 70; ++order) {
    desk.waits(order, 1);
  }
  EXPECT_EQ((*desk).waiting(), 64U);
  EXPECT_EQ((*desk).counts().unplanned, 6U);
  // SKUs without a bin get one, until the numbers are out: nine bins and four more.
  desk.hear(FloorNoteKind::gone, 0);
  desk.waits(100, 500);
  EXPECT_EQ((*desk).waiting(), 64U);
  EXPECT_EQ((*desk).index().stock(WaveItem{8}), 1U);
}

TEST(WaveDesk, LostTrackIsGivenUp) {
  Desk desk({by_orders(2)});
  desk.waits(1, 1);
  desk.waits(2, 1);
  const auto draft = desk.propose();
  ASSERT_TRUE(draft);
  (*desk).lose_track();
  EXPECT_EQ((*desk).waiting(), 0U);
  desk.answer(*draft, {1, 2}, 9);
  EXPECT_EQ((*desk).counts().released, 0U);
}

}  // namespace
}  // namespace millrace
