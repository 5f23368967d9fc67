// The cheapest way to split an order of few lines.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/stages/route.h"
#include "engine/state/network.h"

namespace millrace {

/// The cheapest split into whole lines; of several, the one whose nodes, in line order, come first.
///
/// For every set of lines the cheapest nodes that have all of them give, over all ways to part the
/// lines into sets, a bound that no split is cheaper than. A split that costs as much as the bound
/// sends each set of such a parting to one of the set's cheapest nodes, a different one for each;
/// so the first of those is looked for among the few partings that meet the bound. Only if none can
/// be given different nodes (two sets at one node together cost more), all splits are looked
/// through.
class ExactSplit {
 public:
  ExactSplit(const Network& network, const RouteOrder& order, const LineMasks& masks,
             std::uint32_t words)
      : network_(network),
        order_(order),
        masks_(masks),
        words_(words),
        line_count_(static_cast<std::uint32_t>(order.lines.size())) {}

  /// By line: the node it leaves from. Good until the object is gone.
  [[nodiscard]] std::span<const NodeIndex> search();

 private:
  static constexpr std::uint32_t sets_max = 1U << exact_split_lines_max;
  /// More than any cost, and twice it fits.
  static constexpr std::uint64_t unreachable = 2 * order_cents_max;
  using NodeBits = std::array<std::uint16_t, nodes_max / 16>;

  struct Open {
    NodeIndex node;
    std::uint32_t set;
    std::uint64_t cents;
  };

  void weigh_sets();
  /// The least cost of all lines of the set from one node, and the nodes where it costs so.
  void find_cheapest(std::uint32_t set);
  /// The cheapest way to part each set. Only sets that can be left over when the sets of the lines
  /// before are taken away are needed: those without the first line, and the whole.
  void bound_sets();
  void bound_set(std::uint32_t set);
  /// Gives the lines of `rest` to nodes at the cost of its bound, none of them among the first
  /// `used` of used_; keeps the first of all ways in best_. False if there is none.
  bool assign(std::uint32_t rest, std::uint32_t used);
  /// The first node of the set that leaves a way for the rest: any later one gives a later split.
  bool assign_set(std::uint32_t set, std::uint32_t rest, std::uint32_t used);
  /// All splits, by line and node. A partial one never gets cheaper by another line, so one that
  /// already costs as much as the best is left.
  void descend(std::uint32_t line, std::uint64_t cents);
  void give(std::uint32_t line, NodeIndex node, std::uint64_t cents);

  const Network& network_;
  const RouteOrder& order_;
  const LineMasks& masks_;
  std::uint32_t words_;
  std::uint32_t line_count_;
  std::array<std::uint64_t, sets_max> grams_;
  std::array<Network::Prices, sets_max> prices_;
  std::array<std::uint64_t, sets_max> alone_{};
  std::array<std::uint64_t, sets_max> parted_{};
  std::array<NodeBits, sets_max> cheapest_;  ///< written for as many words as there are
  std::array<Open, exact_split_lines_max + 1> open_;
  std::uint32_t open_count_ = 0;
  std::array<NodeIndex, exact_split_lines_max> used_;
  std::array<NodeIndex, exact_split_lines_max> current_{};
  std::array<NodeIndex, exact_split_lines_max> best_{};
  std::uint64_t best_cents_ = unreachable;
  bool found_ = false;
};

}  // namespace millrace
