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

/// The cheapest split into whole lines; of several, the one whose nodes, in line order, come first.
///
/// For every set of lines the cheapest node that has all of them gives, over all ways to part the
/// lines into sets, a bound that no split is cheaper than. The search then takes the first split
/// that costs as much as the bound. Only if there is none, because two sets of the best parting
/// would go to one node, where together they cost more, it looks through all splits.
class ExactSplit {
 public:
  using LineMasks = std::array<std::array<std::uint16_t, nodes_max / 16>, exact_split_lines_max>;

  ExactSplit(const Network& network, const RouteOrder& order, const LineMasks& masks,
             std::uint32_t mask_lines)
      : network_(network),
        order_(order),
        masks_(masks),
        mask_lines_(mask_lines),
        line_count_(static_cast<std::uint32_t>(order.lines.size())) {}

  [[nodiscard]] std::span<const NodeIndex> search() {
    prepare_sets();
    best_cents_ = bound() + 1;
    stop_at_first_ = true;
    descend(0, 0);
    if (!found_) {
      best_cents_ = unreachable;
      stop_at_first_ = false;
      descend(0, 0);
    }
    return std::span(best_).first(line_count_);
  }

 private:
  static constexpr std::uint32_t sets_max = 1U << exact_split_lines_max;
  /// More than any cost, and twice it fits.
  static constexpr std::uint64_t unreachable = ~std::uint64_t{0} / 4;

  struct Open {
    NodeIndex node;
    std::uint32_t set;
    std::uint64_t cents;
  };

  void prepare_sets() {
    grams_[0] = 0;
    for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
      const auto line = static_cast<std::uint32_t>(std::countr_zero(set));
      grams_[set] =
          grams_[set & (set - 1)] + grams_of(order_.lines[line], order_.lines[line].units).value;
      prices_[set] = network_.prices(order_.service, order_.region, Grams{grams_[set]});
    }
  }

  [[nodiscard]] std::uint64_t cheapest(std::uint32_t set) const {
    std::uint64_t cents = unreachable;
    for (std::uint32_t word = 0; word < mask_lines_; ++word) {
      std::uint32_t mask = 0xffff;
      for (std::uint32_t lines = set; lines != 0; lines &= lines - 1) {
        mask &= masks_[static_cast<std::uint32_t>(std::countr_zero(lines))][word];
      }
      for_nodes(mask, word,
                [&](NodeIndex node) { cents = std::min(cents, prices_[set].cents(node)); });
    }
    return cents;
  }

  [[nodiscard]] std::uint64_t bound() const {
    std::array<std::uint64_t, sets_max> alone{};
    std::array<std::uint64_t, sets_max> parted{};
    for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
      alone[set] = cheapest(set);
      parted[set] = alone[set];
      const std::uint32_t lowest = set & (~set + 1);
      for (std::uint32_t part = (set - 1) & set; part != 0; part = (part - 1) & set) {
        if ((part & lowest) != 0) {
          parted[set] = std::min(parted[set], alone[part] + parted[set ^ part]);
        }
      }
    }
    return parted[(1U << line_count_) - 1];
  }

  void descend(std::uint32_t line, std::uint64_t cents) {
    if (line == line_count_) {
      best_cents_ = cents;
      best_ = current_;
      found_ = true;
      return;
    }
    for (std::uint32_t word = 0; word < mask_lines_; ++word) {
      for_nodes(masks_[line][word], word, [&](NodeIndex node) { give(line, node, cents); });
    }
  }

  /// A partial assignment never gets cheaper by another line, so one that already costs as much as
  /// the best is left.
  void give(std::uint32_t line, NodeIndex node, std::uint64_t cents) {
    if (found_ && stop_at_first_) {
      return;
    }
    std::uint32_t at = 0;
    while (at < open_count_ && open_[at].node != node) {
      ++at;
    }
    const Open before = at < open_count_ ? open_[at] : Open{node, 0, 0};
    const std::uint32_t set = before.set | (1U << line);
    const std::uint64_t dearer = prices_[set].cents(node);
    const std::uint64_t sum = cents - before.cents + dearer;
    if (sum >= best_cents_) {
      return;
    }
    const std::uint32_t count_before = open_count_;
    open_[at] = Open{node, set, dearer};
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
  std::uint32_t line_count_;
  std::array<std::uint64_t, sets_max> grams_{};
  std::array<Network::Prices, sets_max> prices_{};
  std::array<Open, exact_split_lines_max + 1> open_{};
  std::uint32_t open_count_ = 0;
  std::array<NodeIndex, exact_split_lines_max> current_{};
  std::array<NodeIndex, exact_split_lines_max> best_{};
  std::uint64_t best_cents_ = unreachable;
  bool stop_at_first_ = false;
  bool found_ = false;
};

}  // namespace

bool Router::one_node(const RouteOrder& order, Plan& plan) const {
  plan.clear(units_of(order.lines));
  const Grams weight = weight_of(order.lines);
  const Network::Prices prices = network_.prices(order.service, order.region, weight);
  NodeIndex best = no_node;
  Cents best_cost{~std::uint64_t{0}};
  for (std::uint32_t word = 0; word < mask_lines(); ++word) {
    std::uint32_t mask = calendar_.open_nodes(word);
    for (const ResolvedLine& line : order.lines) {
      if (mask == 0) {
        break;
      }
      mask &= cells_at_least(
          stock_.available(line.row) + std::size_t{word} * StockTable::cells_per_line, line.units);
    }
    for_nodes(mask, word, [&](NodeIndex node) {
      const Cents cost{prices.cents(node)};
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
          cells_at_least(cells + std::size_t{word} * StockTable::cells_per_line,
                         order.lines[line].units);
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
  std::array<Units, lines_per_order_max> missing{};
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
    take_from(best, order, missing, plan);
    left[best.value / 16U] =
        static_cast<std::uint16_t>(left[best.value / 16U] & ~(1U << (best.value % 16U)));
  }
}

}  // namespace millrace
