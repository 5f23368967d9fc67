// The vocabulary of the engine: one unit, one type. Every type here is a plain value whose bytes
// may stand in a journal, a snapshot or a batch column.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace millrace {

/// A value of one meaning. Tag keeps two meanings apart; Rep is what it costs in memory.
template <class Tag, class Rep>
struct Strong {
  using Value = Rep;
  Rep value;

  Strong() = default;

  constexpr explicit Strong(Rep v) : value(v) {}

  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

/// A stock keeping unit as the outside names it: a GTIN or any other 64-bit id. Zero is no SKU.
using Sku = Strong<struct SkuTag, std::uint64_t>;
/// Index of a SKU in the stock tables: SKUs are numbered in the order of their definition.
using Row = Strong<struct RowTag, std::uint32_t>;
/// Index of an order record: orders are numbered in the order of their first arrival.
using Slot = Strong<struct SlotTag, std::uint32_t>;
/// Index of a ship node in the network.
using NodeIndex = Strong<struct NodeTag, std::uint16_t>;
/// Index of a destination region in the network.
using RegionIndex = Strong<struct RegionTag, std::uint16_t>;
/// Index of a service level (ground, express, ...) in the network.
using ServiceIndex = Strong<struct ServiceTag, std::uint8_t>;
/// Index of a sales channel in the network.
using ChannelIndex = Strong<struct ChannelTag, std::uint16_t>;
/// Number of a command in its partition's journal, from 1, without gaps.
using Sequence = Strong<struct SequenceTag, std::uint64_t>;
/// A local calendar day, counted from 1970-01-01.
using Day = Strong<struct DayTag, std::uint16_t>;
/// Number of a picking wave, from 1, without gaps.
using WaveId = Strong<struct WaveTag, std::uint64_t>;
/// Weight in grams.
using Grams = Strong<struct GramsTag, std::uint64_t>;
/// Money in hundredths of the network's currency.
using Cents = Strong<struct CentsTag, std::uint64_t>;

inline constexpr NodeIndex no_node{0xffff};
inline constexpr ChannelIndex no_channel{0xffff};
inline constexpr RegionIndex no_region{0xffff};
inline constexpr Slot no_slot{0xffffffff};
inline constexpr Row no_row{0xffffffff};
inline constexpr Day no_day{0};

/// Pieces of one SKU.
struct Units {
  std::uint32_t value;

  Units() = default;

  constexpr explicit Units(std::uint32_t v) : value(v) {}

  friend constexpr auto operator<=>(const Units&, const Units&) = default;

  constexpr Units& operator+=(Units other) {
    value += other.value;
    return *this;
  }

  constexpr Units& operator-=(Units other) {
    value -= other.value;
    return *this;
  }

  friend constexpr Units operator+(Units a, Units b) { return Units{a.value + b.value}; }

  friend constexpr Units operator-(Units a, Units b) { return Units{a.value - b.value}; }
};

/// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
struct Time {
  std::uint64_t us;

  Time() = default;

  constexpr explicit Time(std::uint64_t v) : us(v) {}

  friend constexpr auto operator<=>(const Time&, const Time&) = default;
};

inline constexpr std::uint64_t us_per_second = 1'000'000;
inline constexpr std::uint64_t us_per_minute = 60 * us_per_second;
inline constexpr std::uint64_t us_per_day = 24ULL * 60 * us_per_minute;

/// A 128-bit id chosen by the client. All zero is no id.
struct Id128 {
  std::uint64_t high;
  std::uint64_t low;

  friend constexpr auto operator<=>(const Id128&, const Id128&) = default;

  [[nodiscard]] constexpr bool is_zero() const { return (high | low) == 0; }
};

using OrderId = Id128;
/// The id of a command other than an order; it makes a repeated command harmless.
using CommandId = Id128;

/// Postal code as up to 8 ASCII characters, the first in the most significant byte, zero padded.
/// A prefix of k characters is then the top k bytes.
struct PostalCode {
  std::uint64_t packed;
  friend constexpr auto operator<=>(const PostalCode&, const PostalCode&) = default;
};

/// ISO 3166 alpha-2, first letter in the high byte.
struct CountryCode {
  std::uint16_t packed;
  friend constexpr auto operator<=>(const CountryCode&, const CountryCode&) = default;
};

constexpr PostalCode make_postal(const char* text, std::size_t length) {
  std::uint64_t packed = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    packed = (packed << 8U) | (i < length ? static_cast<unsigned char>(text[i]) : 0U);
  }
  return PostalCode{packed};
}

constexpr CountryCode make_country(char a, char b) {
  return CountryCode{static_cast<std::uint16_t>((static_cast<unsigned char>(a) << 8U) |
                                                static_cast<unsigned char>(b))};
}

inline constexpr std::size_t cache_line = 64;

}  // namespace millrace
