// Plans by brute force.
#include "tests/reference/plan.h"

#include <algorithm>
#include <map>
#include <set>

namespace millrace::reference {
namespace {

__extension__ using Wide = unsigned __int128;

bool is_open(const PlanQuestion& question, std::size_t node) {
  return question.ship_day[node].has_value();
}

bool has_whole(const PlanLine& line, std::size_t node) {
  return line.available[node] >= line.units;
}

/// What one more shipment of a greedy split would carry from a node.
struct Take {
  Pieces pieces;
  std::uint64_t units = 0;
  std::uint64_t cost = 0;
};

Take take_from(const PlainNetwork& network, const PlanQuestion& question,
               const std::vector<std::uint64_t>& missing, std::size_t node) {
  Take take;
  std::uint64_t grams = 0;
  for (std::size_t line = 0; line < question.lines.size(); ++line) {
    const std::uint64_t units = std::min(question.lines[line].available[node], missing[line]);
    if (units > 0) {
      take.pieces.push_back({line, units, node});
      take.units += units;
      grams += units * question.lines[line].unit_grams;
    }
  }
  if (take.units > 0) {
    take.cost = network.shipment_cost(question.service, question.region, node, grams);
  }
  return take;
}

}  // namespace

std::optional<Pieces> one_node_plan(const PlainNetwork& network, const PlanQuestion& question) {
  std::uint64_t grams = 0;
  for (const PlanLine& line : question.lines) {
    grams += line.units * line.unit_grams;
  }
  std::optional<std::size_t> best;
  std::uint64_t best_cost = 0;
  for (std::size_t node = 0; node < network.node_count(); ++node) {
    bool can_ship = is_open(question, node);
    for (const PlanLine& line : question.lines) {
      can_ship = can_ship && has_whole(line, node);
    }
    if (!can_ship) {
      continue;
    }
    std::uint64_t cost = network.shipment_cost(question.service, question.region, node, grams);
    for (std::size_t line = 0; line < question.lines.size(); ++line) {
      cost += question.surcharge(line, node);
    }
    if (!best.has_value() || cost < best_cost) {
      best = node;
      best_cost = cost;
    }
  }
  if (!best.has_value()) {
    return std::nullopt;
  }
  Pieces pieces;
  for (std::size_t line = 0; line < question.lines.size(); ++line) {
    pieces.push_back({line, question.lines[line].units, *best});
  }
  return pieces;
}

std::optional<Pieces> exact_split(const PlainNetwork& network, const PlanQuestion& question) {
  const std::size_t line_count = question.lines.size();
  if (line_count > exact_split_lines_max) {
    return std::nullopt;
  }

  // Node by node, the last first: the best way to give each set of lines to the nodes from there
  // on. A way's code is its nodes in line order, ten bits each, so that of equal costs the least
  // code comes first.
  struct Best {
    std::uint64_t cost;
    Wide code;
  };

  const std::size_t sets = std::size_t{1} << line_count;
  std::vector<std::optional<Best>> best(sets);
  best[0] = Best{0, 0};
  for (std::size_t node = network.node_count(); node-- > 0;) {
    std::vector<std::optional<Best>> with = best;
    for (std::size_t given = 1; given < sets; ++given) {
      std::uint64_t grams = 0;
      std::uint64_t cost = question.parcel_penalty;
      Wide code = 0;
      bool can_ship = is_open(question, node);
      for (std::size_t line = 0; line < line_count; ++line) {
        if (((given >> line) & 1U) != 0) {
          can_ship = can_ship && has_whole(question.lines[line], node);
          grams += question.lines[line].units * question.lines[line].unit_grams;
          cost += question.surcharge(line, node);
          code |= Wide{node} << (10 * (line_count - 1 - line));
        }
      }
      if (!can_ship) {
        continue;
      }
      cost += network.shipment_cost(question.service, question.region, node, grams);
      for (std::size_t set = given; set < sets; ++set) {
        if ((set & given) != given || !best[set & ~given].has_value()) {
          continue;
        }
        const Best& rest = *best[set & ~given];
        const Best way{rest.cost + cost, rest.code | code};
        if (!with[set].has_value() || way.cost < with[set]->cost ||
            (way.cost == with[set]->cost && way.code < with[set]->code)) {
          with[set] = way;
        }
      }
    }
    best = with;
  }
  if (!best[sets - 1].has_value()) {
    return std::nullopt;
  }
  Pieces pieces;
  for (std::size_t line = 0; line < line_count; ++line) {
    const auto node =
        static_cast<std::size_t>(best[sets - 1]->code >> (10 * (line_count - 1 - line))) & 1023U;
    pieces.push_back({line, question.lines[line].units, node});
  }
  return pieces;
}

std::optional<Pieces> wide_split(const PlainNetwork& network, const PlanQuestion& question) {
  std::vector<std::pair<std::int64_t, std::size_t>> by_lines;
  std::vector<bool> whole_somewhere(question.lines.size(), false);
  for (std::size_t node = 0; node < network.node_count(); ++node) {
    std::int64_t lines = 0;
    for (std::size_t line = 0; line < question.lines.size(); ++line) {
      if (is_open(question, node) && has_whole(question.lines[line], node)) {
        ++lines;
        whole_somewhere[line] = true;
      }
    }
    if (lines > 0) {
      by_lines.emplace_back(-lines, node);
    }
  }
  if (std::count(whole_somewhere.begin(), whole_somewhere.end(), false) > 0) {
    return std::nullopt;
  }
  std::sort(by_lines.begin(), by_lines.end());
  by_lines.resize(std::min<std::size_t>(by_lines.size(), wide_split_nodes_max));
  std::vector<std::size_t> nodes;
  for (const auto& [lines, node] : by_lines) {
    nodes.push_back(node);
  }
  std::sort(nodes.begin(), nodes.end());
  std::optional<std::pair<std::uint64_t, std::vector<std::size_t>>> best;
  for (std::size_t set = 1; set < std::size_t{1} << nodes.size(); ++set) {
    std::vector<std::size_t> way;
    Pieces pieces;
    for (std::size_t line = 0; line < question.lines.size(); ++line) {
      const PlanLine& what = question.lines[line];
      std::optional<std::pair<std::uint64_t, std::size_t>> least;
      for (std::size_t at = 0; at < nodes.size(); ++at) {
        if (((set >> at) & 1U) == 0 || !has_whole(what, nodes[at])) {
          continue;
        }
        const std::uint64_t share =
            network.shipment_cost(question.service, question.region, nodes[at],
                                  what.units * what.unit_grams) -
            network.shipment_cost(question.service, question.region, nodes[at], 0) +
            question.surcharge(line, nodes[at]);
        if (!least.has_value() || share < least->first) {
          least = {share, nodes[at]};
        }
      }
      if (least.has_value()) {
        way.push_back(least->second);
        pieces.push_back({line, what.units, least->second});
      }
    }
    if (way.size() == question.lines.size()) {
      const std::pair found{weight_of(network, question, pieces), way};
      best = best.has_value() ? std::min(*best, found) : found;
    }
  }
  if (!best.has_value()) {
    return std::nullopt;
  }
  Pieces pieces;
  for (std::size_t line = 0; line < question.lines.size(); ++line) {
    pieces.push_back({line, question.lines[line].units, best->second[line]});
  }
  return pieces;
}

Pieces greedy_split(const PlainNetwork& network, const PlanQuestion& question) {
  std::vector<std::uint64_t> missing;
  for (const PlanLine& line : question.lines) {
    missing.push_back(line.units);
  }
  std::vector<bool> used(network.node_count(), false);
  Pieces pieces;
  for (std::uint32_t shipment = 0; shipment < shipments_per_order_max; ++shipment) {
    Take best;
    for (std::size_t node = 0; node < network.node_count(); ++node) {
      if (used[node] || !is_open(question, node)) {
        continue;
      }
      Take take = take_from(network, question, missing, node);
      if (take.units == 0) {
        continue;
      }
      if (best.units == 0 || Wide{take.cost} * best.units < Wide{best.cost} * take.units) {
        best = std::move(take);
      }
    }
    if (best.units == 0) {
      break;
    }
    for (const Piece& piece : best.pieces) {
      used[piece.node] = true;
      missing[piece.line] -= piece.units;
      pieces.push_back(piece);
    }
  }
  return pieces;
}

Pieces split_plan(const PlainNetwork& network, const PlanQuestion& question) {
  const bool is_single_unit = question.lines.size() == 1 && question.lines.front().units == 1;
  if (is_single_unit) {
    return {};
  }
  if (std::optional<Pieces> exact = exact_split(network, question); exact.has_value()) {
    return *exact;
  }
  const Pieces greedy = greedy_split(network, question);
  const std::optional<Pieces> wide = wide_split(network, question);
  if (wide.has_value() &&
      (!is_complete(question, greedy) ||
       weight_of(network, question, *wide) <= weight_of(network, question, greedy))) {
    return *wide;
  }
  return greedy;
}

std::optional<Pieces> cheapest_plan(const PlainNetwork& network, const PlanQuestion& question) {
  for (const PlanLine& line : question.lines) {
    bool is_whole = false;
    for (std::size_t node = 0; node < network.node_count(); ++node) {
      is_whole |= is_open(question, node) && has_whole(line, node);
    }
    if (!is_whole) {
      return std::nullopt;
    }
  }
  if (const std::optional<Pieces> exact = exact_split(network, question); exact.has_value()) {
    return exact;
  }
  const Pieces several = split_plan(network, question);
  const std::optional<Pieces> one = one_node_plan(network, question);
  if (one.has_value() &&
      (!is_complete(question, several) ||
       weight_of(network, question, *one) <= weight_of(network, question, several))) {
    return one;
  }
  return is_complete(question, several) ? std::optional(several) : std::nullopt;
}

bool is_complete(const PlanQuestion& question, const Pieces& pieces) {
  std::uint64_t asked = 0;
  for (const PlanLine& line : question.lines) {
    asked += line.units;
  }
  std::uint64_t planned = 0;
  for (const Piece& piece : pieces) {
    planned += piece.units;
  }
  return asked == planned;
}

std::uint64_t cost_of(const PlainNetwork& network, const PlanQuestion& question,
                      const Pieces& pieces) {
  std::map<std::size_t, std::uint64_t> grams_of_node;
  for (const Piece& piece : pieces) {
    grams_of_node[piece.node] += piece.units * question.lines[piece.line].unit_grams;
  }
  std::uint64_t sum = 0;
  for (const auto& [node, grams] : grams_of_node) {
    sum += network.shipment_cost(question.service, question.region, node, grams);
  }
  return sum;
}

std::uint64_t weight_of(const PlainNetwork& network, const PlanQuestion& question,
                        const Pieces& pieces) {
  std::uint64_t sum = cost_of(network, question, pieces);
  std::set<std::size_t> nodes;
  for (const Piece& piece : pieces) {
    nodes.insert(piece.node);
    sum +=
        question.surcharge(piece.line, piece.node) * piece.units / question.lines[piece.line].units;
  }
  return sum + nodes.size() * question.parcel_penalty;
}

}  // namespace millrace::reference
