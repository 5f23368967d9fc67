// Order records and the slices of their lines. Owned by allocate; records stand at the slot that
// validate gave them, slices in a pool that only grows.
#pragma once

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
  std::uint8_t reserved[3];
  Units added;  ///< to its lines since its placement

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
      : records_(limits.orders_max, limits.touch),
        slices_(limits.slices_max, limits.touch),
        slices_max_(limits.slices_max) {}

  [[nodiscard]] std::uint32_t size() const { return count_; }

  [[nodiscard]] OrderRecord& operator[](Slot slot) { return records_[slot.value]; }

  [[nodiscard]] const OrderRecord& operator[](Slot slot) const { return records_[slot.value]; }

  [[nodiscard]] Slice& slice(std::uint32_t at) { return slices_[at]; }

  [[nodiscard]] const Slice& slice(std::uint32_t at) const { return slices_[at]; }

  [[nodiscard]] std::uint32_t slices_left() const { return slices_max_ - slice_count_ - spent_; }

  /// Slices that left their shipment may open another each, and count once more for it: so no more
  /// shipments are ever made than slices_max.
  void spend(std::uint32_t count) {
    CHECK(slices_left() >= count);
    spent_ += count;
  }

  [[nodiscard]] std::uint32_t spent() const { return spent_; }

  /// Keeps so many slices from being taken until they are no longer kept.
  void keep(std::uint32_t count) {
    CHECK(slices_left() >= count);
    slices_max_ -= count;
  }

  void keep_no_more(std::uint32_t count) { slices_max_ += count; }

  /// Memory of the records and slices that are there.
  [[nodiscard]] std::uint64_t bytes() const {
    return std::uint64_t{count_} * sizeof(OrderRecord) +
           std::uint64_t{slice_count_} * sizeof(Slice);
  }

  /// Takes so many slices from now on; at most what there is memory for.
  void bound(std::uint32_t slices_max) {
    CHECK(slices_max >= slice_count_ + spent_);
    CHECK(slices_max <= slices_.size());
    slices_max_ = slices_max;
  }

  /// Opens the record of the next slot; all of it is zero.
  OrderRecord& open(Slot slot) {
    CHECK(slot.value == count_);
    ++count_;
    return records_[slot.value];
  }

  OrderRecord& open(Slot slot, const OrderRecord& as) {
    OrderRecord& record = open(slot);
    record = as;
    return record;
  }

  /// The next slices of the pool, for the record of the next slot. The caller writes them and links
  /// them up.
  struct Run {
    std::uint32_t first;
    std::span<Slice> slices;
  };

  Run take(std::uint32_t count) {
    CHECK(slices_left() >= count);
    const std::uint32_t first = slice_count_;
    slice_count_ += count;
    return {first, {&slices_[first], count}};
  }

  /// Appends a slice after `last` (the order's last slice, or no_slice); returns where it lies.
  std::uint32_t append(OrderRecord& record, std::uint32_t last, const Slice& slice) {
    CHECK(slices_left() > 0);
    const std::uint32_t at = slice_count_++;
    slices_[at] = slice;
    slices_[at].next = no_slice;
    if (last == no_slice) {
      record.first_slice = at;
    } else {
      slices_[last].next = at;
    }
    ++record.slice_count;
    return at;
  }

  [[nodiscard]] std::uint32_t last_slice(const OrderRecord& record) const {
    std::uint32_t last = no_slice;
    for (std::uint32_t at = record.first_slice; at != no_slice; at = slices_[at].next) {
      last = at;
    }
    return last;
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

  void save(SectionWriter& out) const {
    out.table<OrderRecord>("orders", records_.first(count_));
    out.table<Slice>("slices", slices_.first(slice_count_));
    out.table<std::uint32_t>("slices spent", std::span(&spent_, 1));
  }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in) {
    std::uint64_t bytes = 0;
    if (!in.begin("orders", bytes) || bytes % sizeof(OrderRecord) != 0 ||
        bytes / sizeof(OrderRecord) > records_.size()) {
      return "section orders: missing, or more orders than orders_max";
    }
    count_ = static_cast<std::uint32_t>(bytes / sizeof(OrderRecord));
    if (!in.read(std::as_writable_bytes(records_.first(count_)))) {
      return "section orders: damaged";
    }
    if (!in.begin("slices", bytes) || bytes % sizeof(Slice) != 0 ||
        bytes / sizeof(Slice) > slices_.size()) {
      return "section slices: missing, or more slices than slices_max";
    }
    slice_count_ = static_cast<std::uint32_t>(bytes / sizeof(Slice));
    std::vector<std::uint32_t> spent;
    if (!in.read(std::as_writable_bytes(slices_.first(slice_count_))) ||
        !in.table("slices spent", spent, 1) || spent.size() != 1) {
      return "section slices or slices spent: damaged";
    }
    spent_ = spent[0];
    return std::nullopt;
  }

 private:
  LargeArray<OrderRecord> records_;
  LargeArray<Slice> slices_;
  std::uint32_t slices_max_;
  std::uint32_t count_ = 0;
  std::uint32_t slice_count_ = 0;
  std::uint32_t spent_ = 0;
};

}  // namespace millrace
