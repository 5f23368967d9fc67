// Orders on hold and payments, as docs/order-life.md has them.
#include <algorithm>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

Outcome accepted_units(std::uint64_t units) {
  return accepted(no_node, Units{static_cast<std::uint32_t>(units)});
}

bool is_ready(SliceState state) {
  return state == SliceState::allocated || state == SliceState::waved;
}

}  // namespace

std::uint64_t Twin::worth(const Order& order) {
  std::uint64_t sum = 0;
  for (const Slice& slice : order.slices) {
    sum += is_live(slice.state) ? slice.units * slice.unit_price : 0;
  }
  return sum;
}

std::uint64_t Twin::put_on_hold(Order& order, std::size_t slot, std::uint8_t reason) {
  std::uint64_t units = 0;
  for (std::size_t at = 0; at < order.slices.size(); ++at) {
    Slice& slice = order.slices[at];
    if (is_ready(slice.state)) {
      leave_shipment(order, slot, at);
      slice.state = SliceState::reserved;
      slice.head = false;
      slice.ship_day = 0;
      units += slice.units;
    }
  }
  order.holds = static_cast<std::uint8_t>(order.holds | (1U << reason));
  return units;
}

void Twin::await(Order& order, std::size_t slot, bool payment) {
  (void)put_on_hold(order, slot, 0);
  Account account;
  account.unpaid = payment;
  account.cart = !payment;
  order.notes.push_back(account);
  const LifeRules& rules = network_.figures().life;
  set_timer(*account_of(order), slot, 4,
            now_.us + (payment ? rules.payment_hold_us : rules.cart_hold_us));
}

Outcome Twin::hold_back(Order& order, std::size_t slot, const StepOrder& body) {
  if (body.reason == 0 || body.reason > 3) {
    return refused(Refusal::unknown_reason);
  }
  const bool is_held_back = (order.holds >> body.reason & 1U) != 0;
  if (static_cast<Step>(body.step) == Step::release_hold) {
    return is_held_back ? let_go(order, slot, body.reason) : refused(Refusal::not_on_hold);
  }
  if (is_held_back) {
    return refused(Refusal::on_hold);
  }
  for (const Slice& slice : order.slices) {
    spent_ += is_ready(slice.state) ? 1 : 0;
  }
  return accepted_units(put_on_hold(order, slot, body.reason));
}

Outcome Twin::let_go(Order& order, std::size_t slot, std::uint8_t reason) {
  order.holds = static_cast<std::uint8_t>(order.holds & ~(1U << reason));
  if (order.holds != 0) {
    return accepted();
  }
  std::uint64_t units = 0;
  std::uint64_t left = 0;
  std::vector<std::size_t> chosen;
  for (std::size_t at = 0; at < order.slices.size(); ++at) {
    if (order.slices[at].state != SliceState::reserved) {
      continue;
    }
    const std::size_t node = order.slices[at].node;
    const std::optional<std::int64_t> day = ship_day(node);
    if (!day.has_value()) {
      rows_[order.slices[at].row].buckets[node].taken -=
          static_cast<std::int64_t>(order.slices[at].units);
      left += order.slices[at].units;
      wait_again(slot, at);
      chosen.push_back(at);
      continue;
    }
    bool is_first = true;
    for (Slice& slice : order.slices) {
      if (slice.state == SliceState::reserved && slice.node == node) {
        // It is taken already: hold() takes it once more.
        rows_[slice.row].buckets[node].taken -= static_cast<std::int64_t>(slice.units);
        hold(order, slot, slice, node, *day, is_first);
        units += slice.units;
        is_first = false;
      }
    }
  }
  Outcome outcome = accepted_units(units);
  const std::uint64_t held = fill_in_rounds(order, slot, chosen, &Twin::fill_slices);
  std::uint64_t waits = left - held;
  std::vector<std::size_t> seeking = chosen;
  if (order.asks_vendors) {
    // Nobody was asked while it was on hold, for what has waited all along neither.
    for (const std::size_t at : waiting_of(order)) {
      if (std::find(chosen.begin(), chosen.end(), at) == chosen.end()) {
        seeking.push_back(at);
        waits += order.slices[at].units;
      }
    }
    ask_vendors(order, slot, seeking);
  }
  const std::uint64_t given_up = give_up(order, slot, seeking);
  outcome.allocated += Units{static_cast<std::uint32_t>(held)};
  outcome.backordered = Units{static_cast<std::uint32_t>(waits - given_up)};
  outcome.detail = static_cast<std::uint32_t>(given_up);
  for (const std::size_t at : chosen) {
    (void)fill_row(orders_[slot].slices[at].row);
  }
  return outcome;
}

Outcome Twin::pay(Order& order, std::size_t slot, const StepOrder& body) {
  Account* const account = account_of(order);
  if (account == nullptr || !account->unpaid) {
    return refused(Refusal::no_payment_due);
  }
  const bool is_waiting = (order.holds & 1U) != 0;
  const Step step = static_cast<Step>(body.step);
  if (step == Step::capture_payment) {
    const std::uint64_t left = account->authorised - account->captured;
    if (body.value == 0 || body.value > left) {
      return refused(Refusal::wrong_amount, saturated(left));
    }
    account->captured += body.value;
    return accepted();
  }
  if (step == Step::authorise_payment) {
    if (!is_waiting) {
      return refused(Refusal::no_payment_due);
    }
    if (body.value < worth(order)) {
      return refused(Refusal::wrong_amount, saturated(worth(order)));
    }
    account->authorised = std::max(account->authorised, body.value);
    timers_.erase({account->due.us, slot, 0});
    account->timer = 0;
    account->due = Time{0};
    return let_go(order, slot, 0);
  }
  if (is_waiting) {
    return accepted();
  }
  return accepted_units(wait_for_payment(order, slot, *account));
}

std::uint64_t Twin::wait_for_payment(Order& order, std::size_t slot, Account& account) {
  for (const Slice& slice : order.slices) {
    spent_ += is_ready(slice.state) ? 1 : 0;
  }
  set_timer(account, slot, 4, now_.us + network_.figures().life.payment_hold_us);
  return put_on_hold(order, slot, 0);
}

void Twin::expire_order(Order& order, std::size_t slot) {
  std::uint64_t units = 0;
  std::vector<std::size_t> rows_to_fill;
  for (std::size_t at = 0; at < order.slices.size(); ++at) {
    Slice& slice = order.slices[at];
    if (next_state(slice.state, Step::expire) == no_state) {
      continue;
    }
    units += slice.units;
    if (slice.state == SliceState::backordered) {
      leave_queue(slot, at);
      stats_.backorders_waiting -= slice.units;
    } else if (slice.state != SliceState::scheduled) {
      withdraw(order, slot, at);
      leave_shipment(order, slot, at);
      rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
      rows_to_fill.push_back(slice.row);
    }
    uncount(order, slice);
    slice.state = SliceState::expired;
  }
  order.holds = static_cast<std::uint8_t>(order.holds & ~1U);
  moved_.push_back(slot);
  if (units > 0) {
    Event event = event_of(
        order, account_of(order)->cart ? EventKind::cart_expired : EventKind::order_expired);
    event.units = Units{static_cast<std::uint32_t>(units)};
    tell(event);
  }
  for (const std::size_t row : rows_to_fill) {
    (void)fill_row(row);
  }
}

}  // namespace millrace::reference
