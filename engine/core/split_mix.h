// Chance from a seed: the same numbers with every compiler and library.
#pragma once

#include <cstdint>

namespace millrace {

inline constexpr std::uint64_t split_mix_step = 0x9e3779b97f4a7c15ULL;

/// The next number of SplitMix64 (Sebastiano Vigna, public domain); moves the state on.
constexpr std::uint64_t split_mix64(std::uint64_t& state) {
  state += split_mix_step;
  std::uint64_t x = state;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

}  // namespace millrace
