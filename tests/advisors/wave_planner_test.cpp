// The planner against trying everything, on nodes small enough for that.
#include "engine/advisors/wave_planner.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/advisors/small_floor.h"

namespace millrace::test {
namespace {

constexpr std::uint64_t many_steps = 300;

struct Asked {
  SmallFloor floor;
  std::vector<WaveOrder> must;
  std::vector<WaveOrder> excluded;
  WaveRequest request;
};

Asked ask_by_chance(std::uint64_t seed, FloorShape shape) {
  Random random(seed);
  Asked asked;
  asked.floor = floor_by_chance(random, shape);
  asked.request.units_min = random.between(1, 6);
  asked.request.units_max = asked.request.units_min + random.between(3, 12);
  asked.request.seed = seed;
  return asked;
}

void expect_best(const Asked& asked, std::uint64_t seed) {
  const WaveIndex index = index_of(asked.floor);
  WavePlanner planner(index);
  StepBudget budget(many_steps);
  const WavePlan plan = planner.plan(asked.request, budget);
  ASSERT_EQ(flaw_of(asked.floor, asked.request, plan), "") << "seed=" << seed;
  WaveRequest possible = asked.request;
  std::vector<WaveOrder> must;
  for (const WaveOrder order : asked.request.must) {
    if (std::find(plan.must_left.begin(), plan.must_left.end(), order) == plan.must_left.end()) {
      must.push_back(order);
    }
  }
  possible.must = must;
  const WaveRatio best = best_by_trying(asked.floor, possible);
  if (best.units == 0) {
    EXPECT_FALSE(plan.is_whole) << "seed=" << seed;
    return;
  }
  EXPECT_TRUE(plan.is_whole) << "seed=" << seed;
  EXPECT_FALSE(ratio_of(plan) < best)
      << "seed=" << seed << ": " << plan.units << "/" << plan.aisles.size() << ", best is "
      << best.units << "/" << best.aisles;
}

TEST(WavePlanner, FindsTheBestOfSeveralLines) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    expect_best(ask_by_chance(seed, {}), seed);
  }
}

TEST(WavePlanner, FindsTheBestOfOneLine) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    expect_best(ask_by_chance(seed, {.lines_max = 1}), seed);
  }
}

TEST(WavePlanner, FindsTheBestOfOneLineWithoutAMost) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Asked asked = ask_by_chance(seed, {.orders = 9, .lines_max = 1});
    asked.request.units_max = 1000;
    expect_best(asked, seed);
  }
}

TEST(WavePlanner, ObeysMustAndExcluded) {
  int left_count = 0;
  int kept_count = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Asked asked = ask_by_chance(seed, {.lines_max = seed % 2 == 0 ? 1U : 3U});
    Random random(seed);
    asked.must = {WaveOrder{static_cast<std::uint32_t>(random.below(7))},
                  WaveOrder{static_cast<std::uint32_t>(random.below(7))}};
    asked.excluded = {WaveOrder{static_cast<std::uint32_t>(random.below(7))}};
    asked.request.must = asked.must;
    asked.request.excluded = asked.excluded;
    asked.request.units_max = seed % 3 == 0 ? 1000 : asked.request.units_max;
    expect_best(asked, seed);
    const WaveIndex index = index_of(asked.floor);
    WavePlanner planner(index);
    StepBudget budget(0);
    const WavePlan plan = planner.plan(asked.request, budget);
    left_count += plan.must_left.empty() ? 0 : 1;
    kept_count += plan.must_left.empty() ? 1 : 0;
  }
  // Otherwise the test shows nothing.
  EXPECT_GT(left_count, 10);
  EXPECT_GT(kept_count, 50);
}

TEST(WavePlanner, HasAWaveAtOnceAndABetterOneLater) {
  std::uint64_t better = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Random random(seed);
    const SmallFloor floor = floor_by_chance(
        random, {.orders = 120, .aisles = 40, .items = 60, .lines_max = seed % 2 == 0 ? 1U : 3U});
    const WaveIndex index = index_of(floor);
    WavePlanner planner(index);
    WaveRequest request;
    request.units_min = 20;
    request.units_max = 60;
    WaveRatio last;
    for (const std::uint64_t steps : {std::uint64_t{0}, std::uint64_t{400}}) {
      StepBudget budget(steps);
      const WavePlan plan = planner.plan(request, budget);
      ASSERT_EQ(flaw_of(floor, request, plan), "") << "seed=" << seed;
      ASSERT_TRUE(plan.is_whole) << "seed=" << seed << " steps " << steps;
      ASSERT_FALSE(ratio_of(plan) < last) << "seed=" << seed;
      better += last.units > 0 && last < ratio_of(plan) ? 1 : 0;
      last = ratio_of(plan);
    }
  }
  EXPECT_GT(better, 30U);
}

TEST(WavePlanner, StopsWhenTheBudgetIsSpent) {
  /// Counts how often it was asked after it was spent.
  class Watched final : public WaveBudget {
   public:
    [[nodiscard]] std::uint32_t spent() override {
      late_ += ++asked_ > 50 ? 1 : 0;
      return asked_ >= 50 ? whole : asked_ * whole / 50;
    }

    [[nodiscard]] int late() const { return late_; }

   private:
    std::uint32_t asked_ = 0;
    int late_ = 0;
  };

  for (const std::uint32_t lines : {1U, 3U}) {
    Random random(5);
    const SmallFloor floor =
        floor_by_chance(random, {.orders = 200, .aisles = 50, .items = 90, .lines_max = lines});
    const WaveIndex index = index_of(floor);
    WavePlanner planner(index);
    Watched budget;
    WaveRequest request;
    request.units_min = 30;
    request.units_max = 90;
    EXPECT_TRUE(planner.plan(request, budget).is_whole);
    EXPECT_EQ(budget.late(), 0) << lines << " lines";
  }
}

TEST(WavePlanner, SameSeedAndStepsSameWave) {
  Random random(9);
  const SmallFloor floor =
      floor_by_chance(random, {.orders = 150, .aisles = 40, .items = 70, .lines_max = 3});
  const WaveIndex index = index_of(floor);
  WaveRequest request;
  request.units_min = 25;
  request.units_max = 70;
  const auto plan_of = [&](WavePlanner& planner) {
    StepBudget budget(200);
    return planner.plan(request, budget);
  };
  WavePlanner one(index);
  WavePlanner other(index);
  const WavePlan first = plan_of(one);
  // A planner that has planned before answers like a new one.
  (void)plan_of(other);
  EXPECT_EQ(first.orders, plan_of(other).orders);
}

TEST(WavePlanner, NothingToPickIsAnEmptyPlan) {
  WaveIndex index({.orders_max = 4, .items_max = 4, .aisles_max = 4});
  WavePlanner planner(index);
  StepBudget budget(100);
  EXPECT_TRUE(planner.plan({}, budget).is_empty());
  const ItemUnits lines[2] = {{WaveItem{1}, Units{2}}, {WaveItem{2}, Units{1}}};
  index.add_order(WaveOrder{2}, lines);
  index.set_stock(WaveAisle{3}, WaveItem{1}, Units{2});
  const WavePlan plan = planner.plan({}, budget);
  EXPECT_TRUE(plan.is_empty());
  EXPECT_FALSE(plan.is_whole);
}

}  // namespace
}  // namespace millrace::test
