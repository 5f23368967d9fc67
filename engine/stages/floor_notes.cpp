// Floor notes of a batch.
#include "engine/stages/floor_notes.h"

#include <algorithm>

#include "engine/core/life.h"
#include "engine/state/wave_rules.h"

namespace millrace {

FloorNote FloorNotes::note_of(Slot slot, NodeIndex node, FloorNoteKind kind, Time time) const {
  FloorNote note{};
  note.kind = kind;
  note.time = time;
  note.slot = slot;
  note.node = node;
  if (slot != no_slot) {
    note.order = reserve_.order_id(slot);
    note.service = reserve_.orders()[slot].service;
  }
  return note;
}

void FloorNotes::add_line(const Slice& slice, Batch& batch) const {
  const SkuEntry& sku = reserve_.sku(slice.row);
  batch.floor_lines.push_back({sku.sku, slice.units, sku.weight_grams});
  ++batch.floor_notes.back().line_count;
}

void FloorNotes::tell_waiting(Slot slot, NodeIndex node, Time time, Batch& batch) const {
  if (!plans(node) || !reserve_.orders().in_memory(slot)) {
    return;
  }
  batch.floor_notes.push_back(note_of(slot, node, FloorNoteKind::waits, time));
  reserve_.orders().for_slices(reserve_.orders()[slot], [&](const Slice& slice) {
    if (slice.state == SliceState::allocated && slice.node() == node) {
      Day& first = batch.floor_notes.back().ship_day;
      first = first == no_day ? slice.ship_day() : std::min(first, slice.ship_day());
      add_line(slice, batch);
    }
  });
}

void FloorNotes::tell_waved(const ReleaseWave& wave, std::span<const std::uint32_t> slots,
                            Sequence sequence, Time time, Batch& batch) const {
  if (!plans(wave.node)) {
    return;
  }
  for (const std::uint32_t index : slots) {
    const Slot slot{index};
    if (index >= reserve_.orders().size() || !reserve_.orders().in_memory(slot) ||
        !goes_with(reserve_.orders()[slot], wave)) {
      continue;
    }
    batch.floor_notes.push_back(note_of(slot, wave.node, FloorNoteKind::waved, time));
    FloorNote& note = batch.floor_notes.back();
    note.wave = wave.is_planned() && wave.wave.value == 0 ? sequence.value : wave.wave.value;
    note.ship_day = wave.ship_day;
    note.reason = wave.reason;
    note.template_number = wave.template_number;
    reserve_.orders().for_slices(reserve_.orders()[slot], [&](const Slice& slice) {
      if (goes_with(slice, wave)) {
        add_line(slice, batch);
      }
    });
    if (note.line_count == 0) {
      batch.floor_notes.pop_back();
    }
  }
}

void FloorNotes::tell_released(const ReleaseWave& wave, std::span<const std::uint32_t> details,
                               Sequence sequence, Time time, const Outcome& outcome,
                               Batch& batch) const {
  if (!plans(wave.node)) {
    return;
  }
  FloorNote note = note_of(no_slot, wave.node, FloorNoteKind::released, time);
  note.slot = details.empty() ? no_slot : Slot{details.front()};
  note.wave = wave.is_planned() && wave.wave.value == 0 ? sequence.value : wave.wave.value;
  note.ship_day = wave.ship_day;
  note.service = wave.service;
  note.reason = wave.reason;
  note.template_number = wave.template_number;
  note.units =
      Units{outcome.detail * static_cast<std::uint32_t>(outcome.status != Status::refused)};
  batch.floor_notes.push_back(note);
  for (const std::uint32_t aisle : details.subspan(wave.order_count())) {
    batch.floor_lines.push_back({Sku{aisle}, Units{0}, 0});
    ++batch.floor_notes.back().line_count;
  }
}

void FloorNotes::tell_picks(const Message& message, Time now, Batch& batch) const {
  std::uint32_t at = message.first_command;
  for (const StepOrder& step : message.commands<StepOrder>()) {
    const Outcome& outcome = batch.outcomes[at];
    const Verdict& verdict = batch.verdicts[at++];
    const auto kind = static_cast<Step>(step.step);
    const bool ends_picking = kind == Step::confirm_pick || kind == Step::short_pick ||
                              kind == Step::reject_node || kind == Step::cancel;
    if (ends_picking && outcome.status == Status::accepted && verdict.seen == Seen::never &&
        verdict.target < reserve_.orders().size() &&
        reserve_.orders().in_memory(Slot{verdict.target})) {
      FloorNote note = note_of(Slot{verdict.target}, no_node, FloorNoteKind::picked, now);
      note.units = outcome.allocated + outcome.backordered;
      batch.floor_notes.push_back(note);
    }
  }
}

void FloorNotes::tell_cancels(const Message& message, Time now, Batch& batch) const {
  for (std::uint32_t at = message.first_command; at < message.first_command + message.count; ++at) {
    const Slot slot{batch.verdicts[at].target};
    if (batch.outcomes[at].status == Status::cancelled && slot.value < reserve_.orders().size() &&
        reserve_.orders().in_memory(slot)) {
      batch.floor_notes.push_back(note_of(slot, no_node, FloorNoteKind::gone, now));
    }
  }
}

void FloorNotes::tell_receipts(const Message& message, Time now, Batch& batch) const {
  std::uint32_t at = message.first_command;
  for (const ReceiveStock& receipt : message.commands<ReceiveStock>()) {
    const Outcome& outcome = batch.outcomes[at];
    const bool is_new = batch.verdicts[at++].seen == Seen::never;
    if (is_new && outcome.status == Status::accepted && plans(receipt.node)) {
      batch.floor_notes.push_back(note_of(no_slot, receipt.node, FloorNoteKind::received, now));
      batch.floor_lines.push_back({receipt.sku, receipt.quantity, 0});
      batch.floor_notes.back().line_count = 1;
    }
  }
}

void FloorNotes::tell_rest(Time now, Batch& batch) const {
  for (const Message& message : batch.in()) {
    if (message.kind == CommandKind::step_order) {
      tell_picks(message, now, batch);
    } else if (message.kind == CommandKind::cancel_order) {
      tell_cancels(message, now, batch);
    } else if (message.kind == CommandKind::receive_stock) {
      tell_receipts(message, now, batch);
    }
  }
  for (const ShipmentNote& shipment : batch.shipments) {
    if (shipment.node != no_node) {
      tell_waiting(shipment.slot, shipment.node, now, batch);
    } else if (reserve_.orders().in_memory(shipment.slot)) {
      batch.floor_notes.push_back(note_of(shipment.slot, no_node, FloorNoteKind::gone, now));
    }
  }
}

}  // namespace millrace
