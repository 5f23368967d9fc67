// What a release takes along, of an order and of its slices.
#pragma once

#include "engine/core/command.h"
#include "engine/core/outcome.h"
#include "engine/state/order_table.h"

namespace millrace {

inline bool goes_with(const OrderRecord& record, const ReleaseWave& wave) {
  return record.service == wave.service || (wave.is_planned() && wave.service == any_service);
}

inline bool goes_with(const Slice& slice, const ReleaseWave& wave) {
  const bool in_time =
      wave.is_planned() ? slice.ship_day() <= wave.ship_day : slice.ship_day() == wave.ship_day;
  return slice.state == SliceState::allocated && slice.node() == wave.node && in_time;
}

}  // namespace millrace
