// From the columns of a decided batch to its part of the stream of events: the outcome of every
// command, and behind each what else it brought about.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "engine/core/batch.h"
#include "engine/core/command.h"
#include "engine/core/event.h"
#include "engine/core/outcome.h"
#include "engine/core/stock_command.h"

namespace millrace {

/// The event for the outcome of a placement, whose id never came before.
constexpr EventKind placed_kind(Status status) {
  switch (status) {
    case Status::allocated:
      return EventKind::order_allocated;
    case Status::split:
      return EventKind::order_split;
    case Status::partly_backordered:
      return EventKind::order_partly_backordered;
    case Status::backordered:
      return EventKind::order_backordered;
    case Status::refused:
      return EventKind::order_refused;
    case Status::partial:
      return EventKind::order_partial;
    case Status::none:
    case Status::accepted:
    case Status::cancelled:
      break;
  }
  return EventKind::none;
}

/// The outcome of a command as an event of `kind` if it was carried out now; a repetition and a
/// refusal are kinds of their own.
inline Event outcome_event(EventKind kind, CommandKind command, Seen seen, const Outcome& outcome) {
  Event event = blank_event(kind);
  event.node = outcome.node;
  event.units = outcome.allocated;
  event.units_waiting = outcome.backordered;
  event.detail = outcome.detail;
  event.reason = static_cast<std::uint8_t>(outcome.refusal);
  if (seen == Seen::before && outcome.refusal != Refusal::conflict) {
    event.kind = EventKind::command_repeated;
    event.detail = static_cast<std::uint64_t>(command);
  } else if (outcome.status == Status::refused) {
    event.kind = EventKind::command_refused;
    event.detail = static_cast<std::uint64_t>(command);
  }
  return event;
}

/// The event for the outcome of an order that was sent, perhaps again.
constexpr EventKind order_kind(const OrderHead& head, const Verdict& verdict,
                               const Outcome& outcome) {
  if (verdict.seen == Seen::before && outcome.refusal != Refusal::conflict) {
    return EventKind::command_repeated;
  }
  const bool cart = allows(head.policy, Policy::cart_hold) && outcome.status != Status::refused;
  return cart ? EventKind::cart_held : placed_kind(outcome.status);
}

inline Event event_of(const OrderHead& head, const Verdict& verdict, const Outcome& outcome) {
  Event event = blank_event(order_kind(head, verdict, outcome));
  event.order = head.id;
  event.channel = head.channel;
  event.node = outcome.node;
  event.day = outcome.promise_day;
  event.units = outcome.allocated;
  event.units_waiting = outcome.backordered;
  event.amount = outcome.cost;
  event.reason = static_cast<std::uint8_t>(outcome.refusal);
  event.detail = outcome.shipments;
  return event;
}

inline Event event_of(const CancelOrder& cancel, const Verdict& verdict, const Outcome& outcome) {
  Event event =
      outcome_event(EventKind::order_cancelled, CommandKind::cancel_order, verdict.seen, outcome);
  event.order = cancel.order;
  return event;
}

inline Event event_of(const StepOrder& step, const Verdict& verdict, const Outcome& outcome) {
  Event event = outcome_event(event_kind_of(static_cast<Step>(step.step)), CommandKind::step_order,
                              verdict.seen, outcome);
  event.order = step.order;
  if (event.kind == EventKind::command_refused || event.kind == EventKind::command_repeated) {
    return event;
  }
  event.amount = outcome.cost;
  event.reason = step.reason;
  event.detail = step.parcel;
  return event;
}

inline Event event_of(const ReceiveStock& receipt, const Verdict& verdict, const Outcome& outcome) {
  Event event =
      outcome_event(EventKind::stock_received, CommandKind::receive_stock, verdict.seen, outcome);
  event.sku = receipt.sku;
  event.node = receipt.node;
  event.units = receipt.quantity;
  return event;
}

inline Event event_of(const AdjustStock& adjust, const Verdict& verdict, const Outcome& outcome) {
  Event event =
      outcome_event(EventKind::stock_adjusted, CommandKind::adjust_stock, verdict.seen, outcome);
  event.sku = adjust.sku;
  event.node = adjust.node;
  event.units = Units{0};
  if (event.kind == EventKind::stock_adjusted) {
    event.reason = adjust.reason;
  }
  return event;
}

inline Event event_of(const StockChange& change, const Verdict& verdict, const Outcome& outcome) {
  EventKind kind = EventKind::stock_changed;
  if (is_about_node(change)) {
    kind = change.action == static_cast<std::uint8_t>(StockAction::close_node)
               ? EventKind::node_closed
               : EventKind::node_opened;
  }
  Event event = outcome_event(kind, CommandKind::stock_change, verdict.seen, outcome);
  if (is_about_node(change)) {
    event.node = change.node;
    return event;
  }
  event.sku = change.sku;
  event.units = change.units;
  if (names_order(change)) {
    event.order = change.reference;
  }
  if (event.kind == EventKind::stock_changed) {
    event.reason = change.action;
  }
  return event;
}

inline Event event_of(const DefineSku& define, const Verdict& verdict, const Outcome& outcome) {
  Event event =
      outcome_event(EventKind::sku_defined, CommandKind::define_sku, verdict.seen, outcome);
  event.sku = define.sku;
  if (event.kind == EventKind::sku_defined) {
    event.detail = define.weight_grams;
  }
  return event;
}

inline Event event_of(const Tick& /*tick*/, const Verdict& /*verdict*/, const Outcome& outcome) {
  return outcome_event(EventKind::time_passed, CommandKind::tick, Seen::never, outcome);
}

inline Event event_of(const ReleaseWave& wave, const Verdict& /*verdict*/, const Outcome& outcome) {
  Event event =
      outcome_event(EventKind::wave_released, CommandKind::release_wave, Seen::never, outcome);
  event.node = wave.node;
  if (event.kind == EventKind::wave_released) {
    event.day = wave.ship_day;
    event.detail = wave.wave.value;
    event.amount = outcome.detail;
    event.reason = wave.reason;
  }
  return event;
}

/// Whether an act takes orders as they are: act.plain(head, verdict, outcome, now) may save it the
/// making of an Event, and says whether it did.
template <class Act>
concept has_plain_orders = requires(Act act, const OrderHead& head, const Verdict& verdict,
                                    const Outcome& outcome) {
  { act.plain(head, verdict, outcome, Time{0}) } -> std::same_as<bool>;
};

/// Commands, other than placements, that may name an order.
template <class Command>
inline constexpr bool names_orders =
    std::is_same_v<Command, CancelOrder> || std::is_same_v<Command, StepOrder> ||
    std::is_same_v<Command, StockChange>;

/// A walk over the events of one batch.
template <class Act>
class EventWalk {
 public:
  EventWalk(const Batch& batch, Act& act)
      : batch_(batch), act_(act), told_(batch.events.told()), before_(batch.events.before()) {}

  void run() {
    Time now = before_.time;
    for (const Message& message : batch_.in()) {
      if (is_journaled(message.kind)) {
        now = std::max(now, message.time);
      }
      switch (message.kind) {
        case CommandKind::place_order:
          walk<OrderHead>(message, now);
          break;
        case CommandKind::cancel_order:
          walk<CancelOrder>(message, now);
          break;
        case CommandKind::step_order:
          walk<StepOrder>(message, now);
          break;
        case CommandKind::receive_stock:
          walk<ReceiveStock>(message, now);
          break;
        case CommandKind::adjust_stock:
          walk<AdjustStock>(message, now);
          break;
        case CommandKind::stock_change:
          walk<StockChange>(message, now);
          break;
        case CommandKind::define_sku:
          walk<DefineSku>(message, now);
          break;
        case CommandKind::tick:
          walk<Tick>(message, now);
          break;
        case CommandKind::release_wave:
          walk<ReleaseWave>(message, now);
          break;
        case CommandKind::get_order:
        case CommandKind::get_stock:
        case CommandKind::get_stats:
        case CommandKind::refused_frame:
          break;
      }
    }
  }

 private:
  template <class Command>
  void walk(const Message& message, Time now) {
    std::uint64_t sequence = message.first_sequence.value;
    std::uint32_t at = message.first_command;
    for (const Command& command : message.commands<Command>()) {
      tell_outcome(command, at, sequence, now);
      for (; next_ < told_.size() && told_[next_].sequence.value == sequence; ++next_) {
        act_(told_[next_]);
      }
      ++sequence;
      ++at;
    }
  }

  template <class Command>
  void tell_outcome(const Command& command, std::uint32_t at, std::uint64_t sequence, Time now) {
    const Verdict& verdict = batch_.verdicts[at];
    const Outcome& outcome = batch_.outcomes[at];
    if constexpr (std::is_same_v<Command, OrderHead> && has_plain_orders<Act>) {
      if (act_.plain(command, verdict, outcome, now)) {
        return;
      }
    }
    Event event = event_of(command, verdict, outcome);
    if constexpr (names_orders<Command>) {
      event.channel = batch_.channels[at];
    }
    event.number = sequence + before_.told + next_;
    event.sequence = Sequence{sequence};
    event.time = now;
    act_(std::as_const(event));
  }

  const Batch& batch_;
  Act& act_;
  std::span<const Event> told_;
  EventPosition before_;
  std::size_t next_ = 0;  ///< of told_
};

/// Calls act(event) for each event of a batch that allocate is through with, in rising order of
/// their numbers.
template <class Act>
void for_events(const Batch& batch, Act act) {
  EventWalk<Act>(batch, act).run();
}

}  // namespace millrace
