// The plan of docs/semantics.md by brute force: every node tried, every way to give lines to nodes
// enumerated.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/reference/plain_network.h"

namespace millrace::reference {

struct PlanLine {
  std::uint64_t units;
  std::uint64_t unit_grams;
  std::vector<std::uint64_t> available;  ///< by node
};

/// What has to be planned, and what the world looks like at this moment.
struct PlanQuestion {
  std::size_t service;
  std::size_t region;
  std::vector<PlanLine> lines;
  std::vector<std::optional<std::int64_t>> ship_day;  ///< by node; none where it is closed

  /// What all units of a line from the node are held to cost, and what each parcel is.
  [[nodiscard]] std::uint64_t surcharge(std::size_t line, std::size_t node) const {
    return surcharges.empty() ? 0 : surcharges[line][node];
  }

  std::vector<std::vector<std::uint64_t>> surcharges = {};  ///< by line and node, if any
  std::uint64_t parcel_penalty = 0;
};

/// Units of one line that leave from one node.
struct Piece {
  std::size_t line;  ///< index in the question
  std::uint64_t units;
  std::size_t node;
};

using Pieces = std::vector<Piece>;

/// The cheapest open node that has everything.
[[nodiscard]] std::optional<Pieces> one_node_plan(const PlainNetwork& network,
                                                  const PlanQuestion& question);

/// The cheapest way to give each line whole to a node; none if there are too many lines, or one
/// that is whole nowhere.
[[nodiscard]] std::optional<Pieces> exact_split(const PlainNetwork& network,
                                                const PlanQuestion& question);

/// For more lines: of every set of the ten nodes that have most of them, each line from the node of
/// the set where it adds least; the cheapest of these ways.
[[nodiscard]] std::optional<Pieces> wide_split(const PlainNetwork& network,
                                               const PlanQuestion& question);

/// Node by node, the cheapest per unit first. May leave units missing.
[[nodiscard]] Pieces greedy_split(const PlainNetwork& network, const PlanQuestion& question);

/// The cheapest way of all, from one node or several; none unless every line is whole at some node.
[[nodiscard]] std::optional<Pieces> cheapest_plan(const PlainNetwork& network,
                                                  const PlanQuestion& question);

/// Step 2 of the plan: exact where it applies, else greedy; nothing for a single unit.
[[nodiscard]] Pieces split_plan(const PlainNetwork& network, const PlanQuestion& question);

/// Whether the pieces carry every unit asked for.
[[nodiscard]] bool is_complete(const PlanQuestion& question, const Pieces& pieces);

/// What the shipments of these pieces cost together: one shipment a node.
[[nodiscard]] std::uint64_t cost_of(const PlainNetwork& network, const PlanQuestion& question,
                                    const Pieces& pieces);

/// And what they are held to cost.
[[nodiscard]] std::uint64_t weight_of(const PlainNetwork& network, const PlanQuestion& question,
                                      const Pieces& pieces);

}  // namespace millrace::reference
