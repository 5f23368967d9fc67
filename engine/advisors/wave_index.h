// What a node's wave planner looks things up in: which orders want an item, which aisles hold it.
// Kept live, one order and one stock cell at a time, so that a wave is never waited for while
// something is built. Numbers of orders, aisles and items are the caller's, each below its limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/advisors/list_pool.h"
#include "engine/core/types.h"

namespace millrace {

/// Index of a waiting order at its node.
using WaveOrder = Strong<struct WaveOrderTag, std::uint32_t>;
/// Index of an aisle of the node.
using WaveAisle = Strong<struct WaveAisleTag, std::uint32_t>;
/// Index of an item that the node keeps.
using WaveItem = Strong<struct WaveItemTag, std::uint32_t>;

struct ItemUnits {
  WaveItem item;
  Units units;
};

struct AisleUnits {
  WaveAisle aisle;
  Units units;
};

struct OrderUnits {
  WaveOrder order;
  Units units;
};

/// How the lines for an item add up.
struct UnitsProfile {
  std::uint32_t demand = 0;
  /// Whether some of the lines add up to any given number of units up to the demand.
  bool is_smooth = true;
};

struct WaveIndexLimits {
  std::uint32_t orders_max;
  std::uint32_t items_max;
  std::uint32_t aisles_max;
};

class WaveIndex {
 public:
  explicit WaveIndex(WaveIndexLimits limits);

  /// The order must not be there. Lines of one item are added up; there is at least one line, and
  /// no line of zero units.
  void add_order(WaveOrder order, std::span<const ItemUnits> lines);
  /// The order must be there.
  void remove_order(WaveOrder order);
  void set_stock(WaveAisle aisle, WaveItem item, Units units);

  [[nodiscard]] const WaveIndexLimits& limits() const { return limits_; }

  [[nodiscard]] bool has(WaveOrder order) const { return order_units_[order.value] > 0; }

  [[nodiscard]] std::uint32_t order_count() const { return order_count_; }

  /// Orders with lines of more than one item.
  [[nodiscard]] std::uint32_t multi_count() const { return multi_count_; }

  [[nodiscard]] std::uint32_t units_of(WaveOrder order) const { return order_units_[order.value]; }

  [[nodiscard]] std::span<const ItemUnits> lines_of(WaveOrder order) const {
    return lines_[order.value];
  }

  /// In rising item.
  [[nodiscard]] std::span<const ItemUnits> cells_of(WaveAisle aisle) const {
    return cells_[aisle.value];
  }

  [[nodiscard]] std::span<const AisleUnits> aisles_of(WaveItem item) const {
    return aisles_[item.value];
  }

  /// In rising units.
  [[nodiscard]] std::span<const OrderUnits> orders_of(WaveItem item) const {
    return orders_[item.value];
  }

  [[nodiscard]] Units stock(WaveAisle aisle, WaveItem item) const;

  /// Of all aisles.
  [[nodiscard]] std::uint64_t stock(WaveItem item) const { return stock_[item.value]; }

  [[nodiscard]] UnitsProfile profile(WaveItem item) const { return profiles_[item.value]; }

 private:
  void add_line(WaveOrder order, ItemUnits line);
  void remove_line(WaveOrder order, ItemUnits line);

  WaveIndexLimits limits_;
  ListPool<ItemUnits> lines_;
  ListPool<ItemUnits> cells_;
  ListPool<AisleUnits> aisles_;
  ListPool<OrderUnits> orders_;
  std::vector<std::uint32_t> order_units_;
  std::vector<std::uint64_t> stock_;
  std::vector<UnitsProfile> profiles_;
  std::uint32_t order_count_ = 0;
  std::uint32_t multi_count_ = 0;
};

/// Whether orders of these units, in rising order, can take any number of units up to their sum:
/// the largest are taken while they fit, and ones fill what is left.
[[nodiscard]] bool is_smooth(std::span<const OrderUnits> rising);

}  // namespace millrace
