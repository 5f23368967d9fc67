// Units that are cancelled before they leave, and goods that come back after.
#include <algorithm>
#include <array>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

namespace {

/// Who is cancelled first: what has come least far.
constexpr std::array cancelled_first{
    SliceState::scheduled, SliceState::backordered,     SliceState::dropship_requested,
    SliceState::reserved,  SliceState::allocated,       SliceState::waved,
    SliceState::picking,   SliceState::vendor_accepted, SliceState::picked,
    SliceState::packed};

constexpr std::uint64_t permille = 1000;
/// An account, a link, and what a part of a slice takes along.
constexpr std::uint32_t refund_notes = 3;

}  // namespace

Units Life::choose_cancelled(const Job& job, std::uint32_t& count) {
  OrderTable& table = reserve_.orders_;
  const bool all = job.body.units == Units{0};
  Units units{0};
  for (const SliceState state : cancelled_first) {
    for (std::uint32_t at = job.record.first_slice; at != no_slice;) {
      const Slice& slice = table.slice(at);
      const std::uint32_t next = slice.next;
      const Units left = job.body.units - units;
      if (slice.state == state && matches(slice, job.body, job.step) && (all || left > Units{0})) {
        const bool part = !all && slice.units > left;
        units += part ? left : slice.units;
        chosen_[count++] = part ? split(job.slot, at, left) : at;
        at = part ? no_slice : next;
        continue;
      }
      at = next;
    }
  }
  return units;
}

Outcome Life::cancel_chosen(const Job& job, std::uint32_t& freed) {
  std::uint32_t count = freed;
  const Units units = choose_cancelled(job, count);
  Outcome outcome = accepted(no_node, Units{0});
  for (std::uint32_t at = freed; at < count; ++at) {
    const std::uint32_t index = chosen_[at];
    const Slice& slice = orders().slice(index);
    outcome.backordered += slice.state == SliceState::backordered ? slice.units : Units{0};
    if (let_go_of(job.slot, index, next_state(slice.state, job.step), job.command, job.batch)) {
      chosen_[freed++] = index;
    }
  }
  outcome.allocated = units - outcome.backordered;
  return outcome;
}

Outcome Life::cancel_units(const Job& job) {
  std::uint32_t freed = 0;
  const Outcome outcome = cancel_chosen(job, freed);
  fill_chosen(freed, job.command, job.batch);
  return outcome;
}

std::uint32_t Life::find_return(Slot slot, std::uint32_t slice) const {
  return reserve_.notes_.find<ReturnNote>(
      slot, [&](const ReturnNote& note) { return note.slice == slice; });
}

Outcome Life::open_return(const Job& job, const Found& found) {
  if (job.body.reason >= return_reasons) {
    return refused(Refusal::unknown_reason);
  }
  if (reserve_.notes_.left() < found.slices) {
    return refused(Refusal::notes_exhausted);
  }
  const std::uint64_t today = now_.us / us_per_day;
  bool over = false;
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (matches(slice, job.body, job.step) && slice.state == SliceState::delivered) {
      const auto parcel = reserve_.notes_.get<ParcelNote>(find_parcel(job.slot, slice.parcel));
      over |= today > std::uint64_t{parcel.delivered.value} + network_.life.return_window_days;
    }
  });
  if (over) {
    return refused(Refusal::return_window_over);
  }
  Outcome outcome = accepted(no_node, Units{0});
  outcome.allocated = move(job, [&](std::uint32_t at) {
    Slice& slice = reserve_.orders_.slice(at);
    outcome.node = outcome.node == no_node ? slice.node() : outcome.node;
    slice.state = next_state(slice.state, job.step);
    ReturnNote note{};
    note.head.number = job.body.reason;
    note.instead = no_slot;
    note.slice = at;
    reserve_.notes_.add(job.slot, note);
  });
  return outcome;
}

bool Life::fits_back(const Job& job) const {
  bool fits = true;
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (matches(slice, job.body, job.step) && slice.state == SliceState::return_received) {
      // Of one order a row comes back in several slices at most as many units as it has at all.
      const std::uint64_t on_hand = reserve_.stock_.on_hand(slice.row, slice.node()).value;
      fits &= on_hand + quantity_max * std::uint64_t{2} <= stock_units_max;
    }
  });
  return fits;
}

void Life::put_back(const Slice& slice, Step step) {
  const Row row = slice.row;
  const NodeIndex node = slice.node();
  const bool worked_on = slice.state == SliceState::needs_work;
  const Units on_hand = reserve_.stock_.on_hand(row, node);
  const Units unheld = reserve_.unheld(row, node);
  if (worked_on) {
    reserve_.marks_.find(row, node)->damaged -= slice.units;
    const Units gone = step == Step::scrap ? slice.units : Units{0};
    reserve_.set_cell(row, node, on_hand - gone, unheld - gone);
    return;
  }
  if (step == Step::scrap) {
    return;
  }
  if (step == Step::need_work) {
    reserve_.marks_.find(row, node)->damaged += slice.units;
  }
  reserve_.set_cell(row, node, on_hand + slice.units, unheld + slice.units);
}

Outcome Life::dispose(const Job& job) {
  if (job.step != Step::scrap && !fits_back(job)) {
    return refused(Refusal::stock_overflow);
  }
  if (job.step == Step::need_work && !can_mark(job)) {
    return refused(Refusal::marks_exhausted);
  }
  if (!still_damaged(job)) {
    return refused(Refusal::not_in_bucket);
  }
  Outcome outcome = accepted(no_node, Units{0});
  std::uint32_t count = 0;
  outcome.allocated = move(job, [&](std::uint32_t at) {
    Slice& slice = reserve_.orders_.slice(at);
    outcome.node = outcome.node == no_node ? slice.node() : outcome.node;
    put_back(slice, job.step);
    slice.state = next_state(slice.state, job.step);
    chosen_[count++] = at;
  });
  if (job.step == Step::restock) {
    fill_chosen(count, job.command, job.batch);
  }
  return outcome;
}

bool Life::still_damaged(const Job& job) const {
  bool there = true;
  for (std::uint32_t at = job.record.first_slice; at != no_slice; at = orders().slice(at).next) {
    const Slice& slice = orders().slice(at);
    if (slice.state != SliceState::needs_work || !matches(slice, job.body, job.step) ||
        next_state(slice.state, job.step) == no_state) {
      continue;
    }
    // All of the order's units there that are being worked on must still be among the damaged.
    std::uint64_t units = 0;
    orders().for_slices(job.record, [&](const Slice& other) {
      const bool same = other.row == slice.row && other.node() == slice.node();
      units += same && other.state == SliceState::needs_work ? other.units.value : 0;
    });
    there &= units <= reserve_.marks_.find(slice.row, slice.node())->damaged.value;
  }
  return there;
}

std::uint64_t Life::refund_of(const Slice& slice, const ReturnNote& note) const {
  const std::uint64_t price = std::uint64_t{slice.units.value} * slice.unit_price;
  const bool pays_fee = note.head.number == static_cast<std::uint8_t>(ReturnReason::changed_mind);
  return pays_fee ? price - price * network_.life.restocking_fee_permille / permille : price;
}

std::uint64_t Life::paid(const OrderRecord& record, const AccountNote& account) const {
  if (account.head.number == AccountNote::unpaid) {
    return account.captured;
  }
  std::uint64_t sum = 0;
  orders().for_slices(record, [&](const Slice& slice) {
    sum += has_left(slice.state) ? std::uint64_t{slice.units.value} * slice.unit_price : 0;
  });
  return sum;
}

Outcome Life::refund(const Job& job, Slot instead) {
  std::uint32_t at = find_account(job.slot);
  if (reserve_.notes_.left() < refund_notes) {
    return refused(Refusal::notes_exhausted);
  }
  AccountNote account{};
  account.entry = ExpiryWheel::none;
  account = at == no_note ? account : reserve_.notes_.get<AccountNote>(at);
  // What the other order costs is not paid back.
  std::uint64_t kept = instead == no_slot ? 0 : worth(orders()[instead]);
  const std::uint64_t left = paid(job.record, account) - account.refunded;
  if (instead == no_slot && left == 0) {
    return refused(Refusal::no_payment_due);
  }
  if (at == no_note) {
    at = reserve_.notes_.add(job.slot, account);
  }
  std::uint64_t refunded = 0;
  Outcome outcome = accepted(no_node, Units{0});
  outcome.allocated = move(job, [&](std::uint32_t index) {
    Slice& slice = reserve_.orders_.slice(index);
    const std::uint32_t note_at = find_return(job.slot, index);
    ReturnNote note = reserve_.notes_.get<ReturnNote>(note_at);
    const std::uint64_t due = refund_of(slice, note);
    const std::uint64_t exchanged = std::min(due, kept);
    kept -= exchanged;
    note.amount = std::min(due - exchanged, left - refunded);
    note.instead = instead;
    refunded += note.amount;
    reserve_.notes_.put(note_at, note);
    outcome.node = outcome.node == no_node ? slice.node() : outcome.node;
    slice.state = next_state(slice.state, job.step);
  });
  account.refunded += refunded;
  reserve_.notes_.put(at, account);
  if (instead != no_slot) {
    LinkedNote link{};
    link.from = job.slot;
    reserve_.notes_.add(instead, link);
  }
  outcome.cost = saturated(refunded);
  return outcome;
}

Outcome Life::exchange(const Job& job) {
  const Slot instead = job.other;
  if (instead == no_slot || instead == job.slot) {
    return refused(Refusal::unknown_order);
  }
  if (orders()[instead].outcome.status == Status::refused) {
    return refused(Refusal::order_was_refused);
  }
  const auto any = [](const LinkedNote&) { return true; };
  if (reserve_.notes_.find<LinkedNote>(instead, any) != no_note) {
    return refused(Refusal::already_linked);
  }
  return refund(job, instead);
}

}  // namespace millrace
