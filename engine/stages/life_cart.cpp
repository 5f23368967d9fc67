// Carts: units that are held softly for somebody who may order them. A hold is kept as an order
// that waits for its checkout; a newer one of the same cart, or the cart's order, takes its units
// over in one step; it ends by itself. docs/order-life.md, Carts, has the rules.
#include <algorithm>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/stages/life.h"

namespace millrace {

namespace {

std::uint64_t hash_of(std::uint64_t cart) {
  return hash_id({0, cart});
}

}  // namespace

bool Life::is_of_cart(Slot slot, std::uint64_t cart) const {
  return reserve_.notes_.find<CartNote>(
             slot, [&](const CartNote& note) { return note.cart == cart; }) != no_note;
}

Slot Life::cart_hold_of(std::uint64_t cart) const {
  const Slot slot{carts_.find(hash_of(cart),
                              [&](std::uint32_t other) { return is_of_cart(Slot{other}, cart); })};
  return slot != no_slot && waits_for_checkout(slot) ? slot : no_slot;
}

bool Life::waits_for_checkout(Slot slot) const {
  const std::uint32_t account = find_account(slot);
  return account != no_note && waits_for_payment(orders()[slot]) &&
         reserve_.notes_.get<AccountNote>(account).head.number == AccountNote::cart;
}

void Life::enter_cart(Slot slot, std::uint64_t cart) {
  const std::uint64_t hash = hash_of(cart);
  const std::uint32_t before =
      carts_.find(hash, [&](std::uint32_t other) { return is_of_cart(Slot{other}, cart); });
  if (before != IdIndex::none) {
    carts_.erase(hash, before);
  }
  carts_.insert(hash, slot.value);
}

void Life::forget_carts() {
  for (const auto& [slot, cart] : reserve_.carts_left_) {
    const auto is_left = [left = slot](std::uint32_t other) { return other == left.value; };
    if (carts_.find(hash_of(cart), is_left) != IdIndex::none) {
      carts_.erase(hash_of(cart), slot.value);
    }
  }
  reserve_.carts_left_.clear();
}

void Life::lend(Slot slot) {
  const OrderRecord& record = orders()[slot];
  orders().for_slices(record, [&](const Slice& slice) {
    if (slice.state == SliceState::reserved) {
      reserve_.give_back(slice.row, slice.node(), slice.units);
      reserve_.uncount(record, slice.row, slice.units);
    }
  });
}

void Life::take_back(Slot slot) {
  const OrderRecord& record = orders()[slot];
  orders().for_slices(record, [&](const Slice& slice) {
    if (slice.state == SliceState::reserved) {
      reserve_.hold_again(slice.row, slice.node(), slice.units);
      reserve_.count_again(record, slice.row, slice.units);
    }
  });
}

void Life::replace(Slot slot, std::uint32_t command, Batch& batch) {
  Units units{0};
  std::uint32_t freed = 0;
  reserve_.orders_.for_slices(orders()[slot], [&](Slice& slice, std::uint32_t at) {
    if (slice.state == SliceState::reserved) {
      chosen_[freed++] = at;
    }
    if (slice.state == SliceState::reserved || slice.state == SliceState::scheduled) {
      slice.state = next_state(slice.state, Step::cancel);
      units += slice.units;
    }
  });
  if (units > Units{0}) {
    Event event = event_of(slot, EventKind::cart_replaced);
    event.units = units;
    batch.events.tell(command, event);
  }
  fill_chosen(freed, command, batch);
}

Outcome Life::place_of_cart(const NewOrder& order, std::uint8_t policy, Batch& batch) {
  const std::uint64_t cart = order.head.group;
  const Slot before = cart_hold_of(cart);
  if (before != no_slot) {
    lend(before);
  }
  const Outcome outcome = place_by_policy(order, policy, batch);
  if (outcome.status == Status::refused) {
    if (before != no_slot) {
      take_back(before);
    }
    return outcome;
  }
  if (before != no_slot) {
    replace(before, order.command, batch);
  }
  if (allows(policy, Policy::cart_hold)) {
    const Slot slot{order.verdict.slot};
    CartNote note{};
    note.cart = cart;
    enter_cart(slot, cart);
    reserve_.notes_.add(slot, note);
  }
  return outcome;
}

Outcome Life::confirm_hold(const Job& job) {
  if (!waits_for_checkout(job.slot)) {
    return refused(Refusal::no_cart_hold);
  }
  if (!may_resume(job.record)) {
    return refused(Refusal::backorders_exhausted);
  }
  const std::uint32_t at = find_account(job.slot);
  stop_timer(at);
  AccountNote account = reserve_.notes_.get<AccountNote>(at);
  account.head.number = 0;
  reserve_.notes_.put(at, account);
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (slice.state == SliceState::reserved) {
      reserve_.count_demand(slice.row, slice.units);
    }
  });
  return let_go(job, static_cast<std::uint8_t>(HoldReason::payment));
}

Outcome Life::extend_hold(const Job& job) {
  if (!waits_for_checkout(job.slot)) {
    return refused(Refusal::no_cart_hold);
  }
  const Time until{job.body.value};
  if (until <= now_) {
    return refused(Refusal::moment_passed);
  }
  const std::uint32_t at = find_account(job.slot);
  stop_timer(at);
  start_timer(job.slot, at, Timer::payment, until);
  return accepted();
}

}  // namespace millrace
