// Questions are answered a group at a time, and first all lines of a table that the group needs are
// fetched, so that each miss hides behind the others (decision 0005).
#include "engine/state/availability.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "engine/core/check.h"

namespace millrace {
namespace {

constexpr std::size_t group_max = 32;

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
  std::uint64_t units = 0;
  std::uint32_t nodes = 0;
  for (std::uint32_t node = 0; node < stock_->stride(); ++node) {
    const std::uint32_t cell = stock_->read_available(row, node);
    units += cell;
    nodes += cell != 0 ? 1U : 0U;
  }
  return found(units, nodes);
}

Availability AvailabilityReader::at(Row row, NodeIndex node) const {
  if (node.value >= node_count_) {
    return nothing_of(Known::unknown_node);
  }
  const std::uint32_t cell = stock_->read_available(row, node.value);
  return found(cell, cell != 0 ? 1 : 0);
}

void AvailabilityReader::answer_group(std::span<const GetAvailability> questions,
                                      Availability* answers) const {
  std::array<Row, group_max> rows;
  for (const GetAvailability& question : questions) {
    catalogue_->fetch(question.sku);
  }
  for (std::size_t at = 0; at < questions.size(); ++at) {
    rows[at] = catalogue_->find_published(questions[at].sku);
    if (rows[at] != no_row) {
      stock_->fetch(rows[at]);
    }
  }
  for (std::size_t index = 0; index < questions.size(); ++index) {
    const NodeIndex node = questions[index].node;
    if (rows[index] == no_row) {
      answers[index] = nothing_of(Known::unknown_sku);
    } else {
      answers[index] = node == all_nodes ? everywhere(rows[index]) : at(rows[index], node);
    }
  }
}

void AvailabilityReader::answer(std::span<const GetAvailability> questions,
                                std::span<Availability> answers) const {
  CHECK(questions.size() == answers.size());
  for (std::size_t first = 0; first < questions.size(); first += group_max) {
    const std::size_t count = std::min(group_max, questions.size() - first);
    answer_group(questions.subspan(first, count), answers.data() + first);
  }
}

}  // namespace millrace
