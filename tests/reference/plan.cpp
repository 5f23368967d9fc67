// Plans by brute force.
#include "tests/reference/plan.h"

#include <algorithm>
#include <map>

namespace millrace::reference {
namespace {

__extension__ using Wide = unsigned __int128;

bool is_open(const PlanQuestion& question, std::size_t node) {
  return question.ship_day[node].has_value();
}

bool has_whole(const PlanLine& line, std::size_t node) {
  return line.available[node] >= line.units;
}

/// Shipment costs of every set of lines from every node: a set is a mask of line indices.
class SubsetCosts {
 public:
  SubsetCosts(const PlainNetwork& network, const PlanQuestion& question)
      : sets_(std::size_t{1} << question.lines.size()) {
    for (std::size_t node = 0; node < network.node_count(); ++node) {
      for (std::size_t set = 0; set < sets_; ++set) {
        std::uint64_t grams = 0;
        for (std::size_t line = 0; line < question.lines.size(); ++line) {
          if (((set >> line) & 1U) != 0) {
            grams += question.lines[line].units * question.lines[line].unit_grams;
          }
        }
        const bool is_shipment = set != 0;
        costs_.push_back(is_shipment
                             ? network.shipment_cost(question.service, question.region, node, grams)
                             : 0);
      }
    }
  }

  /// The sum over the shipments of a way to give each line to a node.
  [[nodiscard]] std::uint64_t of(const std::vector<std::size_t>& node_of_line) const {
    std::uint64_t sum = 0;
    std::size_t counted = 0;
    for (std::size_t line = 0; line < node_of_line.size(); ++line) {
      if (((counted >> line) & 1U) != 0) {
        continue;
      }
      std::size_t set = 0;
      for (std::size_t other = line; other < node_of_line.size(); ++other) {
        if (node_of_line[other] == node_of_line[line]) {
          set |= std::size_t{1} << other;
        }
      }
      counted |= set;
      sum += costs_[node_of_line[line] * sets_ + set];
    }
    return sum;
  }

 private:
  std::size_t sets_;
  std::vector<std::uint64_t> costs_;
};

/// The next way in lexicographic order, the first line being the most significant; false after the
/// last. `choice` indexes `nodes_of_line`.
bool next_way(const std::vector<std::vector<std::size_t>>& nodes_of_line,
              std::vector<std::size_t>& choice) {
  for (std::size_t line = choice.size(); line-- > 0;) {
    if (choice[line] + 1 < nodes_of_line[line].size()) {
      ++choice[line];
      return true;
    }
    choice[line] = 0;
  }
  return false;
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
    const std::uint64_t cost =
        network.shipment_cost(question.service, question.region, node, grams);
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
  if (question.lines.size() > exact_split_lines_max) {
    return std::nullopt;
  }
  std::vector<std::vector<std::size_t>> nodes_of_line;
  for (const PlanLine& line : question.lines) {
    std::vector<std::size_t> nodes;
    for (std::size_t node = 0; node < network.node_count(); ++node) {
      if (is_open(question, node) && has_whole(line, node)) {
        nodes.push_back(node);
      }
    }
    if (nodes.empty()) {
      return std::nullopt;
    }
    nodes_of_line.push_back(nodes);
  }

  const SubsetCosts costs(network, question);
  std::vector<std::size_t> choice(question.lines.size(), 0);
  std::vector<std::size_t> best;
  std::uint64_t best_cost = 0;
  do {
    std::vector<std::size_t> way;
    for (std::size_t line = 0; line < choice.size(); ++line) {
      way.push_back(nodes_of_line[line][choice[line]]);
    }
    const std::uint64_t cost = costs.of(way);
    // Ways come in lexicographic order, so the first of equal cost is the smallest.
    if (best.empty() || cost < best_cost) {
      best = way;
      best_cost = cost;
    }
  } while (next_way(nodes_of_line, choice));

  Pieces pieces;
  for (std::size_t line = 0; line < question.lines.size(); ++line) {
    pieces.push_back({line, question.lines[line].units, best[line]});
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
  return greedy_split(network, question);
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

}  // namespace millrace::reference
