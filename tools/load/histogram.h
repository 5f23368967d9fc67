// Latencies with three significant digits in fixed memory, after HdrHistogram (Gil Tene): buckets
// are linear within a power of two, so the relative error is below 1/1024 from one nanosecond to
// over an hour, and recording is one shift and one add.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace millrace::load {

class LatencyHistogram {
 public:
  /// Just above an hour in nanoseconds. Longer values are counted as this one; max() stays exact.
  static constexpr std::uint64_t value_ns_max = (1ULL << 42U) - 1;

  LatencyHistogram();

  /// Records `count` values at once: every order of a frame waited as long as the frame.
  void record(std::uint64_t value_ns, std::uint64_t count = 1);

  void merge(const LatencyHistogram& other);

  /// The value of which `percent` of all values are at most as large, rounded up to the end of its
  /// bucket but never above max(). Zero if nothing was recorded.
  [[nodiscard]] std::uint64_t percentile(double percent) const;

  [[nodiscard]] std::uint64_t count() const { return count_; }

  [[nodiscard]] std::uint64_t max() const { return max_; }

 private:
  static constexpr std::uint32_t digits = 10;  ///< 1024 steps within a power of two
  static constexpr std::size_t bucket_count = ((42U - digits - 1U) << digits) + (2U << digits);

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t bucket_end(std::size_t bucket);

  std::unique_ptr<std::array<std::uint64_t, bucket_count>> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace millrace::load
