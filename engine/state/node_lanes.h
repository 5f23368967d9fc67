// Sixteen neighbouring nodes at a time: which of them have enough, what a parcel costs from each,
// which are the cheapest. Each function has its plain twin in namespace plain, which every build
// compiles, tests compare, and machines without AVX2 use.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace millrace {

inline constexpr std::uint32_t node_lanes = 16;

/// Calls act(lane) for each set bit, in rising order.
template <class Act>
void for_lanes(std::uint32_t bits, Act act) {
  for (; bits != 0; bits &= bits - 1) {
    act(static_cast<std::uint32_t>(std::countr_zero(bits)));
  }
}

/// The least cost of some nodes, and those of them that cost so, as bits.
struct Cheapest {
  std::uint64_t cents;
  std::uint32_t nodes;

  /// The lowest of the nodes; there is one.
  [[nodiscard]] std::uint32_t first() const {
    return static_cast<std::uint32_t>(std::countr_zero(nodes));
  }
};

/// What one parcel costs from each of sixteen nodes: the price of the node's zone, and its
/// handling. The sum of the two is below 2^31.
struct ParcelPrices {
  const std::uint8_t* zones;        ///< sixteen, each below 16
  const std::uint32_t* zone_cents;  ///< by zone, sixteen
  const std::uint32_t* handling;    ///< sixteen
};

/// What sixteen nodes could send of what an order still misses.
struct Offers {
  alignas(32) std::array<std::uint32_t, node_lanes> units{};
  alignas(32) std::array<std::uint32_t, node_lanes> grams{};
};

namespace plain {

inline std::uint32_t cells_at_least(const std::uint32_t* cells, std::uint32_t units) {
  std::uint32_t bits = 0;
  for (std::uint32_t cell = 0; cell < node_lanes; ++cell) {
    bits |= static_cast<std::uint32_t>(cells[cell] >= units) << cell;
  }
  return bits;
}

inline Cheapest cheapest(const ParcelPrices& prices, std::uint32_t nodes) {
  Cheapest best{~std::uint64_t{0}, 0};
  for (std::uint32_t node = 0; node < node_lanes; ++node) {
    const std::uint64_t cents = prices.zone_cents[prices.zones[node]] + prices.handling[node];
    const std::uint32_t bit = nodes & (1U << node);
    if (bit != 0 && cents < best.cents) {
      best = {cents, 0};
    }
    best.nodes |= cents == best.cents ? bit : 0;
  }
  return best;
}

inline void add_offers(const std::uint32_t* cells, std::uint32_t missing, std::uint32_t unit_grams,
                       Offers& offers) {
  for (std::uint32_t node = 0; node < node_lanes; ++node) {
    const std::uint32_t take = std::min(cells[node], missing);
    offers.units[node] += take;
    offers.grams[node] += take * unit_grams;
  }
}

}  // namespace plain

#ifdef __AVX2__

namespace lanes {

inline __m256i load(const std::uint32_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

inline __m256i all(std::uint32_t value) {
  return _mm256_set1_epi32(static_cast<int>(value));
}

/// One bit a lane: whether it is all ones.
inline std::uint32_t bits(__m256i low, __m256i high) {
  const auto low_bits = static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(low)));
  const auto high_bits = static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(high)));
  return low_bits | (high_bits << 8U);
}

/// Costs from eight nodes; all ones where the node's bit is not set.
inline __m256i costs(const ParcelPrices& prices, std::uint32_t first, __m256i near_zones,
                     __m256i far_zones, std::uint32_t nodes) {
  const __m256i zones =
      _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(prices.zones + first)));
  // The permutation looks at the lowest three bits of a zone; the fourth picks the half.
  const __m256 near_cents = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(near_zones, zones));
  const __m256 far_cents = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(far_zones, zones));
  const __m256 cents =
      _mm256_blendv_ps(near_cents, far_cents, _mm256_castsi256_ps(_mm256_slli_epi32(zones, 28)));
  const __m256i bit_of_lane = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  const __m256i out = _mm256_cmpeq_epi32(_mm256_and_si256(all(nodes >> first), bit_of_lane),
                                         _mm256_setzero_si256());
  return _mm256_or_si256(
      _mm256_add_epi32(_mm256_castps_si256(cents), load(prices.handling + first)), out);
}

}  // namespace lanes

/// Which of sixteen cells hold at least `units`, as bits.
inline std::uint32_t cells_at_least(const std::uint32_t* cells, std::uint32_t units) {
  const __m256i want = lanes::all(units);
  const __m256i low = lanes::load(cells);
  const __m256i high = lanes::load(cells + 8);
  return lanes::bits(_mm256_cmpeq_epi32(_mm256_max_epu32(low, want), low),
                     _mm256_cmpeq_epi32(_mm256_max_epu32(high, want), high));
}

/// The cheapest of the nodes whose bits are set; at least one is.
inline Cheapest cheapest(const ParcelPrices& prices, std::uint32_t nodes) {
  const __m256i near_zones = lanes::load(prices.zone_cents);
  const __m256i far_zones = lanes::load(prices.zone_cents + 8);
  const __m256i low = lanes::costs(prices, 0, near_zones, far_zones, nodes);
  const __m256i high = lanes::costs(prices, 8, near_zones, far_zones, nodes);
  const __m256i least_of_two = _mm256_min_epu32(low, high);
  __m128i least = _mm_min_epu32(_mm256_castsi256_si128(least_of_two),
                                _mm256_extracti128_si256(least_of_two, 1));
  least = _mm_min_epu32(least, _mm_shuffle_epi32(least, 0x4e));
  least = _mm_min_epu32(least, _mm_shuffle_epi32(least, 0xb1));
  const __m256i everywhere = _mm256_broadcastd_epi32(least);
  return {static_cast<std::uint32_t>(_mm_cvtsi128_si32(least)),
          lanes::bits(_mm256_cmpeq_epi32(low, everywhere), _mm256_cmpeq_epi32(high, everywhere))};
}

/// Adds what each of sixteen nodes has of a line's missing units. The sums fit in 32 bits.
inline void add_offers(const std::uint32_t* cells, std::uint32_t missing, std::uint32_t unit_grams,
                       Offers& offers) {
  const __m256i want = lanes::all(missing);
  const __m256i grams_each = lanes::all(unit_grams);
  for (std::uint32_t first = 0; first < node_lanes; first += 8) {
    const __m256i take = _mm256_min_epu32(lanes::load(cells + first), want);
    auto* const units = reinterpret_cast<__m256i*>(offers.units.data() + first);
    auto* const grams = reinterpret_cast<__m256i*>(offers.grams.data() + first);
    _mm256_store_si256(units, _mm256_add_epi32(_mm256_load_si256(units), take));
    _mm256_store_si256(
        grams, _mm256_add_epi32(_mm256_load_si256(grams), _mm256_mullo_epi32(take, grams_each)));
  }
}

#else

using plain::add_offers;
using plain::cells_at_least;
using plain::cheapest;

#endif

}  // namespace millrace
