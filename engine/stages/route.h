// Choosing nodes: a pure function from an order's lines, the stock as it stands and the network to
// a plan. reserve.cpp applies the plan; nothing comes between (decision 0001).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
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

  /// Of the units asked of a line, those that no piece covers.
  [[nodiscard]] Units uncovered(std::uint32_t line, Units asked) const {
    for (const Piece& piece : std::span(pieces).first(piece_count)) {
      asked -= piece.line == line ? piece.units : Units{0};
    }
    return asked;
  }
};

[[nodiscard]] inline NodeIndex node_at(std::uint32_t word, std::uint32_t lane) {
  return NodeIndex{static_cast<std::uint16_t>(word * node_lanes + lane)};
}

[[nodiscard]] inline Grams grams_of(const ResolvedLine& line, Units units) {
  return Grams{std::uint64_t{line.unit_grams} * units.value};
}

/// Of each line, the nodes that have it whole: sixteen nodes a word.
using LineMasks = std::array<std::array<std::uint16_t, nodes_max / 16>, lines_per_order_max>;

/// What a way to ship an order is held to cost beside its shipments.
struct Surcharges {
  std::uint32_t parcel_cents = 0;          ///< each parcel
  const std::uint32_t* by_line = nullptr;  ///< by line and node, each at most surcharge_cents_max
  std::size_t stride = 0;

  [[nodiscard]] const std::uint32_t* of(std::uint32_t line) const {
    return by_line + line * stride;
  }

  /// All units of the line from the node.
  [[nodiscard]] std::uint64_t cents(std::uint32_t line, NodeIndex node) const {
    return by_line != nullptr ? of(line)[node.value] : 0;
  }
};

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

class ExactSplit;
class WideSplit;

class Router {
 public:
  Router(const Network& network, const StockTable& stock, const ShipCalendar& calendar);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;
  ~Router();

  /// The cheapest open node that has every line in full; ties to the lower index.
  [[nodiscard]] WholeNode whole(const RouteOrder& order) const;

  /// Everything from one node, as a plan.
  static void plan_whole(const RouteOrder& order, const WholeNode& whole, Plan& plan);

  /// The same where lines have surcharges; the cost is that of the shipment alone.
  [[nodiscard]] WholeNode whole(const RouteOrder& order, const Surcharges& extra) const;

  /// The cheapest split into whole lines, if each is whole at some node; of many lines, one that is
  /// cheap. Else a greedy one, which may leave units missing.
  void split(const RouteOrder& order, Plan& plan);

  /// The cheapest way of all, from one node or several; false where not every line is whole at some
  /// node, or no way with few enough shipments was found.
  [[nodiscard]] bool cheapest(const RouteOrder& order, const Surcharges& extra, Plan& plan);

 private:
  [[nodiscard]] std::uint32_t words() const { return stock_.stride() / node_lanes; }

  [[nodiscard]] bool whole_somewhere(const RouteOrder& order, LineMasks& masks) const;
  void split_lines(const RouteOrder& order, const LineMasks& masks, const Surcharges& extra,
                   Plan& plan);
  void wide(const RouteOrder& order, const LineMasks& masks, const Surcharges& extra, Plan& plan);
  /// Each line whole from its node.
  void plan_lines(const RouteOrder& order, std::span<const NodeIndex> nodes, Plan& plan) const;
  /// What the shipments of the plan weigh and cost.
  void weigh(const RouteOrder& order, Plan& plan) const;
  [[nodiscard]] static std::uint64_t held_to_cost(const RouteOrder& order, const Surcharges& extra,
                                                  const Plan& plan);
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
  std::unique_ptr<ExactSplit> exact_;
  std::unique_ptr<WideSplit> wide_;
};

}  // namespace millrace
