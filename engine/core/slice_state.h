// What the state of a slice says of its units.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/outcome.h"

namespace millrace {

/// Its units are still the order's.
constexpr bool is_live(SliceState state) {
  return state != SliceState::cancelled && state != SliceState::expired &&
         state != SliceState::rerouted;
}

/// Nothing happens to it any more but by a customer who asks for it.
constexpr bool is_over(SliceState state) {
  switch (state) {
    case SliceState::cancelled:
    case SliceState::closed:
    case SliceState::expired:
    case SliceState::rerouted:
    case SliceState::returned:
    case SliceState::refunded:
    case SliceState::exchanged:
      return true;
    case SliceState::allocated:
    case SliceState::waved:
    case SliceState::backordered:
    case SliceState::reserved:
    case SliceState::picking:
    case SliceState::picked:
    case SliceState::packed:
    case SliceState::shipped:
    case SliceState::delivered:
    case SliceState::undelivered:
    case SliceState::return_open:
    case SliceState::return_sent:
    case SliceState::return_received:
    case SliceState::needs_work:
    case SliceState::scheduled:
    case SliceState::activated:
    case SliceState::dropship_requested:
    case SliceState::vendor_accepted:
      return false;
  }
  return false;
}

/// Its units come back, or have come back and are not paid back yet.
constexpr bool comes_back(SliceState state) {
  return state == SliceState::return_open || state == SliceState::return_sent ||
         state == SliceState::return_received || state == SliceState::needs_work ||
         state == SliceState::returned;
}

/// Its units are at a node and not to be promised to anybody else.
constexpr bool holds_stock(SliceState state) {
  constexpr std::array<bool, slice_states> holds = [] {
    std::array<bool, slice_states> of{};
    for (const SliceState state_held :
         {SliceState::reserved, SliceState::allocated, SliceState::waved, SliceState::picking,
          SliceState::picked, SliceState::packed, SliceState::dropship_requested,
          SliceState::vendor_accepted}) {
      of[static_cast<std::size_t>(state_held)] = true;
    }
    return of;
  }();
  return holds[static_cast<std::size_t>(state)];
}

/// Its units have left, whatever became of them since.
constexpr bool has_left(SliceState state) {
  switch (state) {
    case SliceState::shipped:
    case SliceState::delivered:
    case SliceState::undelivered:
    case SliceState::closed:
    case SliceState::return_open:
    case SliceState::return_sent:
    case SliceState::return_received:
    case SliceState::needs_work:
    case SliceState::returned:
    case SliceState::refunded:
    case SliceState::exchanged:
      return true;
    case SliceState::allocated:
    case SliceState::waved:
    case SliceState::backordered:
    case SliceState::cancelled:
    case SliceState::reserved:
    case SliceState::picking:
    case SliceState::picked:
    case SliceState::packed:
    case SliceState::expired:
    case SliceState::rerouted:
    case SliceState::scheduled:
    case SliceState::activated:
    case SliceState::dropship_requested:
    case SliceState::vendor_accepted:
      return false;
  }
  return false;
}

/// A vendor was asked for its units, and they have not left yet.
constexpr bool is_with_vendor(SliceState state) {
  return state == SliceState::dropship_requested || state == SliceState::vendor_accepted;
}

/// If it is a head, its shipment counts towards its node's capacity.
constexpr bool takes_capacity(SliceState state) {
  return has_left(state) || (holds_stock(state) && state != SliceState::reserved);
}

}  // namespace millrace
