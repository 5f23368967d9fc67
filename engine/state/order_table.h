// Order records and the slices of their lines. Owned by allocate. An order has the slot that
// validate gave it for good; its record and slices lie in rows that are used again once it is put
// away.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/life.h"
#include "engine/core/limits.h"
#include "engine/core/outcome.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"

namespace millrace {

inline constexpr std::uint32_t no_slice = 0xffffffff;
inline constexpr std::uint32_t no_waiter = 0xffffffff;

/// Units of one order line that share a fate.
struct Slice {
  Row row;
  Units units;
  std::uint32_t next;   ///< slice of the same order, or no_slice
  std::uint32_t place;  ///< held: node | ship day << 16; waiting: its entry in the queue
  std::uint8_t line;
  SliceState state;
  std::uint8_t head;         ///< 1 if this slice opened its shipment, and so took capacity
  std::uint8_t parcel;       ///< number within the order; 0 until it is packed
  std::uint32_t unit_price;  ///< in minor units

  [[nodiscard]] NodeIndex node() const { return NodeIndex{static_cast<std::uint16_t>(place)}; }

  [[nodiscard]] Day ship_day() const { return Day{static_cast<std::uint16_t>(place >> 16U)}; }

  [[nodiscard]] bool held() const { return holds_stock(state); }

  static constexpr std::uint32_t pack(NodeIndex node, Day ship_day) {
    return node.value | (static_cast<std::uint32_t>(ship_day.value) << 16U);
  }

  /// The place as seen from outside: a waiting slice is nowhere.
  [[nodiscard]] std::uint32_t visible_place() const {
    return state == SliceState::backordered ? pack(no_node, no_day) : place;
  }
};

static_assert(sizeof(Slice) == 24);
static_assert(std::has_unique_object_representations_v<Slice>);

struct OrderRecord {
  std::uint64_t body_hash;
  Sequence sequence;
  Outcome outcome;  ///< the answer at its placement, for good
  std::uint32_t first_slice;
  std::uint32_t slice_count;
  Day promise_day;  ///< of everything held so far
  RegionIndex region;
  ServiceIndex service;
  std::uint8_t marks;  ///< Policy bits, and above them a bit for each reason to hold it back
  ChannelIndex channel;
  std::uint8_t priority;
  std::uint8_t asks_vendors;  ///< 1: Policy::allow_dropship
  Day over_since;  ///< of a snapshot's engine: when it first found the order over, or no_day
  Units added;     ///< to its lines since its placement

  static constexpr std::uint8_t holds_from = 4;

  [[nodiscard]] std::uint8_t holds() const {
    return static_cast<std::uint8_t>(marks >> holds_from);
  }
};

static_assert(policy_bits_kept < (1U << OrderRecord::holds_from));

static_assert(sizeof(OrderRecord) == 64);
static_assert(std::has_unique_object_representations_v<OrderRecord>);

class OrderTable {
 public:
  explicit OrderTable(const Limits& limits)
      : rows_(limits.orders_max, limits.touch),
        records_(limits.orders_max, limits.touch, limits.orders_max - limits.orders_away),
        slices_(limits.slices_max, limits.touch, limits.slices_max - limits.slices_away),
        slices_max_(limits.slices_max) {
    space_.free_runs.fill(no_slice);
  }

  /// Orders there are, wherever they lie.
  [[nodiscard]] std::uint32_t size() const { return space_.orders; }

  [[nodiscard]] std::uint32_t put_away_count() const { return space_.put_away; }

  [[nodiscard]] std::uint32_t slices_away() const { return space_.slices_away; }

  [[nodiscard]] bool in_memory(Slot slot) const {
    return slot.value < space_.orders && rows_[slot.value] < put_away_bit;
  }

  [[nodiscard]] OrderRecord& operator[](Slot slot) { return records_[row_of(slot)]; }

  [[nodiscard]] const OrderRecord& operator[](Slot slot) const { return records_[row_of(slot)]; }

  [[nodiscard]] Slice& slice(std::uint32_t at) { return slices_[at]; }

  [[nodiscard]] const Slice& slice(std::uint32_t at) const { return slices_[at]; }

  /// Every slice that was ever made counts, wherever it lies.
  [[nodiscard]] std::uint32_t slices_left() const {
    return slices_max_ - space_.slices - space_.spent;
  }

  /// Slices that left their shipment may open another each, and count once more for it: so no more
  /// shipments are ever made than slices_max.
  void spend(std::uint32_t count) {
    CHECK(slices_left() >= count);
    space_.spent += count;
  }

  [[nodiscard]] std::uint32_t spent() const { return space_.spent; }

  /// Keeps so many slices from being taken until they are no longer kept.
  void keep(std::uint32_t count) {
    CHECK(slices_left() >= count);
    slices_max_ -= count;
  }

  void keep_no_more(std::uint32_t count) { slices_max_ += count; }

  /// Memory of the records and slices that are there.
  [[nodiscard]] std::uint64_t bytes() const {
    return std::uint64_t{size() - put_away_count()} * (sizeof(OrderRecord) + sizeof(rows_[0])) +
           std::uint64_t{space_.slices - space_.slices_away} * sizeof(Slice);
  }

  /// Takes so many slices from now on; at most what there is memory for.
  void bound(std::uint32_t slices_max) {
    CHECK(slices_max >= space_.slices + space_.spent);
    CHECK(slices_max <= slices_.size());
    slices_max_ = slices_max;
  }

  /// Opens the record of the next slot; all of it is zero.
  OrderRecord& open(Slot slot) {
    CHECK(slot.value == space_.orders);
    ++space_.orders;
    return take_row(slot);
  }

  OrderRecord& open(Slot slot, const OrderRecord& as) {
    OrderRecord& record = open(slot);
    record = as;
    return record;
  }

  /// Slices side by side, for the record of the next slot. The caller writes them and links them
  /// up.
  struct Run {
    std::uint32_t first;
    std::span<Slice> slices;
  };

  Run take(std::uint32_t count) {
    CHECK(slices_left() >= count);
    space_.slices += count;
    std::uint32_t first = count <= run_slices_max ? space_.free_runs[count] : no_slice;
    if (first != no_slice) {
      space_.free_runs[count] = slices_[first].next;
      space_.slices_free -= count;
    } else {
      first = space_.slices_used;
      space_.slices_used += count;
    }
    return {first, {&slices_[first], count}};
  }

  /// Appends a slice after `last` (the order's last slice, or no_slice); returns where it lies.
  std::uint32_t append(OrderRecord& record, std::uint32_t last, const Slice& slice) {
    CHECK(slices_left() > 0);
    ++space_.slices;
    ++record.slice_count;
    return put_behind(record, last, slice);
  }

  [[nodiscard]] std::uint32_t last_slice(const OrderRecord& record) const {
    std::uint32_t last = no_slice;
    for (std::uint32_t at = record.first_slice; at != no_slice; at = slices_[at].next) {
      last = at;
    }
    return last;
  }

  /// The number of a slice among those of its order, from 0, and the slice with a number.
  [[nodiscard]] std::uint32_t number_of(const OrderRecord& record, std::uint32_t slice) const {
    std::uint32_t number = 0;
    for (std::uint32_t at = record.first_slice; at != slice; at = slices_[at].next) {
      CHECK(at != no_slice);
      ++number;
    }
    return number;
  }

  [[nodiscard]] std::uint32_t numbered(const OrderRecord& record, std::uint32_t number) const {
    std::uint32_t at = record.first_slice;
    for (; number > 0; --number) {
      at = slices_[at].next;
    }
    CHECK(at != no_slice);
    return at;
  }

  /// Calls act(slice, index) for each slice of the order, in the order they were made.
  template <class Act>
  void for_slices(const OrderRecord& record, Act act) {
    for (std::uint32_t at = record.first_slice; at != no_slice; at = slices_[at].next) {
      act(slices_[at], at);
    }
  }

  template <class Act>
  void for_slices(const OrderRecord& record, Act act) const {
    for (std::uint32_t at = record.first_slice; at != no_slice; at = slices_[at].next) {
      act(slices_[at]);
    }
  }

  [[nodiscard]] OrderState state(const OrderRecord& record) const;

  /// The order lies in a file now; its row and slices are free.
  void put_away(Slot slot, std::uint32_t file);

  [[nodiscard]] std::uint32_t file_of(Slot slot) const {
    CHECK(!in_memory(slot));
    return rows_[slot.value] & ~put_away_bit;
  }

  /// Files have other numbers now: `numbers` has the new one of each.
  void number_files(std::span<const std::uint32_t> numbers) {
    for (std::uint32_t& row : rows_.first(space_.orders)) {
      row = row < put_away_bit ? row : put_away_bit | numbers[row & ~put_away_bit];
    }
  }

  /// The order lies in memory again, with this record; its slices follow one by one.
  OrderRecord& bring_back(Slot slot, const OrderRecord& record);

  std::uint32_t bring_back(OrderRecord& record, std::uint32_t last, const Slice& slice) {
    --space_.slices_away;
    return put_behind(record, last, slice);
  }

  void save(SectionWriter& out) const {
    out.table<Space>("order space", std::span(&space_, 1));
    out.table<std::uint32_t>("order rows", rows_.first(space_.orders));
    out.table<OrderRecord>("orders", records_.first(space_.rows_used));
    out.table<Slice>("slices", slices_.first(space_.slices_used));
  }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in);

 private:
  static constexpr std::uint32_t put_away_bit = 1U << 31U;
  static constexpr std::uint32_t run_slices_max = lines_per_order_max;

  /// What is used of the tables, and what of that is free.
  struct Space {
    std::uint32_t orders;
    std::uint32_t put_away;
    std::uint32_t rows_used;
    std::uint32_t free_row;  ///< plus one; chained by first_slice
    std::uint32_t slices;    ///< that were ever made
    std::uint32_t slices_away;
    std::uint32_t slices_used;
    std::uint32_t spent;
    /// By length: slices side by side that are free, chained by `next` of the first.
    std::array<std::uint32_t, run_slices_max + 1> free_runs;
    std::uint32_t slices_free;
  };

  static_assert(std::has_unique_object_representations_v<Space>);

  [[nodiscard]] std::uint32_t row_of(Slot slot) const {
    const std::uint32_t row = rows_[slot.value];
    CHECK(row < put_away_bit);
    return row;
  }

  OrderRecord& take_row(Slot slot) {
    std::uint32_t row = space_.free_row;
    if (row == 0) {
      row = space_.rows_used++;
    } else {
      --row;
      space_.free_row = records_[row].first_slice;
      records_[row] = OrderRecord{};
    }
    rows_[slot.value] = row;
    return records_[row];
  }

  std::uint32_t put_behind(OrderRecord& record, std::uint32_t last, const Slice& slice) {
    const std::uint32_t at = take_slice();
    slices_[at] = slice;
    slices_[at].next = no_slice;
    if (last == no_slice) {
      record.first_slice = at;
    } else {
      slices_[last].next = at;
    }
    return at;
  }

  /// A free slice if there is one: so no more are used than were ever made.
  std::uint32_t take_slice();
  void free_run(std::uint32_t first, std::uint32_t count);

  LargeArray<std::uint32_t> rows_;  ///< by slot: its row, or its file and put_away_bit
  LargeArray<OrderRecord> records_;
  LargeArray<Slice> slices_;
  std::uint32_t slices_max_;
  Space space_{};
};

}  // namespace millrace
