// An instance of the routing benchmark (docs/routing.md) as a network, stock and orders for an
// engine. Amounts become whole parts of a unit, fine enough that rounding does not show.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/limits.h"
#include "engine/engine.h"
#include "engine/state/network.h"

namespace millrace::bench {

struct RoutingOrder {
  Time time;
  std::uint32_t region;
  std::vector<Sku> skus;  ///< those of which the network still has a unit when it comes
};

struct RoutingInstance {
  Network network;                   ///< not compiled: the rules of routing are still to be chosen
  double parts_an_amount = 1;        ///< cents of the engine in 1 of the instance's money
  std::vector<std::uint32_t> grams;  ///< by SKU, from 0
  std::vector<std::uint32_t> planned_milli;       ///< thousandths of units expected until the end
  std::vector<std::vector<std::uint32_t>> stock;  ///< by SKU, node
  std::vector<RoutingOrder> orders;
  std::uint64_t lines = 0;  ///< of all orders
};

/// Sold from here on, for so long.
inline constexpr Time routing_begin{std::uint64_t{20'000} * us_per_day};
inline constexpr std::uint64_t routing_span_us = 63 * us_per_day;

[[nodiscard]] inline Sku routing_sku(std::size_t index) {
  return Sku{index + 1};
}

/// Nothing if the text is no instance.
[[nodiscard]] std::optional<RoutingInstance> read_instance(std::istream& in);

struct RoutingRun {
  double cost = 0;
  std::uint64_t splits = 0;
  double ns_per_order = 0;  ///< in allocate: decided and held
  std::string wrong;        ///< what went wrong, if anything
};

/// All orders through the stages of a new engine, one command after the other.
[[nodiscard]] RoutingRun run_instance(const RoutingInstance& instance, const RoutingRules& rules);

}  // namespace millrace::bench
