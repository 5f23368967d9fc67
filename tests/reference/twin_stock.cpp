// Stock commands, cancellations, released waves, and filling what waits.
#include <algorithm>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

constexpr std::int64_t on_hand_max = 4'000'000'000;

std::uint32_t narrow(std::int64_t value) {
  return static_cast<std::uint32_t>(value);
}

/// The answer to a stock command carried out.
Outcome stock_answer(NodeIndex node, std::uint64_t filled, std::int64_t on_hand) {
  Outcome outcome = accepted();
  outcome.node = node;
  outcome.allocated = Units{static_cast<std::uint32_t>(filled)};
  outcome.detail = narrow(on_hand);
  return outcome;
}

}  // namespace

Outcome Twin::carry_out(const DefineSku& body) {
  if (body.sku.value == 0) {
    return refused(Refusal::zero_sku);
  }
  if (body.weight_grams > 1'000'000) {
    return refused(Refusal::weight_too_large);
  }
  if (const std::optional<std::size_t> row = row_of(body.sku); row.has_value()) {
    if (((rows_[*row].flags ^ body.flags) & 8U) != 0) {
      return refused(Refusal::service_mark_fixed);
    }
    rows_[*row].weight_grams = body.weight_grams;
    rows_[*row].flags = body.flags;
    return accepted();
  }
  if (rows_.size() >= limits_.skus_max) {
    return refused(Refusal::skus_exhausted);
  }
  rows_by_sku_[body.sku.value] = rows_.size();
  rows_.push_back({body.sku,
                   body.weight_grams,
                   body.flags,
                   std::vector<Bucket>(network_.node_count()),
                   {},
                   {}});
  ++stats_.skus;
  return accepted();
}

Outcome Twin::carry_out(const ReceiveStock& body) {
  const std::optional<std::size_t> row = row_of(body.sku);
  if (!row.has_value()) {
    return refused(Refusal::unknown_sku);
  }
  if (is_service(*row)) {
    return refused(Refusal::service_has_no_stock);
  }
  if (body.node.value >= network_.node_count()) {
    return refused(Refusal::unknown_node);
  }
  if (body.quantity.value == 0) {
    return refused(Refusal::zero_quantity);
  }
  Bucket& bucket = rows_[*row].buckets[body.node.value];
  const std::int64_t quantity = body.quantity.value;
  if (bucket.on_hand + quantity > on_hand_max) {
    return refused(Refusal::stock_overflow);
  }
  bucket.on_hand += quantity;
  const std::uint64_t filled = fill_row(*row);
  return stock_answer(body.node, filled, bucket.on_hand);
}

Outcome Twin::carry_out(const AdjustStock& body) {
  const std::optional<std::size_t> row = row_of(body.sku);
  if (!row.has_value()) {
    return refused(Refusal::unknown_sku);
  }
  if (is_service(*row)) {
    return refused(Refusal::service_has_no_stock);
  }
  if (body.node.value >= network_.node_count()) {
    return refused(Refusal::unknown_node);
  }
  if (body.mode > 1) {
    return refused(Refusal::unknown_mode);
  }
  if (body.reason > 4) {
    return refused(Refusal::unknown_reason);
  }
  Bucket& bucket = rows_[*row].buckets[body.node.value];
  const bool is_absolute = body.mode == 1;
  if (is_absolute && bucket.on_hand != body.expected.value) {
    return refused(Refusal::stale_count, narrow(bucket.on_hand));
  }
  // A value beyond twice the bound is out of bounds whatever is on hand, and clamping it there
  // keeps the sum from overflowing.
  const std::int64_t value = std::clamp(body.value, -2 * on_hand_max, 2 * on_hand_max);
  const std::int64_t target = is_absolute ? value : bucket.on_hand + value;
  const bool is_count = is_absolute && body.reason == 0;
  const std::int64_t before = bucket.on_hand;
  if (target < 0 || (!is_count && before - target > bucket.sound())) {
    return refused(Refusal::below_allocated, narrow(bucket.on_hand));
  }
  if (target > on_hand_max) {
    return refused(Refusal::stock_overflow, narrow(bucket.on_hand));
  }
  const std::optional<std::int64_t> lost = make_room(*row, body.node.value, before - target);
  if (!lost.has_value()) {
    return refused(Refusal::below_allocated, narrow(before));
  }
  bucket.on_hand = target;
  const std::uint64_t filled = target > before || *lost > 0 ? fill_row(*row) : 0;
  Outcome outcome = stock_answer(body.node, filled, target);
  outcome.backordered = Units{narrow(*lost)};
  return outcome;
}

Outcome Twin::carry_out(const CancelOrder& body) {
  const std::optional<std::size_t> slot = slot_of(body.order);
  if (!slot.has_value()) {
    return refused(Refusal::unknown_order);
  }
  Order& order = orders_[*slot];
  if (order.outcome.status == Status::refused) {
    return refused(Refusal::order_was_refused);
  }
  moved_.push_back(*slot);
  Outcome outcome = refused(Refusal::none);
  outcome.status = Status::cancelled;
  std::vector<std::size_t> rows_to_fill;
  std::optional<SliceState> kept;
  for (std::size_t at = 0; at < order.slices.size(); ++at) {
    Slice& slice = order.slices[at];
    const SliceState next = next_state(slice.state, Step::cancel);
    if (next == no_state) {
      if (slice.state != SliceState::cancelled && slice.state != SliceState::rerouted &&
          !kept.has_value()) {
        kept = slice.state;
      }
      continue;
    }
    const Units units{static_cast<std::uint32_t>(slice.units)};
    if (slice.state == SliceState::backordered) {
      leave_queue(*slot, at);
      outcome.backordered += units;
      stats_.backorders_waiting -= slice.units;
    } else if (slice.state == SliceState::scheduled) {
      outcome.allocated += units;
    } else {
      withdraw(order, *slot, at);
      rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
      outcome.allocated += units;
      rows_to_fill.push_back(slice.row);
      if (slice.head && takes_capacity(slice.state) &&
          slice.ship_day >= network_.local(slice.node, now_).day) {
        --shipments_[slice.node][slice.ship_day];
      }
    }
    uncount(order, slice);
    slice.state = next;
  }
  if (outcome.allocated.value + outcome.backordered.value == 0) {
    return kept.has_value()
               ? refused(Refusal::step_not_allowed,
                         static_cast<std::uint32_t>(*kept) + 256 * 18 + 65'536U * body.reason)
               : refused(Refusal::already_cancelled);
  }
  waves_.withdraw(*slot);
  for (const std::size_t row : rows_to_fill) {
    (void)fill_row(row);
  }
  ++stats_.orders_cancelled;
  return outcome;
}

Outcome Twin::release_planned(const ReleaseWave& body, const std::vector<std::uint32_t>& slots) {
  const std::size_t aisles = body.aisle_count <= slots.size() ? body.aisle_count : 0;
  std::uint64_t units = 0;
  std::uint32_t orders = 0;
  std::uint32_t left_out = 0;
  for (std::size_t i = 0; i < slots.size() - aisles; ++i) {
    const std::size_t slot = slots[i];
    const bool is_known = slot < orders_.size();
    std::uint64_t of_order = 0;
    if (is_known && (body.service.value == 255 || orders_[slot].service == body.service.value)) {
      for (Slice& slice : orders_[slot].slices) {
        if (slice.state == SliceState::allocated && slice.node == body.node.value &&
            slice.ship_day <= body.ship_day.value) {
          slice.state = SliceState::waved;
          of_order += slice.units;
          if (slice.head) {
            waves_.withdraw_one(slot, body.node.value, slice.ship_day);
          }
        }
      }
    }
    units += of_order;
    orders += of_order > 0 ? 1 : 0;
    if (of_order == 0) {
      ++left_out;
      Event event{};
      event.channel = no_channel;
      if (is_known) {
        event = event_of(orders_[slot], EventKind::wave_left_out);
      }
      event.kind = EventKind::wave_left_out;
      event.node = body.node;
      event.detail = body.wave.value;
      tell(event);
    }
  }
  if (orders == 0) {
    return refused(Refusal::nothing_to_release);
  }
  ++stats_.waves_released;
  stats_.orders_waved += orders;
  Outcome outcome = stock_answer(body.node, units, orders);
  outcome.backordered = Units{left_out};
  return outcome;
}

Outcome Twin::carry_out(const ReleaseWave& body, const std::vector<std::uint32_t>& slots) {
  if (body.reason != 0) {
    return release_planned(body, slots);
  }
  waves_.release(body.wave.value);
  std::uint64_t units = 0;
  std::uint32_t orders = 0;
  for (const std::uint32_t slot : slots) {
    if (slot >= orders_.size() || orders_[slot].service != body.service.value) {
      continue;
    }
    bool is_in_wave = false;
    for (Slice& slice : orders_[slot].slices) {
      if (slice.state == SliceState::allocated && slice.node == body.node.value &&
          slice.ship_day == body.ship_day.value) {
        slice.state = SliceState::waved;
        units += slice.units;
        is_in_wave = true;
      }
    }
    orders += is_in_wave ? 1 : 0;
  }
  if (orders == 0) {
    return refused(Refusal::nothing_to_release);
  }
  ++stats_.waves_released;
  stats_.orders_waved += orders;
  return stock_answer(body.node, units, orders);
}

void Twin::leave_queue(std::size_t slot, std::size_t slice) {
  std::erase_if(rows_[orders_[slot].slices[slice].row].waiting, [&](const Waiting& waiting) {
    return waiting.slot == slot && waiting.slice == slice;
  });
}

std::uint64_t Twin::fill_row(std::size_t row) {
  std::uint64_t filled = 0;
  const std::vector<Waiting> queue = rows_[row].waiting;
  for (const Waiting& waiter : queue) {
    const Order& order = orders_[waiter.slot];
    if (order.slices[waiter.slice].state != SliceState::backordered) {
      continue;  // filled with an earlier one of the same order
    }
    filled += allows(order.policy, Policy::allow_split) ? fill_slices(waiter.slot, {waiter.slice})
                                                        : fill_whole_order(waiter.slot);
  }
  return filled;
}

/// What these slices are of together, a line a SKU.
std::vector<Twin::OrderedLine> Twin::lines_of(const Order& order,
                                              const std::vector<std::size_t>& slices) {
  std::vector<OrderedLine> lines;
  for (const std::size_t at : slices) {
    const Slice& slice = order.slices[at];
    const auto same = std::find_if(lines.begin(), lines.end(),
                                   [&](const OrderedLine& line) { return line.row == slice.row; });
    if (same == lines.end()) {
      lines.push_back({slice.line, slice.row, slice.units, slice.unit_price});
    } else {
      same->units += slice.units;
    }
  }
  return lines;
}

/// One plan for all these waiting slices. Of an order that may not be split: one node or nothing.
std::uint64_t Twin::fill_slices(std::size_t slot, const std::vector<std::size_t>& waiting) {
  Order& order = orders_[slot];
  const std::vector<OrderedLine> lines = lines_of(order, waiting);
  const PlanQuestion question = question_of(order, lines);
  std::uint64_t filled = 0;
  if (const auto one_node = one_node_plan(network_, question); one_node.has_value()) {
    const std::size_t node = one_node->front().node;
    for (const std::size_t at : waiting) {
      leave_queue(slot, at);
      filled += order.slices[at].units;
      hold(order, slot, order.slices[at], node, *question.ship_day[node], at == waiting.front());
      tell_filling(order, order.slices[at]);
    }
  } else if (allows(order.policy, Policy::allow_split)) {
    std::set<std::size_t> nodes;
    for (const Piece& piece : split_plan(network_, question)) {
      const std::size_t at = waiting[piece.line];
      const bool head = nodes.insert(piece.node).second;
      const std::int64_t day = *question.ship_day[piece.node];
      filled += piece.units;
      if (piece.units == order.slices[at].units) {
        leave_queue(slot, at);
        hold(order, slot, order.slices[at], piece.node, day, head);
        tell_filling(order, order.slices[at]);
        continue;
      }
      Slice held = order.slices[at];
      held.units = piece.units;
      hold(order, slot, held, piece.node, day, head);
      tell_filling(order, held);
      order.slices.push_back(held);
      order.slices[at].units -= piece.units;
    }
  }
  stats_.backorders_filled += filled;
  stats_.backorders_waiting -= filled;
  return filled;
}

std::uint64_t Twin::fill_whole_order(std::size_t slot) {
  std::vector<std::size_t> waiting;
  for (std::size_t at = 0; at < orders_[slot].slices.size(); ++at) {
    if (orders_[slot].slices[at].state == SliceState::backordered) {
      waiting.push_back(at);
    }
  }
  return fill_slices(slot, waiting);
}

}  // namespace millrace::reference
