// The life of an order's units as data: which step leads from which state to which. What is not in
// the table is refused. docs/order-life.md carries the picture that is drawn from it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/command.h"
#include "engine/core/outcome.h"
#include "engine/core/slice_state.h"

namespace millrace {

/// What may happen to units of an order. Clients send those for which is_sent() in a StepOrder; the
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
  give_feedback = 12,      ///< reason: score from 1 to 5
  authorise_payment = 13,  ///< value: the amount
  fail_payment = 14,
  capture_payment = 15,  ///< value: the amount
  hold = 16,             ///< reason: HoldReason
  release_hold = 17,     ///< reason: HoldReason
  cancel = 18,
  open_return = 19,  ///< reason: ReturnReason
  send_return = 20,
  receive_return = 21,
  restock = 22,
  need_work = 23,
  scrap = 24,
  miss_return = 25,
  refund = 26,
  exchange = 27,      ///< other: the order that is sent instead
  confirm_hold = 28,  ///< a cart's: it is an order from now on
  extend_hold = 29,   ///< a cart's; value: the moment at which it ends
  schedule = 30,      ///< a service; code: the day
  activate = 31,      ///< a service
  close_service = 32,
  change_address = 33,  ///< value: postal code, code: country
  change_service = 34,  ///< code: the service level
  change_units = 35,    ///< units: what the line shall have
  add_line = 36,        ///< value: the SKU, other.low: price of a unit
  move_units = 37,      ///< code: the node that they go to
  vendor_accept = 38,   ///< code: the day on which the vendor ships, or 0
  vendor_reject = 39,   ///< reason: VendorReason
  change_lines = 60,    ///< parcel: how many lines of its message say what the order shall have
  steps_sent = 61,      ///< behind all that are sent; numbers between are of no step
  // Not sent by clients.
  release_wave = 64,
  fill = 65,            ///< stock came
  close = 66,           ///< the return window is over
  fill_on_hold = 67,    ///< stock came for an order on hold
  expire = 68,          ///< the payment did not come in time
  request_vendor = 69,  ///< no node of ours has it, and a vendor does
};

/// Steps that are of an order as a whole: line, node, parcel and units do not count.
constexpr bool is_of_order(Step step) {
  return step == Step::give_feedback || step == Step::confirm_hold || step == Step::extend_hold ||
         step == Step::change_address || step == Step::change_service || step == Step::add_line ||
         step == Step::change_lines ||
         (step >= Step::authorise_payment && step <= Step::release_hold);
}

/// Lines that belong to a step: they follow each other in its message, in the order of the steps.
constexpr std::uint32_t line_count_of(const StepOrder& step) {
  return step.step == static_cast<std::uint8_t>(Step::change_lines) ? step.parcel : 0;
}

/// Steps that nothing of the order may be too far for.
constexpr bool needs_every_slice(Step step) {
  return step == Step::change_address || step == Step::change_service;
}

/// Why an order is held back; several reasons may stand at once.
enum class HoldReason : std::uint8_t { payment = 0, fraud = 1, address = 2, manual = 3 };
inline constexpr std::uint8_t hold_reasons = 4;

constexpr std::uint8_t hold_bit(HoldReason reason) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(reason));
}

/// Why goods come back. Who changed their mind pays the restocking fee.
enum class ReturnReason : std::uint8_t {
  changed_mind = 0,
  damaged = 1,
  wrong_item = 2,
  not_as_described = 3,
  too_late = 4,
};
inline constexpr std::uint8_t return_reasons = 5;

/// Why units were not found at their place, and so what becomes of the count there.
enum class ShortReason : std::uint8_t {
  not_in_stock = 0,  ///< nothing is there: what is not promised to others is struck off
  mismatch = 1,      ///< fewer than counted: these units are struck off
  damage = 2,        ///< there, but not to be sold
};
inline constexpr std::uint8_t short_reasons = 3;

/// Why a vendor does not send what it was asked for. One that says nothing in time has no reason.
enum class VendorReason : std::uint8_t {
  not_in_stock = 0,  ///< its feed was wrong: what it still offers is struck off
  price = 1,
  address = 2,
  other = 3,
};
inline constexpr std::uint8_t vendor_reasons = 4;

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

    Transition{SliceState::backordered, Step::hold, SliceState::backordered},
    Transition{SliceState::reserved, Step::hold, SliceState::reserved},
    Transition{SliceState::allocated, Step::hold, SliceState::reserved},
    Transition{SliceState::waved, Step::hold, SliceState::reserved},
    Transition{SliceState::picking, Step::hold, SliceState::picking},
    Transition{SliceState::picked, Step::hold, SliceState::picked},
    Transition{SliceState::packed, Step::hold, SliceState::packed},

    Transition{SliceState::backordered, Step::release_hold, SliceState::backordered},
    Transition{SliceState::reserved, Step::release_hold, SliceState::allocated},
    Transition{SliceState::picking, Step::release_hold, SliceState::picking},
    Transition{SliceState::picked, Step::release_hold, SliceState::picked},
    Transition{SliceState::packed, Step::release_hold, SliceState::packed},

    Transition{SliceState::backordered, Step::authorise_payment, SliceState::backordered},
    Transition{SliceState::reserved, Step::authorise_payment, SliceState::allocated},
    Transition{SliceState::picking, Step::authorise_payment, SliceState::picking},
    Transition{SliceState::picked, Step::authorise_payment, SliceState::picked},
    Transition{SliceState::packed, Step::authorise_payment, SliceState::packed},

    Transition{SliceState::reserved, Step::confirm_hold, SliceState::allocated},
    Transition{SliceState::reserved, Step::extend_hold, SliceState::reserved},

    Transition{SliceState::backordered, Step::fail_payment, SliceState::backordered},
    Transition{SliceState::reserved, Step::fail_payment, SliceState::reserved},
    Transition{SliceState::allocated, Step::fail_payment, SliceState::reserved},
    Transition{SliceState::waved, Step::fail_payment, SliceState::reserved},
    Transition{SliceState::picking, Step::fail_payment, SliceState::picking},
    Transition{SliceState::picked, Step::fail_payment, SliceState::picked},
    Transition{SliceState::packed, Step::fail_payment, SliceState::packed},

    Transition{SliceState::shipped, Step::capture_payment, SliceState::shipped},
    Transition{SliceState::undelivered, Step::capture_payment, SliceState::undelivered},
    Transition{SliceState::delivered, Step::capture_payment, SliceState::delivered},
    Transition{SliceState::closed, Step::capture_payment, SliceState::closed},

    Transition{SliceState::backordered, Step::fill_on_hold, SliceState::reserved},
    Transition{SliceState::backordered, Step::expire, SliceState::expired},
    Transition{SliceState::reserved, Step::expire, SliceState::expired},
    Transition{SliceState::picking, Step::expire, SliceState::expired},
    Transition{SliceState::picked, Step::expire, SliceState::expired},
    Transition{SliceState::packed, Step::expire, SliceState::expired},

    Transition{SliceState::backordered, Step::cancel, SliceState::cancelled},
    Transition{SliceState::reserved, Step::cancel, SliceState::cancelled},
    Transition{SliceState::allocated, Step::cancel, SliceState::cancelled},
    Transition{SliceState::waved, Step::cancel, SliceState::cancelled},
    Transition{SliceState::picking, Step::cancel, SliceState::cancelled},
    Transition{SliceState::picked, Step::cancel, SliceState::cancelled},
    Transition{SliceState::packed, Step::cancel, SliceState::cancelled},

    Transition{SliceState::delivered, Step::open_return, SliceState::return_open},
    Transition{SliceState::undelivered, Step::open_return, SliceState::return_open},
    Transition{SliceState::return_open, Step::send_return, SliceState::return_sent},
    Transition{SliceState::return_open, Step::receive_return, SliceState::return_received},
    Transition{SliceState::return_sent, Step::receive_return, SliceState::return_received},
    Transition{SliceState::return_received, Step::restock, SliceState::returned},
    Transition{SliceState::needs_work, Step::restock, SliceState::returned},
    Transition{SliceState::return_received, Step::need_work, SliceState::needs_work},
    Transition{SliceState::return_received, Step::scrap, SliceState::returned},
    Transition{SliceState::needs_work, Step::scrap, SliceState::returned},
    Transition{SliceState::return_open, Step::miss_return, SliceState::closed},
    Transition{SliceState::return_sent, Step::miss_return, SliceState::closed},
    Transition{SliceState::return_received, Step::miss_return, SliceState::closed},
    Transition{SliceState::returned, Step::refund, SliceState::refunded},
    Transition{SliceState::returned, Step::exchange, SliceState::exchanged},

    Transition{SliceState::scheduled, Step::schedule, SliceState::scheduled},
    Transition{SliceState::scheduled, Step::activate, SliceState::activated},
    Transition{SliceState::activated, Step::close_service, SliceState::closed},
    Transition{SliceState::activated, Step::give_feedback, SliceState::activated},
    Transition{SliceState::activated, Step::capture_payment, SliceState::activated},
    Transition{SliceState::scheduled, Step::hold, SliceState::scheduled},
    Transition{SliceState::scheduled, Step::release_hold, SliceState::scheduled},
    Transition{SliceState::scheduled, Step::authorise_payment, SliceState::scheduled},
    Transition{SliceState::scheduled, Step::fail_payment, SliceState::scheduled},
    Transition{SliceState::scheduled, Step::confirm_hold, SliceState::scheduled},
    Transition{SliceState::scheduled, Step::extend_hold, SliceState::scheduled},
    Transition{SliceState::scheduled, Step::expire, SliceState::expired},
    Transition{SliceState::scheduled, Step::cancel, SliceState::cancelled},

    Transition{SliceState::scheduled, Step::change_address, SliceState::scheduled},
    Transition{SliceState::backordered, Step::change_address, SliceState::backordered},
    Transition{SliceState::reserved, Step::change_address, SliceState::reserved},
    Transition{SliceState::allocated, Step::change_address, SliceState::allocated},
    Transition{SliceState::waved, Step::change_address, SliceState::waved},
    Transition{SliceState::picking, Step::change_address, SliceState::picking},
    Transition{SliceState::picked, Step::change_address, SliceState::picked},

    Transition{SliceState::scheduled, Step::change_service, SliceState::scheduled},
    Transition{SliceState::backordered, Step::change_service, SliceState::backordered},
    Transition{SliceState::reserved, Step::change_service, SliceState::reserved},
    Transition{SliceState::allocated, Step::change_service, SliceState::allocated},
    Transition{SliceState::waved, Step::change_service, SliceState::waved},
    Transition{SliceState::picking, Step::change_service, SliceState::picking},
    Transition{SliceState::picked, Step::change_service, SliceState::picked},

    Transition{SliceState::scheduled, Step::change_units, SliceState::scheduled},
    Transition{SliceState::backordered, Step::change_units, SliceState::backordered},
    Transition{SliceState::reserved, Step::change_units, SliceState::reserved},
    Transition{SliceState::allocated, Step::change_units, SliceState::allocated},
    Transition{SliceState::waved, Step::change_units, SliceState::waved},
    Transition{SliceState::picking, Step::change_units, SliceState::picking},
    Transition{SliceState::picked, Step::change_units, SliceState::picked},

    Transition{SliceState::scheduled, Step::add_line, SliceState::scheduled},
    Transition{SliceState::backordered, Step::add_line, SliceState::backordered},
    Transition{SliceState::reserved, Step::add_line, SliceState::reserved},
    Transition{SliceState::allocated, Step::add_line, SliceState::allocated},
    Transition{SliceState::waved, Step::add_line, SliceState::waved},
    Transition{SliceState::picking, Step::add_line, SliceState::picking},
    Transition{SliceState::picked, Step::add_line, SliceState::picked},

    Transition{SliceState::scheduled, Step::change_lines, SliceState::scheduled},
    Transition{SliceState::backordered, Step::change_lines, SliceState::backordered},
    Transition{SliceState::reserved, Step::change_lines, SliceState::reserved},
    Transition{SliceState::allocated, Step::change_lines, SliceState::allocated},
    Transition{SliceState::waved, Step::change_lines, SliceState::waved},
    Transition{SliceState::picking, Step::change_lines, SliceState::picking},
    Transition{SliceState::picked, Step::change_lines, SliceState::picked},

    Transition{SliceState::backordered, Step::request_vendor, SliceState::dropship_requested},
    Transition{SliceState::dropship_requested, Step::vendor_accept, SliceState::vendor_accepted},
    Transition{SliceState::dropship_requested, Step::vendor_reject, SliceState::backordered},
    Transition{SliceState::vendor_accepted, Step::vendor_reject, SliceState::backordered},
    Transition{SliceState::vendor_accepted, Step::confirm_ship, SliceState::shipped},
    Transition{SliceState::dropship_requested, Step::hold, SliceState::dropship_requested},
    Transition{SliceState::vendor_accepted, Step::hold, SliceState::vendor_accepted},
    Transition{SliceState::dropship_requested, Step::release_hold, SliceState::dropship_requested},
    Transition{SliceState::vendor_accepted, Step::release_hold, SliceState::vendor_accepted},
    Transition{SliceState::dropship_requested, Step::authorise_payment,
               SliceState::dropship_requested},
    Transition{SliceState::vendor_accepted, Step::authorise_payment, SliceState::vendor_accepted},
    Transition{SliceState::dropship_requested, Step::fail_payment, SliceState::dropship_requested},
    Transition{SliceState::vendor_accepted, Step::fail_payment, SliceState::vendor_accepted},
    Transition{SliceState::dropship_requested, Step::change_units, SliceState::dropship_requested},
    Transition{SliceState::vendor_accepted, Step::change_units, SliceState::vendor_accepted},
    Transition{SliceState::dropship_requested, Step::add_line, SliceState::dropship_requested},
    Transition{SliceState::vendor_accepted, Step::add_line, SliceState::vendor_accepted},
    Transition{SliceState::dropship_requested, Step::expire, SliceState::expired},
    Transition{SliceState::vendor_accepted, Step::expire, SliceState::expired},
    Transition{SliceState::dropship_requested, Step::cancel, SliceState::cancelled},
    Transition{SliceState::vendor_accepted, Step::cancel, SliceState::cancelled},

    Transition{SliceState::reserved, Step::move_units, SliceState::reserved},
    Transition{SliceState::allocated, Step::move_units, SliceState::allocated},
    Transition{SliceState::waved, Step::move_units, SliceState::allocated},
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

/// Whether a client's StepOrder may have this number.
constexpr bool is_sent(std::uint8_t step) {
  constexpr auto known = [] {
    std::array<bool, static_cast<std::size_t>(Step::steps_sent)> of{};
    for (const Transition& row : transitions) {
      if (row.step < Step::steps_sent) {
        of[static_cast<std::size_t>(row.step)] = true;
      }
    }
    return of;
  }();
  return step < known.size() && known[step];
}

}  // namespace millrace
