// The cheapest way to split an order of few lines.
#include "engine/stages/exact_split.h"

#include <algorithm>
#include <bit>

namespace millrace {

ExactSplit::ExactSplit(const Network& network, std::uint32_t words, Options options)
    : network_(network),
      words_(words),
      grams_(sets_max),
      prices_(sets_max),
      alone_(sets_max),
      parted_(sets_max),
      whole_(std::size_t{sets_max} * words),
      cheapest_(std::size_t{sets_max} * words),
      surcharges_(options.line_surcharges ? std::size_t{sets_max} * words * node_lanes : 0),
      options_(options),
      bests_(sets_max),
      ones_(sets_max),
      at_node_(sets_max) {}

std::span<const NodeIndex> ExactSplit::search(const RouteOrder& order, const LineMasks& masks,
                                              const Surcharges& extra) {
  line_count_ = static_cast<std::uint32_t>(order.lines.size());
  surcharged_ = extra.by_line != nullptr;
  parcel_cents_ = extra.parcel_cents;
  found_ = false;
  steps_ = 0;
  weigh_sets(order, masks, extra);
  bound_sets();
  if (!assign((1U << line_count_) - 1, 0) || steps_ > options_.steps_max) {
    go_through_nodes(order);
  }
  return std::span(best_).first(line_count_);
}

void ExactSplit::weigh_sets(const RouteOrder& order, const LineMasks& masks,
                            const Surcharges& extra) {
  grams_[0] = 0;
  for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
    const auto line = static_cast<std::uint32_t>(std::countr_zero(set));
    grams_[set] =
        grams_[set & (set - 1)] + grams_of(order.lines[line], order.lines[line].units).value;
  }
  if (surcharged_) {
    std::fill_n(surcharges_.begin(), std::size_t{words_} * node_lanes, 0);
    for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
      add_surcharges(set, static_cast<std::uint32_t>(std::countr_zero(set)), extra);
    }
  }
  if (words_ == 1 && !surcharged_) {
    weigh_sixteen(order, masks);
    return;
  }
  for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
    if (find_whole(set, masks[static_cast<std::uint32_t>(std::countr_zero(set))].data())) {
      find_cheapest(set, network_.prices(order.service, order.region, Grams{grams_[set]}));
    } else {
      alone_[set] = unreachable;
      std::fill_n(cheapest(set), words_, std::uint16_t{0});
    }
  }
}

void ExactSplit::weigh_sixteen(const RouteOrder& order, const LineMasks& masks) {
  std::uint16_t* const whole = whole_.data();
  whole[0] = 0xffff;
  for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
    const std::uint32_t bits =
        whole[set & (set - 1)] & masks[static_cast<std::uint32_t>(std::countr_zero(set))][0];
    whole[set] = static_cast<std::uint16_t>(bits);
    alone_[set] = unreachable;
    cheapest_[set] = 0;
    if (bits != 0) {
      const Cheapest found =
          network_.prices(order.service, order.region, Grams{grams_[set]}).cheapest(0, bits);
      alone_[set] = found.cents + parcel_cents_;
      cheapest_[set] = static_cast<std::uint16_t>(found.nodes);
    }
  }
}

bool ExactSplit::find_whole(std::uint32_t set, const std::uint16_t* mask) {
  const std::uint32_t others = set & (set - 1);
  std::uint32_t any = 0;
  for (std::uint32_t word = 0; word < words_; ++word) {
    const std::uint32_t bits = others == 0 ? mask[word] : mask[word] & whole(others)[word];
    whole(set)[word] = static_cast<std::uint16_t>(bits);
    any |= bits;
  }
  return any != 0;
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

void ExactSplit::find_cheapest(std::uint32_t set, const Network::Prices& prices) {
  std::uint64_t least = unreachable;
  for (std::uint32_t word = 0; word < words_; ++word) {
    cheapest(set)[word] = 0;
    if (whole(set)[word] == 0) {
      continue;
    }
    const std::size_t first = (std::size_t{set} * words_ + word) * node_lanes;
    const Cheapest found = surcharged_
                               ? prices.cheapest(word, whole(set)[word], &surcharges_[first])
                               : prices.cheapest(word, whole(set)[word]);
    if (found.cents < least) {
      least = found.cents;
      std::fill_n(cheapest(set), word, std::uint16_t{0});
    }
    if (found.cents == least) {
      cheapest(set)[word] = static_cast<std::uint16_t>(found.nodes);
    }
  }
  alone_[set] = least + parcel_cents_;
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

bool ExactSplit::assign(std::uint32_t rest, std::uint32_t used) {
  if (rest == 0) {
    if (!found_ || std::lexicographical_compare(current_.begin(), current_.begin() + line_count_,
                                                best_.begin(), best_.begin() + line_count_)) {
      best_ = current_;
    }
    found_ = true;
    return true;
  }
  if (++steps_ > options_.steps_max) {
    return true;
  }
  bool any = false;
  const std::uint32_t others = rest & (rest - 1);
  for (std::uint32_t left = others;; left = (left - 1) & others) {
    const std::uint32_t set = rest ^ left;
    if (alone_[set] + parted_[left] == parted_[rest]) {
      any |= assign_set(set, left, used);
    }
    if (left == 0) {
      return any;
    }
  }
}

bool ExactSplit::assign_set(std::uint32_t set, std::uint32_t rest, std::uint32_t used) {
  for (std::uint32_t word = 0; word < words_; ++word) {
    for (std::uint32_t bits = cheapest(set)[word]; bits != 0; bits &= bits - 1) {
      const NodeIndex node = node_at(word, static_cast<std::uint32_t>(std::countr_zero(bits)));
      if (is_used(node, used)) {
        continue;
      }
      used_[used] = node;
      for_lanes(set, [&](std::uint32_t line) { current_[line] = node; });
      if (assign(rest, used + 1)) {
        return true;
      }
    }
  }
  return false;
}

void ExactSplit::go_through_nodes(const RouteOrder& order) {
  const std::uint32_t sets = 1U << line_count_;
  std::fill_n(bests_.begin(), sets, Best{0, unreachable});
  bests_[0] = Best{0, 0};
  ones_[0] = 0;
  for (std::uint32_t set = 1; set < sets; ++set) {
    prices_[set] = network_.prices(order.service, order.region, Grams{grams_[set]});
    const auto line = static_cast<std::uint32_t>(std::countr_zero(set));
    ones_[set] = ones_[set & (set - 1)] | Code{1} << (code_bits * (line_count_ - 1 - line));
  }
  for (std::uint32_t word = 0; word < words_; ++word) {
    std::uint32_t any = 0;
    for (std::uint32_t line = 0; line < line_count_; ++line) {
      any |= whole(1U << line)[word];
    }
    for_lanes(any, [&](std::uint32_t lane) { allow(node_at(word, lane)); });
  }
  Code code = bests_[sets - 1].code;
  for (std::uint32_t line = line_count_; line-- > 0; code >>= code_bits) {
    best_[line] = NodeIndex{static_cast<std::uint16_t>(code & ((1U << code_bits) - 1))};
  }
}

void ExactSplit::weigh_at(NodeIndex node) {
  const std::uint32_t word = node.value / node_lanes;
  const std::uint32_t bit = 1U << (node.value % node_lanes);
  for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
    at_node_[set] = (whole(set)[word] & bit) != 0 ? cents(set, node) : unreachable;
  }
}

void ExactSplit::allow(NodeIndex node) {
  weigh_at(node);
  // The larger sets first: what they leave to other nodes is smaller, and so still without this
  // one.
  for (std::uint32_t set = (1U << line_count_) - 1; set > 0; --set) {
    Best best = bests_[set];
    for (std::uint32_t given = set; given != 0; given = (given - 1) & set) {
      const Best& rest = bests_[set ^ given];
      if (at_node_[given] == unreachable || rest.cents == unreachable) {
        continue;
      }
      const Best way{rest.code | ones_[given] * node.value, rest.cents + at_node_[given]};
      if (way.cents < best.cents || (way.cents == best.cents && way.code < best.code)) {
        best = way;
      }
    }
    bests_[set] = best;
  }
}

}  // namespace millrace
