// Nodes that are out or back, as docs/order-life.md has them.
#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

constexpr std::size_t looks_at_once = 4096;
constexpr std::size_t moves_at_once = 8;
constexpr std::uint64_t pause_us = 1000;

}  // namespace

Outcome Twin::change_node(const StockChange& body) {
  const std::size_t node = body.node.value;
  timers_.erase({outages_[node].due, no_order, node});
  outages_[node] = {body.action == 13, 0, 0, 0};
  return look_on(node);
}

Outcome Twin::look_on(std::size_t node) {
  Outage& outage = outages_[node];
  Outcome outcome = accepted();
  outcome.node = NodeIndex{static_cast<std::uint16_t>(node)};
  const std::size_t end = outage.out ? orders_.size() : rows_.size();
  std::size_t looks = 0;
  std::size_t moves = 0;
  while (outage.next < end && looks < looks_at_once && moves < moves_at_once) {
    const std::size_t at = outage.next++;
    ++looks;
    if (outage.out) {
      moves += leave_out_node(at, node, outcome) ? 1 : 0;
    } else if (!rows_[at].waiting.empty() && rows_[at].buckets[node].available() > 0) {
      outcome.allocated += Units{static_cast<std::uint32_t>(fill_row(at))};
      ++moves;
    }
  }
  outage.orders += outage.out ? moves : 0;
  outage.due = 0;
  if (outage.next < end) {
    outage.due = now_.us + pause_us;
    timers_.insert({outage.due, no_order, node});
  } else if (outage.out) {
    Event event{};
    event.kind = EventKind::node_emptied;
    event.node = outcome.node;
    event.channel = no_channel;
    event.detail = outage.orders;
    tell(event);
  }
  return outcome;
}

bool Twin::leave_out_node(std::size_t slot, std::size_t node, Outcome& outcome) {
  Order& order = orders_[slot];
  StepOrder body{};
  body.order = order.id;
  body.line = 255;
  body.node = NodeIndex{static_cast<std::uint16_t>(node)};
  body.reason = 3;
  const Step step = is_vendor(node) ? Step::vendor_reject : Step::reject_node;
  body.step = static_cast<std::uint8_t>(step);
  bool is_there = false;
  for (const Slice& slice : order.slices) {
    is_there |= matches(slice, body) && next_state(slice.state, step) != no_state;
  }
  if (!is_there) {
    return false;
  }
  const Outcome moved = reroute(order, slot, body);
  Event event = event_of(order, EventKind::order_rerouted);
  event.node = body.node;
  event.units = moved.allocated;
  event.units_waiting = moved.backordered;
  event.detail = moved.detail;
  tell(event);
  outcome.allocated += moved.allocated;
  outcome.backordered += moved.backordered;
  outcome.detail += moved.detail;
  moved_.push_back(slot);
  return true;
}

}  // namespace millrace::reference
