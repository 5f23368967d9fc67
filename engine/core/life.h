// The life of an order's units as data: which step leads from which state to which. What is not in
// the table is refused. docs/order-life.md carries the picture that is drawn from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/outcome.h"

namespace millrace {

/// What may happen to units of an order. Clients send those below `steps_sent` in a StepOrder; the
/// others follow from other commands and from time.
enum class Step : std::uint8_t {
  none = 0,
  start_pick = 1,
  confirm_pick = 2,
  short_pick = 3,   ///< reason: ShortReason
  reject_node = 4,  ///< reason: the node's own, never looked at
  confirm_pack = 5,
  create_label = 6,
  confirm_ship = 7,
  in_transit = 8,
  delay = 9,
  deliver = 10,
  fail_delivery = 11,
  give_feedback = 12,  ///< reason: score from 1 to 5
  steps_sent = 13,
  // Not sent by clients.
  release_wave = 64,
  fill = 65,   ///< stock came
  close = 66,  ///< the return window is over
  cancel = 67,
};

/// Why units were not found at their place, and so what becomes of the count there.
enum class ShortReason : std::uint8_t {
  not_in_stock = 0,  ///< nothing is there: what is not promised to others is struck off
  mismatch = 1,      ///< fewer than counted: these units are struck off
  damage = 2,        ///< there, but not to be sold
};
inline constexpr std::uint8_t short_reasons = 3;

struct Transition {
  SliceState from;
  Step step;
  SliceState to;
};

/// Units that leave a node for another wait in between: `to` is then backordered, and the same
/// command holds them elsewhere if it can.
inline constexpr std::array transitions{
    Transition{SliceState::allocated, Step::release_wave, SliceState::waved},
    Transition{SliceState::backordered, Step::fill, SliceState::allocated},

    Transition{SliceState::waved, Step::start_pick, SliceState::picking},
    Transition{SliceState::picking, Step::confirm_pick, SliceState::picked},
    Transition{SliceState::picking, Step::short_pick, SliceState::backordered},
    Transition{SliceState::allocated, Step::reject_node, SliceState::backordered},
    Transition{SliceState::waved, Step::reject_node, SliceState::backordered},
    Transition{SliceState::picking, Step::reject_node, SliceState::backordered},

    Transition{SliceState::picked, Step::confirm_pack, SliceState::packed},
    Transition{SliceState::packed, Step::create_label, SliceState::packed},
    Transition{SliceState::packed, Step::confirm_ship, SliceState::shipped},

    Transition{SliceState::shipped, Step::in_transit, SliceState::shipped},
    Transition{SliceState::undelivered, Step::in_transit, SliceState::shipped},
    Transition{SliceState::shipped, Step::delay, SliceState::shipped},
    Transition{SliceState::shipped, Step::deliver, SliceState::delivered},
    Transition{SliceState::undelivered, Step::deliver, SliceState::delivered},
    Transition{SliceState::shipped, Step::fail_delivery, SliceState::undelivered},
    Transition{SliceState::delivered, Step::give_feedback, SliceState::delivered},
    Transition{SliceState::closed, Step::give_feedback, SliceState::closed},
    Transition{SliceState::delivered, Step::close, SliceState::closed},

    Transition{SliceState::backordered, Step::cancel, SliceState::cancelled},
    Transition{SliceState::allocated, Step::cancel, SliceState::cancelled},
    Transition{SliceState::waved, Step::cancel, SliceState::cancelled},
    Transition{SliceState::picking, Step::cancel, SliceState::cancelled},
    Transition{SliceState::picked, Step::cancel, SliceState::cancelled},
    Transition{SliceState::packed, Step::cancel, SliceState::cancelled},
};

inline constexpr SliceState no_state{0};
inline constexpr std::size_t step_numbers = 80;

/// The table once more, by state and step.
inline constexpr auto next_states = [] {
  std::array<std::array<SliceState, step_numbers>, slice_states> next{};
  for (const Transition& row : transitions) {
    next[static_cast<std::size_t>(row.from)][static_cast<std::size_t>(row.step)] = row.to;
  }
  return next;
}();

/// Where the step leads from a state; no_state if nowhere.
constexpr SliceState next_state(SliceState from, Step step) {
  return next_states[static_cast<std::size_t>(from)][static_cast<std::size_t>(step)];
}

/// Its units are at a node and not to be promised to anybody else.
constexpr bool holds_stock(SliceState state) {
  constexpr std::array<bool, slice_states> holds = [] {
    std::array<bool, slice_states> of{};
    for (const SliceState state_held :
         {SliceState::reserved, SliceState::allocated, SliceState::waved, SliceState::picking,
          SliceState::picked, SliceState::packed}) {
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
      return false;
  }
  return false;
}

/// If it is a head, its shipment counts towards its node's capacity.
constexpr bool takes_capacity(SliceState state) {
  return has_left(state) || (holds_stock(state) && state != SliceState::reserved);
}

}  // namespace millrace
