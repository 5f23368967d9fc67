// Which thread runs which stages, as tables. Stages of one thread call each other without a queue;
// the pipeline is the same code for every placement.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/core/stage.h"

namespace millrace {

struct Placement {
  std::string_view name;
  std::size_t thread_count;
  /// By stage, as in the topology: the thread that runs it.
  std::array<std::uint8_t, stage_count> thread_of;
  /// By thread: the core it is pinned to, counted over the cores the process may use and wrapping
  /// around; -1 leaves it to the kernel.
  std::array<std::int8_t, stage_count> core_of;
};

// The journal's thread blocks in durable writes, so no stage that decides shares it. It floats: the
// kernel finds it whichever core has time between two writes. With `ends` it answers too: an answer
// waits for the write anyway, and so needs no wakeup of another thread.
//                                                    intake journal validate allocate wave reply
inline constexpr std::array<Placement, 4> placements{{
    {"one", 2, {0, 1, 0, 0, 0, 0}, {0, -1, -1, -1, -1, -1}},
    {"ends", 2, {0, 1, 0, 0, 0, 1}, {0, -1, -1, -1, -1, -1}},
    {"two", 3, {0, 1, 0, 2, 2, 2}, {0, -1, 1, -1, -1, -1}},
    {"staged", 6, {0, 1, 2, 3, 4, 5}, {0, -1, 1, 2, 3, 4}},
}};

/// The journal has a thread of its own but for the replies, and thread numbers have no gap.
constexpr bool placements_are_sound() {
  for (const Placement& placement : placements) {
    std::array<int, stage_count> stages_of{};
    for (const std::uint8_t thread : placement.thread_of) {
      ++stages_of[thread];
    }
    for (std::size_t thread = 0; thread < stage_count; ++thread) {
      if ((stages_of[thread] > 0) != (thread < placement.thread_count)) {
        return false;
      }
    }
    // Reply may join the journal: what it sends waits for the write anyway.
    const auto on = [&](StageId stage) {
      return placement.thread_of[static_cast<std::size_t>(stage)];
    };
    const int with_reply = on(StageId::reply) == on(StageId::journal) ? 1 : 0;
    if (stages_of[on(StageId::journal)] != 1 + with_reply) {
      return false;
    }
  }
  return true;
}

static_assert(placements_are_sound());

/// The placement of that name; `auto` picks by the number of cores.
constexpr std::optional<Placement> find_placement(std::string_view name, std::size_t core_count) {
  if (name == "auto") {
    name = core_count >= 8 ? "staged" : core_count >= 4 ? "two" : "ends";
  }
  for (const Placement& placement : placements) {
    if (placement.name == name) {
      return placement;
    }
  }
  return std::nullopt;
}

}  // namespace millrace
