// Units that their node cannot give: the count there is corrected, and other nodes are asked by the
// same routing, never one that was asked before.
#include <algorithm>
#include <array>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

void Life::note_tried(Slot slot, std::uint8_t line, NodeIndex node) {
  const std::uint32_t known = reserve_.notes_.find<TriedNote>(slot, [&](const TriedNote& tried) {
    return tried.head.number == line && tried.head.code == node.value;
  });
  if (known == no_note) {
    TriedNote tried{};
    tried.head.number = line;
    tried.head.code = node.value;
    reserve_.notes_.add(slot, tried);
  }
}

void Life::correct_count(const Slice& slice, const Job& job) {
  const Row row = slice.row;
  const NodeIndex node = slice.node();
  const Units on_hand = reserve_.stock_.on_hand(row, node);
  const Units unheld = reserve_.unheld(row, node);
  if (job.step == Step::reject_node) {
    reserve_.give_back(row, node, slice.units);
    return;
  }
  if (job.step == Step::vendor_reject &&
      job.body.reason != static_cast<std::uint8_t>(VendorReason::not_in_stock)) {
    reserve_.give_back(row, node, slice.units);
    return;
  }
  static_assert(static_cast<std::uint8_t>(VendorReason::not_in_stock) ==
                static_cast<std::uint8_t>(ShortReason::not_in_stock));
  switch (static_cast<ShortReason>(job.body.reason)) {
    case ShortReason::not_in_stock: {
      const Units sound = reserve_.sound(row, node);
      reserve_.set_cell(row, node, on_hand - slice.units - sound, unheld - sound);
      return;
    }
    case ShortReason::mismatch:
      reserve_.set_cell(row, node, on_hand - slice.units, unheld);
      return;
    case ShortReason::damage:
      reserve_.marks_.find(row, node)->damaged += slice.units;
      reserve_.set_cell(row, node, on_hand, unheld + slice.units);
      return;
  }
}

void Life::leave_node(const Job& job, std::uint32_t at) {
  Slice& slice = reserve_.orders_.slice(at);
  // A node that is out is not asked anyway, and may be once it is back.
  if (reserve_.outages_[slice.node()].out == 0) {
    note_tried(job.slot, slice.line, slice.node());
  }
  end_request(job.slot, at);
  reserve_.leave_shipment(job.slot, at, job.command, job.batch);
  correct_count(slice, job);
  slice.state = next_state(slice.state, job.step);
  slice.head = 0;
  slice.place =
      reserve_.backorders_.push(slice.row, job.slot, at, slice.units, job.record.priority);
  reserve_.units_waiting_ += slice.units.value;
  reserve_.shift_promises(slice.row);
}

bool Life::can_mark(const Job& job) {
  bool room = true;
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (matches(slice, job.body, job.step) && next_state(slice.state, job.step) != no_state) {
      room &= reserve_.marks_.make(slice.row, slice.node()) != nullptr;
    }
  });
  return room;
}

void Life::settle_by(const Job& job, std::uint32_t chosen, Fill fill) {
  OrderTable& table = reserve_.orders_;
  std::uint32_t count = 0;
  for (const std::uint32_t at : chosen_.first(chosen)) {
    if (table.slice(at).state == SliceState::backordered) {
      pending_[count++] = at;
    }
  }
  if (count > 0 && !allows(job.record.marks, Policy::allow_split)) {
    (reserve_.*fill)(job.slot, pending_.first(count), job.command, job.batch);
    return;
  }
  // One plan for all of them, but a plan takes each row once.
  while (count > 0) {
    std::array<std::uint32_t, lines_per_order_max> round;
    std::uint32_t taken = 0;
    std::uint32_t kept = 0;
    for (std::uint32_t at = 0; at < count; ++at) {
      const std::uint32_t slice = pending_[at];
      const auto so_far = std::span(round).first(taken);
      const bool again = std::any_of(so_far.begin(), so_far.end(), [&](std::uint32_t other) {
        return table.slice(other).row == table.slice(slice).row;
      });
      (again ? pending_[kept++] : round[taken++]) = slice;
    }
    (reserve_.*fill)(job.slot, std::span(round).first(taken), job.command, job.batch);
    count = kept;
  }
}

Units Life::give_up(const Job& job, std::uint32_t count) {
  Units lost{0};
  const bool asks_later = job.record.asks_vendors != 0 && job.record.holds() != 0;
  if (allows(job.record.marks, Policy::allow_backorder) || asks_later) {
    return lost;
  }
  for (std::uint32_t at = 0; at < count; ++at) {
    const Slice& slice = orders().slice(chosen_[at]);
    if (slice.state == SliceState::backordered) {
      let_go_of(job.slot, chosen_[at], next_state(slice.state, Step::cancel), job.command,
                job.batch);
      lost += slice.units;
      job.batch.events.tell(job.command, event_of(job.slot, slice, EventKind::units_given_up));
    }
  }
  return lost;
}

Outcome Life::reroute(const Job& job, const Found& found) {
  OrderTable& table = reserve_.orders_;
  if ((job.step == Step::short_pick && job.body.reason >= short_reasons) ||
      (job.step == Step::vendor_reject && job.body.reason >= vendor_reasons)) {
    return refused(Refusal::unknown_reason);
  }
  if (reserve_.notes_.left() < found.slices) {
    return refused(Refusal::notes_exhausted);
  }
  if (table.slices_left() < found.slices + 1) {
    return refused(Refusal::slices_exhausted);
  }
  if (reserve_.backorders_.room() < found.slices) {
    return refused(Refusal::backorders_exhausted);
  }
  const bool damaged = job.step == Step::short_pick &&
                       static_cast<ShortReason>(job.body.reason) == ShortReason::damage;
  if (damaged && !can_mark(job)) {
    return refused(Refusal::marks_exhausted);
  }
  std::uint32_t count = 0;
  const Units moved = move(job, [&](std::uint32_t at) { chosen_[count++] = at; });
  return reroute_chosen(job, count, moved);
}

Outcome Life::reroute_chosen(const Job& job, std::uint32_t count, Units moved) {
  OrderTable& table = reserve_.orders_;
  table.spend(count);
  for (std::uint32_t at = 0; at < count; ++at) {
    leave_node(job, chosen_[at]);
  }
  const std::uint64_t waited = reserve_.units_waiting_;
  settle(job, count);
  Outcome outcome = accepted();
  outcome.allocated = Units{static_cast<std::uint32_t>(waited - reserve_.units_waiting_)};
  outcome.backordered = moved - outcome.allocated;
  ask_vendors(job, count);
  outcome.detail = give_up(job, count).value;
  outcome.backordered -= Units{outcome.detail};
  outcome.node = NodeIndex{static_cast<std::uint16_t>(table.slice(chosen_[0]).visible_place())};
  if (job.step == Step::reject_node) {
    for (std::uint32_t at = 0; at < count; ++at) {
      reserve_.fill(table.slice(chosen_[at]).row, job.command, job.batch);
    }
  }
  return outcome;
}

}  // namespace millrace
