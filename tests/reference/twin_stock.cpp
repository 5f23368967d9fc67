// Stock commands, cancellations, released waves, and filling what waits.
#include <algorithm>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

constexpr std::int64_t on_hand_max = 4'000'000'000;

Outcome accepted() {
  return {Status::accepted, Refusal::none, 0, 0, no_node, no_day, Units{0}, Units{0}, 0, 0};
}

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
  if (state_of(order) == OrderState::cancelled) {
    return refused(Refusal::already_cancelled);
  }
  Outcome outcome = refused(Refusal::none);
  outcome.status = Status::cancelled;
  std::vector<std::size_t> rows_to_fill;
  for (std::size_t i = 0; i < order.slices.size(); ++i) {
    Slice& slice = order.slices[i];
    const Units units{static_cast<std::uint32_t>(slice.units)};
    if (slice.state == SliceState::backordered) {
      leave_queue({*slot, i});
      outcome.backordered += units;
      stats_.backorders_waiting -= slice.units;
    } else if (slice.state == SliceState::allocated || slice.state == SliceState::waved) {
      rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
      outcome.allocated += units;
      rows_to_fill.push_back(slice.row);
      if (slice.head && slice.ship_day >= network_.local(slice.node, now_).day) {
        --shipments_[slice.node][slice.ship_day];
      }
    } else {
      continue;
    }
    slice.state = SliceState::cancelled;
  }
  waves_.withdraw(*slot);
  for (const std::size_t row : rows_to_fill) {
    (void)fill_row(row);
  }
  ++stats_.orders_cancelled;
  return outcome;
}

Outcome Twin::carry_out(const ReleaseWave& body, const std::vector<std::uint32_t>& slots) {
  waves_.release(body.wave.value);
  std::uint64_t units = 0;
  std::uint32_t orders = 0;
  for (const std::uint32_t slot : slots) {
    if (slot >= orders_.size()) {
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

void Twin::leave_queue(Waiting waiting) {
  std::erase(rows_[orders_[waiting.slot].slices[waiting.slice].row].waiting, waiting);
}

std::uint64_t Twin::fill_row(std::size_t row) {
  std::uint64_t filled = 0;
  const std::vector<Waiting> queue = rows_[row].waiting;
  for (const Waiting& waiting : queue) {
    filled += allows(orders_[waiting.slot].policy, Policy::allow_split)
                  ? fill_slice(waiting)
                  : fill_whole_order(waiting.slot);
  }
  stats_.backorders_filled += filled;
  stats_.backorders_waiting -= filled;
  return filled;
}

std::uint64_t Twin::fill_slice(Waiting waiting) {
  const auto [slot, at] = waiting;
  Order& order = orders_[slot];
  const Slice& wanted = order.slices[at];
  const PlanQuestion question = question_of(order, {{wanted.line, wanted.row, wanted.units}});
  const std::optional<Pieces> one_node = one_node_plan(network_, question);
  const Pieces pieces = one_node.has_value() ? *one_node : split_plan(network_, question);

  std::uint64_t filled = 0;
  for (const Piece& piece : pieces) {
    const std::int64_t day = *question.ship_day[piece.node];
    filled += piece.units;
    if (piece.units == order.slices[at].units) {
      hold(order, slot, order.slices[at], piece.node, day, true);
      tell_filling(order, order.slices[at]);
      leave_queue(waiting);
      continue;
    }
    Slice held = order.slices[at];
    held.units = piece.units;
    hold(order, slot, held, piece.node, day, true);
    tell_filling(order, held);
    order.slices.push_back(held);
    order.slices[at].units -= piece.units;
  }
  return filled;
}

std::uint64_t Twin::fill_whole_order(std::size_t slot) {
  Order& order = orders_[slot];
  std::vector<OrderedLine> lines;
  std::vector<std::size_t> waiting;
  for (std::size_t i = 0; i < order.slices.size(); ++i) {
    const Slice& slice = order.slices[i];
    if (slice.state == SliceState::backordered) {
      lines.push_back({slice.line, slice.row, slice.units});
      waiting.push_back(i);
    }
  }
  const PlanQuestion question = question_of(order, lines);
  const std::optional<Pieces> plan = one_node_plan(network_, question);
  if (!plan.has_value()) {
    return 0;
  }
  std::uint64_t filled = 0;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    const std::size_t node = (*plan)[i].node;
    Slice& slice = order.slices[waiting[i]];
    hold(order, slot, slice, node, *question.ship_day[node], i == 0);
    tell_filling(order, slice);
    leave_queue({slot, waiting[i]});
    filled += slice.units;
  }
  return filled;
}

}  // namespace millrace::reference
