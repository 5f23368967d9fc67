// The commands and queries of the engine as the plain structs that stand on the wire, in the
// journal and in a batch: one layout for all three (decision 0002). schemas/millrace.fbs declares
// the same structs; adapters/wire/codec.cpp asserts that size and offsets agree.
#pragma once

#include <cstdint>
#include <type_traits>

#include "engine/core/types.h"

namespace millrace {

/// What a message asks. One message holds many commands of one kind.
enum class CommandKind : std::uint8_t {
  // Journaled: these take sequence numbers and change state.
  place_order = 1,
  cancel_order = 2,
  receive_stock = 3,
  adjust_stock = 4,
  define_sku = 5,
  tick = 6,
  release_wave = 7,
  step_order = 8,
  stock_change = 20,
  // Queries: answered in order, from the state just before, and never journaled.
  get_order = 32,
  get_stock = 33,
  get_stats = 34,
  /// A frame that could not be understood: only its error travels, to be answered in order.
  refused_frame = 63,
};

constexpr bool is_journaled(CommandKind kind) {
  return static_cast<std::uint8_t>(kind) < 32;
}

/// What a customer lets us do with an order that no single node can ship now.
enum class Policy : std::uint8_t {
  ship_complete = 0,
  /// Lines may leave from several nodes.
  allow_split = 1,
  /// What is short may wait for stock.
  allow_backorder = 2,
  /// A SKU that is not on sale yet may be waited for.
  allow_preorder = 4,
  /// What is short may be cancelled, if anything is held.
  allow_partial = 8,
  /// Not paid yet: what is found is held softly until the payment comes or the hold expires.
  unpaid = 16,
  /// A cart that is not an order yet: what is found is held softly for a while, instead of what was
  /// held for the cart before. `group` names the cart.
  cart_hold = 32,
  /// The order of a cart: it takes over what is held for the cart.
  from_cart = 64,
  /// What no node of ours has may be asked of a vendor.
  allow_dropship = 128,
};
inline constexpr std::uint8_t policy_bits = 255;
/// From here on a policy asks for more than a plan and its booking.
inline constexpr std::uint8_t policy_unusual = 16;
/// Of these, what an order's marks keep: that it is unpaid, its holds say.
inline constexpr std::uint8_t policy_bits_kept = 15;

constexpr bool allows(std::uint8_t policy, Policy bit) {
  return (policy & static_cast<std::uint8_t>(bit)) != 0;
}

/// Whether the bits may stand together: a cart waits for nothing.
constexpr bool is_policy(std::uint8_t policy) {
  constexpr std::uint8_t of_a_cart = static_cast<std::uint8_t>(Policy::cart_hold) |
                                     static_cast<std::uint8_t>(Policy::allow_split) |
                                     static_cast<std::uint8_t>(Policy::allow_partial);
  return !allows(policy, Policy::cart_hold) || (policy & ~of_a_cart) == 0;
}

/// The order or hold is of the cart that its `group` names.
constexpr bool is_of_cart(std::uint8_t policy) {
  return allows(policy, Policy::cart_hold) || allows(policy, Policy::from_cart);
}

struct OrderHead {
  OrderId id;
  /// The basket or cart that orders and holds are of; 0 is none.
  std::uint64_t group;
  PostalCode postal;
  CountryCode country;
  ChannelIndex channel;
  ServiceIndex service;
  std::uint8_t policy;
  std::uint8_t line_count;
  std::uint8_t priority;
};

static_assert(sizeof(OrderHead) == 40);
static_assert(std::has_unique_object_representations_v<OrderHead>);

/// Lines follow their heads' order: the first line_count lines belong to the first head, and so on.
struct OrderLine {
  Sku sku;
  Units quantity;
  /// Price of one unit in minor units: what a refund goes by.
  std::uint32_t unit_price;
};

static_assert(sizeof(OrderLine) == 16);
static_assert(std::has_unique_object_representations_v<OrderLine>);

struct CancelOrder {
  CommandId command;
  OrderId order;
  std::uint16_t reason;
  std::uint16_t reserved[3];
};

static_assert(sizeof(CancelOrder) == 40);
static_assert(std::has_unique_object_representations_v<CancelOrder>);

struct ReceiveStock {
  CommandId command;
  Sku sku;
  Units quantity;
  NodeIndex node;
  std::uint16_t reserved;
};

static_assert(sizeof(ReceiveStock) == 32);
static_assert(std::has_unique_object_representations_v<ReceiveStock>);

enum class AdjustMode : std::uint8_t {
  /// on hand += value
  delta = 0,
  /// on hand = value, if on hand is still `expected` (compare and set)
  absolute = 1,
};

enum class AdjustReason : std::uint8_t {
  cycle_count = 0,
  damage = 1,
  loss = 2,
  found = 3,
  correction = 4,
};
inline constexpr std::uint8_t adjust_reasons = 5;

struct AdjustStock {
  CommandId command;
  Sku sku;
  std::int64_t value;
  Units expected;
  NodeIndex node;
  std::uint8_t mode;
  std::uint8_t reason;
};

static_assert(sizeof(AdjustStock) == 40);
static_assert(std::has_unique_object_representations_v<AdjustStock>);

enum class SkuFlag : std::uint16_t {
  fragile = 1,
  hazardous = 2,
  oversize = 4,
  service = 8,  ///< no goods: it has no stock, and is done, not sent
};

constexpr bool is_service(std::uint16_t sku_flags) {
  return (sku_flags & static_cast<std::uint16_t>(SkuFlag::service)) != 0;
}

struct DefineSku {
  CommandId command;
  Sku sku;
  std::uint32_t weight_grams;
  std::uint16_t flags;
  std::uint16_t reserved;
};

static_assert(sizeof(DefineSku) == 32);
static_assert(std::has_unique_object_representations_v<DefineSku>);

/// Makes the time of its message visible to the core, and does nothing else.
struct Tick {
  std::uint64_t reserved;
};

static_assert(sizeof(Tick) == 8);

/// Why a wave is released.
enum class WaveReason : std::uint8_t {
  first_come = 0,  ///< the wave stage's own, from the front of a group
  // From here on it is planned: by a template, for what of its trigger was met.
  orders = 1,
  lines = 2,
  units = 3,
  weight = 4,
  age = 5,
  cutoff = 6,
  interval = 7,
  idle_pickers = 8,
  joined = 9,  ///< orders that follow into a wave that was released before
};
inline constexpr std::uint8_t wave_reasons = 10;

/// Proposed by the wave stage or by the planner, journaled, and checked again by allocate. The
/// slots of all releases of one message follow each other in one vector.
struct ReleaseWave {
  /// Of a planned wave 0, and its number is that of its command; or the wave that it joins.
  WaveId wave;
  std::uint32_t slot_count;  ///< aisles of a planned wave among them, behind its orders
  NodeIndex node;
  Day ship_day;          ///< of a planned wave the last
  ServiceIndex service;  ///< of a planned wave perhaps any_service
  std::uint8_t reason;   ///< WaveReason
  /// Of a planned wave: numbers of the aisles to be walked. They decide nothing.
  std::uint16_t aisle_count;
  std::uint8_t template_number;  ///< of a planned wave, from 0; it decides nothing
  std::uint8_t reserved[3];

  [[nodiscard]] bool is_planned() const { return reason != 0; }

  [[nodiscard]] std::uint32_t order_count() const {
    return is_planned() && aisle_count <= slot_count ? slot_count - aisle_count : slot_count;
  }
};

static_assert(sizeof(ReleaseWave) == 24);
static_assert(std::has_unique_object_representations_v<ReleaseWave>);

inline constexpr ServiceIndex any_service{0xff};

/// One step of an order's life after its placement (engine/core/life.h). Fields that the step does
/// not use are zero, `line` and `node` then any_line and no_node.
struct StepOrder {
  CommandId command;
  OrderId order;
  /// Another order; the first 16 characters of a tracking number; the size of a parcel; a price.
  Id128 other;
  /// An amount, a moment, a SKU, a postal code, a weight, or the rest of a tracking number.
  std::uint64_t value;
  Units units;           ///< 0: all that can take the step
  std::uint32_t parcel;  ///< number within the order, from 1; 0: any; or the number of lines
  NodeIndex node;        ///< no_node: any
  std::uint16_t code;    ///< carrier, text key, country, day, service level, or node to move to
  std::uint8_t step;     ///< Step
  std::uint8_t line;     ///< any_line: any
  std::uint8_t reason;
  std::uint8_t flags;  ///< of a parcel
};

static_assert(sizeof(StepOrder) == 72);
static_assert(std::has_unique_object_representations_v<StepOrder>);

inline constexpr std::uint8_t any_line = 0xff;

struct GetOrder {
  OrderId order;
};

static_assert(sizeof(GetOrder) == 16);

struct GetStock {
  Sku sku;
};

static_assert(sizeof(GetStock) == 8);

struct GetStats {
  std::uint64_t reserved;
};

static_assert(sizeof(GetStats) == 8);

}  // namespace millrace
