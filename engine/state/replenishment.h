// When to buy how much of a SKU: the (s, S) levels of periodic review with normally spread demand
// (Silver, Pyke, Thomas: Inventory and Production Management in Supply Chains), in whole numbers.
// docs/semantics.md, Replenishment, has the formulas.
#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/core/types.h"

namespace millrace {

inline constexpr std::uint32_t demand_window_days_max = 28;

struct ReplenishRules {
  std::uint16_t lead_days = 7;           ///< from the order to a supplier to the receipt
  std::uint16_t review_days = 7;         ///< from one look at the levels to the next
  std::uint16_t safety_permille = 1645;  ///< deviations kept in safety, of a thousand
  std::uint16_t window_days = 28;        ///< of demand that is looked back on
};

/// Units asked on some days: how many days, their sum and the sum of their squares.
struct DemandWindow {
  __extension__ using Wide = unsigned __int128;

  std::uint32_t days = 0;
  std::uint64_t sum = 0;
  Wide squares = 0;

  void add(std::uint32_t units) {
    ++days;
    sum += units;
    squares += Wide{units} * units;
  }
};

struct Replenishment {
  Units reorder_point;
  Units order_up_to;
};

/// The largest number whose square is not larger.
constexpr std::uint64_t whole_root(DemandWindow::Wide square) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = 1ULL << 63U; bit != 0; bit >>= 1U) {
    const DemandWindow::Wide next = root | bit;
    root |= next * next <= square ? bit : 0;
  }
  return root;
}

/// Nothing where there is no complete day to go by.
[[nodiscard]] constexpr Replenishment replenishment_of(const DemandWindow& window,
                                                       const ReplenishRules& rules) {
  using Wide = DemandWindow::Wide;
  constexpr std::uint64_t thousand = 1000;
  const std::uint64_t days = window.days;
  if (days == 0) {
    return {Units{0}, Units{0}};
  }
  // With days up to 28 and daily units below 2^32, all of this stays below 2^111.
  const Wide spread = days * window.squares - Wide{window.sum} * window.sum;
  const Wide variance_scale = Wide{rules.safety_permille} * rules.safety_permille * rules.lead_days;
  const std::uint64_t safety =
      days > 1 ? whole_root(spread * variance_scale / (days * (days - 1))) : 0;
  const std::uint64_t mean = window.sum * rules.lead_days * thousand / days;
  const std::uint64_t reorder = (mean + safety + thousand - 1) / thousand;
  const std::uint64_t review = (window.sum * rules.review_days + days - 1) / days;
  const auto units = [](std::uint64_t value) {
    return Units{static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0xffffffffU))};
  };
  return {units(reorder), units(reorder + review)};
}

}  // namespace millrace
