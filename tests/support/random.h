// Seeded chance for tests: the same numbers with every compiler and library, unlike the
// distributions of <random>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/split_mix.h"

namespace millrace::test {

/// SplitMix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return split_mix64(state_); }

  /// 0 to n - 1; n is at least 1.
  std::uint64_t below(std::uint64_t n) { return next() % n; }

  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }

  bool chance(std::uint64_t percent) { return below(100) < percent; }

  template <class T>
  const T& pick(std::span<const T> from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

template <class T, std::size_t n>
const T& one_of(Random& random, const std::array<T, n>& values) {
  return values[random.below(n)];
}

}  // namespace millrace::test
