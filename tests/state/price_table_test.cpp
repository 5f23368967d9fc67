// The chances that prices of stock are made of, against Poisson's law in floating point, and the
// counts of how often nodes were used.
#include "engine/state/price_table.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/state/scarcity_table.h"

namespace millrace {
namespace {

constexpr double one = 65'536;

double poisson_tail(double mean, std::uint32_t stock) {
  double fewer = 0;
  for (std::uint32_t count = 0; count < stock; ++count) {
    fewer += std::exp(count * std::log(mean) - mean - std::lgamma(count + 1.0));
  }
  return 1 - fewer;
}

TEST(ScarcityTable, IsNearPoissonsLaw) {
  const ScarcityTable table;
  for (double mean = 0.01; mean < 250; mean *= 1.07) {
    for (std::uint32_t stock = 1; stock < ScarcityTable::stock_end; ++stock) {
      const double found = table.of(static_cast<std::uint64_t>(mean * one), stock) / one;
      ASSERT_NEAR(found, poisson_tail(mean, stock), 0.005) << "mean " << mean << " of " << stock;
    }
  }
}

TEST(ScarcityTable, NeverFallsWithTheMeanNorRisesWithTheStock) {
  const ScarcityTable table;
  for (std::uint32_t stock = 0; stock + 1 < ScarcityTable::stock_end; ++stock) {
    std::uint32_t before = 0;
    for (std::uint32_t step = 0; step < ScarcityTable::steps; ++step) {
      const std::uint64_t mean = ScarcityTable::mean_of(step);
      ASSERT_GE(table.of(mean, stock), before) << "mean " << mean << " of " << stock;
      before = table.of(mean, stock);
      ASSERT_GE(before, table.of(mean, stock + 1)) << "mean " << mean << " of " << stock;
    }
  }
}

TEST(ScarcityTable, KnowsTheEnds) {
  const ScarcityTable table;
  EXPECT_EQ(table.of(0, 1), 0U);
  EXPECT_EQ(table.of(0, 0), ScarcityTable::certain);
  EXPECT_EQ(table.of(~std::uint64_t{0}, 1), ScarcityTable::certain);
  // Of much, half of both is as likely missed.
  EXPECT_EQ(table.of(200 * 65'536, 254), table.of(100 * 65'536, 127));
}

TEST(PriceTable, HalvesAllCountsOfUsesTogether) {
  Limits limits;
  limits.skus_max = 1;
  PriceTable table(true, limits, node_lanes, 2);
  for (std::uint32_t use = PriceTable::uses_first; use + 1 < PriceTable::uses_max; ++use) {
    table.use(NodeIndex{1});
  }
  EXPECT_EQ(table.uses()[1], PriceTable::uses_max - 1);
  EXPECT_EQ(table.uses()[0], PriceTable::uses_first);
  table.use(NodeIndex{1});
  EXPECT_EQ(table.uses()[1], PriceTable::uses_max / 2);
  EXPECT_EQ(table.uses()[0], PriceTable::uses_first / 2);
}

TEST(Forecast, RunsOutEvenly) {
  const Forecast forecast{Time{1'000}, Time{3'000}, 8'000, 0};
  EXPECT_EQ(forecast.left(Time{1'000}), 8U * 65'536);
  EXPECT_EQ(forecast.left(Time{2'000}), 4U * 65'536);
  EXPECT_EQ(forecast.left(Time{3'000}), 0U);
  EXPECT_EQ(Forecast{}.left(Time{0}), 0U);
}

}  // namespace
}  // namespace millrace
