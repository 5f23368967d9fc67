// How parcels are priced by weight, and how a node is chosen beyond the cost of shipping
// (docs/routing.md).
#pragma once

#include <cstdint>

namespace millrace {

/// What a parcel costs by weight: so much, and so much more for each kilogram.
struct Rate {
  std::uint32_t parcel_cents = 0;
  std::uint32_t kilogram_millicents = 0;  ///< thousandths of a cent

  /// Rounded to the nearest cent.
  [[nodiscard]] std::uint64_t cents(std::uint64_t grams) const {
    constexpr std::uint64_t a_cent = 1'000'000;  // milligrams and thousandths
    return parcel_cents + (std::uint64_t{kilogram_millicents} * grams + a_cent / 2) / a_cent;
  }
};

/// What a line or a parcel may be held to cost beside what the carrier takes.
inline constexpr std::uint32_t surcharge_cents_max = (1U << 24U) - 1;

struct RoutingRules {
  /// Orders that may be split are, where that costs less, even if one node has everything.
  bool compare_splits = false;
  /// What each parcel is held to cost, beside what the carrier takes.
  std::uint32_t parcel_penalty_cents = 0;
  /// Stock that will be missed has a price. Splits are compared then, too.
  bool look_ahead = false;

  // What running out is held to cost: weights in thousandths, at most 1,000, fitted to a network.
  std::uint16_t near_weight = 300;        ///< of the demand to which a node is the nearest
  std::uint16_t use_weight = 700;         ///< of the share of shipments that leave from it
  std::uint16_t weight_gap_weight = 500;  ///< of what the next node takes more for the weight
  std::uint16_t parcel_gap_weight = 150;  ///< of what it takes more for the parcel
  std::uint16_t parcel_weight = 400;      ///< of the cost of a parcel

  [[nodiscard]] bool compares() const { return compare_splits || look_ahead; }
};

inline constexpr std::uint16_t routing_weight_max = 1'000;

/// What an empty parcel costs from a node to a region, handling included, and a kilogram in it.
struct NodeRate {
  std::int64_t parcel_cents;
  std::int64_t kilogram_millicents;
};

}  // namespace millrace
