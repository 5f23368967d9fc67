// The cheapest way to split an order of few lines.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

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
/// so the first of those is looked for among the few partings that meet the bound. If none can be
/// given different nodes (two sets at one node together cost more), or where so many ways cost the
/// same that the search takes too many steps, the nodes are gone through instead, with the best way
/// for each set of lines from those up to there: that takes 3^lines steps a node, whatever costs.
class ExactSplit {
 public:
  struct Options {
    bool line_surcharges = false;      ///< there may be any
    std::uint32_t steps_max = 20'000;  ///< before the nodes are gone through
  };

  /// Takes memory for the most lines there may be.
  ExactSplit(const Network& network, std::uint32_t words, Options options);

  /// By line: the node it leaves from. Good until the next search.
  [[nodiscard]] std::span<const NodeIndex> search(const RouteOrder& order, const LineMasks& masks,
                                                  const Surcharges& extra);

 private:
  static constexpr std::uint32_t sets_max = 1U << exact_split_lines_max;
  /// More than any cost, and twice it fits.
  static constexpr std::uint64_t unreachable = 2 * order_cents_max;

  void weigh_sets(const RouteOrder& order, const LineMasks& masks, const Surcharges& extra);
  /// The same for at most sixteen nodes, where only shipments cost anything, as is usual.
  void weigh_sixteen(const RouteOrder& order, const LineMasks& masks);
  /// What a line more adds to the surcharges of a set.
  void add_surcharges(std::uint32_t set, std::uint32_t line, const Surcharges& extra);
  /// The nodes that have all lines of the set, its lowest one by `mask`; whether there are any.
  bool find_whole(std::uint32_t set, const std::uint16_t* mask);
  /// The least cost of all lines of the set from one of these, and the nodes where it costs so.
  void find_cheapest(std::uint32_t set, const Network::Prices& prices);
  /// The cheapest way to part each set. Only sets that can be left over when the sets of the lines
  /// before are taken away are needed: those without the first line, and the whole.
  void bound_sets();
  void bound_set(std::uint32_t set);
  /// Gives the lines of `rest` to nodes at the cost of its bound, none of them among the first
  /// `used` of used_; keeps the first of all ways in best_. False if there is none.
  bool assign(std::uint32_t rest, std::uint32_t used);
  /// The first node of the set that leaves a way for the rest: any later one gives a later split.
  bool assign_set(std::uint32_t set, std::uint32_t rest, std::uint32_t used);
  void go_through_nodes(const RouteOrder& order);
  /// What each set of lines costs from the node, into at_node_.
  void weigh_at(NodeIndex node);
  /// The best way for each set, now that it may use the node too.
  void allow(NodeIndex node);
  [[nodiscard]] bool is_used(NodeIndex node, std::uint32_t used) const;
  [[nodiscard]] std::uint64_t cents(std::uint32_t set, NodeIndex node) const;

  /// Nodes that have all lines of a set, and those of them that are the cheapest: a word for
  /// sixteen.
  [[nodiscard]] std::uint16_t* whole(std::uint32_t set) { return &whole_[set * words_]; }

  [[nodiscard]] std::uint16_t* cheapest(std::uint32_t set) { return &cheapest_[set * words_]; }

  const Network& network_;
  std::uint32_t words_;
  std::uint32_t line_count_ = 0;
  bool surcharged_ = false;
  std::uint64_t parcel_cents_ = 0;  ///< surcharge of each parcel
  std::vector<std::uint64_t> grams_;
  std::vector<Network::Prices> prices_;  ///< for going through nodes
  std::vector<std::uint64_t> alone_;
  std::vector<std::uint64_t> parted_;
  std::vector<std::uint16_t> whole_;
  std::vector<std::uint16_t> cheapest_;
  std::vector<std::uint32_t> surcharges_;  ///< by set and node, where the network knows of any
  std::array<NodeIndex, exact_split_lines_max> used_{};
  std::array<NodeIndex, exact_split_lines_max> current_{};
  std::array<NodeIndex, exact_split_lines_max> best_{};
  bool found_ = false;
  Options options_;
  std::uint32_t steps_ = 0;

  /// Nodes in line order, ten bits each, the first line's the highest: the first of some ways is
  /// the least number.
  __extension__ using Code = unsigned __int128;

  static constexpr std::uint32_t code_bits = 10;
  static_assert(nodes_max <= 1U << code_bits);

  struct Best {
    Code code;
    std::uint64_t cents;
  };

  std::vector<Best> bests_;             ///< by set
  std::vector<Code> ones_;              ///< by set: the code of node 1 for its lines
  std::vector<std::uint64_t> at_node_;  ///< by set
};

}  // namespace millrace
