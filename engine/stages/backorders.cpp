// Slices that wait for stock, and stock that finds them.
#include <algorithm>
#include <array>

#include "engine/core/check.h"
#include "engine/stages/reserve.h"

namespace millrace {

void Reserve::wait_for_rest(Slot slot, std::span<const ResolvedLine> lines) {
  OrderRecord& record = orders_[slot];
  std::uint32_t last = orders_.last_slice(record);
  for (std::uint32_t index = 0; index < lines.size(); ++index) {
    const ResolvedLine& line = lines[index];
    const Units missing = plan_.uncovered(index, line.units);
    if (missing == Units{0}) {
      continue;
    }
    last =
        orders_.append(record, last,
                       Slice{line.row, missing, no_slice, 0, static_cast<std::uint8_t>(line.line),
                             SliceState::backordered, 0, 0, line.unit_price});
    orders_.slice(last).place = backorders_.push(line.row, slot, last, missing, record.priority);
    units_waiting_ += missing.value;
    shift_promises(line.row);
  }
}

bool Reserve::anything_open(Row row) const {
  const std::uint32_t* cells = stock_.available(row);
  for (std::uint32_t at = 0; at < stock_.stride(); at += node_lanes) {
    if ((calendar_.open_nodes(at / node_lanes) & cells_at_least(cells + at, 1)) != 0) {
      return true;
    }
  }
  return false;
}

Units Reserve::fill(Row row, std::uint32_t command, Batch& batch) {
  Units filled{0};
  for (std::uint32_t entry = backorders_.front(row); entry != no_waiter;) {
    if (!anything_open(row)) {
      break;
    }
    const Waiter waiter = backorders_[entry];
    CHECK(orders_.slice(waiter.slice).place == entry);
    if (allows(orders_[waiter.slot].marks, Policy::allow_split)) {
      filled += fill_slices(waiter.slot, std::array{waiter.slice}, command, batch);
      entry = waiter.next;
      continue;
    }
    // Filling takes every slice of the order out of the queue, so the next one is another's.
    entry = waiter.next;
    while (entry != no_waiter && backorders_[entry].slot == waiter.slot) {
      entry = backorders_[entry].next;
    }
    filled += fill_order(waiter.slot, command, batch);
  }
  if (filled > Units{0}) {
    shift_promises(row);
  }
  return filled;
}

void Reserve::tell_filling(const Filling& filling, const Slice& slice, NodeIndex node, Day ship_day,
                           Units units) const {
  const bool asked = filling.step == Step::request_vendor;
  Event event =
      event_of(filling.slot, asked ? EventKind::purchase_wanted : EventKind::backorder_filled);
  event.sku = skus_[slice.row.value].sku;
  event.node = node;
  event.day = ship_day;
  event.units = units;
  event.detail = slice.line;
  filling.batch.events.tell(filling.command, event);
}

void Reserve::hold_slice(std::uint32_t at, NodeIndex node, Day ship_day, bool head, Step step) {
  Slice& slice = orders_.slice(at);
  leave_queue(slice);
  hold(slice.row, node, slice.units);
  slice.place = Slice::pack(node, ship_day);
  slice.state = next_state(SliceState::backordered, step);
  slice.head = static_cast<std::uint8_t>(head);
}

void Reserve::shut_tried(Slot slot, std::span<const ResolvedLine> lines) {
  notes_.for_each<TriedNote>(slot, [&](const TriedNote& tried) {
    const bool asked = std::any_of(lines.begin(), lines.end(), [&](const ResolvedLine& line) {
      return line.line == tried.head.number;
    });
    if (asked) {
      calendar_.shut(NodeIndex{tried.head.code});
    }
  });
}

WholeNode Reserve::route_among_open(const RouteOrder& order, bool may_split, Plan& plan) {
  const WholeNode whole = router_.whole(order);
  plan.clear(order.units);
  if (whole.node == no_node && may_split) {
    router_.split(order, plan);
  }
  return whole;
}

WholeNode Reserve::route_again(Slot slot, const RouteOrder& order) {
  const bool tried = notes_.any(slot);
  const ShipCalendar::OpenNodes open = tried ? calendar_.open_nodes() : ShipCalendar::OpenNodes{};
  if (tried) {
    shut_tried(slot, order.lines);
  }
  const WholeNode whole =
      route_among_open(order, allows(orders_[slot].marks, Policy::allow_split), plan_);
  if (tried) {
    calendar_.set_open_nodes(open);
  }
  return whole;
}

Units Reserve::hold_whole(const Filling& filling, std::span<const std::uint32_t> waiting,
                          NodeIndex node) {
  const auto& [slot, step, command, batch] = filling;
  const Day ship_day = filling.ships() ? ship(orders_[slot], slot, node, command, batch) : no_day;
  Units held{0};
  for (const std::uint32_t at : waiting) {
    const Slice& slice = orders_.slice(at);
    held += slice.units;
    tell_filling(filling, slice, node, ship_day, slice.units);
    hold_slice(at, node, ship_day, filling.ships() && at == waiting.front(), step);
  }
  return held;
}

Units Reserve::hold_pieces(const Filling& filling, std::span<const std::uint32_t> waiting) {
  const auto& [slot, step, command, batch] = filling;
  // One shipment of this plan may take a node's last capacity, but never another's of the plan.
  OrderRecord& record = orders_[slot];
  std::array<Day, shipments_per_order_max> ship_days{};
  Units held{0};
  for (const Piece& piece : std::span(plan_.pieces).first(plan_.piece_count)) {
    const std::uint32_t at = waiting[piece.line];
    const bool whole = piece.units == orders_.slice(at).units;
    if (!whole && orders_.slices_left() == 0) {
      break;
    }
    std::uint32_t shipment = 0;
    while (plan_.shipments[shipment].node != piece.node) {
      ++shipment;
    }
    const bool head = piece.head && filling.ships();
    if (head) {
      ship_days[shipment] = ship(record, slot, piece.node, command, batch);
    }
    held += piece.units;
    tell_filling(filling, orders_.slice(at), piece.node, ship_days[shipment], piece.units);
    if (whole) {
      hold_slice(at, piece.node, ship_days[shipment], head, step);
      continue;
    }
    Slice part = orders_.slice(at);
    hold(part.row, piece.node, piece.units);
    part.units = piece.units;
    part.place = Slice::pack(piece.node, ship_days[shipment]);
    part.state = next_state(SliceState::backordered, step);
    part.head = static_cast<std::uint8_t>(head);
    orders_.append(record, orders_.last_slice(record), part);
    orders_.slice(at).units -= piece.units;
    backorders_.reduce(part.row, piece.units);
    shift_promises(part.row);
  }
  return held;
}

std::span<const ResolvedLine> Reserve::lines_of(
    std::span<const std::uint32_t> slices,
    std::array<ResolvedLine, lines_per_order_max>& lines) const {
  std::uint32_t count = 0;
  for (const std::uint32_t at : slices) {
    const Slice& slice = orders_.slice(at);
    ResolvedLine* same = lines.data();
    while (same != lines.data() + count && same->row != slice.row) {
      ++same;
    }
    if (same == lines.data() + count) {
      lines[count++] = ResolvedLine{slice.row, Units{0}, skus_[slice.row.value].weight_grams,
                                    slice.line, slice.unit_price};
    }
    same->units += slice.units;
  }
  return std::span(lines).first(count);
}

Units Reserve::fill_slices(Slot slot, std::span<const std::uint32_t> waiting, std::uint32_t command,
                           Batch& batch) {
  std::array<ResolvedLine, lines_per_order_max> lines;
  const OrderRecord& record = orders_[slot];
  const RouteOrder order{record.region, record.service, lines_of(waiting, lines)};
  const WholeNode whole = route_again(slot, order);
  const Filling filling{slot, record.holds() != 0 ? Step::fill_on_hold : Step::fill, command,
                        batch};
  const Units held = whole.node != no_node ? hold_whole(filling, waiting, whole.node)
                                           : hold_pieces(filling, waiting);
  units_filled_ += held.value;
  units_waiting_ -= held.value;
  return held;
}

Units Reserve::fill_order(Slot slot, std::uint32_t command, Batch& batch) {
  std::uint32_t count = 0;
  orders_.for_slices(orders_[slot], [&](const Slice& slice, std::uint32_t at) {
    if (slice.state == SliceState::backordered) {
      waiting_[count++] = at;
    }
  });
  return fill_slices(slot, waiting_.first(count), command, batch);
}

}  // namespace millrace
