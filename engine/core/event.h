// Events: what happened, as one stream of numbered structs for whoever follows the engine. Every
// journaled command has one event for its outcome, which is derived from columns that are there
// anyway (engine/core/event_stream.h); what else a command brings about is told by allocate into
// the batch's event column. The number of an event is thus the sequence of its command plus the
// events told until then: gapless, and the same in every replay (docs/events.md).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/core/hash.h"
#include "engine/core/life.h"
#include "engine/core/types.h"

namespace millrace {

// Every kind of event: a new one is one line here, with the next free number, and one line in
// docs/events.md. Names and numbers stand in logs of events and on the wire, and never change.
#define MILLRACE_EVENT_KINDS(KIND)  \
  KIND(order_allocated, 1)          \
  KIND(order_split, 2)              \
  KIND(order_partly_backordered, 3) \
  KIND(order_backordered, 4)        \
  KIND(order_refused, 5)            \
  KIND(order_cancelled, 6)          \
  KIND(shipment_planned, 7)         \
  KIND(backorder_filled, 8)         \
  KIND(wave_released, 9)            \
  KIND(stock_received, 10)          \
  KIND(stock_adjusted, 11)          \
  KIND(sku_defined, 12)             \
  KIND(time_passed, 13)             \
  KIND(command_repeated, 14)        \
  KIND(command_refused, 15)         \
  KIND(pick_started, 32)            \
  KIND(pick_confirmed, 33)          \
  KIND(pick_short, 34)              \
  KIND(node_rejected, 35)           \
  KIND(packed, 36)                  \
  KIND(label_created, 37)           \
  KIND(shipped, 38)                 \
  KIND(in_transit, 39)              \
  KIND(delayed, 40)                 \
  KIND(delivered, 41)               \
  KIND(delivery_failed, 42)         \
  KIND(feedback_given, 43)          \
  KIND(payment_authorised, 44)      \
  KIND(payment_failed, 45)          \
  KIND(payment_captured, 46)        \
  KIND(order_held, 47)              \
  KIND(hold_released, 48)           \
  KIND(units_cancelled, 49)         \
  KIND(return_opened, 50)           \
  KIND(return_sent, 51)             \
  KIND(return_received, 52)         \
  KIND(restocked, 53)               \
  KIND(return_needs_work, 54)       \
  KIND(scrapped, 55)                \
  KIND(return_missing, 56)          \
  KIND(refund_wanted, 57)           \
  KIND(exchanged, 58)               \
  KIND(hold_confirmed, 59)          \
  KIND(hold_extended, 60)           \
  KIND(stock_changed, 64)           \
  KIND(shortfall, 65)               \
  KIND(shortfall_cancelled, 66)     \
  KIND(order_partial, 67)           \
  KIND(stock_low, 68)               \
  KIND(promise_moved, 69)           \
  KIND(on_sale, 70)                 \
  KIND(backorder_expired, 71)       \
  KIND(cart_held, 72)               \
  KIND(label_wanted, 96)            \
  KIND(invoice_wanted, 97)          \
  KIND(feedback_wanted, 98)         \
  KIND(order_closed, 99)            \
  KIND(units_given_up, 100)         \
  KIND(capture_wanted, 101)         \
  KIND(order_expired, 102)          \
  KIND(cart_replaced, 103)          \
  KIND(cart_expired, 104)           \
  KIND(purchase_wanted, 105)        \
  KIND(purchase_cancelled, 106)     \
  KIND(vendor_timed_out, 107)       \
  KIND(node_closed, 108)            \
  KIND(node_opened, 109)            \
  KIND(order_rerouted, 110)         \
  KIND(node_emptied, 111)           \
  KIND(wave_left_out, 120)          \
  KIND(service_scheduled, 128)      \
  KIND(service_activated, 129)      \
  KIND(service_closed, 130)         \
  KIND(address_changed, 131)        \
  KIND(service_changed, 132)        \
  KIND(units_changed, 133)          \
  KIND(line_added, 134)             \
  KIND(units_moved, 135)            \
  KIND(vendor_accepted, 136)        \
  KIND(vendor_rejected, 137)        \
  KIND(lines_changed, 158)

#define MILLRACE_EVENT_VALUE(name, number) name = (number),
enum class EventKind : std::uint8_t { none = 0, MILLRACE_EVENT_KINDS(MILLRACE_EVENT_VALUE) };
#undef MILLRACE_EVENT_VALUE

#define MILLRACE_EVENT_LISTED(name, number) EventKind::name,
inline constexpr EventKind event_kinds[] = {MILLRACE_EVENT_KINDS(MILLRACE_EVENT_LISTED)};
#undef MILLRACE_EVENT_LISTED

#define MILLRACE_EVENT_NAME(name, number) \
  case EventKind::name:                   \
    return #name;

constexpr const char* name_of(EventKind kind) {
  switch (kind) {
    case EventKind::none:
      return "none";
      MILLRACE_EVENT_KINDS(MILLRACE_EVENT_NAME)
  }
  return "?";
}

#undef MILLRACE_EVENT_NAME

/// The outcome of a step of an order's life that was taken. Steps from `schedule` on have the kinds
/// from 128 on, since those behind the first thirty are of other things.
constexpr EventKind event_kind_of(Step step) {
  const auto [first, kind] = step < Step::schedule
                                 ? std::pair(Step::start_pick, EventKind::pick_started)
                                 : std::pair(Step::schedule, EventKind::service_scheduled);
  return static_cast<EventKind>(static_cast<std::uint8_t>(kind) + static_cast<std::uint8_t>(step) -
                                static_cast<std::uint8_t>(first));
}

static_assert(event_kind_of(Step::extend_hold) == EventKind::hold_extended);
static_assert(event_kind_of(Step::vendor_reject) == EventKind::vendor_rejected);
static_assert(event_kind_of(Step::change_lines) == EventKind::lines_changed);

/// One event: in the batch, in the log of events and on the wire. What a field means for each kind
/// stands in docs/events.md; one that means nothing is zero, a node no_node, a channel no_channel.
struct Event {
  std::uint64_t number;  ///< in the stream, from 1, without gaps
  Sequence sequence;     ///< of the command that caused it
  Time time;             ///< the core's, when it did
  OrderId order;
  Sku sku;
  std::uint64_t detail;
  Units units;
  Units units_waiting;
  std::uint32_t amount;  ///< in minor units of the network's currency
  NodeIndex node;
  ChannelIndex channel;  ///< of the order
  Day day;
  EventKind kind;
  std::uint8_t reason;     ///< Refusal, AdjustReason or another, by the kind
  std::uint32_t checksum;  ///< of the rest; of events in a log or on the wire, zero before
};

static_assert(sizeof(Event) == 80);
static_assert(std::has_unique_object_representations_v<Event>);

/// An event of that kind whose other fields say nothing.
constexpr Event blank_event(EventKind kind) {
  Event event{};
  event.node = no_node;
  event.channel = no_channel;
  event.kind = kind;
  return event;
}

/// How far a stream of events is: all that numbering goes by.
struct EventPosition {
  std::uint64_t told = 0;  ///< events so far that are no outcomes of commands
  Time time{0};            ///< the core's
};

/// The batch's column of events that stand in no other column. Writer: allocate.
class EventColumn {
 public:
  EventColumn() = default;

  void reserve(std::size_t events) { events_.reserve(events); }

  /// Begins a batch at this position of the stream.
  void begin(EventPosition before) { before_ = before; }

  /// What is told from now on comes from commands of a message, whose first command has this
  /// sequence and this index in the batch.
  void begin_message(Sequence first_sequence, std::uint32_t first_command, Time now) {
    first_sequence_ = first_sequence.value - first_command;
    now_ = now;
  }

  /// Appends an event of the command with this index in the batch, which is the one that is being
  /// carried out. Its number, sequence and time are filled in.
  void tell(std::uint32_t command, Event event) {
    event.sequence = Sequence{first_sequence_ + command};
    event.time = now_;
    event.number = event.sequence.value + before_.told + events_.size() + 1;
    events_.push_back(event);
  }

  [[nodiscard]] const std::vector<Event>& told() const { return events_; }

  /// Where the stream was before the batch.
  [[nodiscard]] EventPosition before() const { return before_; }

  void touch() {
    events_.resize(events_.capacity());
    events_.clear();
  }

  void clear() {
    events_.clear();
    before_ = {};
  }

 private:
  std::vector<Event> events_;
  EventPosition before_;
  std::uint64_t first_sequence_ = 0;  ///< that a command of index 0 would have
  Time now_{0};
};

/// Adds a told event to the digest of all of them.
inline void add_event(Hasher& hasher, const Event& event) {
  const auto words = std::bit_cast<std::array<std::uint64_t, sizeof(Event) / 8>>(event);
  for (std::size_t at = 0; at < words.size(); at += 2) {
    hasher.add_pair(words[at], words[at + 1]);
  }
}

}  // namespace millrace
