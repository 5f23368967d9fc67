// The stages and what each waits for: the first file to open. Barriers, thread names, metric
// labels, replay order and the picture in the docs come from this table.
//
//   intake ─┬─ journal ───────────────────────────┐
//           └─ validate ── allocate ── wave ── reply
#pragma once

#include <array>

#include "engine/core/stage.h"

namespace millrace {

inline constexpr std::array<StageSpec, stage_count> topology{{
    {StageId::intake, StageKind::edge, {}, 0},
    {StageId::journal, StageKind::edge, {StageId::intake}, 1},
    {StageId::validate, StageKind::pure, {StageId::intake}, 1},
    {StageId::allocate, StageKind::pure, {StageId::validate}, 1},
    {StageId::wave, StageKind::pure, {StageId::allocate}, 1},
    // After wave too, because a proposed wave goes back to intake with the answers.
    {StageId::reply, StageKind::edge, {StageId::wave, StageId::journal}, 2},
}};

/// Every row stands at its stage's index and follows what it waits for.
constexpr bool topology_is_ordered() {
  for (std::size_t row = 0; row < topology.size(); ++row) {
    if (static_cast<std::size_t>(topology[row].id) != row) {
      return false;
    }
    for (std::size_t wait = 0; wait < topology[row].after_count; ++wait) {
      if (static_cast<std::size_t>(topology[row].after[wait]) >= row) {
        return false;
      }
    }
  }
  return true;
}

static_assert(topology_is_ordered());

}  // namespace millrace
