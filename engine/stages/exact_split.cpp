// The cheapest way to split an order of few lines.
#include "engine/stages/exact_split.h"

#include <algorithm>
#include <bit>

namespace millrace {

ExactSplit::ExactSplit(const Network& network, std::uint32_t words)
    : network_(network),
      words_(words),
      grams_(sets_max),
      prices_(sets_max),
      alone_(sets_max),
      parted_(sets_max),
      whole_(std::size_t{sets_max} * words),
      cheapest_(std::size_t{sets_max} * words),
      surcharges_(network.routing.look_ahead ? std::size_t{sets_max} * words * node_lanes : 0) {}

std::span<const NodeIndex> ExactSplit::search(const RouteOrder& order, const LineMasks& masks,
                                              const Surcharges& extra) {
  line_count_ = static_cast<std::uint32_t>(order.lines.size());
  surcharged_ = extra.by_line != nullptr;
  parcel_cents_ = extra.parcel_cents;
  found_ = false;
  weigh_sets(order, masks, extra);
  bound_sets();
  const std::uint32_t all = (1U << line_count_) - 1;
  if (!assign(all, 0, parted_[all])) {
    best_cents_ = unreachable;
    descend(all, 0, 0);
    assign(all, 0, best_cents_);
  }
  return std::span(best_).first(line_count_);
}

void ExactSplit::weigh_sets(const RouteOrder& order, const LineMasks& masks,
                            const Surcharges& extra) {
  grams_[0] = 0;
  if (surcharged_) {
    std::fill_n(surcharges_.begin(), std::size_t{words_} * node_lanes, 0);
  }
  for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
    const auto line = static_cast<std::uint32_t>(std::countr_zero(set));
    grams_[set] =
        grams_[set & (set - 1)] + grams_of(order.lines[line], order.lines[line].units).value;
    prices_[set] = network_.prices(order.service, order.region, Grams{grams_[set]});
    if (surcharged_) {
      add_surcharges(set, line, extra);
    }
    find_cheapest(set, masks);
  }
}

void ExactSplit::add_surcharges(std::uint32_t set, std::uint32_t line, const Surcharges& extra) {
  const std::size_t lanes = std::size_t{words_} * node_lanes;
  const std::uint32_t* const before = &surcharges_[(set & (set - 1)) * lanes];
  const std::uint32_t* const more = extra.of(line);
  std::uint32_t* const sums = &surcharges_[set * lanes];
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    sums[lane] = before[lane] + more[lane];
  }
}

std::uint64_t ExactSplit::cents(std::uint32_t set, NodeIndex node) const {
  const std::size_t at = std::size_t{set} * words_ * node_lanes + node.value;
  return prices_[set].cents(node) + parcel_cents_ + (surcharged_ ? surcharges_[at] : 0);
}

Cheapest ExactSplit::cheapest(std::uint32_t set, std::uint32_t word, std::uint32_t bits) const {
  if (!surcharged_) {
    Cheapest found = prices_[set].cheapest(word, bits);
    found.cents += parcel_cents_;
    return found;
  }
  const std::size_t first = (std::size_t{set} * words_ + word) * node_lanes;
  Cheapest found = prices_[set].cheapest(word, bits, &surcharges_[first]);
  found.cents += parcel_cents_;
  return found;
}

void ExactSplit::find_cheapest(std::uint32_t set, const LineMasks& masks) {
  const auto line = static_cast<std::uint32_t>(std::countr_zero(set));
  const std::uint32_t others = set & (set - 1);
  std::uint64_t least = unreachable;
  for (std::uint32_t word = 0; word < words_; ++word) {
    std::uint32_t bits = masks[line][word];
    bits &= others == 0 ? bits : whole(others)[word];
    whole(set)[word] = static_cast<std::uint16_t>(bits);
    cheapest(set)[word] = 0;
    if (bits == 0) {
      continue;
    }
    const Cheapest found = cheapest(set, word, bits);
    if (found.cents < least) {
      least = found.cents;
      std::fill_n(cheapest(set), word, std::uint16_t{0});
    }
    if (found.cents == least) {
      cheapest(set)[word] = static_cast<std::uint16_t>(found.nodes);
    }
  }
  alone_[set] = least;
}

void ExactSplit::bound_sets() {
  const std::uint32_t all = (1U << line_count_) - 1;
  parted_[0] = 0;
  for (std::uint32_t set = 2; set < all; set += 2) {
    bound_set(set);
  }
  bound_set(all);
}

void ExactSplit::bound_set(std::uint32_t set) {
  const std::uint32_t lowest = set & (~set + 1);
  std::uint64_t least = alone_[set];
  const std::uint32_t others = set ^ lowest;
  for (std::uint32_t rest = others; rest != 0; rest = (rest - 1) & others) {
    least = std::min(least, alone_[set ^ rest] + parted_[rest]);
  }
  parted_[set] = least;
}

bool ExactSplit::is_used(NodeIndex node, std::uint32_t used) const {
  const auto end = used_.begin() + used;
  return std::find(used_.begin(), end, node) != end;
}

bool ExactSplit::assign(std::uint32_t rest, std::uint32_t used, std::uint64_t budget) {
  if (rest == 0) {
    if (!found_ || std::lexicographical_compare(current_.begin(), current_.begin() + line_count_,
                                                best_.begin(), best_.begin() + line_count_)) {
      best_ = current_;
    }
    found_ = true;
    return true;
  }
  bool any = false;
  const std::uint32_t others = rest & (rest - 1);
  for (std::uint32_t left = others;; left = (left - 1) & others) {
    const std::uint32_t set = rest ^ left;
    if (alone_[set] + parted_[left] <= budget) {
      any |= assign_set(set, left, used, budget);
    }
    if (left == 0) {
      return any;
    }
  }
}

bool ExactSplit::assign_set(std::uint32_t set, std::uint32_t rest, std::uint32_t used,
                            std::uint64_t budget) {
  const bool only_cheapest = alone_[set] + parted_[rest] == budget;
  const std::uint16_t* const nodes = only_cheapest ? cheapest(set) : whole(set);
  for (std::uint32_t word = 0; word < words_; ++word) {
    for (std::uint32_t bits = nodes[word]; bits != 0; bits &= bits - 1) {
      const NodeIndex node = node_at(word, static_cast<std::uint32_t>(std::countr_zero(bits)));
      if (try_node(set, node, rest, used, budget)) {
        return true;
      }
    }
  }
  return false;
}

bool ExactSplit::try_node(std::uint32_t set, NodeIndex node, std::uint32_t rest, std::uint32_t used,
                          std::uint64_t budget) {
  const std::uint64_t cost = cents(set, node);
  if (cost + parted_[rest] > budget || is_used(node, used)) {
    return false;
  }
  used_[used] = node;
  for_lanes(set, [&](std::uint32_t line) { current_[line] = node; });
  return assign(rest, used + 1, budget - cost);
}

void ExactSplit::descend(std::uint32_t rest, std::uint32_t used, std::uint64_t spent) {
  if (rest == 0) {
    best_cents_ = spent;
    return;
  }
  const std::uint32_t others = rest & (rest - 1);
  for (std::uint32_t left = others;; left = (left - 1) & others) {
    const std::uint32_t set = rest ^ left;
    for (std::uint32_t word = 0; word < words_ && spent + alone_[set] + parted_[left] < best_cents_;
         ++word) {
      for_lanes(whole(set)[word], [&](std::uint32_t lane) {
        const NodeIndex node = node_at(word, lane);
        const std::uint64_t sum = spent + cents(set, node);
        if (sum + parted_[left] < best_cents_ && !is_used(node, used)) {
          used_[used] = node;
          descend(left, used + 1, sum);
        }
      });
    }
    if (left == 0) {
      return;
    }
  }
}

}  // namespace millrace
