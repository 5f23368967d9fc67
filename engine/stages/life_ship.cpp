// Parcels, labels, shipping, delivery, and what is asked some days later.
#include <algorithm>
#include <cstring>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

namespace {

constexpr std::uint32_t parcels_max = 255;

/// Carrier and tracking number, as the step has them.
void put_label(const StepOrder& body, ParcelNote& parcel) {
  parcel.head.code = body.code;
  parcel.flags |= ParcelNote::labelled;
  std::memcpy(parcel.tracking, &body.other, sizeof(body.other));
  std::memcpy(parcel.tracking + sizeof(body.other), &body.value, sizeof(body.value));
}

Day utc_day(Time time) {
  return Day{static_cast<std::uint16_t>(time.us / us_per_day)};
}

}  // namespace

std::uint32_t Life::find_parcel(Slot slot, std::uint32_t number) const {
  return reserve_.notes_.find<ParcelNote>(
      slot, [&](const ParcelNote& parcel) { return parcel.head.number == number; });
}

std::uint32_t Life::find_account(Slot slot) const {
  return reserve_.notes_.find<AccountNote>(slot, [](const AccountNote&) { return true; });
}

bool Life::mixes_fragile(const Job& job) const {
  bool fragile = false;
  bool sturdy = false;
  orders().for_slices(job.record, [&](const Slice& slice) {
    const bool goes_in = matches(slice, job.body, job.step) && slice.state == SliceState::picked;
    const bool is_in = slice.parcel == job.body.parcel &&
                       (slice.state == SliceState::packed || has_left(slice.state));
    if (goes_in || is_in) {
      const bool breaks =
          (reserve_.sku(slice.row).flags & static_cast<std::uint16_t>(SkuFlag::fragile)) != 0;
      fragile |= breaks;
      sturdy |= !breaks;
    }
  });
  return fragile && sturdy;
}

Refusal Life::check_parcel(const Job& job, std::uint32_t parcel) const {
  const StepOrder& body = job.body;
  if (body.parcel == 0 || body.parcel > parcels_max) {
    return Refusal::unknown_parcel;
  }
  if (parcel == no_note && reserve_.notes_.left() == 0) {
    return Refusal::notes_exhausted;
  }
  std::uint16_t flags = body.flags & ParcelNote::marked_fragile;
  NodeIndex node = no_node;
  if (parcel != no_note) {
    const ParcelNote note = reserve_.notes_.get<ParcelNote>(parcel);
    flags = note.flags;
    node = note.node;
  }
  bool one_node = (flags & ParcelNote::shipped) == 0;
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (matches(slice, body, job.step) && slice.state == SliceState::picked) {
      one_node &= node == no_node || node == slice.node();
      node = slice.node();
    }
  });
  if (!one_node) {
    return Refusal::parcel_closed;
  }
  return (flags & ParcelNote::marked_fragile) == 0 && mixes_fragile(job) ? Refusal::fragile_unmarked
                                                                         : Refusal::none;
}

Outcome Life::pack(const Job& job, const Found& /*found*/) {
  const StepOrder& body = job.body;
  const std::uint32_t parcel = find_parcel(job.slot, body.parcel);
  if (const Refusal why = check_parcel(job, parcel); why != Refusal::none) {
    return refused(why);
  }
  NodeIndex node = no_node;
  const Units units = move(job, [&](std::uint32_t at) {
    Slice& slice = reserve_.orders_.slice(at);
    slice.state = next_state(slice.state, job.step);
    slice.parcel = static_cast<std::uint8_t>(body.parcel);
    node = slice.node();
  });
  if (parcel == no_note) {
    ParcelNote note{};
    note.head.number = static_cast<std::uint8_t>(body.parcel);
    note.weight_grams = static_cast<std::uint32_t>(body.value);
    note.size = {static_cast<std::uint16_t>(body.other.low),
                 static_cast<std::uint16_t>(body.other.low >> 16U),
                 static_cast<std::uint16_t>(body.other.low >> 32U)};
    note.flags = body.flags & ParcelNote::marked_fragile;
    note.node = node;
    const bool first = !has_parcels(job.slot);
    reserve_.notes_.add(job.slot, note);
    tell_opened(job, note, first);
  }
  return accepted(node, units);
}

void Life::tell_opened(const Job& job, const ParcelNote& parcel, bool first) {
  Event event = event_of(job.slot, EventKind::label_wanted);
  event.node = parcel.node;
  event.detail = parcel.head.number;
  event.amount = parcel.weight_grams;
  job.batch.events.tell(job.command, event);
  if (first) {
    tell_invoice(job, parcel.node);
  }
}

bool Life::has_parcels(Slot slot) const {
  return reserve_.notes_.find<ParcelNote>(slot, [](const ParcelNote&) { return true; }) != no_note;
}

void Life::tell_invoice(const Job& job, NodeIndex node) {
  Event event = event_of(job.slot, EventKind::invoice_wanted);
  event.node = node;
  job.batch.events.tell(job.command, event);
}

Refusal Life::open_vendor_parcel(const Job& job) {
  const StepOrder& body = job.body;
  if (body.parcel > parcels_max) {
    return Refusal::unknown_parcel;
  }
  if (find_parcel(job.slot, body.parcel) != no_note) {
    return Refusal::parcel_closed;
  }
  if (reserve_.notes_.left() == 0) {
    return Refusal::notes_exhausted;
  }
  ParcelNote note{};
  note.head.number = static_cast<std::uint8_t>(body.parcel);
  note.node = body.node;
  put_label(body, note);
  const bool first = !has_parcels(job.slot);
  reserve_.notes_.add(job.slot, note);
  if (first) {
    tell_invoice(job, note.node);
  }
  return Refusal::none;
}

Outcome Life::label(const Job& job, const Found& found) {
  const StepOrder& body = job.body;
  const std::uint32_t at = find_parcel(job.slot, body.parcel);
  if (at == no_note) {
    return refused(Refusal::unknown_parcel);
  }
  ParcelNote parcel = reserve_.notes_.get<ParcelNote>(at);
  put_label(body, parcel);
  reserve_.notes_.put(at, parcel);
  return accepted(parcel.node, found.units);
}

Outcome Life::ship(const Job& job, const Found& /*found*/) {
  if (job.record.holds() != 0) {
    return refused(Refusal::on_hold);
  }
  const bool by_vendor = job.body.node != no_node && network_.is_vendor(job.body.node);
  if (by_vendor) {
    if (const Refusal why = open_vendor_parcel(job); why != Refusal::none) {
      return refused(why);
    }
  }
  const auto parcel_of = [&](const Slice& slice) { return find_parcel(job.slot, slice.parcel); };
  bool labelled = true;
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (matches(slice, job.body, job.step) && slice.state == SliceState::packed) {
      const ParcelNote note = reserve_.notes_.get<ParcelNote>(parcel_of(slice));
      labelled &= (note.flags & ParcelNote::labelled) != 0;
    }
  });
  if (!labelled) {
    return refused(Refusal::label_missing);
  }
  NodeIndex node = no_node;
  std::uint64_t amount = 0;
  const Units units = move(job, [&](std::uint32_t at) {
    Slice& slice = reserve_.orders_.slice(at);
    slice.state = next_state(slice.state, job.step);
    slice.parcel = by_vendor ? static_cast<std::uint8_t>(job.body.parcel) : slice.parcel;
    amount += std::uint64_t{slice.units.value} * slice.unit_price;
    reserve_.set_cell(slice.row, slice.node(),
                      reserve_.stock_.on_hand(slice.row, slice.node()) - slice.units,
                      reserve_.unheld(slice.row, slice.node()));
    node = node == no_node ? slice.node() : node;
    const std::uint32_t parcel = parcel_of(slice);
    ParcelNote note = reserve_.notes_.get<ParcelNote>(parcel);
    note.flags |= ParcelNote::shipped;
    reserve_.notes_.put(parcel, note);
  });
  Outcome outcome = accepted(node, units);
  outcome.cost = saturated(amount);
  tell_capture(job, outcome);
  return outcome;
}

void Life::tell_capture(const Job& job, const Outcome& outcome) {
  const std::uint32_t account = find_account(job.slot);
  if (account != no_note &&
      reserve_.notes_.get<AccountNote>(account).head.number == AccountNote::unpaid) {
    Event event = event_of(job.slot, EventKind::capture_wanted);
    event.units = outcome.allocated;
    event.amount = outcome.cost;
    job.batch.events.tell(job.command, event);
  }
}

Outcome Life::deliver(const Job& job) {
  if (find_account(job.slot) == no_note && reserve_.notes_.left() == 0) {
    return refused(Refusal::notes_exhausted);
  }
  NodeIndex node = no_node;
  const Units units = move(job, [&](std::uint32_t at) {
    Slice& slice = reserve_.orders_.slice(at);
    slice.state = next_state(slice.state, job.step);
    node = node == no_node ? slice.node() : node;
    const std::uint32_t parcel = find_parcel(job.slot, slice.parcel);
    ParcelNote note = reserve_.notes_.get<ParcelNote>(parcel);
    note.delivered = utc_day(now_);
    reserve_.notes_.put(parcel, note);
  });
  return accepted(node, units);
}

void Life::see_arrival(Slot slot) {
  if (orders().state(orders()[slot]) != OrderState::delivered) {
    return;
  }
  bool keeps_any = false;
  orders().for_slices(orders()[slot], [&](const Slice& slice) {
    keeps_any |= slice.state == SliceState::delivered || slice.state == SliceState::activated;
  });
  std::uint32_t account = find_account(slot);
  if (!keeps_any || (account == no_note && reserve_.notes_.left() == 0)) {
    return;
  }
  if (account == no_note) {
    AccountNote fresh{};
    fresh.entry = ExpiryWheel::none;
    account = reserve_.notes_.add(slot, fresh);
  }
  if (reserve_.notes_.get<AccountNote>(account).timer == 0) {
    start_timer(slot, account, Timer::feedback, Time{now_.us + network_.life.feedback_after_us});
  }
}

Outcome Life::give_feedback(const Job& job, const Found& found) {
  constexpr std::uint8_t score_max = 5;
  const std::uint32_t at = find_account(job.slot);
  if (job.body.reason == 0 || job.body.reason > score_max) {
    return refused(Refusal::unknown_reason);
  }
  if (at == no_note) {
    return not_allowed(found.first, job.step, job.body.reason);
  }
  AccountNote account = reserve_.notes_.get<AccountNote>(at);
  if (account.score != 0) {
    return refused(Refusal::feedback_known);
  }
  account.score = job.body.reason;
  account.text_key = job.body.code;
  reserve_.notes_.put(at, account);
  return accepted(no_node, Units{0});
}

void Life::start_timer(Slot slot, std::uint32_t at, Timer timer, Time due) {
  AccountNote account = reserve_.notes_.get<AccountNote>(at);
  account.timer = static_cast<std::uint8_t>(timer);
  account.due = due;
  account.entry = wheel_.add(due, key_of(slot));
  reserve_.notes_.put(at, account);
  next_due_ = std::min(next_due_, due);
}

void Life::expire(std::uint32_t command, Batch& batch) {
  while (const auto due = wheel_.pop(now_)) {
    const Slot slot{static_cast<std::uint32_t>(due->key >> 32U)};
    if (slot == no_slot) {
      look_on(NodeIndex{static_cast<std::uint16_t>(due->key)}, command, batch);
    } else if (const auto request = static_cast<std::uint32_t>(due->key); request != 0) {
      time_out(slot, orders().numbered(orders()[slot], request - 1), command, batch);
    } else {
      fall_due(slot, command, batch);
    }
  }
  next_due_ = wheel_.next();
  reserve_.end(command, batch);
}

void Life::fall_due(Slot slot, std::uint32_t command, Batch& batch) {
  const std::uint32_t at = find_account(slot);
  CHECK(at != no_note);
  AccountNote account = reserve_.notes_.get<AccountNote>(at);
  account.entry = ExpiryWheel::none;
  reserve_.notes_.put(at, account);
  switch (static_cast<Timer>(account.timer)) {
    case Timer::feedback: {
      const std::uint64_t delivered = account.due.us - network_.life.feedback_after_us;
      const std::uint64_t window = network_.life.return_window_days * us_per_day;
      start_timer(slot, at, Timer::close, Time{delivered + window});
      batch.events.tell(command, event_of(slot, EventKind::feedback_wanted));
      return;
    }
    case Timer::close:
      account.timer = static_cast<std::uint8_t>(Timer::done);
      reserve_.notes_.put(at, account);
      reserve_.orders_.for_slices(reserve_.orders_[slot], [](Slice& slice, std::uint32_t /*at*/) {
        const SliceState next = next_state(slice.state, Step::close);
        slice.state = next != no_state ? next : slice.state;
      });
      batch.events.tell(command, event_of(slot, EventKind::order_closed));
      return;
    case Timer::payment:
      account.timer = static_cast<std::uint8_t>(Timer::none);
      account.due = Time{0};
      reserve_.notes_.put(at, account);
      expire_order(slot, command, batch);
      return;
    case Timer::none:
    case Timer::done:
      CHECK(false);
  }
}

}  // namespace millrace
