// A stream of random numbers that is a function of its key: order `i` of seed `s` draws from its
// own stream, so any order can be made again without making those before it.
#pragma once

#include <cstdint>

#include "engine/core/hash.h"
#include "engine/core/split_mix.h"

namespace millrace::load {

/// SplitMix64 (Guy Steele, Doug Lea, Christine Flood).
class Random {
 public:
  constexpr Random(std::uint64_t seed, std::uint64_t index)
      : state_(mix64(seed + split_mix_step) ^ mix64(index * split_mix_step + 1)) {}

  constexpr std::uint64_t next() { return split_mix64(state_); }

  /// From 0 to bound - 1, without bias that a test could see; bound is at most 2^32.
  constexpr std::uint32_t below(std::uint64_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32U) * bound) >> 32U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace millrace::load
