// The cheapest way to split an order of few lines.
#include "engine/stages/exact_split.h"

#include <algorithm>
#include <bit>

namespace millrace {

std::span<const NodeIndex> ExactSplit::search() {
  weigh_sets();
  bound_sets();
  if (!assign((1U << line_count_) - 1, 0)) {
    best_cents_ = unreachable;
    descend(0, 0);
  }
  return std::span(best_).first(line_count_);
}

void ExactSplit::weigh_sets() {
  grams_[0] = 0;
  for (std::uint32_t set = 1; set < 1U << line_count_; ++set) {
    const auto line = static_cast<std::uint32_t>(std::countr_zero(set));
    grams_[set] =
        grams_[set & (set - 1)] + grams_of(order_.lines[line], order_.lines[line].units).value;
    prices_[set] = network_.prices(order_.service, order_.region, Grams{grams_[set]});
    find_cheapest(set);
  }
}

void ExactSplit::find_cheapest(std::uint32_t set) {
  std::uint64_t least = unreachable;
  for (std::uint32_t word = 0; word < words_; ++word) {
    std::uint32_t bits = 0xffff;
    for_lanes(set, [&](std::uint32_t line) { bits &= masks_[line][word]; });
    cheapest_[set][word] = 0;
    if (bits == 0) {
      continue;
    }
    const Cheapest found = prices_[set].cheapest(word, bits);
    if (found.cents < least) {
      least = found.cents;
      std::fill_n(cheapest_[set].begin(), word, std::uint16_t{0});
    }
    if (found.cents == least) {
      cheapest_[set][word] = static_cast<std::uint16_t>(found.nodes);
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
  parted_[set] = alone_[set];
  const std::uint32_t others = set ^ lowest;
  for (std::uint32_t rest = others; rest != 0; rest = (rest - 1) & others) {
    parted_[set] = std::min(parted_[set], alone_[set ^ rest] + parted_[rest]);
  }
}

bool ExactSplit::assign(std::uint32_t rest, std::uint32_t used) {
  if (rest == 0) {
    if (!found_ || std::lexicographical_compare(current_.begin(), current_.end(), best_.begin(),
                                                best_.end())) {
      best_ = current_;
    }
    found_ = true;
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
    for (std::uint32_t bits = cheapest_[set][word]; bits != 0; bits &= bits - 1) {
      const NodeIndex node = node_at(word, static_cast<std::uint32_t>(std::countr_zero(bits)));
      const auto used_end = used_.begin() + used;
      if (std::find(used_.begin(), used_end, node) != used_end) {
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

void ExactSplit::descend(std::uint32_t line, std::uint64_t cents) {
  if (line == line_count_) {
    best_cents_ = cents;
    best_ = current_;
    return;
  }
  for (std::uint32_t word = 0; word < words_; ++word) {
    for_lanes(masks_[line][word],
              [&](std::uint32_t lane) { give(line, node_at(word, lane), cents); });
  }
}

void ExactSplit::give(std::uint32_t line, NodeIndex node, std::uint64_t cents) {
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

}  // namespace millrace
