// Questions are answered a group at a time, and all lines of a table that a group needs are fetched
// in a row, so that each miss hides behind the others (decision 0005): a group's stock and the next
// group's places in the catalogue are on their way together.
#include "engine/state/availability.h"

#include <algorithm>
#include <cstddef>

#include "engine/core/check.h"

namespace millrace {
namespace {

Availability found(std::uint64_t units, std::uint32_t node_count) {
  const std::uint64_t told = std::min<std::uint64_t>(units, units_countless.value);
  return {Units{static_cast<std::uint32_t>(told)}, static_cast<std::uint16_t>(node_count),
          Known::yes, 0};
}

constexpr Availability nothing_of(Known known) {
  return {Units{0}, 0, known, 0};
}

}  // namespace

Availability AvailabilityReader::everywhere(Row row) const {
  // Cells of nodes that do not exist are empty, so whole lines may be added up.
  const std::uint32_t* const cells = stock_->available(row);
  std::uint64_t units = 0;
  std::uint32_t nodes = 0;
  for (std::uint32_t first = 0; first < stock_->stride(); first += node_lanes) {
    for (std::uint32_t lane = 0; lane < node_lanes; ++lane) {
      const std::uint32_t cell = load_relaxed(cells + first + lane);
      units += cell;
      nodes += cell != 0 ? 1U : 0U;
    }
  }
  return found(units, nodes);
}

Availability AvailabilityReader::at(Row row, NodeIndex node) const {
  if (node.value >= node_count_) {
    return nothing_of(Known::unknown_node);
  }
  const std::uint32_t cell = load_relaxed(stock_->available(row) + node.value);
  return found(cell, cell != 0 ? 1 : 0);
}

void AvailabilityReader::find(std::span<const GetAvailability> questions, Group& rows) const {
  for (std::size_t at = 0; at < questions.size(); ++at) {
    rows[at] = catalogue_->find_published(questions[at].sku);
  }
  for (std::size_t at = 0; at < questions.size(); ++at) {
    if (rows[at] != no_row) {
      stock_->fetch(rows[at]);
    }
  }
}

Availability AvailabilityReader::one(const GetAvailability& question, Row row) const {
  if (row == no_row) {
    return nothing_of(Known::unknown_sku);
  }
  return question.node == all_nodes ? everywhere(row) : at(row, question.node);
}

void AvailabilityReader::fetch(std::span<const GetAvailability> questions) const {
  for (const GetAvailability& question : questions) {
    catalogue_->fetch(question.sku);
  }
}

void AvailabilityReader::answer(std::span<const GetAvailability> questions,
                                std::span<Availability> answers) const {
  CHECK(questions.size() == answers.size());
  Group rows;
  std::span<const GetAvailability> group = questions.first(std::min(group_max, questions.size()));
  fetch(group);
  for (std::size_t first = 0; first < questions.size(); first += group_max) {
    const std::size_t left = questions.size() - first - group.size();
    const std::span<const GetAvailability> next =
        questions.subspan(first + group.size(), std::min(group_max, left));
    find(group, rows);
    fetch(next);
    for (std::size_t index = 0; index < group.size(); ++index) {
      answers[first + index] = one(group[index], rows[index]);
    }
    group = next;
  }
}

}  // namespace millrace
