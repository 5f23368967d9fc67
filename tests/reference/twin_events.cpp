// Events, as docs/events.md lists them: one for the outcome of each command, and those that are
// told beside it.
#include <algorithm>
#include <cstring>
#include <map>
#include <span>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

NodeIndex node_of(std::size_t node) {
  return NodeIndex{static_cast<std::uint16_t>(node)};
}

Day day_of(std::int64_t day) {
  return Day{static_cast<std::uint16_t>(day)};
}

EventKind kind_of_order(Status status) {
  static const std::map<Status, EventKind> kinds{
      {Status::allocated, EventKind::order_allocated},
      {Status::split, EventKind::order_split},
      {Status::partly_backordered, EventKind::order_partly_backordered},
      {Status::backordered, EventKind::order_backordered},
      {Status::refused, EventKind::order_refused},
      {Status::partial, EventKind::order_partial}};
  return kinds.at(status);
}

/// The fields that name what the command was about.
void put_subject(const test::TestCommand& command, Event& event) {
  if (const auto* head = std::get_if<OrderHead>(&command.body)) {
    event.order = head->id;
    event.channel = head->channel;
  } else if (const auto* cancel = std::get_if<CancelOrder>(&command.body)) {
    event.order = cancel->order;
  } else if (const auto* step = std::get_if<StepOrder>(&command.body)) {
    event.order = step->order;
  } else if (const auto* receipt = std::get_if<ReceiveStock>(&command.body)) {
    event.sku = receipt->sku;
    event.node = receipt->node;
    event.units = receipt->quantity;
  } else if (const auto* adjustment = std::get_if<AdjustStock>(&command.body)) {
    event.sku = adjustment->sku;
    event.node = adjustment->node;
    event.units = Units{0};
  } else if (const auto* change = std::get_if<StockChange>(&command.body)) {
    if (change->action == 13 || change->action == 14) {
      event.node = change->node;
    } else {
      event.sku = change->sku;
      event.units = change->units;
    }
    if (change->action == 10) {
      event.order = change->reference;
    }
  } else if (const auto* definition = std::get_if<DefineSku>(&command.body)) {
    event.sku = definition->sku;
  } else if (const auto* release = std::get_if<ReleaseWave>(&command.body)) {
    event.node = release->node;
  }
}

/// Kind, reason and detail of a command other than an order that was carried out.
void put_effect(const test::TestCommand& command, const Outcome& outcome, Event& event) {
  event.detail = outcome.detail;
  if (std::holds_alternative<CancelOrder>(command.body)) {
    event.kind = EventKind::order_cancelled;
  } else if (const auto* step = std::get_if<StepOrder>(&command.body)) {
    event.kind = static_cast<EventKind>(step->step + (step->step < 30 ? 31 : 98));
    event.reason = step->reason;
    event.amount = outcome.cost;
    event.detail = step->parcel;
  } else if (std::holds_alternative<ReceiveStock>(command.body)) {
    event.kind = EventKind::stock_received;
  } else if (const auto* adjustment = std::get_if<AdjustStock>(&command.body)) {
    event.kind = EventKind::stock_adjusted;
    event.reason = adjustment->reason;
  } else if (const auto* change = std::get_if<StockChange>(&command.body)) {
    event.kind = EventKind::stock_changed;
    event.reason = change->action;
    if (change->action > 12) {
      event.kind = change->action == 13 ? EventKind::node_closed : EventKind::node_opened;
      event.reason = 0;
    }
  } else if (const auto* definition = std::get_if<DefineSku>(&command.body)) {
    event.kind = EventKind::sku_defined;
    event.detail = definition->weight_grams;
  } else if (const auto* release = std::get_if<ReleaseWave>(&command.body)) {
    event.kind = EventKind::wave_released;
    event.day = release->ship_day;
    event.amount = outcome.detail;
    event.detail = release->wave.value;
    event.reason = release->reason;
  } else {
    event.kind = EventKind::time_passed;
  }
}

}  // namespace

Event Twin::outcome_event(const test::TestCommand& command, const Outcome& outcome) const {
  Event event{};
  event.sequence = Sequence{sequence_};
  event.time = now_;
  event.channel = no_channel;
  event.node = outcome.node;
  event.units = outcome.allocated;
  event.units_waiting = outcome.backordered;
  event.reason = static_cast<std::uint8_t>(outcome.refusal);
  put_subject(command, event);
  const CommandKind kind = test::kind_of(command);
  if (kind == CommandKind::place_order) {
    const bool is_cart = (std::get<OrderHead>(command.body).policy & 32U) != 0;
    event.kind = is_repeated_ ? EventKind::command_repeated : kind_of_order(outcome.status);
    if (is_cart && !is_repeated_ && outcome.status != Status::refused) {
      event.kind = EventKind::cart_held;
    }
    event.day = outcome.promise_day;
    event.amount = outcome.cost;
    event.detail = outcome.shipments;
  } else if (is_repeated_ || outcome.status == Status::refused) {
    event.kind = is_repeated_ ? EventKind::command_repeated : EventKind::command_refused;
    event.detail = static_cast<std::uint64_t>(kind);
  } else {
    put_effect(command, outcome, event);
  }
  if (kind != CommandKind::place_order && !event.order.is_zero()) {
    // Whatever names an order that is known has its channel.
    if (const std::optional<std::size_t> slot = slot_of(event.order)) {
      event.channel = orders_[*slot].channel;
    }
  }
  return event;
}

void Twin::tell(Event event) {
  ++told_;
  event.sequence = Sequence{sequence_};
  event.number = sequence_ + told_;
  event.time = now_;
  std::uint64_t words[sizeof(Event) / 8];
  std::memcpy(words, &event, sizeof(event));
  for (std::size_t at = 0; at < std::size(words); at += 2) {
    event_digest_.add_pair(words[at], words[at + 1]);
  }
  told_now_.push_back(event);
}

void Twin::tell_shipments(const Order& order, std::size_t first_slice) {
  std::uint64_t shipment = 0;
  const std::span slices = std::span(order.slices).subspan(first_slice);
  for (const Slice& head : slices) {
    if (!head.head) {
      continue;
    }
    Event event{};
    event.kind = EventKind::shipment_planned;
    event.order = order.id;
    event.channel = order.channel;
    event.node = node_of(head.node);
    event.day = day_of(head.ship_day);
    event.detail = shipment++;
    for (const Slice& slice : slices) {
      if (slice.state == SliceState::allocated && slice.node == head.node) {
        event.units += Units{static_cast<std::uint32_t>(slice.units)};
      }
    }
    tell(event);
  }
}

Event Twin::event_of(const Order& order, EventKind kind) {
  Event event{};
  event.kind = kind;
  event.order = order.id;
  event.channel = order.channel;
  event.node = no_node;
  return event;
}

Event Twin::event_of(const Order& order, const Slice& slice, EventKind kind) const {
  Event event = event_of(order, kind);
  event.sku = rows_[slice.row].sku;
  event.node = node_of(slice.node);
  event.units = Units{static_cast<std::uint32_t>(slice.units)};
  event.detail = slice.line;
  return event;
}

void Twin::tell_filling(const Order& order, const Slice& slice) {
  Event event{};
  event.kind = EventKind::backorder_filled;
  event.order = order.id;
  event.channel = order.channel;
  event.sku = rows_[slice.row].sku;
  event.node = node_of(slice.node);
  event.day = day_of(slice.ship_day);
  event.units = Units{static_cast<std::uint32_t>(slice.units)};
  event.detail = slice.line;
  tell(event);
}

}  // namespace millrace::reference
