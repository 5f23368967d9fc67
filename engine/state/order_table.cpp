// Where an order stands, worked out from its slices.
#include "engine/state/order_table.h"

#include <string_view>

namespace millrace {

namespace {

/// How far the slices of an order have come.
struct Progress {
  std::uint32_t live = 0;  ///< not cancelled, expired or rerouted
  std::uint32_t waiting = 0;
  std::uint32_t on_hold = 0;
  std::uint32_t waved = 0;
  std::uint32_t in_work = 0;
  std::uint32_t left = 0;
  std::uint32_t arrived = 0;
  std::uint32_t over = 0;

  void count(SliceState state);
};

void Progress::count(SliceState state) {
  if (!is_live(state)) {
    return;
  }
  ++live;
  left += static_cast<std::uint32_t>(has_left(state));
  switch (state) {
    case SliceState::backordered:
    case SliceState::dropship_requested:
      ++waiting;
      break;
    case SliceState::reserved:
      ++on_hold;
      break;
    case SliceState::waved:
      ++waved;
      break;
    case SliceState::picking:
    case SliceState::picked:
    case SliceState::packed:
      ++in_work;
      break;
    case SliceState::delivered:
    case SliceState::return_open:
    case SliceState::return_sent:
    case SliceState::return_received:
    case SliceState::needs_work:
    case SliceState::activated:
      ++arrived;
      break;
    case SliceState::closed:
    case SliceState::returned:
    case SliceState::refunded:
    case SliceState::exchanged:
      ++arrived;
      ++over;
      break;
    case SliceState::allocated:
    case SliceState::cancelled:
    case SliceState::shipped:
    case SliceState::undelivered:
    case SliceState::expired:
    case SliceState::rerouted:
    case SliceState::scheduled:
    case SliceState::vendor_accepted:
      break;
  }
}

}  // namespace

void OrderTable::free_run(std::uint32_t first, std::uint32_t count) {
  slices_[first].next = space_.free_runs[count];
  space_.free_runs[count] = first;
  space_.slices_free += count;
}

std::uint32_t OrderTable::take_slice() {
  for (std::uint32_t count = 1; space_.slices_free > 0 && count <= run_slices_max; ++count) {
    const std::uint32_t first = space_.free_runs[count];
    if (first != no_slice) {
      space_.free_runs[count] = slices_[first].next;
      space_.slices_free -= count;
      if (count > 1) {
        free_run(first, count - 1);
      }
      return first + count - 1;
    }
  }
  CHECK(space_.slices_used < slices_.size());
  return space_.slices_used++;
}

void OrderTable::put_away(Slot slot, std::uint32_t file) {
  const std::uint32_t row = row_of(slot);
  OrderRecord& record = records_[row];
  std::uint32_t first = record.first_slice;
  while (record.slice_count > 0 && first != no_slice) {
    std::uint32_t count = 1;
    std::uint32_t next = slices_[first].next;
    for (; next == first + count && count < run_slices_max; ++count) {
      next = slices_[next].next;
    }
    free_run(first, count);
    first = next;
  }
  space_.slices_away += record.slice_count;
  record.first_slice = space_.free_row;
  space_.free_row = row + 1;
  rows_[slot.value] = put_away_bit | file;
  ++space_.put_away;
}

OrderRecord& OrderTable::bring_back(Slot slot, const OrderRecord& record) {
  CHECK(!in_memory(slot));
  --space_.put_away;
  return take_row(slot) = record;
}

std::optional<std::string> OrderTable::load(SectionReader& in) {
  std::vector<Space> space;
  if (!in.table("order space", space, 1) || space.size() != 1) {
    return "section order space: damaged";
  }
  space_ = space[0];
  if (space_.orders > rows_.size()) {
    return "section order space: more orders than orders_max";
  }
  std::uint64_t bytes = 0;
  const auto read = [&](std::string_view name, auto& table, std::uint32_t count) {
    return count <= table.size() && in.begin(name, bytes) && bytes == count * sizeof(table[0]) &&
           in.read(std::as_writable_bytes(table.first(count)));
  };
  if (!read("order rows", rows_, space_.orders) || !read("orders", records_, space_.rows_used)) {
    return "section order rows or orders: damaged, or not as many as there are orders";
  }
  if (!read("slices", slices_, space_.slices_used)) {
    return "section slices: damaged, or more slices than slices_max";
  }
  return std::nullopt;
}

OrderState OrderTable::state(const OrderRecord& record) const {
  if (record.outcome.status == Status::refused) {
    return OrderState::rejected;
  }
  Progress of;
  for_slices(record, [&](const Slice& slice) { of.count(slice.state); });
  if (of.live == 0) {
    return OrderState::cancelled;
  }
  if (of.waiting > 0) {
    return of.waiting == of.live ? OrderState::backordered : OrderState::partly_backordered;
  }
  if (of.on_hold > 0) {
    return OrderState::on_hold;
  }
  if (of.over == of.live) {
    return OrderState::closed;
  }
  if (of.arrived == of.live) {
    return OrderState::delivered;
  }
  if (of.left > 0) {
    return of.left == of.live ? OrderState::shipped : OrderState::partly_shipped;
  }
  if (of.in_work > 0) {
    return OrderState::in_work;
  }
  return of.waved == of.live ? OrderState::waved : OrderState::allocated;
}

}  // namespace millrace
