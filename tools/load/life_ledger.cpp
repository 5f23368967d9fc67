// Answers against what they must be.
#include "tools/load/life_ledger.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "engine/core/names.h"
#include "tools/load/frame.h"
#include "tools/load/order_file.h"

namespace millrace::load {

namespace {

/// Steps after which units may be anywhere.
constexpr std::array plans_anew{Step::short_pick, Step::reject_node, Step::release_hold,
                                Step::authorise_payment};

/// What becomes of a parcel by a step.
constexpr std::array<std::pair<Step, ParcelStage>, 4> parcel_stages{
    {{Step::in_transit, ParcelStage::shipped},
     {Step::deliver, ParcelStage::arrived},
     {Step::fail_delivery, ParcelStage::failed},
     {Step::open_return, ParcelStage::sent_back}}};

/// Units that a step has moved, wherever they are now.
std::uint64_t moved(Step step, const Outcome& outcome) {
  const bool anew = std::find(plans_anew.begin(), plans_anew.end(), step) != plans_anew.end();
  const bool waits = anew || step == Step::cancel;
  return std::uint64_t{outcome.allocated.value} + (waits ? outcome.backordered.value : 0) +
         (anew ? outcome.detail : 0);
}

/// What is wrong with an answer; empty if nothing is.
std::string fault_of(const Expected& expected, const Outcome& outcome, std::uint64_t units,
                     const Outcome& before) {
  if (expected.repeats) {
    return outcome == before ? "" : "another answer than the first time";
  }
  if (outcome.status == Status::refused) {
    const bool fits = outcome.refusal == expected.refusal || expected.may_be_late;
    return fits && outcome.refusal != Refusal::none
               ? ""
               : std::string("refused: ") + name_of(outcome.refusal);
  }
  if (expected.refusal != Refusal::none && !expected.may_be_late) {
    return std::string("accepted, but not refused: ") + name_of(expected.refusal);
  }
  if (expected.counts && expected.refusal == Refusal::none && units != expected.units.value) {
    return std::to_string(units) + " units in place of " + std::to_string(expected.units.value);
  }
  if (outcome.cost < std::min<std::uint64_t>(expected.amount_least, 0xffffffffU) ||
      outcome.cost > expected.amount_most) {
    return "an amount of " + std::to_string(outcome.cost) + ", not between " +
           std::to_string(expected.amount_least) + " and " + std::to_string(expected.amount_most);
  }
  return "";
}

/// Units of goods that have left, or of services that were done.
bool was_paid_for(SliceState state) {
  return has_left(state) || state == SliceState::activated;
}

void say(Failures& failures, const Life& life, const std::string& what, const std::string& fault) {
  if (!fault.empty()) {
    failures.add("order " + to_hex(life.head.id) + ": " + what + " was answered wrongly: " + fault);
  }
}

}  // namespace

void LifeLedger::placed(Life& life, const Outcome& outcome) {
  life.is_placed = outcome.status != Status::refused;
  life.is_over = !life.is_placed;
  totals_.orders += life.is_placed ? 1 : 0;
  totals_.refused += life.is_placed ? 0 : 1;
  totals_.unpaid += life.is_placed && life.is_unpaid() ? 1 : 0;
  totals_.replacements += life.is_placed && life.index == no_order ? 1 : 0;
}

void LifeLedger::answered(Life& life, const LifeCommand& command, const Outcome& outcome,
                          Failures& failures) {
  const Expected& expected = command.expected;
  totals_.repeats += expected.repeats ? 1 : 0;
  if (const auto* step = std::get_if<StepOrder>(&command.body)) {
    step_answered(life, *step, expected, outcome, failures);
  } else if (std::holds_alternative<CancelOrder>(command.body)) {
    const std::uint64_t units = moved(Step::cancel, outcome);
    say(failures, life, "a cancellation", fault_of(expected, outcome, units, life.last_outcome));
    ++totals_.cancels;
    totals_.units_cancelled += outcome.status == Status::cancelled ? units : 0;
  } else if (const auto* receipt = std::get_if<ReceiveStock>(&command.body)) {
    say(failures, life, "a receipt", fault_of(expected, outcome, 0, life.last_outcome));
    ++totals_.receipts;
    totals_.units_received += receipt->quantity.value;
  }
  life.last_outcome = outcome;
}

void LifeLedger::step_answered(Life& life, const StepOrder& body, const Expected& expected,
                               const Outcome& outcome, Failures& failures) {
  const auto step = static_cast<Step>(body.step);
  const std::uint64_t units = moved(step, outcome);
  say(failures, life, std::string("step ") + name_of(step),
      fault_of(expected, outcome, units, life.last_outcome));
  if (expected.repeats) {
    return;
  }
  LifeTotals::StepCount& count = totals_.steps[body.step];
  if (outcome.status == Status::refused) {
    const bool had_to = outcome.refusal == expected.refusal;
    count.refused += had_to ? 1 : 0;
    count.late += had_to ? 0 : 1;
    life.refund_was_refused = life.refund_was_refused || step == Step::refund;
    // What was authorised before is enough for what was added.
    life.is_authorised = life.is_authorised || (step == Step::authorise_payment &&
                                                outcome.refusal == Refusal::no_payment_due);
    return;
  }
  ++count.accepted;
  count.units += units;
  note(life, body, outcome);
  if (expected.adds) {
    note_more(life, *expected.adds);
  }
}

void LifeLedger::note_more(Life& life, const LifeLine& more) {
  const auto known = std::find_if(life.lines.begin(), life.lines.end(),
                                  [&](const LifeLine& line) { return line.line == more.line; });
  if (known == life.lines.end()) {
    life.lines.push_back(more);
  } else {
    known->units += more.units;
  }
  // It costs more than was authorised.
  life.is_authorised = false;
}

void LifeLedger::note(Life& life, const StepOrder& body, const Outcome& outcome) {
  const auto step = static_cast<Step>(body.step);
  if (step == Step::authorise_payment) {
    life.is_authorised = true;
    life.authorised = body.value;
  } else if (step == Step::capture_payment) {
    life.captured += body.value;
  } else if (step == Step::hold) {
    life.held_for = body.reason;
  } else if (step == Step::release_hold) {
    life.held_for = 0;
  } else if (step == Step::refund || step == Step::exchange) {
    life.refunded += outcome.cost;
  } else if (step == Step::activate) {
    life.worth_shipped += outcome.cost;
    life.capture_due += life.is_unpaid() ? outcome.cost : 0;
  } else if (step == Step::confirm_ship) {
    life.parcels.push_back({static_cast<std::uint8_t>(body.parcel), outcome.node, outcome.allocated,
                            ParcelStage::shipped});
    life.worth_shipped += outcome.cost;
    life.capture_due += life.is_unpaid() ? outcome.cost : 0;
  }
  for (const auto& [cause, stage] : parcel_stages) {
    for (LifeParcel& parcel : life.parcels) {
      const bool is_it = cause == step && parcel.number == body.parcel;
      parcel.stage = is_it ? stage : parcel.stage;
    }
  }
}

void LifeLedger::ended(const Life& life, const Sight& sight, bool is_left, Failures& failures) {
  std::uint64_t asked = 0;
  std::uint64_t found = 0;
  for (const LifeLine& line : life.lines) {
    std::uint64_t units = 0;
    for (const SliceView& slice : sight.slices()) {
      const bool counts = slice.line == line.line && slice.state != SliceState::rerouted;
      units += counts ? slice.units.value : 0;
      if (counts && slice.sku != line.sku) {
        failures.add("order " + to_hex(life.head.id) + ": a line has become another SKU");
      }
    }
    if (units != line.units.value) {
      failures.add("order " + to_hex(life.head.id) + ": line " + std::to_string(line.line) +
                   " had " + std::to_string(line.units.value) + " units and ends with " +
                   std::to_string(units));
    }
    asked += line.units.value;
    found += units;
  }
  for (const SliceView& slice : sight.slices()) {
    totals_.units_by_state[static_cast<std::size_t>(slice.state)] += slice.units.value;
  }
  if (life.refunded > life.paid()) {
    failures.add("order " + to_hex(life.head.id) + ": more was paid back than paid");
  }
  // What its parcels were said to cost is what has left.
  if (life.worth_shipped != sight.amount(life, was_paid_for)) {
    failures.add("order " + to_hex(life.head.id) + ": shipped for " +
                 std::to_string(life.worth_shipped) + ", but what has left costs " +
                 std::to_string(sight.amount(life, was_paid_for)));
  }
  ++totals_.orders_by_state[static_cast<std::size_t>(sight.view().state)];
  ++(is_left ? totals_.left : totals_.ended);
  totals_.units_asked += asked;
  totals_.units_found += found;
  totals_.authorised += life.authorised;
  totals_.captured += life.captured;
  totals_.paid += life.paid();
  totals_.refunded += life.refunded;
}

}  // namespace millrace::load
