// Bucket arithmetic: values below 2048 have a bucket each; above, the top eleven bits of a value
// choose its bucket among the 1024 of its power of two.
#include "tools/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace millrace::load {

LatencyHistogram::LatencyHistogram()
    : buckets_(std::make_unique<std::array<std::uint64_t, bucket_count>>()) {}

std::size_t LatencyHistogram::bucket_of(std::uint64_t value) {
  const auto width = static_cast<std::uint32_t>(std::bit_width(value));
  if (width <= digits + 1) {
    return value;
  }
  const std::uint32_t shift = width - digits - 1;
  return (static_cast<std::size_t>(shift) << digits) + (value >> shift);
}

std::uint64_t LatencyHistogram::bucket_end(std::size_t bucket) {
  if (bucket < (2U << digits)) {
    return bucket;
  }
  const std::uint64_t shift = (bucket >> digits) - 1;
  const std::uint64_t step = bucket - (shift << digits);
  return ((step + 1) << shift) - 1;
}

void LatencyHistogram::record(std::uint64_t value_ns, std::uint64_t count) {
  (*buckets_)[bucket_of(std::min(value_ns, value_ns_max))] += count;
  count_ += count;
  max_ = std::max(max_, value_ns);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    (*buckets_)[bucket] += (*other.buckets_)[bucket];
  }
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t LatencyHistogram::percentile(double percent) const {
  const double share = std::clamp(percent, 0.0, 100.0) / 100.0;
  // A rank is a whole number of values; a hair of rounding must not push it to the next one.
  const auto rank = static_cast<std::uint64_t>(
      std::max(1.0, std::ceil(share * static_cast<double>(count_) - 1e-6)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    seen += (*buckets_)[bucket];
    if (seen >= rank) {
      return std::min(bucket_end(bucket), max_);
    }
  }
  return max_;
}

}  // namespace millrace::load
