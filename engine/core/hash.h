// The hashes that decide nothing but are compared: body hashes for repeated ids, outcome and state
// digests. Defined on 64-bit words so that every build and machine gets the same value.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "engine/core/types.h"

namespace millrace {

/// Finaliser of MurmurHash3 (Austin Appleby, public domain): a bijection that spreads every bit.
constexpr std::uint64_t mix64(std::uint64_t x) {
  x ^= x >> 33U;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33U;
  x *= 0xc4ceb9fe1a85ec53ULL;
  x ^= x >> 33U;
  return x;
}

constexpr std::uint64_t hash_id(Id128 id) {
  return mix64(id.low ^ std::rotl(id.high * 0x9e3779b97f4a7c15ULL, 32));
}

/// An order-sensitive running hash over 64-bit words.
class Hasher {
 public:
  constexpr Hasher() = default;

  constexpr explicit Hasher(std::uint64_t seed) : state_(seed) {}

  constexpr void add(std::uint64_t word) {
    state_ = (std::rotl(state_, 29) ^ word) * 0x9e3779b97f4a7c15ULL;
    state_ ^= state_ >> 32U;
  }

  constexpr void add(Id128 id) {
    add(id.high);
    add(id.low);
  }

  /// Bytes whose size is a multiple of 8, as little-endian words.
  void add_words(std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, 8);
      add(word);
    }
  }

  [[nodiscard]] constexpr std::uint64_t value() const { return mix64(state_); }

  /// The running state, to be kept and continued from.
  [[nodiscard]] constexpr std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_ = 0x6d696c6c72616365ULL;
};

static_assert(std::endian::native == std::endian::little);

}  // namespace millrace
