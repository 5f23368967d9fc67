// A cheap way to split an order of many lines.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/stages/route.h"
#include "engine/state/network.h"

namespace millrace {

/// Looks at every set of the nodes that have most of the lines (at most wide_split_nodes_max of
/// them, so that the search is bounded), and gives each line to the node of the set to which it
/// adds least. Where a parcel costs so much and so much more by weight, that is the cheapest split
/// from these nodes.
class WideSplit {
 public:
  explicit WideSplit(const Network& network) : network_(network) {}

  /// By line: the node it leaves from. Good until the next search. Empty if no such set of nodes
  /// has everything.
  [[nodiscard]] std::span<const NodeIndex> search(const RouteOrder& order, const LineMasks& masks,
                                                  std::uint32_t words, const Surcharges& extra);

  /// Of the way found: costs and surcharges together.
  [[nodiscard]] std::uint64_t cents() const { return best_cents_; }

 private:
  static constexpr std::uint64_t no_share = ~std::uint64_t{0};

  void choose_nodes(const RouteOrder& order, const LineMasks& masks, std::uint32_t words);
  void weigh_lines(const RouteOrder& order, const LineMasks& masks, const Surcharges& extra);
  /// Whether the node at `at` belongs to the set or not, and then the nodes after it. `fixed` is
  /// what the parcels of the set cost with nothing in them.
  void descend(std::uint32_t at, std::uint32_t set, std::uint64_t fixed);
  void weigh(std::uint32_t set);

  const Network& network_;
  const RouteOrder* order_ = nullptr;
  std::uint64_t parcel_cents_ = 0;
  std::uint32_t node_count_ = 0;
  std::array<NodeIndex, wide_split_nodes_max> nodes_{};  ///< rising
  std::array<std::uint64_t, wide_split_nodes_max> fixed_{};
  std::uint64_t surcharge_least_ = 0;  ///< of every line at its least
  /// By line and node: what the line adds to a parcel, no_share where the node has not all of it.
  std::array<std::array<std::uint64_t, wide_split_nodes_max>, lines_per_order_max> share_{};
  std::array<std::array<std::uint64_t, wide_split_nodes_max>, lines_per_order_max> surcharge_{};
  std::array<std::uint8_t, lines_per_order_max> choice_{};  ///< indices in nodes_
  std::array<NodeIndex, lines_per_order_max> best_{};
  std::uint64_t best_cents_ = no_share;
};

}  // namespace millrace
