// What queries see, what clients are told of slices, and what is counted.
#include <algorithm>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

Units units_of(std::uint64_t units) {
  return Units{static_cast<std::uint32_t>(units)};
}

NodeIndex node_of(std::size_t node) {
  return NodeIndex{static_cast<std::uint16_t>(node)};
}

Day day_of(std::int64_t day) {
  return Day{static_cast<std::uint16_t>(day)};
}

}  // namespace

OrderState Twin::state_of(const Order& order) {
  if (order.outcome.status == Status::refused) {
    return OrderState::rejected;
  }
  std::map<SliceState, std::size_t> in;
  std::size_t live = 0;
  for (const Slice& slice : order.slices) {
    if (slice.state != SliceState::cancelled && slice.state != SliceState::expired &&
        slice.state != SliceState::rerouted) {
      ++in[slice.state];
      ++live;
    }
  }
  const auto count = [&](std::initializer_list<SliceState> states) {
    std::size_t sum = 0;
    for (const SliceState state : states) {
      sum += in[state];
    }
    return sum;
  };
  const std::size_t over = count(
      {SliceState::closed, SliceState::returned, SliceState::refunded, SliceState::exchanged});
  const std::size_t arrived =
      over + count({SliceState::delivered, SliceState::return_open, SliceState::return_sent,
                    SliceState::return_received, SliceState::needs_work, SliceState::activated});
  const std::size_t left = count({SliceState::shipped, SliceState::undelivered}) + arrived -
                           count({SliceState::activated});
  if (live == 0) {
    return OrderState::cancelled;
  }
  const std::size_t waiting = count({SliceState::backordered, SliceState::dropship_requested});
  if (waiting == live) {
    return OrderState::backordered;
  }
  if (waiting > 0) {
    return OrderState::partly_backordered;
  }
  if (in[SliceState::reserved] > 0) {
    return OrderState::on_hold;
  }
  if (over == live) {
    return OrderState::closed;
  }
  if (arrived == live) {
    return OrderState::delivered;
  }
  if (left > 0) {
    return left == live ? OrderState::shipped : OrderState::partly_shipped;
  }
  if (count({SliceState::picking, SliceState::picked, SliceState::packed}) > 0) {
    return OrderState::in_work;
  }
  return in[SliceState::waved] == live ? OrderState::waved : OrderState::allocated;
}

void Twin::view(const GetOrder& query, test::Answer& answer) const {
  answer.order.id = query.order;
  answer.order.outcome = refused(Refusal::unknown_order);
  answer.order.state = OrderState::unknown;
  const std::optional<std::size_t> slot = slot_of(query.order);
  if (!slot.has_value()) {
    return;
  }
  const Order& order = orders_[*slot];
  answer.order.sequence = Sequence{order.sequence};
  answer.order.outcome = order.outcome;
  answer.order.slice_count = static_cast<std::uint32_t>(order.slices.size());
  answer.order.promise_day = day_of(order.promise_day);
  answer.order.state = state_of(order);
  for (const Slice& slice : order.slices) {
    answer.slices.push_back({rows_[slice.row].sku,
                             units_of(slice.units),
                             node_of(slice.node),
                             day_of(slice.ship_day),
                             slice.line,
                             slice.state,
                             {}});
  }
}

void Twin::view(const GetStock& query, test::Answer& answer) const {
  answer.stock.sku = query.sku;
  const std::optional<std::size_t> row = row_of(query.sku);
  if (!row.has_value()) {
    return;
  }
  const SkuRow& record = rows_[*row];
  answer.stock.known = 1;
  answer.stock.weight_grams = record.weight_grams;
  answer.stock.flags = record.flags;
  for (const Waiting& waiting : record.waiting) {
    answer.stock.backordered += units_of(orders_[waiting.slot].slices[waiting.slice].units);
  }
  for (std::size_t node = 0; node < record.buckets.size(); ++node) {
    const Bucket& bucket = record.buckets[node];
    if (bucket.on_hand > 0) {
      answer.cells.push_back({node_of(node), 0,
                              units_of(static_cast<std::uint64_t>(bucket.on_hand)),
                              units_of(static_cast<std::uint64_t>(bucket.available()))});
    }
  }
  answer.stock.cell_count = static_cast<std::uint32_t>(answer.cells.size());
}

std::vector<Allocation> Twin::allocations_of(const Order& order) {
  std::vector<Allocation> allocations;
  for (const Slice& slice : order.slices) {
    allocations.push_back({0, units_of(slice.units), node_of(slice.node), day_of(slice.ship_day),
                           slice.line, static_cast<std::uint8_t>(slice.state), 0});
  }
  return allocations;
}

void Twin::count_order(const Order& order) {
  ++stats_.orders;
  stats_.orders_allocated += order.outcome.status == Status::allocated ? 1 : 0;
  stats_.orders_split += order.outcome.status == Status::split ? 1 : 0;
  stats_.orders_partly_backordered += order.outcome.status == Status::partly_backordered ? 1 : 0;
  stats_.orders_backordered += order.outcome.status == Status::backordered ? 1 : 0;
  stats_.orders_refused += order.outcome.status == Status::refused ? 1 : 0;
  stats_.units_allocated += order.outcome.allocated.value;
  stats_.units_backordered += order.outcome.backordered.value;
  stats_.backorders_waiting += order.outcome.backordered.value;
}

}  // namespace millrace::reference
