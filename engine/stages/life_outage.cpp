// A whole node that is out: what it was to send is sent from elsewhere, order by order, a few at a
// time. And one that is back: who waits is served from it. docs/order-life.md, Outages.
#include <algorithm>

#include "engine/stages/life.h"

namespace millrace {

namespace {

/// As much as is looked at and moved at once, so that nobody waits long, and when it goes on.
constexpr std::uint32_t looks_at_once = 4096;
constexpr std::uint32_t moves_at_once = 8;
constexpr std::uint64_t pause_us = 1000;

}  // namespace

Outcome Life::change_node(const StockChange& change, std::uint32_t command, Batch& batch) {
  Outage& outage = reserve_.outages_[change.node];
  if (outage.due > Time{0}) {
    wheel_.remove(outage.entry);
  }
  const bool out = change.action == static_cast<std::uint8_t>(StockAction::close_node);
  outage = Outage{Time{0}, 0, 0, ExpiryWheel::none, change.node, static_cast<std::uint8_t>(out), 0};
  reserve_.calendar_.set_out(change.node, out);
  return look_on(change.node, command, batch);
}

Outcome Life::look_on(NodeIndex node, std::uint32_t command, Batch& batch) {
  Outage& outage = reserve_.outages_[node];
  Outcome outcome = accepted(node);
  const bool more = outage.out != 0 ? empty_node(outage, outcome, command, batch)
                                    : serve_from(outage, outcome, command, batch);
  outage.due = Time{0};
  outage.entry = ExpiryWheel::none;
  if (more) {
    outage.due = Time{now_.us + pause_us};
    outage.entry = wheel_.add(outage.due, key_of(no_slot, node.value));
    next_due_ = std::min(next_due_, outage.due);
  } else if (outage.out != 0) {
    Event event = blank_event(EventKind::node_emptied);
    event.node = node;
    event.detail = outage.orders;
    batch.events.tell(command, event);
  }
  return outcome;
}

bool Life::empty_node(Outage& outage, Outcome& outcome, std::uint32_t command, Batch& batch) {
  std::uint32_t moved = 0;
  for (std::uint32_t looks = 0;
       looks < looks_at_once && moved < moves_at_once && outage.next < orders().size(); ++looks) {
    // An order that was put away has nothing left to send.
    const Slot slot{outage.next++};
    if (orders().in_memory(slot) && leave_out_node(slot, outage.node, outcome, command, batch)) {
      ++moved;
    }
  }
  outage.orders += moved;
  return outage.next < orders().size();
}

bool Life::leave_out_node(Slot slot, NodeIndex node, Outcome& outcome, std::uint32_t command,
                          Batch& batch) {
  StepOrder body{};
  body.line = any_line;
  body.node = node;
  body.reason = static_cast<std::uint8_t>(VendorReason::other);
  const Step step = network_.is_vendor(node) ? Step::vendor_reject : Step::reject_node;
  const Job job{body, step, slot, no_slot, reserve_.orders_[slot], command, batch};
  const Found found = find(job);
  if (found.slices == 0) {
    return false;
  }
  const Outcome moved = reroute(job, found);
  if (moved.status == Status::refused) {
    return false;
  }
  Event event = event_of(slot, EventKind::order_rerouted);
  event.node = node;
  event.units = moved.allocated;
  event.units_waiting = moved.backordered;
  event.detail = moved.detail;
  batch.events.tell(command, event);
  outcome.allocated += moved.allocated;
  outcome.backordered += moved.backordered;
  outcome.detail += moved.detail;
  see_arrival(slot);
  return true;
}

bool Life::serve_from(Outage& outage, Outcome& outcome, std::uint32_t command, Batch& batch) {
  std::uint32_t served = 0;
  for (std::uint32_t looks = 0;
       looks < looks_at_once && served < moves_at_once && outage.next < reserve_.sku_count();
       ++looks) {
    const Row row{outage.next++};
    if (reserve_.backorders_.front(row) != no_waiter &&
        reserve_.stock_.available(row, outage.node) > Units{0}) {
      outcome.allocated += reserve_.fill(row, command, batch);
      ++served;
    }
  }
  return outage.next < reserve_.sku_count();
}

}  // namespace millrace
