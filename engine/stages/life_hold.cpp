// Orders that are held back: unpaid, suspicious, badly addressed, or by hand. What they hold at a
// node stays theirs, but no shipment waits for it; and payments, which let them go.
#include <algorithm>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

namespace {

std::uint8_t mark_of(std::uint8_t reason) {
  return static_cast<std::uint8_t>(hold_bit(static_cast<HoldReason>(reason))
                                   << OrderRecord::holds_from);
}

constexpr auto payment = static_cast<std::uint8_t>(HoldReason::payment);
/// An account, and the cart it is of.
constexpr std::uint32_t soft_hold_notes = 2;

}  // namespace

std::uint64_t Life::worth(const OrderRecord& record) const {
  std::uint64_t sum = 0;
  orders().for_slices(record, [&](const Slice& slice) {
    if (is_live(slice.state)) {
      sum += std::uint64_t{slice.units.value} * slice.unit_price;
    }
  });
  return sum;
}

std::uint32_t Life::ready_slices(const OrderRecord& record) const {
  std::uint32_t count = 0;
  orders().for_slices(record, [&](const Slice& slice) {
    count += static_cast<std::uint32_t>(slice.state == SliceState::allocated ||
                                        slice.state == SliceState::waved);
  });
  return count;
}

Units Life::put_on_hold(Slot slot, std::uint8_t reason, std::uint32_t command, Batch& batch) {
  OrderRecord& record = reserve_.orders_[slot];
  record.marks |= mark_of(reason);
  Units units{0};
  reserve_.orders_.for_slices(record, [&](Slice& slice, std::uint32_t at) {
    if (slice.state == SliceState::allocated || slice.state == SliceState::waved) {
      reserve_.leave_shipment(slot, at, command, batch);
      slice.state = next_state(slice.state, Step::hold);
      slice.head = 0;
      slice.place = Slice::pack(slice.node(), no_day);
      units += slice.units;
    }
  });
  return units;
}

Outcome Life::place(const NewOrder& order, Batch& batch) {
  const std::uint8_t policy = order.head.policy;
  OrderHead head = order.head;
  head.policy &= policy_bits_kept;
  const NewOrder usual{head, order.verdict, order.route, order.command, order.sequence};
  return millrace::is_of_cart(policy) ? place_of_cart(usual, policy, batch)
                                      : place_by_policy(usual, policy, batch);
}

Outcome Life::place_by_policy(const NewOrder& order, std::uint8_t policy, Batch& batch) {
  if (allows(policy, Policy::cart_hold)) {
    return place_softly(order, policy, {AccountNote::cart, network_.life.cart_hold_us}, batch);
  }
  if (allows(policy, Policy::unpaid)) {
    return place_softly(order, policy, {AccountNote::unpaid, network_.life.payment_hold_us}, batch);
  }
  return place_lines(order, policy, batch);
}

bool Life::waits_for_payment(const OrderRecord& record) {
  return (record.marks & mark_of(payment)) != 0;
}

Outcome Life::place_softly(const NewOrder& order, std::uint8_t policy, SoftHold hold,
                           Batch& batch) {
  if (reserve_.notes_.left() < soft_hold_notes) {
    return reserve_.refuse(Refusal::notes_exhausted, order.head, order.verdict, order.sequence);
  }
  const std::size_t shipments = batch.shipments.size();
  const Outcome outcome = place_lines(order, policy, batch);
  if (outcome.status == Status::refused) {
    return outcome;
  }
  const Slot slot{order.verdict.slot};
  put_on_hold(slot, payment, order.command, batch);
  // Nothing of it was to be picked yet, so nothing need be withdrawn.
  batch.shipments.erase(batch.shipments.begin() + static_cast<std::ptrdiff_t>(shipments),
                        batch.shipments.end());
  AccountNote account{};
  account.head.number = hold.kind;
  account.entry = ExpiryWheel::none;
  const std::uint32_t at = reserve_.notes_.add(slot, account);
  start_timer(slot, at, Timer::payment, Time{now_.us + hold.us});
  return outcome;
}

Outcome Life::hold(const Job& job) {
  const std::uint8_t reason = job.body.reason;
  if (reason == payment || reason >= hold_reasons) {
    return refused(Refusal::unknown_reason);
  }
  if ((job.record.marks & mark_of(reason)) != 0) {
    return refused(Refusal::on_hold);
  }
  const std::uint32_t ready = ready_slices(job.record);
  if (reserve_.orders_.slices_left() < ready) {
    return refused(Refusal::slices_exhausted);
  }
  reserve_.orders_.spend(ready);
  return accepted(no_node, put_on_hold(job.slot, reason, job.command, job.batch));
}

bool Life::may_resume(const OrderRecord& record) const {
  std::uint32_t reserved = 0;
  orders().for_slices(record, [&](const Slice& slice) {
    reserved += static_cast<std::uint32_t>(slice.state == SliceState::reserved);
  });
  return reserve_.backorders_.room() >= reserved;
}

Outcome Life::release_hold(const Job& job) {
  const std::uint8_t reason = job.body.reason;
  if (reason == payment || reason >= hold_reasons) {
    return refused(Refusal::unknown_reason);
  }
  if ((job.record.marks & mark_of(reason)) == 0) {
    return refused(Refusal::not_on_hold);
  }
  return let_go(job, reason);
}

Outcome Life::let_go(const Job& job, std::uint8_t reason) {
  if (!may_resume(job.record)) {
    return refused(Refusal::backorders_exhausted);
  }
  job.record.marks = static_cast<std::uint8_t>(job.record.marks & ~mark_of(reason));
  return job.record.holds() == 0 ? resume(job) : accepted();
}

Units Life::resume_at(const Job& job, NodeIndex node) {
  const Day day = reserve_.ship(job.record, job.slot, node, job.command, job.batch);
  Units units{0};
  reserve_.orders_.for_slices(job.record, [&](Slice& slice, std::uint32_t /*at*/) {
    if (slice.state == SliceState::reserved && slice.node() == node) {
      slice.state = next_state(slice.state, Step::release_hold);
      slice.head = static_cast<std::uint8_t>(units == Units{0});
      slice.place = Slice::pack(node, day);
      units += slice.units;
    }
  });
  return units;
}

Outcome Life::resume(const Job& job) {
  OrderTable& table = reserve_.orders_;
  Units units{0};
  Units left{0};
  std::uint32_t count = 0;
  for (std::uint32_t at = job.record.first_slice; at != no_slice; at = table.slice(at).next) {
    Slice& slice = table.slice(at);
    if (slice.state != SliceState::reserved) {
      continue;
    }
    if (reserve_.calendar_.is_open(slice.node())) {
      units += resume_at(job, slice.node());
      continue;
    }
    // The node has no day left for it: others are asked.
    reserve_.give_back(slice.row, slice.node(), slice.units);
    slice.state = SliceState::backordered;
    slice.place =
        reserve_.backorders_.push(slice.row, job.slot, at, slice.units, job.record.priority);
    reserve_.units_waiting_ += slice.units.value;
    reserve_.shift_promises(slice.row);
    left += slice.units;
    chosen_[count++] = at;
  }
  Outcome outcome = accepted(no_node, units);
  const std::uint64_t waited = reserve_.units_waiting_;
  settle(job, count);
  const Units held{static_cast<std::uint32_t>(waited - reserve_.units_waiting_)};
  std::uint32_t seeking = count;
  if (job.record.asks_vendors != 0) {
    // While it was on hold nobody was asked, for what waited before neither.
    left = held;
    seeking = choose_waiting(job.record, count);
    for (const std::uint32_t at : chosen_.first(seeking)) {
      const bool waits = table.slice(at).state == SliceState::backordered;
      left += waits ? table.slice(at).units : Units{0};
    }
    ask_vendors(job, seeking);
  }
  const Units lost = give_up(job, seeking);
  outcome.allocated += held;
  outcome.backordered = left - held - lost;
  outcome.detail = lost.value;
  fill_chosen(count, job.command, job.batch);
  return outcome;
}

void Life::stop_timer(std::uint32_t at) {
  AccountNote account = reserve_.notes_.get<AccountNote>(at);
  if (account.entry != ExpiryWheel::none) {
    wheel_.remove(account.entry);
  }
  account.entry = ExpiryWheel::none;
  account.timer = 0;
  account.due = Time{0};
  reserve_.notes_.put(at, account);
}

Outcome Life::pay(const Job& job) {
  const std::uint32_t at = find_account(job.slot);
  if (at == no_note || reserve_.notes_.get<AccountNote>(at).head.number != AccountNote::unpaid) {
    return refused(Refusal::no_payment_due);
  }
  const bool waits = waits_for_payment(job.record);
  AccountNote account = reserve_.notes_.get<AccountNote>(at);
  if (job.step == Step::capture_payment) {
    const std::uint64_t left = account.authorised - account.captured;
    if (job.body.value == 0 || job.body.value > left) {
      return refused(Refusal::wrong_amount, saturated(left));
    }
    account.captured += job.body.value;
    reserve_.notes_.put(at, account);
    return accepted();
  }
  if (job.step == Step::authorise_payment) {
    const std::uint64_t due = worth(job.record);
    if (!waits) {
      return refused(Refusal::no_payment_due);
    }
    if (job.body.value < due) {
      return refused(Refusal::wrong_amount, saturated(due));
    }
    if (!may_resume(job.record)) {
      return refused(Refusal::backorders_exhausted);
    }
    account.authorised = std::max(account.authorised, job.body.value);
    reserve_.notes_.put(at, account);
    stop_timer(at);
    return let_go(job, payment);
  }
  return payment_failed(job, at, waits);
}

Outcome Life::payment_failed(const Job& job, std::uint32_t account, bool waits) {
  if (waits) {
    return accepted();
  }
  if (reserve_.orders_.slices_left() < ready_slices(job.record)) {
    return refused(Refusal::slices_exhausted);
  }
  return accepted(no_node, wait_for_payment(job, account));
}

Units Life::wait_for_payment(const Job& job, std::uint32_t account) {
  reserve_.orders_.spend(ready_slices(job.record));
  start_timer(job.slot, account, Timer::payment, Time{now_.us + network_.life.payment_hold_us});
  return put_on_hold(job.slot, payment, job.command, job.batch);
}

void Life::expire_order(Slot slot, std::uint32_t command, Batch& batch) {
  OrderRecord& record = reserve_.orders_[slot];
  Units units{0};
  std::uint32_t freed = 0;
  reserve_.orders_.for_slices(record, [&](Slice& slice, std::uint32_t at) {
    const SliceState next = next_state(slice.state, Step::expire);
    if (next == no_state) {
      return;
    }
    units += slice.units;
    if (let_go_of(slot, at, next, command, batch)) {
      chosen_[freed++] = at;
    }
  });
  record.marks = static_cast<std::uint8_t>(record.marks & ~mark_of(payment));
  if (units > Units{0}) {
    const bool cart =
        reserve_.notes_.get<AccountNote>(find_account(slot)).head.number == AccountNote::cart;
    Event event = event_of(slot, cart ? EventKind::cart_expired : EventKind::order_expired);
    event.units = units;
    batch.events.tell(command, event);
  }
  fill_chosen(freed, command, batch);
  see_arrival(slot);
}

}  // namespace millrace
