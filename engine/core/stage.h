// The stages by name, and the shape of the table that orders them (engine/topology.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace {

enum class StageId : std::uint8_t { intake, journal, validate, allocate, wave, reply };
inline constexpr std::size_t stage_count = 6;
inline constexpr std::size_t stage_waits_max = 2;

/// A pure stage is a function of the batch and its own tables: replay runs it. An edge stage talks
/// to the outside (queue, disk, sockets): replay leaves it out.
enum class StageKind : std::uint8_t { pure, edge };

constexpr std::string_view stage_name(StageId id) {
  constexpr std::array<std::string_view, stage_count> names{"intake",   "journal", "validate",
                                                            "allocate", "wave",    "reply"};
  return names[static_cast<std::size_t>(id)];
}

struct StageSpec {
  StageId id;
  StageKind kind;
  /// The stages whose columns this one reads.
  std::array<StageId, stage_waits_max> after;
  std::size_t after_count;
};

}  // namespace millrace
