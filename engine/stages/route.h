// Choosing nodes: a pure function from an order's lines, the stock as it stands and the network to
// a plan. reserve.cpp applies the plan; nothing comes between (decision 0001).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/core/batch.h"
#include "engine/core/limits.h"
#include "engine/core/outcome.h"
#include "engine/core/types.h"
#include "engine/state/network.h"
#include "engine/state/ship_calendar.h"
#include "engine/state/stock_table.h"

namespace millrace {

/// Units of one line leaving from one node.
struct Piece {
  std::uint32_t line;  ///< index into the routed lines
  Units units;
  NodeIndex node;
  bool head;  ///< the first piece of its shipment
};

struct PlannedShipment {
  NodeIndex node;
  Grams weight;
};

struct Plan {
  static constexpr std::uint32_t pieces_max = lines_per_order_max * shipments_per_order_max;

  std::uint32_t piece_count;
  std::uint32_t shipment_count;
  Units missing_units;  ///< what the pieces leave uncovered
  Cents cost;
  std::array<PlannedShipment, shipments_per_order_max> shipments;
  std::array<Piece, pieces_max> pieces;

  void clear(Units asked) {
    piece_count = 0;
    shipment_count = 0;
    missing_units = asked;
    cost = Cents{0};
  }

  [[nodiscard]] bool complete() const { return missing_units == Units{0}; }
};

[[nodiscard]] inline NodeIndex node_at(std::uint32_t word, std::uint32_t lane) {
  return NodeIndex{static_cast<std::uint16_t>(word * node_lanes + lane)};
}

[[nodiscard]] inline Grams grams_of(const ResolvedLine& line, Units units) {
  return Grams{std::uint64_t{line.unit_grams} * units.value};
}

/// Of each of a few lines, the nodes that have it whole: sixteen nodes a word.
using LineMasks = std::array<std::array<std::uint16_t, nodes_max / 16>, exact_split_lines_max>;

/// What of an order routing looks at.
struct RouteOrder {
  RegionIndex region;
  ServiceIndex service;
  std::span<const ResolvedLine> lines;  ///< distinct rows, one at least
  Units units;                          ///< of all lines
  Grams weight;                         ///< of all lines

  RouteOrder(RegionIndex to, ServiceIndex by, std::span<const ResolvedLine> what)
      : region(to), service(by), lines(what), units(0), weight(0) {
    for (const ResolvedLine& line : lines) {
      units += line.units;
      weight.value += grams_of(line, line.units).value;
    }
  }
};

/// A node that has a whole order, and what its shipment costs; no_node if there is none.
struct WholeNode {
  NodeIndex node;
  Cents cost;
};

class Router {
 public:
  Router(const Network& network, const StockTable& stock, const ShipCalendar& calendar)
      : network_(network), stock_(stock), calendar_(calendar) {}

  /// The cheapest open node that has every line in full; ties to the lower index.
  [[nodiscard]] WholeNode whole(const RouteOrder& order) const;

  /// Everything from one node, as a plan.
  static void plan_whole(const RouteOrder& order, const WholeNode& whole, Plan& plan);

  /// The cheapest split into whole lines where that is exact (few lines, each whole at some node),
  /// else a greedy one, which may leave units missing.
  void split(const RouteOrder& order, Plan& plan) const;

 private:
  [[nodiscard]] std::uint32_t words() const { return stock_.stride() / node_lanes; }

  [[nodiscard]] bool whole_somewhere(const RouteOrder& order, LineMasks& masks) const;
  void exact(const RouteOrder& order, const LineMasks& masks, Plan& plan) const;
  void greedy(const RouteOrder& order, Plan& plan) const;
  /// Of the nodes left, the one that sends missing units at the least cost a unit; no_node if none
  /// has any.
  [[nodiscard]] NodeIndex best_offer(const RouteOrder& order, std::span<const Units> missing,
                                     std::span<const std::uint16_t> left) const;
  [[nodiscard]] Grams offered_weight(NodeIndex node, const RouteOrder& order,
                                     std::span<const Units> missing) const;
  /// Adds what the node has of the missing units to the plan.
  void take_from(NodeIndex node, const RouteOrder& order, std::span<Units> missing,
                 Plan& plan) const;

  const Network& network_;
  const StockTable& stock_;
  const ShipCalendar& calendar_;
};

}  // namespace millrace
