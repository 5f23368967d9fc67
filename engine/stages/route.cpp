// Choosing nodes.
#include "engine/stages/route.h"

#include <algorithm>
#include <bit>

#include "engine/core/check.h"

namespace millrace {

namespace {

/// Calls act(node) for each set bit of a mask word, in rising order.
template <class Act>
void for_nodes(std::uint32_t word, std::uint32_t line, Act act) {
  for (; word != 0; word &= word - 1) {
    act(NodeIndex{static_cast<std::uint16_t>(line * StockTable::cells_per_line +
                                             static_cast<std::uint32_t>(std::countr_zero(word)))});
  }
}

Grams grams_of(const ResolvedLine& line, Units units) {
  return Grams{std::uint64_t{line.unit_grams} * units.value};
}

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

/// The exact search: gives lines to nodes in line order, nodes in rising order, and keeps the first
/// of the cheapest. A partial assignment never gets cheaper by another line, so one that already
/// costs as much as the best is left.
class ExactSplit {
 public:
  using LineMasks = std::array<std::array<std::uint16_t, nodes_max / 16>, exact_split_lines_max>;

  ExactSplit(const Network& network, const RouteOrder& order, const LineMasks& masks,
             std::uint32_t mask_lines)
      : network_(network), order_(order), masks_(masks), mask_lines_(mask_lines) {}

  [[nodiscard]] std::span<const NodeIndex> search() {
    descend(0, 0);
    return std::span(best_).first(order_.lines.size());
  }

 private:
  struct Open {
    NodeIndex node;
    std::uint64_t grams;
    std::uint64_t cents;
  };

  [[nodiscard]] std::uint64_t price(NodeIndex node, std::uint64_t grams) const {
    return network_.shipment_cost(order_.service, order_.region, node, Grams{grams}).value;
  }

  void descend(std::uint32_t line, std::uint64_t cents) {
    if (line == order_.lines.size()) {
      best_cents_ = cents;
      best_ = current_;
      return;
    }
    const std::uint64_t grams = grams_of(order_.lines[line], order_.lines[line].units).value;
    for (std::uint32_t word = 0; word < mask_lines_; ++word) {
      for_nodes(masks_[line][word], word, [&](NodeIndex node) { give(line, node, grams, cents); });
    }
  }

  void give(std::uint32_t line, NodeIndex node, std::uint64_t grams, std::uint64_t cents) {
    std::uint32_t at = 0;
    while (at < open_count_ && open_[at].node != node) {
      ++at;
    }
    const Open before = at < open_count_ ? open_[at] : Open{node, 0, 0};
    const std::uint64_t dearer = price(node, before.grams + grams);
    const std::uint64_t sum = cents - before.cents + dearer;
    if (sum >= best_cents_) {
      return;
    }
    const std::uint32_t count_before = open_count_;
    open_[at] = Open{node, before.grams + grams, dearer};
    open_count_ = std::max(open_count_, at + 1);
    current_[line] = node;
    descend(line + 1, sum);
    open_count_ = count_before;
    open_[at] = before;
  }

  const Network& network_;
  const RouteOrder& order_;
  const LineMasks& masks_;
  std::uint32_t mask_lines_;
  std::array<Open, exact_split_lines_max + 1> open_{};
  std::uint32_t open_count_ = 0;
  std::array<NodeIndex, exact_split_lines_max> current_{};
  std::array<NodeIndex, exact_split_lines_max> best_{};
  std::uint64_t best_cents_ = ~std::uint64_t{0};
};

}  // namespace

bool Router::one_node(const RouteOrder& order, Plan& plan) const {
  plan.clear(units_of(order.lines));
  const Grams weight = weight_of(order.lines);
  NodeIndex best = no_node;
  Cents best_cost{~std::uint64_t{0}};
  for (std::uint32_t word = 0; word < mask_lines(); ++word) {
    std::uint32_t mask = calendar_.open_nodes(word);
    for (const ResolvedLine& line : order.lines) {
      if (mask == 0) {
        break;
      }
      mask &= cells_at_least(stock_.available(line.row) + word * StockTable::cells_per_line,
                             line.units);
    }
    for_nodes(mask, word, [&](NodeIndex node) {
      const Cents cost = network_.shipment_cost(order.service, order.region, node, weight);
      if (cost < best_cost) {
        best_cost = cost;
        best = node;
      }
    });
  }
  if (best == no_node) {
    return false;
  }
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    plan.pieces[line] = Piece{line, order.lines[line].units, best, line == 0};
  }
  plan.piece_count = static_cast<std::uint32_t>(order.lines.size());
  plan.shipments[0] = PlannedShipment{best, weight};
  plan.shipment_count = 1;
  plan.missing_units = Units{0};
  plan.cost = best_cost;
  return true;
}

bool Router::whole_somewhere(const RouteOrder& order, LineMasks& masks) const {
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    const std::uint32_t* cells = stock_.available(order.lines[line].row);
    std::uint32_t any = 0;
    for (std::uint32_t word = 0; word < mask_lines(); ++word) {
      const std::uint32_t mask =
          calendar_.open_nodes(word) &
          cells_at_least(cells + word * StockTable::cells_per_line, order.lines[line].units);
      masks[line][word] = static_cast<std::uint16_t>(mask);
      any |= mask;
    }
    if (any == 0) {
      return false;
    }
  }
  return true;
}

void Router::split(const RouteOrder& order, Plan& plan) const {
  plan.clear(units_of(order.lines));
  LineMasks masks;
  if (order.lines.size() <= exact_split_lines_max && whole_somewhere(order, masks)) {
    exact(order, masks, plan);
  } else {
    greedy(order, plan);
  }
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

void Router::exact(const RouteOrder& order, const LineMasks& masks, Plan& plan) const {
  ExactSplit search(network_, order, masks, mask_lines());
  const std::span<const NodeIndex> nodes = search.search();
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    add_piece(plan, line, order.lines[line].units, nodes[line]);
  }
}

void Router::greedy(const RouteOrder& order, Plan& plan) const {
  std::array<Units, lines_per_order_max> missing;
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    missing[line] = order.lines[line].units;
  }
  std::array<std::uint16_t, nodes_max / 16> left{};
  for (std::uint32_t word = 0; word < mask_lines(); ++word) {
    left[word] = static_cast<std::uint16_t>(calendar_.open_nodes(word));
  }
  while (!plan.complete() && plan.shipment_count < shipments_per_order_max) {
    NodeIndex best = no_node;
    Cents best_cost{0};
    std::uint64_t best_units = 0;
    for (std::uint32_t word = 0; word < mask_lines(); ++word) {
      for_nodes(left[word], word, [&](NodeIndex node) {
        std::uint64_t units = 0;
        std::uint64_t grams = 0;
        for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
          const Units take = std::min(missing[line], stock_.available(order.lines[line].row, node));
          units += take.value;
          grams += grams_of(order.lines[line], take).value;
        }
        if (units == 0) {
          return;
        }
        const Cents cost = network_.shipment_cost(order.service, order.region, node, Grams{grams});
        // Least cost per unit, compared by cross-multiplication.
        __extension__ using Wide = unsigned __int128;
        if (best == no_node || Wide{cost.value} * best_units < Wide{best_cost.value} * units) {
          best = node;
          best_cost = cost;
          best_units = units;
        }
      });
    }
    if (best == no_node) {
      return;
    }
    for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
      const Units take = std::min(missing[line], stock_.available(order.lines[line].row, best));
      if (take > Units{0}) {
        add_piece(plan, line, take, best);
        missing[line] -= take;
      }
    }
    left[best.value / 16U] =
        static_cast<std::uint16_t>(left[best.value / 16U] & ~(1U << (best.value % 16U)));
  }
}

}  // namespace millrace
