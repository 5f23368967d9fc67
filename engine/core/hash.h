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

/// Both words multiplied, and the halves of the product folded (as wyhash does; Wang Yi, public
/// domain): sixteen bytes for one multiplication.
constexpr std::uint64_t fold64(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{a} * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

constexpr std::uint64_t hash_id(Id128 id) {
  return fold64(id.low ^ 0xa0761d6478bd642fULL, id.high ^ 0xe7037ed1a0b428dbULL);
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

  /// Two words for the price of one. The state before stays in the sum, so that a factor of zero
  /// forgets nothing.
  constexpr void add_pair(std::uint64_t first, std::uint64_t second) {
    state_ = std::rotl(state_, 31) + fold64(first ^ 0xa0761d6478bd642fULL, second ^ state_);
  }

  /// Bytes whose size is a multiple of 8, as little-endian words.
  void add_words(std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      add(word_at(bytes, at));
    }
  }

  /// Bytes whose size is a multiple of 8, as pairs of words; a last word without a second is added
  /// by itself.
  void add_body(std::span<const std::byte> bytes) {
    std::size_t at = 0;
    for (; at + 16 <= bytes.size(); at += 16) {
      add_pair(word_at(bytes, at), word_at(bytes, at + 8));
    }
    if (at < bytes.size()) {
      add(word_at(bytes, at));
    }
  }

  [[nodiscard]] constexpr std::uint64_t value() const { return mix64(state_); }

  /// The running state, to be kept and continued from.
  [[nodiscard]] constexpr std::uint64_t state() const { return state_; }

 private:
  static std::uint64_t word_at(std::span<const std::byte> bytes, std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    return word;
  }

  std::uint64_t state_ = 0x6d696c6c72616365ULL;
};

static_assert(std::endian::native == std::endian::little);

}  // namespace millrace
