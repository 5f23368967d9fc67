// Choosing nodes.
#include "engine/stages/route.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "engine/core/check.h"
#include "engine/stages/exact_split.h"
#include "engine/stages/wide_split.h"

namespace millrace {

namespace {

void add_piece(Plan& plan, std::uint32_t line, Units units, NodeIndex node) {
  const auto used = std::span(plan.shipments).first(plan.shipment_count);
  const bool head = std::none_of(used.begin(), used.end(), [&](const PlannedShipment& shipment) {
    return shipment.node == node;
  });
  if (head) {
    plan.shipments[plan.shipment_count++] = PlannedShipment{node, Grams{0}};
  }
  plan.pieces[plan.piece_count++] = Piece{line, units, node, head};
  plan.missing_units -= units;
}

}  // namespace

Router::Router(const Network& network, const StockTable& stock, const ShipCalendar& calendar)
    : network_(network),
      stock_(stock),
      calendar_(calendar),
      exact_(std::make_unique<ExactSplit>(
          network, words(), ExactSplit::Options{.line_surcharges = network.routing.look_ahead})),
      wide_(std::make_unique<WideSplit>(network)) {}

Router::~Router() = default;

WholeNode Router::whole(const RouteOrder& order) const {
  const Network::Prices prices = network_.prices(order.service, order.region, order.weight);
  WholeNode best{no_node, Cents{~std::uint64_t{0}}};
  for (std::uint32_t word = 0; word < words(); ++word) {
    std::uint32_t bits = calendar_.open_nodes(word);
    for (const ResolvedLine& line : order.lines) {
      bits &= cells_at_least(stock_.available(line.row) + std::size_t{word} * node_lanes,
                             line.units.value);
    }
    if (bits == 0) {
      continue;
    }
    const Cheapest found = prices.cheapest(word, bits);
    if (found.cents < best.cost.value) {
      best = {node_at(word, found.first()), Cents{found.cents}};
    }
  }
  return best;
}

WholeNode Router::whole(const RouteOrder& order, const Surcharges& extra) const {
  const Network::Prices prices = network_.prices(order.service, order.region, order.weight);
  WholeNode best{no_node, Cents{0}};
  std::uint64_t least = ~std::uint64_t{0};
  for (std::uint32_t word = 0; word < words(); ++word) {
    std::uint32_t bits = calendar_.open_nodes(word);
    for (const ResolvedLine& line : order.lines) {
      bits &= cells_at_least(stock_.available(line.row) + std::size_t{word} * node_lanes,
                             line.units.value);
    }
    for_lanes(bits, [&](std::uint32_t lane) {
      const NodeIndex node = node_at(word, lane);
      const std::uint64_t cents = prices.cents(node);
      std::uint64_t sum = cents;
      for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
        sum += extra.cents(line, node);
      }
      if (sum < least) {
        least = sum;
        best = {node, Cents{cents}};
      }
    });
  }
  return best;
}

void Router::plan_whole(const RouteOrder& order, const WholeNode& whole, Plan& plan) {
  plan.clear(order.units);
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    plan.pieces[line] = Piece{line, order.lines[line].units, whole.node, line == 0};
  }
  plan.piece_count = static_cast<std::uint32_t>(order.lines.size());
  plan.shipments[0] = PlannedShipment{whole.node, order.weight};
  plan.shipment_count = 1;
  plan.missing_units = Units{0};
  plan.cost = whole.cost;
}

bool Router::whole_somewhere(const RouteOrder& order, LineMasks& masks) const {
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    const std::uint32_t* cells = stock_.available(order.lines[line].row);
    std::uint32_t any = 0;
    for (std::uint32_t word = 0; word < words(); ++word) {
      const std::uint32_t mask =
          calendar_.open_nodes(word) &
          cells_at_least(cells + std::size_t{word} * node_lanes, order.lines[line].units.value);
      masks[line][word] = static_cast<std::uint16_t>(mask);
      any |= mask;
    }
    if (any == 0) {
      return false;
    }
  }
  return true;
}

void Router::split(const RouteOrder& order, Plan& plan) {
  plan.clear(order.units);
  LineMasks masks;
  if (whole_somewhere(order, masks)) {
    split_lines(order, masks, Surcharges{network_.routing.parcel_penalty_cents}, plan);
  } else {
    greedy(order, plan);
    weigh(order, plan);
  }
}

bool Router::cheapest(const RouteOrder& order, const Surcharges& extra, Plan& plan) {
  LineMasks masks;
  if (!whole_somewhere(order, masks)) {
    return false;
  }
  plan.clear(order.units);
  split_lines(order, masks, extra, plan);
  if (order.lines.size() <= exact_split_lines_max) {
    return true;
  }
  // The search looks at few nodes, so that one that has everything may not be among them.
  if (const WholeNode one = whole(order, extra); one.node != no_node) {
    std::uint64_t alone = one.cost.value + extra.parcel_cents;
    for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
      alone += extra.cents(line, one.node);
    }
    if (!plan.complete() || alone <= held_to_cost(order, extra, plan)) {
      plan_whole(order, one, plan);
    }
  }
  return plan.complete();
}

void Router::split_lines(const RouteOrder& order, const LineMasks& masks, const Surcharges& extra,
                         Plan& plan) {
  if (order.lines.size() <= exact_split_lines_max) {
    plan_lines(order, exact_->search(order, masks, extra), plan);
  } else {
    wide(order, masks, extra, plan);
  }
}

void Router::wide(const RouteOrder& order, const LineMasks& masks, const Surcharges& extra,
                  Plan& plan) {
  greedy(order, plan);
  weigh(order, plan);
  const std::span<const NodeIndex> nodes = wide_->search(order, masks, words(), extra);
  if (!nodes.empty() && (!plan.complete() || wide_->cents() <= held_to_cost(order, extra, plan))) {
    plan.clear(order.units);
    plan_lines(order, nodes, plan);
  }
}

void Router::plan_lines(const RouteOrder& order, std::span<const NodeIndex> nodes,
                        Plan& plan) const {
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    add_piece(plan, line, order.lines[line].units, nodes[line]);
  }
  weigh(order, plan);
}

void Router::weigh(const RouteOrder& order, Plan& plan) const {
  for (std::uint32_t at = 0; at < plan.piece_count; ++at) {
    const Piece& piece = plan.pieces[at];
    for (PlannedShipment& shipment : std::span(plan.shipments).first(plan.shipment_count)) {
      if (shipment.node == piece.node) {
        shipment.weight.value += grams_of(order.lines[piece.line], piece.units).value;
      }
    }
  }
  for (const PlannedShipment& shipment : std::span(plan.shipments).first(plan.shipment_count)) {
    plan.cost.value +=
        network_.shipment_cost(order.service, order.region, shipment.node, shipment.weight).value;
  }
}

std::uint64_t Router::held_to_cost(const RouteOrder& order, const Surcharges& extra,
                                   const Plan& plan) {
  std::uint64_t cents = plan.cost.value + std::uint64_t{extra.parcel_cents} * plan.shipment_count;
  for (const Piece& piece : std::span(plan.pieces).first(plan.piece_count)) {
    cents += extra.cents(piece.line, piece.node) * piece.units.value /
             order.lines[piece.line].units.value;
  }
  return cents;
}

void Router::take_from(NodeIndex node, const RouteOrder& order, std::span<Units> missing,
                       Plan& plan) const {
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    const Units take = std::min(missing[line], stock_.available(order.lines[line].row, node));
    if (take > Units{0}) {
      add_piece(plan, line, take, node);
      missing[line] -= take;
    }
  }
}

void Router::greedy(const RouteOrder& order, Plan& plan) const {
  std::array<Units, lines_per_order_max> missing;
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    missing[line] = order.lines[line].units;
  }
  std::array<std::uint16_t, nodes_max / 16> left;
  for (std::uint32_t word = 0; word < words(); ++word) {
    left[word] = static_cast<std::uint16_t>(calendar_.open_nodes(word));
  }
  while (!plan.complete() && plan.shipment_count < shipments_per_order_max) {
    const NodeIndex best = best_offer(order, missing, left);
    if (best == no_node) {
      return;
    }
    take_from(best, order, missing, plan);
    left[best.value / node_lanes] = static_cast<std::uint16_t>(left[best.value / node_lanes] &
                                                               ~(1U << (best.value % node_lanes)));
  }
}

NodeIndex Router::best_offer(const RouteOrder& order, std::span<const Units> missing,
                             std::span<const std::uint16_t> left) const {
  const bool grams_fit = order.weight.value <= std::numeric_limits<std::uint32_t>::max();
  NodeIndex best = no_node;
  Cents best_cost{0};
  std::uint64_t best_units = 0;
  for (std::uint32_t word = 0; word < words(); ++word) {
    Offers offers;
    for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
      if (missing[line] > Units{0}) {
        add_offers(stock_.available(order.lines[line].row) + std::size_t{word} * node_lanes,
                   missing[line].value, order.lines[line].unit_grams, offers);
      }
    }
    for_lanes(left[word], [&](std::uint32_t lane) {
      const std::uint64_t units = offers.units[lane];
      if (units == 0) {
        return;
      }
      const NodeIndex node = node_at(word, lane);
      const Grams weight =
          grams_fit ? Grams{offers.grams[lane]} : offered_weight(node, order, missing);
      const Cents cost = network_.shipment_cost(order.service, order.region, node, weight);
      // Least cost per unit, compared by cross-multiplication.
      __extension__ using Wide = unsigned __int128;
      if (best == no_node || Wide{cost.value} * best_units < Wide{best_cost.value} * units) {
        best = node;
        best_cost = cost;
        best_units = units;
      }
    });
  }
  return best;
}

Grams Router::offered_weight(NodeIndex node, const RouteOrder& order,
                             std::span<const Units> missing) const {
  Grams sum{0};
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    const Units take = std::min(missing[line], stock_.available(order.lines[line].row, node));
    sum.value += grams_of(order.lines[line], take).value;
  }
  return sum;
}

}  // namespace millrace
