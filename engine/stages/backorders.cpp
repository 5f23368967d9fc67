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
    Units missing = line.units;
    for (const Piece& piece : std::span(plan_.pieces).first(plan_.piece_count)) {
      if (piece.line == index) {
        missing -= piece.units;
      }
    }
    if (missing == Units{0}) {
      continue;
    }
    last =
        orders_.append(record, last,
                       Slice{line.row, missing, no_slice, 0, static_cast<std::uint8_t>(line.line),
                             SliceState::backordered, 0, 0});
    orders_.slice(last).place = backorders_.push(line.row, slot, last, missing);
    units_waiting_ += missing.value;
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
    const OrderRecord& record = orders_[waiter.slot];
    filled += allows(record.marks, Policy::allow_split) ? fill_slice(waiter, command, batch)
                                                        : fill_order(waiter, command, batch);
    entry = waiter.next;
  }
  units_filled_ += filled.value;
  units_waiting_ -= filled.value;
  return filled;
}

void Reserve::tell_filling(Slot slot, const Slice& slice, NodeIndex node, Day ship_day, Units units,
                           std::uint32_t command, Batch& batch) const {
  Event event = event_of(slot, EventKind::backorder_filled);
  event.sku = skus_[slice.row.value].sku;
  event.node = node;
  event.day = ship_day;
  event.units = units;
  event.detail = slice.line;
  batch.events.tell(command, event);
}

void Reserve::hold_slice(std::uint32_t at, NodeIndex node, Day ship_day, bool head) {
  Slice& slice = orders_.slice(at);
  backorders_.remove(slice.row, slice.place, slice.units);
  stock_.hold(slice.row, node, slice.units);
  slice.place = Slice::pack(node, ship_day);
  slice.state = SliceState::allocated;
  slice.head = static_cast<std::uint8_t>(head);
}

Units Reserve::fill_slice(const Waiter& waiter, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[waiter.slot];
  const Slice wanted = orders_.slice(waiter.slice);
  const std::array<ResolvedLine, 1> lines{
      ResolvedLine{wanted.row, wanted.units, skus_[wanted.row.value].weight_grams, wanted.line}};
  const RouteOrder order{record.region, record.service, lines};
  if (const WholeNode whole = router_.whole(order); whole.node != no_node) {
    Router::plan_whole(order, whole, plan_);
  } else {
    router_.split(order, plan_);
  }
  // One shipment of this plan may take a node's last capacity, but never another's of the plan.
  Units filled{0};
  for (const Piece& piece : std::span(plan_.pieces).first(plan_.piece_count)) {
    const bool whole = piece.units == orders_.slice(waiter.slice).units;
    if (!whole && orders_.slices_left() == 0) {
      break;
    }
    const Day ship_day = ship(record, waiter.slot, piece.node, command, batch);
    filled += piece.units;
    tell_filling(waiter.slot, wanted, piece.node, ship_day, piece.units, command, batch);
    if (whole) {
      hold_slice(waiter.slice, piece.node, ship_day, true);
      break;
    }
    stock_.hold(wanted.row, piece.node, piece.units);
    orders_.append(record, orders_.last_slice(record),
                   Slice{wanted.row, piece.units, no_slice, Slice::pack(piece.node, ship_day),
                         wanted.line, SliceState::allocated, 1, 0});
    orders_.slice(waiter.slice).units -= piece.units;
    backorders_.reduce(wanted.row, piece.units);
  }
  return filled;
}

Units Reserve::fill_order(const Waiter& waiter, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[waiter.slot];
  std::array<ResolvedLine, lines_per_order_max> lines{};
  std::uint32_t count = 0;
  orders_.for_slices(record, [&](const Slice& slice, std::uint32_t /*at*/) {
    if (slice.state == SliceState::backordered) {
      lines[count++] =
          ResolvedLine{slice.row, slice.units, skus_[slice.row.value].weight_grams, slice.line};
    }
  });
  const RouteOrder order{record.region, record.service, std::span(lines).first(count)};
  const NodeIndex node = router_.whole(order).node;
  if (node == no_node) {
    return Units{0};
  }
  const Day ship_day = ship(record, waiter.slot, node, command, batch);
  bool head = true;
  orders_.for_slices(record, [&](const Slice& slice, std::uint32_t at) {
    if (slice.state == SliceState::backordered) {
      tell_filling(waiter.slot, slice, node, ship_day, slice.units, command, batch);
      hold_slice(at, node, ship_day, head);
      head = false;
    }
  });
  return order.units;
}

}  // namespace millrace
