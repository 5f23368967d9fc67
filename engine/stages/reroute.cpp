// Units that orders hold and that are not there: who loses them, and where they go instead.
#include <algorithm>
#include <array>

#include "engine/core/check.h"
#include "engine/stages/reserve.h"

namespace millrace {

namespace {

/// Who gives way first: what nobody has been sent to pick.
constexpr std::array giving_way{SliceState::allocated, SliceState::waved};

bool gives_way(SliceState state) {
  return std::find(giving_way.begin(), giving_way.end(), state) != giving_way.end();
}

}  // namespace

bool Reserve::movable(Row row, NodeIndex node, Units units) const {
  std::uint64_t found = 0;
  for (std::uint32_t slot = orders_.size(); slot-- > 0 && found < units.value;) {
    if (!orders_.in_memory(Slot{slot})) {
      continue;
    }
    orders_.for_slices(orders_[Slot{slot}], [&](const Slice& slice) {
      if (slice.row == row && gives_way(slice.state) && slice.node() == node) {
        found += slice.units.value;
      }
    });
  }
  return found >= units.value;
}

std::optional<Units> Reserve::make_room(Row row, NodeIndex node, Units needed,
                                        std::uint32_t command, Batch& batch) {
  const Units free = sound(row, node);
  if (free >= needed) {
    return Units{0};
  }
  if (!movable(row, node, needed - free)) {
    return std::nullopt;
  }
  StockMark* const mark = marks_.make(row, node);
  if (mark == nullptr) {
    return std::nullopt;
  }
  // Kept back from now on, so that what the orders let go is not given to them again.
  mark->missing = needed;
  set_on_hand(row, node, stock_.on_hand(row, node));
  Units lost{0};
  for (const SliceState state : giving_way) {
    for (std::uint32_t slot = orders_.size(); slot-- > 0 && sound(row, node) < needed;) {
      lost += orders_.in_memory(Slot{slot}) ? move_from(Slot{slot}, *mark, state, command, batch)
                                            : Units{0};
    }
  }
  CHECK(sound(row, node) >= needed);
  mark->missing = Units{0};
  return lost;
}

Units Reserve::move_from(Slot slot, const StockMark& mark, SliceState state, std::uint32_t command,
                         Batch& batch) {
  Units lost{0};
  // Slices that rerouting adds stand behind these, and stay where they are.
  std::uint32_t count = orders_[slot].slice_count;
  for (std::uint32_t at = orders_[slot].first_slice;
       count-- > 0 && sound(mark.row, mark.node) < mark.missing;) {
    const Slice slice = orders_.slice(at);
    if (slice.row == mark.row && slice.state == state && slice.node() == mark.node) {
      lost += slice.units;
      reroute(slot, at, command, batch);
    }
    at = slice.next;
  }
  return lost;
}

void Reserve::leave_shipment(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[slot];
  Slice& slice = orders_.slice(at);
  if (slice.head == 0 || !takes_capacity(slice.state)) {
    return;
  }
  // Units that wait for their wave and units that do not are different shipments.
  const bool waits = slice.state == SliceState::allocated;
  for (std::uint32_t other = record.first_slice; other != no_slice;
       other = orders_.slice(other).next) {
    Slice& heir = orders_.slice(other);
    if (heir.head == 0 && takes_capacity(heir.state) && heir.place == slice.place &&
        (heir.state == SliceState::allocated) == waits) {
      heir.head = 1;
      slice.head = 0;
      return;
    }
  }
  calendar_.give_back(slice.node(), slice.ship_day());
  if (waits) {
    batch.shipments.push_back(
        ShipmentNote{slot, slice.node(), slice.ship_day(), record.service, true, command});
  }
}

ResolvedLine Reserve::take_off(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch) {
  Slice& slice = orders_.slice(at);
  give_back(slice.row, slice.node(), slice.units);
  leave_shipment(slot, at, command, batch);
  slice.state = SliceState::rerouted;
  slice.head = 0;
  tell_slice(EventKind::shortfall, slot, slice, command, batch);
  return ResolvedLine{slice.row, slice.units, skus_[slice.row.value].weight_grams, slice.line,
                      slice.unit_price};
}

void Reserve::tell_slice(EventKind kind, Slot slot, const Slice& slice, std::uint32_t command,
                         Batch& batch) const {
  Event event = event_of(slot, kind);
  event.sku = skus_[slice.row.value].sku;
  event.node = slice.node();
  event.units = slice.units;
  event.detail = slice.line;
  batch.events.tell(command, event);
}

void Reserve::drop_rest(Slot slot, std::span<const ResolvedLine> lines, EventKind kind,
                        std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[slot];
  std::uint32_t last = orders_.last_slice(record);
  for (std::uint32_t index = 0; index < lines.size(); ++index) {
    const Units missing = plan_.uncovered(index, lines[index].units);
    if (missing > Units{0}) {
      last = orders_.append(record, last,
                            Slice{lines[index].row, missing, no_slice, Slice::pack(no_node, no_day),
                                  static_cast<std::uint8_t>(lines[index].line),
                                  SliceState::cancelled, 0, 0, lines[index].unit_price});
      if (kind != EventKind::none) {
        tell_slice(kind, slot, orders_.slice(last), command, batch);
        uncount(record, lines[index].row, missing);
      }
    }
  }
}

void Reserve::reroute(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[slot];
  const Row row = orders_.slice(at).row;
  const bool may_split = allows(record.marks, Policy::allow_split);
  // Until life has asked vendors for it, which is before the command is over.
  const bool may_wait = allows(record.marks, Policy::allow_backorder) || record.asks_vendors != 0;
  std::array<ResolvedLine, lines_per_order_max> lines{};
  std::uint32_t count = 0;
  std::uint32_t taken = 0;
  orders_.for_slices(record, [&](const Slice& slice, std::uint32_t index) {
    if (index == at || (!may_split && gives_way(slice.state))) {
      waiting_[taken++] = index;
      const ResolvedLine off = take_off(slot, index, command, batch);
      ResolvedLine* same = lines.data();
      while (same != lines.data() + count && same->row != off.row) {
        ++same;
      }
      if (same == lines.data() + count) {
        lines[count++] = off;
      } else {
        same->units += off.units;
      }
    }
  });
  const RouteOrder order{record.region, record.service, std::span(lines).first(count)};
  if (const WholeNode whole = route_again(slot, order); whole.node != no_node) {
    Router::plan_whole(order, whole, plan_);
  }
  const bool waits = !plan_.complete() && may_wait;
  if (orders_.slices_left() < plan_.piece_count + count || (waits && backorders_.room() < count)) {
    for (const std::uint32_t index : waiting_.first(taken)) {
      Slice& slice = orders_.slice(index);
      slice.state = SliceState::cancelled;
      slice.place = Slice::pack(no_node, no_day);
      tell_slice(EventKind::shortfall_cancelled, slot, slice, command, batch);
      uncount(record, slice.row, slice.units);
    }
  } else {
    book(slot, order.lines, command, batch);
    if (waits) {
      wait_for_rest(slot, order.lines);
    } else {
      drop_rest(slot, order.lines, EventKind::shortfall_cancelled, command, batch);
    }
  }
  thinned_.push_back(slot);
  if (record.asks_vendors != 0) {
    seeking_.push_back(slot);
  }
  for (const ResolvedLine& line : order.lines) {
    if (line.row != row) {
      fill(line.row, command, batch);
    }
  }
}

}  // namespace millrace
