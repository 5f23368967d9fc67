// A stream of random numbers that is a function of its key: order `i` of seed `s` draws from its
// own stream, so any order can be made again without making those before it.
#pragma once

#include <cstdint>

#include "engine/core/hash.h"

namespace millrace::load {

/// SplitMix64 (Guy Steele, Doug Lea, Christine Flood).
class Random {
 public:
  constexpr Random(std::uint64_t seed, std::uint64_t index)
      : state_(mix64(seed + step) ^ mix64(index * step + 1)) {}

  constexpr std::uint64_t next() {
    state_ += step;
    std::uint64_t x = state_;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31U);
  }

  /// From 0 to bound - 1, without bias that a test could see; bound is at most 2^32.
  constexpr std::uint32_t below(std::uint64_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
  }

 private:
  static constexpr std::uint64_t step = 0x9e3779b97f4a7c15ULL;
  std::uint64_t state_;
};

}  // namespace millrace::load
