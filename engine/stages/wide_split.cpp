// A cheap way to split an order of many lines.
#include "engine/stages/wide_split.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {

std::span<const NodeIndex> WideSplit::search(const RouteOrder& order, const LineMasks& masks,
                                             std::uint32_t words, const Surcharges& extra) {
  order_ = &order;
  parcel_cents_ = extra.parcel_cents;
  best_cents_ = no_share;
  choose_nodes(order, masks, words);
  weigh_lines(order, masks, extra);
  descend(0, 0, 0);
  return std::span(best_).first(best_cents_ == no_share ? 0 : order.lines.size());
}

void WideSplit::choose_nodes(const RouteOrder& order, const LineMasks& masks, std::uint32_t words) {
  std::array<std::uint32_t, wide_split_nodes_max> lines_of{};
  node_count_ = 0;
  for (std::uint32_t word = 0; word < words; ++word) {
    std::array<std::uint32_t, node_lanes> counts{};
    for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
      for_lanes(masks[line][word], [&](std::uint32_t lane) { ++counts[lane]; });
    }
    for (std::uint32_t lane = 0; lane < node_lanes; ++lane) {
      // Kept with the most lines first; a later node goes behind those that have as many.
      std::uint32_t at = node_count_;
      while (at > 0 && lines_of[at - 1] < counts[lane]) {
        --at;
      }
      if (counts[lane] == 0 || at == wide_split_nodes_max) {
        continue;
      }
      node_count_ = std::min(node_count_ + 1, wide_split_nodes_max);
      for (std::uint32_t move = node_count_ - 1; move > at; --move) {
        lines_of[move] = lines_of[move - 1];
        nodes_[move] = nodes_[move - 1];
      }
      lines_of[at] = counts[lane];
      nodes_[at] = node_at(word, lane);
    }
  }
  std::sort(nodes_.begin(), nodes_.begin() + node_count_);
}

void WideSplit::weigh_lines(const RouteOrder& order, const LineMasks& masks,
                            const Surcharges& extra) {
  const Network::Prices empty = network_.prices(order.service, order.region, Grams{0});
  for (std::uint32_t at = 0; at < node_count_; ++at) {
    fixed_[at] = empty.cents(nodes_[at]) + parcel_cents_;
  }
  surcharge_least_ = 0;
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    const Network::Prices alone = network_.prices(
        order.service, order.region, grams_of(order.lines[line], order.lines[line].units));
    std::uint64_t least = no_share;
    for (std::uint32_t at = 0; at < node_count_; ++at) {
      const NodeIndex node = nodes_[at];
      const bool whole =
          ((masks[line][node.value / node_lanes] >> (node.value % node_lanes)) & 1U) != 0;
      const std::uint64_t more = extra.cents(line, node);
      surcharge_[line][at] = more;
      share_[line][at] = whole ? alone.cents(node) - empty.cents(node) + more : no_share;
      least = whole ? std::min(least, more) : least;
    }
    surcharge_least_ += least == no_share ? 0 : least;
  }
}

void WideSplit::descend(std::uint32_t at, std::uint32_t set, std::uint64_t fixed) {
  // A parcel never costs less with something in it.
  if (best_cents_ != no_share && fixed + surcharge_least_ > best_cents_) {
    return;
  }
  if (at == node_count_) {
    weigh(set);
    return;
  }
  descend(at + 1, set | (1U << at), fixed + fixed_[at]);
  descend(at + 1, set, fixed);
}

void WideSplit::weigh(std::uint32_t set) {
  const auto line_count = static_cast<std::uint32_t>(order_->lines.size());
  std::array<std::uint64_t, wide_split_nodes_max> grams{};
  std::uint32_t used = 0;
  std::uint64_t cents = 0;
  for (std::uint32_t line = 0; line < line_count; ++line) {
    std::uint64_t least = no_share;
    std::uint32_t best = 0;
    for_lanes(set, [&](std::uint32_t at) {
      if (share_[line][at] < least) {
        least = share_[line][at];
        best = at;
      }
    });
    if (least == no_share) {
      return;
    }
    choice_[line] = static_cast<std::uint8_t>(best);
    grams[best] += grams_of(order_->lines[line], order_->lines[line].units).value;
    cents += surcharge_[line][best];
    used |= 1U << best;
  }
  // Without the nodes that nothing leaves from, the same way comes again as a set of its own.
  if (used != set) {
    return;
  }
  for_lanes(set, [&](std::uint32_t at) {
    cents += network_.shipment_cost(order_->service, order_->region, nodes_[at], Grams{grams[at]})
                 .value +
             parcel_cents_;
  });
  const auto earlier = [&] {
    for (std::uint32_t line = 0; line < line_count; ++line) {
      const NodeIndex node = nodes_[choice_[line]];
      if (node != best_[line]) {
        return node < best_[line];
      }
    }
    return false;
  };
  if (cents < best_cents_ || (cents == best_cents_ && earlier())) {
    best_cents_ = cents;
    for (std::uint32_t line = 0; line < line_count; ++line) {
      best_[line] = nodes_[choice_[line]];
    }
  }
}

}  // namespace millrace
