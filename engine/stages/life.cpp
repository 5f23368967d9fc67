// Steps of an order's life: which units take one, and whether they may.
#include "engine/stages/life.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {

Outcome Life::not_allowed(SliceState state, Step step, std::uint16_t reason) {
  return refused(Refusal::step_not_allowed, static_cast<std::uint32_t>(state) |
                                                static_cast<std::uint32_t>(step) << 8U |
                                                std::uint32_t{reason} << 16U);
}

Life::Life(const Network& network, Reserve& reserve, const Limits& limits)
    : network_(network),
      reserve_(reserve),
      wheel_(limits.notes_max + nodes_max, Touch::as_used),
      carts_(limits.orders_max, Touch::as_used),
      chosen_(limits.slices_max, Touch::as_used),
      pending_(limits.slices_max, Touch::as_used) {}

bool Life::matches(const Slice& slice, const StepOrder& body, Step step) {
  if (is_of_order(step)) {
    return true;
  }
  if (step == Step::change_units) {
    return body.line == slice.line;
  }
  const auto node = static_cast<std::uint16_t>(slice.visible_place());
  if (step == Step::confirm_ship && slice.state == SliceState::vendor_accepted) {
    // Nobody but the vendor ships it, in a parcel that it names first.
    return (body.line == any_line || body.line == slice.line) && body.node.value == node &&
           body.parcel != 0;
  }
  // A packer names the parcel that the units go to, everybody else the one that they are in.
  const bool in_parcel = body.parcel == 0 || step == Step::confirm_pack ||
                         (slice.parcel == body.parcel && slice.parcel != 0);
  if (step == Step::move_units && node == body.code) {
    return false;  // it is there
  }
  return (body.line == any_line || body.line == slice.line) &&
         (body.node == no_node || body.node.value == node) && in_parcel;
}

Life::Found Life::find(const Job& job) const {
  Found found{false, no_state, 0, Units{0}, false};
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (!matches(slice, job.body, job.step)) {
      return;
    }
    if (!found.any) {
      found.first = slice.state;
    }
    found.any = true;
    if (next_state(slice.state, job.step) != no_state) {
      ++found.slices;
      found.units += slice.units;
      found.noted |= comes_back(slice.state) || slice.state == SliceState::dropship_requested;
    }
  });
  return found;
}

Outcome Life::check(const Job& job, const Found& found) const {
  if (!found.any) {
    return refused(Refusal::no_such_line);
  }
  if (found.slices == 0) {
    return not_allowed(found.first, job.step, job.body.reason);
  }
  if (needs_every_slice(job.step)) {
    return check_every_slice(job);
  }
  if (is_of_order(job.step) || job.step == Step::change_units) {
    return refused(Refusal::none);
  }
  if (job.body.units > found.units) {
    return refused(Refusal::too_many_units, found.units.value);
  }
  const bool splits = job.body.units != Units{0} && job.body.units < found.units;
  if (splits && reserve_.orders_.slices_left() == 0) {
    return refused(Refusal::slices_exhausted);
  }
  if (splits && found.noted && reserve_.notes_.left() == 0) {
    return refused(Refusal::notes_exhausted);
  }
  return refused(Refusal::none);
}

Outcome Life::check_every_slice(const Job& job) const {
  SliceState too_far = no_state;
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (too_far == no_state && is_live(slice.state) &&
        next_state(slice.state, job.step) == no_state) {
      too_far = slice.state;
    }
  });
  return too_far == no_state ? refused(Refusal::none)
                             : not_allowed(too_far, job.step, job.body.reason);
}

Outcome Life::step(const StepOrder& body, Slot slot, Slot other, std::uint32_t command,
                   Batch& batch) {
  OrderRecord& record = reserve_.orders_[slot];
  if (record.outcome.status == Status::refused) {
    return refused(Refusal::order_was_refused);
  }
  const Job job{body, static_cast<Step>(body.step), slot, other, record, command, batch};
  const Found found = find(job);
  if (const Outcome problem = check(job, found); problem.refusal != Refusal::none) {
    return problem;
  }
  const Outcome outcome = take(job, found);
  if (outcome.status != Status::refused) {
    see_arrival(slot);
  }
  return outcome;
}

Outcome Life::take(const Job& job, const Found& found) {
  switch (job.step) {
    case Step::start_pick:
    case Step::confirm_pick:
    case Step::in_transit:
    case Step::delay:
    case Step::fail_delivery:
    case Step::send_return:
    case Step::receive_return:
    case Step::miss_return:
    case Step::close_service:
      return advance(job, found);
    case Step::short_pick:
    case Step::reject_node:
    case Step::vendor_reject:
      return reroute(job, found);
    case Step::confirm_pack:
      return pack(job, found);
    case Step::create_label:
      return label(job, found);
    case Step::confirm_ship:
      return ship(job, found);
    case Step::deliver:
      return deliver(job);
    case Step::give_feedback:
      return give_feedback(job, found);
    case Step::authorise_payment:
    case Step::fail_payment:
    case Step::capture_payment:
      return pay(job);
    case Step::hold:
      return hold(job);
    case Step::release_hold:
      return release_hold(job);
    case Step::cancel:
      return cancel_units(job);
    case Step::open_return:
      return open_return(job, found);
    case Step::restock:
    case Step::need_work:
    case Step::scrap:
      return dispose(job);
    case Step::refund:
      return refund(job, no_slot);
    case Step::exchange:
      return exchange(job);
    case Step::confirm_hold:
      return confirm_hold(job);
    case Step::extend_hold:
      return extend_hold(job);
    case Step::schedule:
      return schedule(job);
    case Step::activate:
      return activate(job);
    case Step::change_address:
      return change_address(job);
    case Step::change_service:
      return change_service(job);
    case Step::change_units:
      return change_units(job, found);
    case Step::add_line:
      return add_line(job);
    case Step::move_units:
      return move_units(job, found);
    case Step::change_lines:
      return change_lines(job);
    case Step::vendor_accept:
      return vendor_accept(job);
    case Step::none:
    case Step::steps_sent:
    case Step::release_wave:
    case Step::fill:
    case Step::close:
    case Step::fill_on_hold:
    case Step::expire:
    case Step::request_vendor:
      break;
  }
  return refused(Refusal::unknown_step);
}

std::uint32_t Life::split(Slot slot, std::uint32_t at, Units units) {
  OrderTable& table = reserve_.orders_;
  OrderRecord& record = table[slot];
  CHECK(table.slice(at).units > units);
  Slice part = table.slice(at);
  part.units = units;
  part.head = 0;
  if (part.state == SliceState::backordered) {
    reserve_.backorders_.reduce(part.row, units);
    reserve_.shift_promises(part.row);
    part.place = no_waiter;
  }
  table.slice(at).units -= units;
  const std::uint32_t made = table.append(record, table.last_slice(record), part);
  if (comes_back(part.state)) {
    ReturnNote note = reserve_.notes_.get<ReturnNote>(find_return(slot, at));
    note.slice = made;
    reserve_.notes_.add(slot, note);
  } else if (part.state == SliceState::dropship_requested) {
    note_request(slot, made, reserve_.notes_.get<RequestNote>(find_request(slot, at)).due);
  }
  return made;
}

Outcome Life::advance(const Job& job, const Found& /*found*/) {
  Outcome outcome = accepted();
  outcome.allocated = move(job, [&](std::uint32_t at) {
    Slice& slice = reserve_.orders_.slice(at);
    outcome.node = outcome.node == no_node ? slice.node() : outcome.node;
    slice.state = next_state(slice.state, job.step);
  });
  return outcome;
}

void Life::leave_queue(std::uint32_t at) {
  Slice& slice = reserve_.orders_.slice(at);
  if (slice.place != no_waiter) {
    reserve_.leave_queue(slice);
  }
  slice.place = Slice::pack(no_node, no_day);
  reserve_.units_waiting_ -= slice.units.value;
}

bool Life::let_go_of(Slot slot, std::uint32_t at, SliceState next, std::uint32_t command,
                     Batch& batch) {
  Slice& slice = reserve_.orders_.slice(at);
  const bool held = slice.held();
  withdraw_request(slot, at, command, batch);
  if (held) {
    reserve_.leave_shipment(slot, at, command, batch);
    reserve_.give_back(slice.row, slice.node(), slice.units);
  } else if (slice.state == SliceState::backordered) {
    leave_queue(at);
  }
  reserve_.uncount(orders()[slot], slice.row, slice.units);
  slice.state = next;
  return held;
}

void Life::fill_chosen(std::uint32_t count, std::uint32_t command, Batch& batch) {
  for (std::uint32_t at = 0; at < count; ++at) {
    reserve_.fill(orders().slice(chosen_[at]).row, command, batch);
  }
}

Outcome Life::cancel(const CancelOrder& body, Slot slot, std::uint32_t command, Batch& batch) {
  OrderTable& table = reserve_.orders_;
  OrderRecord& record = table[slot];
  if (record.outcome.status == Status::refused) {
    return refused(Refusal::order_was_refused);
  }
  Outcome outcome = refused(Refusal::none);
  outcome.status = Status::cancelled;
  SliceState kept = no_state;
  std::uint32_t freed = 0;
  table.for_slices(record, [&](Slice& slice, std::uint32_t at) {
    const SliceState next = next_state(slice.state, Step::cancel);
    if (next == no_state) {
      const bool gone = slice.state == SliceState::cancelled || slice.state == SliceState::rerouted;
      kept = kept == no_state && !gone ? slice.state : kept;
      return;
    }
    withdraw_request(slot, at, command, batch);
    if (slice.held()) {
      reserve_.give_back(slice.row, slice.node(), slice.units);
      if (slice.head != 0 && takes_capacity(slice.state)) {
        reserve_.calendar_.give_back(slice.node(), slice.ship_day());
      }
      chosen_[freed++] = at;
    }
    if (slice.state == SliceState::backordered) {
      leave_queue(at);
      outcome.backordered += slice.units;
    } else {
      outcome.allocated += slice.units;
    }
    reserve_.uncount(record, slice.row, slice.units);
    slice.state = next;
  });
  if (outcome.allocated + outcome.backordered == Units{0}) {
    return kept == no_state ? refused(Refusal::already_cancelled)
                            : not_allowed(kept, Step::cancel, body.reason);
  }
  batch.shipments.push_back(ShipmentNote{slot, no_node, no_day, record.service, true, command});
  fill_chosen(freed, command, batch);
  see_arrival(slot);
  return outcome;
}

Event Life::event_of(Slot slot, EventKind kind) const {
  return reserve_.event_of(slot, kind);
}

Event Life::event_of(Slot slot, const Slice& slice, EventKind kind) const {
  Event event = event_of(slot, kind);
  event.sku = reserve_.sku(slice.row).sku;
  event.node = NodeIndex{static_cast<std::uint16_t>(slice.visible_place())};
  event.units = slice.units;
  event.detail = slice.line;
  return event;
}

void Life::load() {
  for (std::uint32_t slot = 0; slot < orders().size(); ++slot) {
    reserve_.notes_.for_each<CartNote>(
        Slot{slot}, [&](const CartNote& note) { enter_cart(Slot{slot}, note.cart); });
    reserve_.notes_.for_each<RequestNote>(Slot{slot}, [&](const RequestNote& note) {
      if (note.due > Time{0}) {
        note_request(Slot{slot}, note.slice, note.due);
      }
    });
    const std::uint32_t at = find_account(Slot{slot});
    // Of an order that was put away there is none: nothing is due of it.
    if (at == no_note) {
      continue;
    }
    AccountNote account = reserve_.notes_.get<AccountNote>(at);
    const auto timer = static_cast<Timer>(account.timer);
    account.entry = timer != Timer::none && timer != Timer::done
                        ? wheel_.add(account.due, key_of(Slot{slot}))
                        : ExpiryWheel::none;
    reserve_.notes_.put(at, account);
  }
  reserve_.outages_.for_each([&](const Outage& outage) {
    if (outage.due > Time{0}) {
      reserve_.outages_[outage.node].entry =
          wheel_.add(outage.due, key_of(no_slot, outage.node.value));
    }
  });
  next_due_ = wheel_.next();
}

}  // namespace millrace
