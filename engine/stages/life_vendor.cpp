// Units that vendors are asked for: requests, their answers, and those that do not come in time.
// docs/order-life.md, Vendors, has the rules.
#include <algorithm>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

std::uint32_t Life::choose_waiting(const OrderRecord& record, std::uint32_t count) {
  const std::uint32_t before = count;
  reserve_.orders_.for_slices(record, [&](const Slice& slice, std::uint32_t at) {
    const auto chosen = chosen_.first(before);
    if (slice.state == SliceState::backordered &&
        std::find(chosen.begin(), chosen.end(), at) == chosen.end()) {
      chosen_[count++] = at;
    }
  });
  return count;
}

Outcome Life::place_asking_vendors(const NewOrder& order, bool unpaid, Batch& batch) {
  const Outcome outcome = reserve_.place_asking_vendors(order, batch);
  if (outcome.status == Status::refused || reserve_.vendor_plan_.piece_count == 0) {
    return outcome;
  }
  const Slot slot{order.verdict.slot};
  OrderRecord& record = reserve_.orders_[slot];
  if (!unpaid) {
    const StepOrder none{};
    const Job job{none, Step::request_vendor, slot, no_slot, record, order.command, batch};
    const std::uint32_t count = choose_waiting(record, 0);
    ask_vendors(job, count);
    cancel_rest(job, count);
  }
  reserve_.promise_rest(record, order.command, batch);
  return record.outcome;
}

void Life::cancel_rest(const Job& job, std::uint32_t count) {
  if (allows(job.record.marks, Policy::allow_backorder)) {
    return;
  }
  Outcome& outcome = job.record.outcome;
  for (const std::uint32_t at : chosen_.first(count)) {
    const Slice& slice = orders().slice(at);
    if (slice.state == SliceState::backordered) {
      outcome.status = Status::partial;
      outcome.backordered -= slice.units;
      outcome.detail += slice.units.value;
      let_go_of(job.slot, at, next_state(slice.state, Step::cancel), job.command, job.batch);
    }
  }
}

void Life::ask_vendors(const Job& job, std::uint32_t count) {
  if (job.record.asks_vendors == 0 || job.record.holds() != 0) {
    return;
  }
  settle_by(job, count, &Reserve::request_slices);
  const Time due{now_.us + network_.life.vendor_answer_us};
  reserve_.orders_.for_slices(job.record, [&](const Slice& slice, std::uint32_t at) {
    if (slice.state != SliceState::dropship_requested) {
      return;
    }
    const std::uint32_t note = find_request(job.slot, at);
    if (note == no_note || reserve_.notes_.get<RequestNote>(note).due == Time{0}) {
      note_request(job.slot, at, due);
    }
  });
}

void Life::seek_vendors(std::uint32_t command, Batch& batch) {
  const StepOrder none{};
  for (const Slot slot : reserve_.seeking_) {
    OrderRecord& record = reserve_.orders_[slot];
    const Job job{none, Step::request_vendor, slot, no_slot, record, command, batch};
    const std::uint32_t count = choose_waiting(record, 0);
    ask_vendors(job, count);
    give_up(job, count);
  }
  reserve_.seeking_.clear();
}

Outcome Life::vendor_accept(const Job& job) {
  const Day day{job.body.code};
  if (day != no_day && (day.value < now_.us / us_per_day || day > last_local_day)) {
    return refused(Refusal::moment_passed);
  }
  Outcome outcome = accepted();
  outcome.allocated = move(job, [&](std::uint32_t at) {
    end_request(job.slot, at);
    Slice& slice = reserve_.orders_.slice(at);
    slice.state = next_state(slice.state, job.step);
    slice.place = Slice::pack(slice.node(), day);
    outcome.node = outcome.node == no_node ? slice.node() : outcome.node;
    if (day != no_day) {
      const Day arrives = network_.delivery_day(
          job.record.service, network_.zone(job.record.region, slice.node()), day);
      job.record.promise_day = std::max(job.record.promise_day, arrives);
    }
  });
  return outcome;
}

std::uint32_t Life::find_request(Slot slot, std::uint32_t at) const {
  return reserve_.notes_.find<RequestNote>(
      slot, [&](const RequestNote& note) { return note.slice == at; });
}

void Life::note_request(Slot slot, std::uint32_t at, Time due) {
  const Slice& slice = orders().slice(at);
  RequestNote request{};
  request.head.number = slice.line;
  request.head.code = slice.node().value;
  request.due = due;
  request.slice = at;
  request.entry = wheel_.add(due, key_of(slot, orders().number_of(orders()[slot], at) + 1));
  next_due_ = std::min(next_due_, due);
  const std::uint32_t note = find_request(slot, at);
  if (note == no_note) {
    reserve_.notes_.add(slot, request);
  } else {
    reserve_.notes_.put(note, request);
  }
}

void Life::end_request(Slot slot, std::uint32_t at) {
  if (orders().slice(at).state != SliceState::dropship_requested) {
    return;
  }
  const std::uint32_t note = find_request(slot, at);
  RequestNote request = reserve_.notes_.get<RequestNote>(note);
  if (request.entry != ExpiryWheel::none) {
    wheel_.remove(request.entry);
  }
  request.entry = ExpiryWheel::none;
  request.due = Time{0};
  reserve_.notes_.put(note, request);
}

void Life::withdraw_request(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch) {
  const Slice& slice = orders().slice(at);
  if (is_with_vendor(slice.state)) {
    end_request(slot, at);
    batch.events.tell(command, event_of(slot, slice, EventKind::purchase_cancelled));
  }
}

void Life::time_out(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch) {
  const std::uint32_t note = find_request(slot, at);
  RequestNote request = reserve_.notes_.get<RequestNote>(note);
  request.entry = ExpiryWheel::none;
  reserve_.notes_.put(note, request);
  const Slice& slice = orders().slice(at);
  CHECK(slice.state == SliceState::dropship_requested);
  batch.events.tell(command, event_of(slot, slice, EventKind::vendor_timed_out));
  const bool has_room =
      reserve_.notes_.left() > 0 && orders().slices_left() > 1 && reserve_.backorders_.room() > 0;
  StepOrder body{};
  body.reason = static_cast<std::uint8_t>(VendorReason::other);
  const Job job{body, Step::vendor_reject, slot, no_slot, reserve_.orders_[slot], command, batch};
  if (has_room) {
    chosen_[0] = at;
    reroute_chosen(job, 1, slice.units);
  } else {
    let_go_of(slot, at, next_state(slice.state, Step::cancel), command, batch);
    batch.events.tell(command, event_of(slot, slice, EventKind::units_given_up));
  }
  see_arrival(slot);
}

}  // namespace millrace
