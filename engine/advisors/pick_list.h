// From a released wave to lists for pickers: where each unit is taken, in walking order, and who
// takes it in which tote.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/advisors/floor_stock.h"
#include "engine/advisors/wave_template.h"
#include "engine/core/floor_note.h"
#include "engine/core/types.h"

namespace millrace {

/// An order of a wave, with what of it goes with the wave.
struct PickOrder {
  OrderId id;
  std::vector<FloorLine> lines;
};

inline constexpr std::uint32_t no_pick_order = 0xffffffff;
inline constexpr std::uint32_t no_pick_zone = 0xffffffff;

/// One stop of a picker: take so many units of a SKU out of a bin, for an order.
struct PickStop {
  std::uint32_t bin;  ///< in the stock's bins; a SKU's place in them is its place on the walk
  Sku sku;
  Units units;
  std::uint32_t order;  ///< among the orders of the wave; no_pick_order: for several
  std::uint32_t tote;   ///< on the cart, from 1; 0: no tote
};

struct PickBatch {
  std::uint32_t picker;  ///< from 1
  std::uint32_t cart;    ///< from 1; a cart that is passed on has several batches
  std::uint32_t zone;    ///< of the floor plan, or no_pick_zone
  std::vector<PickStop> stops;
};

/// Takes the units of the orders out of the stock, from the aisles of the wave first, and divides
/// the walk as the template says. The same question to the same stock has the same answer.
[[nodiscard]] std::vector<PickBatch> pick_batches(std::span<const PickOrder> orders,
                                                  std::span<const WaveAisle> rising_aisles,
                                                  const WaveTemplate& rules, FloorStock& stock);

}  // namespace millrace
