// What the wave planner hears of a node whose waves are planned: a column of the batch that stays
// empty unless a planner listens.
#pragma once

#include <cstdint>
#include <type_traits>

#include "engine/core/types.h"

namespace millrace {

enum class FloorNoteKind : std::uint8_t {
  /// What of the order waits for a wave at the node now is in its lines: all of it, or nothing.
  waits = 1,
  /// Nothing of the order waits anywhere.
  gone = 2,
  /// Its lines are in the wave.
  waved = 3,
  /// A release is over: `units` orders are in the wave, its lines are aisles, and `slot` is the
  /// first that was asked for.
  released = 4,
  /// Units came; the SKU is in its line.
  received = 5,
  /// So many units of the order are picked, or will not be.
  picked = 6,
};

struct FloorNote {
  OrderId order;
  Time time;           ///< the core's
  std::uint64_t wave;  ///< of waved and released
  Slot slot;
  Units units;
  NodeIndex node;
  Day ship_day;  ///< the first, where several wait
  ServiceIndex service;
  FloorNoteKind kind;
  std::uint8_t reason;           ///< WaveReason
  std::uint8_t template_number;  ///< of a planned wave
  std::uint32_t line_count;      ///< lines of its own in the column beside this one
  std::uint32_t reserved;
};

static_assert(sizeof(FloorNote) == 56);
static_assert(std::has_unique_object_representations_v<FloorNote>);

/// Units of a SKU; of a released wave, `sku` is the number of an aisle.
struct FloorLine {
  Sku sku;
  Units units;
  std::uint32_t unit_grams;
};

static_assert(sizeof(FloorLine) == 16);
static_assert(std::has_unique_object_representations_v<FloorLine>);

}  // namespace millrace
