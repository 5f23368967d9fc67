// What happens to stock beside orders, counts and plain receipts: one struct for all of it, whose
// `action` says which of the fields it reads (docs/semantics.md, StockChange).
#pragma once

#include <cstdint>
#include <type_traits>

#include "engine/core/types.h"

namespace millrace {

enum class StockAction : std::uint8_t {
  /// Units will arrive at a node at a moment; or others, or another moment, than was said before.
  plan_inbound = 1,
  /// They will not.
  cancel_inbound = 2,
  /// Units of a planned shipment or a transfer arrived.
  receive_inbound = 3,
  /// Units leave a node for another; on their way they are nobody's.
  transfer = 4,
  /// Units go from one bucket of a cell to another.
  move = 5,
  /// So many units of a cell are never promised.
  set_safety = 6,
  /// Fewer units of a cell than so many are few: an event each time they become it.
  set_low_stock = 7,
  /// So many units of a SKU may be sold through a channel, and through its parent's quota.
  set_quota = 8,
  /// Until a moment the SKU is not on sale: only orders that may wait for it are taken.
  set_on_sale = 9,
  /// What of an order still waits at a moment is cancelled then.
  set_cancel_date = 10,
  /// So many thousandths of units of a SKU are expected to be sold from now until a moment.
  set_forecast = 11,
  /// A unit of a cell is worth so many cents more than routing would think.
  set_price = 12,
  /// A whole node is out: nothing goes there, and what has not been picked yet leaves it.
  close_node = 13,
  /// It is back.
  open_node = 14,
};
inline constexpr std::uint8_t stock_actions = 15;

/// A quota whose channel has no parent.
inline constexpr std::uint16_t no_parent = 0xffff;

constexpr const char* name_of(StockAction action) {
  switch (action) {
    case StockAction::plan_inbound:
      return "plan_inbound";
    case StockAction::cancel_inbound:
      return "cancel_inbound";
    case StockAction::receive_inbound:
      return "receive_inbound";
    case StockAction::transfer:
      return "transfer";
    case StockAction::move:
      return "move";
    case StockAction::set_safety:
      return "set_safety";
    case StockAction::set_low_stock:
      return "set_low_stock";
    case StockAction::set_quota:
      return "set_quota";
    case StockAction::set_on_sale:
      return "set_on_sale";
    case StockAction::set_cancel_date:
      return "set_cancel_date";
    case StockAction::set_forecast:
      return "set_forecast";
    case StockAction::set_price:
      return "set_price";
    case StockAction::close_node:
      return "close_node";
    case StockAction::open_node:
      return "open_node";
  }
  return "?";
}

/// Where the units of a cell lie that no order has.
enum class Bucket : std::uint8_t {
  sellable = 0,
  damaged = 1,
  quarantine = 2,
  gone = 3,  ///< no longer on hand
};

struct StockChange {
  CommandId command;
  /// The shipment or transfer that is meant, chosen by the client.
  Id128 reference;
  Sku sku;
  Time moment;
  Units units;
  NodeIndex node;
  NodeIndex to_node;
  ChannelIndex channel;
  std::uint16_t number;
  std::uint8_t action;
  std::uint8_t from;
  std::uint8_t to;
  std::uint8_t reserved;
};

static_assert(sizeof(StockChange) == 64);
static_assert(std::has_unique_object_representations_v<StockChange>);

/// Whether the reference is an order's id.
constexpr bool names_order(const StockChange& change) {
  return change.action == static_cast<std::uint8_t>(StockAction::set_cancel_date);
}

/// Whether it is about a node as a whole, not about stock.
constexpr bool is_about_node(const StockChange& change) {
  return change.action == static_cast<std::uint8_t>(StockAction::close_node) ||
         change.action == static_cast<std::uint8_t>(StockAction::open_node);
}

}  // namespace millrace
