// What the engine answers: one Outcome a command, the same struct in the batch, in the reply and in
// the order record.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine/core/types.h"

namespace millrace {

enum class Status : std::uint8_t {
  none = 0,
  /// A command other than an order or a cancellation was carried out.
  accepted = 1,
  /// Every unit is held at one node.
  allocated = 2,
  /// Every unit is held, at several nodes.
  split = 3,
  /// Some units are held, the others wait for stock.
  partly_backordered = 4,
  /// Every unit waits for stock.
  backordered = 5,
  cancelled = 6,
  refused = 7,
  /// Some units are held, the others are cancelled.
  partial = 8,
};

enum class Refusal : std::uint8_t {
  none = 0,
  zero_id = 1,
  conflict = 2,  ///< the same id came before with another body
  no_lines = 3,
  too_many_lines = 4,
  unknown_service = 5,
  unknown_channel = 6,
  unknown_policy = 7,
  unknown_region = 8,
  zero_quantity = 9,
  quantity_too_large = 10,
  unknown_sku = 11,
  unknown_node = 12,
  out_of_stock = 13,
  split_not_allowed = 14,  ///< the stock is there, but not at one node
  capacity_full = 15,      ///< no node has a ship day left within its horizon
  unknown_order = 16,
  already_cancelled = 17,
  order_was_refused = 18,
  stale_count = 19,  ///< compare and set: on hand is not what the command expected
  below_allocated = 20,
  stock_overflow = 21,
  unknown_mode = 22,
  unknown_reason = 23,
  weight_too_large = 24,
  zero_sku = 25,
  nothing_to_release = 26,
  orders_exhausted = 27,
  skus_exhausted = 28,
  slices_exhausted = 29,
  backorders_exhausted = 30,
  notes_exhausted = 31,
  unknown_step = 32,
  /// The state does not allow the step; detail: SliceState | Step << 8 | reason << 16.
  step_not_allowed = 33,
  no_such_line = 34,    ///< no units of the order are on that line, at that node, in that parcel
  too_many_units = 35,  ///< detail: units that can take the step
  on_hold = 36,
  not_on_hold = 37,
  unknown_parcel = 38,
  parcel_closed = 39,  ///< it is shipped, or of another node
  fragile_unmarked = 40,
  label_missing = 41,
  wrong_amount = 42,
  no_payment_due = 43,
  return_window_over = 44,
  feedback_known = 45,
  already_linked = 46,
  zero_cart = 47,
  no_cart_hold = 48,  ///< it is not held for a cart, or no longer
  service_has_no_stock = 49,
  service_mark_fixed = 50,  ///< a SKU is a service from the first, or never
  sku_in_order = 51,        ///< the order has a line of it
  // Of stock: from 64, so that the others go on from 31.
  unknown_action = 64,
  zero_reference = 65,
  unknown_inbound = 66,
  inbound_mismatch = 67,  ///< the reference is that of another SKU or node
  inbounds_exhausted = 68,
  marks_exhausted = 69,
  same_node = 70,
  unknown_bucket = 71,
  not_in_bucket = 72,  ///< fewer units are in the bucket, or free to leave
  quota_exhausted = 73,
  quota_mismatch = 74,  ///< another parent than before, or a loop of parents
  quotas_exhausted = 75,
  not_on_sale = 76,
  moment_passed = 77,
  nothing_waits = 78,
  no_look_ahead = 79,  ///< the network's routing does not look ahead
  price_too_large = 80,
};
inline constexpr std::uint8_t refusals = 81;

/// The answer to one command. For an order it is kept for good and given again when the order is
/// sent again. Fields that do not apply are zero; `node` is then no_node.
struct Outcome {
  Status status;
  Refusal refusal;
  std::uint8_t shipments;  ///< nodes the order leaves from
  std::uint8_t reserved;
  NodeIndex node;        ///< of the first slice held
  Day promise_day;       ///< local day of the last delivery; no_day where nothing is held
  Units allocated;       ///< units held; of a cancellation: units given back
  Units backordered;     ///< units that wait; of a cancellation: units that waited
  std::uint32_t cost;    ///< cents for all shipments, at most 2^32 - 1
  std::uint32_t detail;  ///< stock commands: units on hand after; release: orders in the wave
  friend constexpr bool operator==(const Outcome&, const Outcome&) = default;
};

static_assert(sizeof(Outcome) == 24);
static_assert(std::has_unique_object_representations_v<Outcome>);

/// An outcome as three words. Just after it was made it is moved by these alone: a wider load would
/// wait until the stores of its parts have reached the cache.
struct OutcomeWords {
  std::uint64_t first, second, third;
};

inline OutcomeWords words_of(const Outcome& outcome) {
  const auto word = [&outcome](std::size_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, reinterpret_cast<const std::byte*>(&outcome) + at * sizeof(value),
                sizeof(value));
    // Else compilers put neighbouring words together again.
    asm("" : "+r"(value));
    return value;
  };
  return {word(0), word(1), word(2)};
}

inline void put(const OutcomeWords& words, Outcome& to) {
  auto* const bytes = reinterpret_cast<std::byte*>(&to);
  std::memcpy(bytes, &words.first, sizeof(words.first));
  std::memcpy(bytes + 8, &words.second, sizeof(words.second));
  std::memcpy(bytes + 16, &words.third, sizeof(words.third));
}

constexpr Outcome refused(Refusal why, std::uint32_t detail = 0) {
  return Outcome{Status::refused, why, 0, 0, no_node, no_day, Units{0}, Units{0}, 0, detail};
}

/// A command other than an order or a cancellation was carried out.
constexpr Outcome accepted(NodeIndex node = no_node, Units allocated = Units{0},
                           std::uint32_t detail = 0) {
  return Outcome{Status::accepted, Refusal::none, 0,        0, node,
                 no_day,           allocated,     Units{0}, 0, detail};
}

/// An amount as an outcome tells it.
constexpr std::uint32_t saturated(std::uint64_t amount) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(amount, 0xffffffffU));
}

/// Where units of one order line went. node is no_node for units that wait.
struct Allocation {
  std::uint32_t command;  ///< index of the order within its message
  Units units;
  NodeIndex node;
  Day ship_day;
  std::uint8_t line;   ///< index of the first line of the order with this SKU
  std::uint8_t state;  ///< SliceState
  std::uint16_t reserved;
  friend constexpr bool operator==(const Allocation&, const Allocation&) = default;
};

static_assert(sizeof(Allocation) == 16);
static_assert(std::has_unique_object_representations_v<Allocation>);

/// Where a slice of an order line stands.
enum class SliceState : std::uint8_t {
  allocated = 1,
  waved = 2,
  backordered = 3,
  cancelled = 4,
  reserved = 5,  ///< held at a node for an order on hold
  picking = 6,
  picked = 7,
  packed = 8,
  shipped = 9,
  delivered = 10,
  undelivered = 11,  ///< the carrier could not
  closed = 12,
  expired = 13,  ///< the hold ended without a payment
  return_open = 14,
  return_sent = 15,
  /// The units were not where they were held: other slices of the order have them now.
  rerouted = 16,
  return_received = 17,
  needs_work = 18,
  returned = 19,  ///< disposed of: restocked, scrapped or missing
  refunded = 20,
  exchanged = 21,
  scheduled = 22,  ///< a service
  activated = 23,
  dropship_requested = 24,  ///< of a vendor, who holds it for the order until it answers
  vendor_accepted = 25,
};
inline constexpr std::uint8_t slice_states = 26;

/// Where an order stands, worked out from its slices.
enum class OrderState : std::uint8_t {
  unknown = 0,
  rejected = 1,
  backordered = 2,
  partly_backordered = 3,
  allocated = 4,  ///< every live unit is held, and not every one is in a wave
  waved = 5,      ///< every live unit is in a released wave
  cancelled = 6,
  on_hold = 7,
  in_work = 8,  ///< something is being picked or packed, and nothing has left yet
  partly_shipped = 9,
  shipped = 10,
  delivered = 11,
  closed = 12,  ///< delivered for good, or returned
};
inline constexpr std::uint8_t order_states = 13;

/// The answer to GetOrder: a head, then its slices in a vector beside it.
struct OrderView {
  OrderId id;
  Sequence sequence;  ///< of the command that placed it; 0 for an unknown order
  Outcome outcome;    ///< the answer given at its placement
  std::uint32_t slice_count;
  Day promise_day;  ///< of what is held now
  OrderState state;
  std::uint8_t reserved;
};

static_assert(sizeof(OrderView) == 56);
static_assert(std::has_unique_object_representations_v<OrderView>);

struct SliceView {
  Sku sku;
  Units units;
  NodeIndex node;
  Day ship_day;
  std::uint8_t line;
  SliceState state;
  std::uint8_t reserved[6];
};

static_assert(sizeof(SliceView) == 24);
static_assert(std::has_unique_object_representations_v<SliceView>);

/// The answer to GetStock: a head, then one cell for each node with stock.
struct StockView {
  Sku sku;
  std::uint32_t cell_count;
  Units backordered;
  std::uint32_t weight_grams;
  std::uint16_t flags;
  std::uint8_t known;  ///< 0: no such SKU
  std::uint8_t reserved;
};

static_assert(sizeof(StockView) == 24);
static_assert(std::has_unique_object_representations_v<StockView>);

struct StockCell {
  NodeIndex node;
  std::uint16_t reserved;
  Units on_hand;
  Units available;
};

static_assert(sizeof(StockCell) == 12);
static_assert(std::has_unique_object_representations_v<StockCell>);

/// The answer to GetStats. All counts are since the journal began.
struct Stats {
  Sequence sequence;  ///< of the last command carried out
  Time time;          ///< the core's time
  std::uint64_t outcome_digest;
  std::uint64_t orders;  ///< placed anew, refused ones included
  std::uint64_t orders_allocated;
  std::uint64_t orders_split;
  std::uint64_t orders_partly_backordered;
  std::uint64_t orders_backordered;
  std::uint64_t orders_refused;
  std::uint64_t orders_repeated;
  std::uint64_t conflicts;
  std::uint64_t orders_cancelled;
  std::uint64_t units_asked;
  std::uint64_t units_allocated;
  std::uint64_t units_backordered;
  std::uint64_t backorders_filled;   ///< units that waited and were held later
  std::uint64_t backorders_waiting;  ///< units that wait now
  std::uint64_t skus;
  std::uint64_t waves_released;
  std::uint64_t orders_waved;
  std::uint64_t invariant_violations;  ///< filled by the server's own audit where it is asked for

  // Of the engine that answers, and no part of the rules.
  std::uint64_t orders_in_memory;
  std::uint64_t bytes_an_order;  ///< what an order in memory takes on average
  std::uint64_t orders_put_away;
  std::uint64_t archive_bytes;  ///< of the files in which they lie
};

static_assert(sizeof(Stats) == 25UL * 8);
static_assert(std::has_unique_object_representations_v<Stats>);

}  // namespace millrace
