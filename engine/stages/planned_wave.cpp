// Reserve: waves that the planner proposes. What it saw may have changed since, so all is looked at
// again: an order that waits no more is left out, and told.
#include "engine/stages/reserve.h"
#include "engine/state/wave_rules.h"

namespace millrace {

Units Reserve::wave_order(Slot slot, const ReleaseWave& wave, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[slot];
  if (!goes_with(record, wave)) {
    return Units{0};
  }
  Units waved{0};
  orders_.for_slices(record, [&](Slice& slice, std::uint32_t /*at*/) {
    if (!goes_with(slice, wave)) {
      return;
    }
    slice.state = SliceState::waved;
    waved += slice.units;
    if (slice.head != 0) {
      batch.shipments.push_back(
          ShipmentNote{slot, slice.node(), slice.ship_day(), record.service, true, command});
    }
  });
  return waved;
}

Outcome Reserve::release_planned(const ReleaseWave& wave, std::span<const std::uint32_t> slots,
                                 std::uint32_t command, Batch& batch) {
  Outcome outcome = accepted(wave.node);
  for (const std::uint32_t index : slots) {
    const Slot slot{index};
    const bool known = index < orders_.size();
    bring_back_if_away(slot);
    const Units waved = known ? wave_order(slot, wave, command, batch) : Units{0};
    outcome.allocated += waved;
    if (waved > Units{0}) {
      ++outcome.detail;
      continue;
    }
    outcome.backordered += Units{1};
    Event event =
        known ? event_of(slot, EventKind::wave_left_out) : blank_event(EventKind::wave_left_out);
    event.node = wave.node;
    event.detail = wave.wave.value;
    batch.events.tell(command, event);
  }
  if (outcome.detail > 0) {
    return outcome;
  }
  return refused(Refusal::nothing_to_release);
}

}  // namespace millrace
