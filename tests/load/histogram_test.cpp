// The histogram against sorting: every percentile it gives lies within its promise of the value
// that a sorted list has at that rank.
#include "tools/load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "tools/load/random.h"

namespace millrace::load {
namespace {

constexpr std::array percents{0.0,  0.1,  1.0,  10.0,  25.0,   50.0, 75.0,
                              90.0, 99.0, 99.9, 99.99, 99.999, 100.0};

std::uint64_t exact_percentile(const std::vector<std::uint64_t>& sorted, double percent) {
  const auto size = static_cast<double>(sorted.size());
  const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(percent / 100 * size - 1e-6)));
  return sorted[rank - 1];
}

/// A value of any magnitude up to an hour: every power of two is as likely.
std::uint64_t draw_value(Random& random) {
  const std::uint32_t bits = 1 + random.below(42);
  return random.next() >> (64U - bits);
}

void expect_close(std::uint64_t got, std::uint64_t exact, double percent) {
  EXPECT_GE(got, exact) << "at " << percent << " percent";
  EXPECT_LE(got - exact, exact / 1024) << "at " << percent << " percent";
}

TEST(Histogram, PercentilesAreThoseOfSorting) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed=" << seed);
    Random random(seed, 0);
    LatencyHistogram histogram;
    std::vector<std::uint64_t> values(1 + random.below(20'000));
    for (std::uint64_t& value : values) {
      value = draw_value(random);
      histogram.record(value);
    }
    std::sort(values.begin(), values.end());
    for (const double percent : percents) {
      expect_close(histogram.percentile(percent), exact_percentile(values, percent), percent);
    }
    EXPECT_EQ(histogram.max(), values.back());
    EXPECT_EQ(histogram.percentile(100), values.back());
    EXPECT_EQ(histogram.count(), values.size());
  }
}

TEST(Histogram, MergingIsRecordingTogether) {
  Random random(7, 0);
  LatencyHistogram all;
  std::array<LatencyHistogram, 3> parts;
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t value = draw_value(random);
    const std::uint64_t count = 1 + random.below(4);
    all.record(value, count);
    parts.at(random.below(parts.size())).record(value, count);
  }
  LatencyHistogram merged;
  for (const LatencyHistogram& part : parts) {
    merged.merge(part);
  }
  EXPECT_EQ(merged.count(), all.count());
  EXPECT_EQ(merged.max(), all.max());
  for (const double percent : percents) {
    EXPECT_EQ(merged.percentile(percent), all.percentile(percent));
  }
}

TEST(Histogram, BoundariesOfBucketsKeepThreeDigits) {
  for (std::uint32_t bit = 0; bit < 42; ++bit) {
    for (const std::uint64_t value : {(1ULL << bit) - 1, 1ULL << bit, (1ULL << bit) + 1}) {
      LatencyHistogram histogram;
      histogram.record(value);
      histogram.record(LatencyHistogram::value_ns_max);
      expect_close(histogram.percentile(50), value, 50);
    }
  }
}

TEST(Histogram, CountsWhatIsTooLongAndKeepsItsMaximum) {
  LatencyHistogram histogram;
  histogram.record(5);
  histogram.record(~0ULL);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.max(), ~0ULL);
  EXPECT_EQ(histogram.percentile(50), 5U);
  EXPECT_GE(histogram.percentile(100), LatencyHistogram::value_ns_max);
}

TEST(Histogram, IsZeroWhileEmpty) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile(50), 0U);
  EXPECT_EQ(histogram.max(), 0U);
}

TEST(Histogram, OneRecordOfManyIsManyRecords) {
  LatencyHistogram one;
  LatencyHistogram many;
  one.record(1000, 99);
  one.record(5000, 1);
  for (int i = 0; i < 99; ++i) {
    many.record(1000);
  }
  many.record(5000);
  EXPECT_EQ(one.percentile(99), many.percentile(99));
  EXPECT_EQ(one.percentile(99), 1000U);
  EXPECT_EQ(one.percentile(99.5), 5000U);
}

}  // namespace
}  // namespace millrace::load
