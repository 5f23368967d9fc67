// Applying plans: holds stock, takes capacity, keeps order records, slices and backorder queues,
// and notes every shipment for the wave stage. The only writer of these tables, within allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/batch.h"
#include "engine/core/limits.h"
#include "engine/core/outcome.h"
#include "engine/core/section.h"
#include "engine/stages/route.h"
#include "engine/state/backorder_queue.h"
#include "engine/state/catalogue.h"
#include "engine/state/id_table.h"
#include "engine/state/network.h"
#include "engine/state/order_table.h"
#include "engine/state/ship_calendar.h"
#include "engine/state/stock_table.h"

namespace millrace {

/// A new, valid order, as validate resolved it.
struct NewOrder {
  const OrderHead& head;
  const Verdict& verdict;  ///< names its slot
  RouteOrder route;
  std::uint32_t command;  ///< batch index
  Sequence sequence;
};

class Reserve {
 public:
  /// `ids` are validate's, which has written that of every slot it names.
  Reserve(const Network& network, const Limits& limits, const OrderIds& ids);

  /// Decides and books an order; returns its answer, which is also kept in its record.
  Outcome place(const NewOrder& order, Batch& batch);

  /// Keeps the record of an order that validate refused.
  Outcome reject(const Verdict& verdict, Sequence sequence);

  /// Cancels an order and gives what it held to those who wait. The order exists.
  Outcome cancel(Slot slot, std::uint32_t command, Batch& batch);

  /// Changes what is on hand and fills the row's waiters if more became available.
  Outcome set_on_hand(Row row, NodeIndex node, Units target, std::uint32_t command, Batch& batch);

  /// Marks the slices of a wave; answers how many units and orders it took.
  Outcome release(const ReleaseWave& wave, std::span<const std::uint32_t> slots);

  /// The bounds of the tables it owns, from the next command on.
  void set_bounds(const Bounds& bounds);

  void define(Row row, const SkuEntry& entry);

  [[nodiscard]] const StockTable& stock() const { return stock_; }

  [[nodiscard]] const OrderTable& orders() const { return orders_; }

  [[nodiscard]] const ShipCalendar& calendar() const { return calendar_; }

  [[nodiscard]] const BackorderQueue& backorders() const { return backorders_; }

  [[nodiscard]] ShipCalendar& calendar() { return calendar_; }

  [[nodiscard]] const SkuEntry& sku(Row row) const { return skus_[row.value]; }

  [[nodiscard]] std::uint32_t sku_count() const { return sku_count_; }

  [[nodiscard]] Units waiting(Row row) const { return backorders_.waiting(row); }

  [[nodiscard]] std::uint64_t units_waiting() const { return units_waiting_; }

  [[nodiscard]] std::uint64_t units_filled() const { return units_filled_; }

  /// What is wrong with the tables, if anything.
  [[nodiscard]] std::optional<std::string> audit() const;

  void save(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in, Time now);

 private:
  Outcome refuse(Refusal why, const Verdict& verdict, Sequence sequence);
  Outcome place_whole(const NewOrder& order, const WholeNode& whole, Batch& batch);
  Outcome place_parts(const NewOrder& order, Batch& batch);
  [[nodiscard]] Refusal shortage(const RouteOrder& order, std::uint8_t policy);
  [[nodiscard]] bool has_room(const RouteOrder& order) const;
  void book(Slot slot, std::span<const ResolvedLine> lines, std::uint32_t command, Batch& batch);
  void wait_for_rest(Slot slot, std::span<const ResolvedLine> lines);
  /// An event about the order, for more to be filled in.
  [[nodiscard]] Event event_of(Slot slot, EventKind kind) const;
  void tell_shipments(Slot slot, std::span<const Day> ship_days, std::uint32_t command,
                      Batch& batch) const;
  void tell_filling(Slot slot, const Slice& slice, NodeIndex node, Day ship_day, Units units,
                    std::uint32_t command, Batch& batch) const;
  Day ship(OrderRecord& record, Slot slot, NodeIndex node, std::uint32_t command, Batch& batch);
  Units fill(Row row, std::uint32_t command, Batch& batch);
  Units fill_slice(const Waiter& waiter, std::uint32_t command, Batch& batch);
  Units fill_order(const Waiter& waiter, std::uint32_t command, Batch& batch);
  /// Fetches what release looks at.
  void fetch(std::span<const std::uint32_t> slots) const;
  void hold_slice(std::uint32_t at, NodeIndex node, Day ship_day, bool head);
  [[nodiscard]] bool anything_open(Row row) const;

  std::optional<std::string> audit_slices(std::vector<std::uint64_t>& held,
                                          std::vector<std::uint32_t>& promised) const;

  const Network& network_;
  const OrderIds& ids_;
  StockTable stock_;
  OrderTable orders_;
  BackorderQueue backorders_;
  ShipCalendar calendar_;
  LargeArray<SkuEntry> skus_;  ///< as of allocate's place in the sequence, where validate is ahead
  std::uint32_t sku_count_ = 0;
  std::uint64_t units_waiting_ = 0;
  std::uint64_t units_filled_ = 0;
  Router router_;
  Plan plan_{};  ///< scratch, too large for the stack of a hot function
};

}  // namespace millrace
