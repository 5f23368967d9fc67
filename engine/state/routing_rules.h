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
};

}  // namespace millrace
