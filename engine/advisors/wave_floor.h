// A wave in the making, for orders of any number of lines: the aisles and orders chosen, what is
// left of each item, and which further orders it would be enough for. Every change is logged, and
// the log can be taken back.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/advisors/wave_index.h"
#include "engine/advisors/wave_marks.h"

namespace millrace {

class WaveFloor {
 public:
  explicit WaveFloor(const WaveIndex& index);

  /// Nothing is chosen; orders count as they are marked.
  void reset(const WaveMarks& marks);

  void add_aisle(std::uint32_t aisle);
  /// Items may be short afterwards: see evict_short.
  void remove_aisle(std::uint32_t aisle);
  void insert(std::uint32_t order);
  void evict(std::uint32_t order);

  /// Evicts orders until no item of the aisle is short. False if an order that must come would have
  /// to go; take it back then.
  [[nodiscard]] bool evict_short(std::uint32_t aisle);
  /// Inserts orders for which all is there, the largest first, while they fit.
  void fill(std::int64_t units_max);

  /// Removes aisles of which nothing is needed any more since the logged evictions.
  void prune();

  /// About what removing a chosen aisle would cost: by the state now, or by the one last kept.
  [[nodiscard]] std::int64_t loss_now(std::uint32_t aisle);
  [[nodiscard]] std::int64_t loss(std::uint32_t aisle);

  /// Counts for every aisle the units of orders that lack one line, which it has: by the state now,
  /// or by the one last kept.
  void count_promises();
  void know_promises();

  /// As last counted.
  [[nodiscard]] std::int64_t promise(std::uint32_t aisle) const { return promises_[aisle]; }

  /// Keeps what was done since.
  void forget_log();
  void take_back();

  [[nodiscard]] std::int64_t units() const { return units_; }

  [[nodiscard]] std::uint64_t work() const { return work_; }

  [[nodiscard]] std::span<const std::uint32_t> aisles() const { return aisles_; }

  [[nodiscard]] std::span<const std::uint32_t> orders() const { return orders_; }

  /// Orders that may be chosen, if all the stock of the node is; in rising number.
  [[nodiscard]] std::span<const std::uint32_t> eligible() const { return eligible_; }

  /// Aisles that hold anything; in rising number.
  [[nodiscard]] std::span<const std::uint32_t> stocked() const { return stocked_; }

  [[nodiscard]] bool has_aisle(std::uint32_t aisle) const { return aisle_place_[aisle] != none; }

  [[nodiscard]] bool has_order(std::uint32_t order) const { return order_place_[order] != none; }

  /// Lines that lack units, of an order that is eligible and not chosen.
  [[nodiscard]] std::uint32_t missing(std::uint32_t order) const { return missing_[order]; }

  [[nodiscard]] std::int32_t left(WaveItem item) const { return items_[item.value].left; }

  static constexpr std::uint32_t none = 0xffffffff;
  /// At least this many if the order is chosen or may not be.
  static constexpr std::uint32_t taken = 1U << 20U;

 private:
  /// Where the lines for an item begin in asks_, in rising units.
  struct Item {
    std::int32_t left;
    std::uint32_t begin;
    std::uint32_t count;
  };

  struct Known {
    std::uint64_t version = 0;
    std::int64_t value = 0;
  };

  enum class Step : std::uint32_t { add_aisle, remove_aisle, insert, evict };

  struct Entry {
    Step step;
    std::uint32_t id;
  };

  void change(WaveItem item, std::int32_t by);
  void do_add_aisle(std::uint32_t aisle);
  void do_remove_aisle(std::uint32_t aisle);
  void do_insert(std::uint32_t order);
  void do_evict(std::uint32_t order);
  static void put(std::uint32_t id, std::vector<std::uint32_t>& list,
                  std::vector<std::uint32_t>& place);
  static void take(std::uint32_t id, std::vector<std::uint32_t>& list,
                   std::vector<std::uint32_t>& place);
  [[nodiscard]] std::uint32_t to_evict(WaveItem item) const;

  [[nodiscard]] bool is_idle(std::uint32_t aisle) const;
  [[nodiscard]] bool can_ever(WaveOrder order) const;

  const WaveIndex& index_;
  const WaveMarks* marks_ = nullptr;
  std::vector<Item> items_;
  std::vector<OrderUnits> asks_;
  std::vector<std::uint32_t> missing_;
  std::vector<std::uint32_t> eligible_;
  std::vector<std::uint32_t> stocked_;
  std::vector<std::uint32_t> aisles_;
  std::vector<std::uint32_t> aisle_place_;
  std::vector<std::uint32_t> orders_;
  std::vector<std::uint32_t> order_place_;
  /// Orders not chosen that lack nothing, and those that lack one line.
  std::vector<std::uint32_t> ready_;
  std::vector<std::uint32_t> ready_place_;
  std::vector<std::uint32_t> near_;
  std::vector<std::uint32_t> near_place_;
  std::vector<Entry> log_;
  /// Counts what was kept; what was known of an older state is not known.
  std::uint64_t version_ = 1;
  std::vector<Known> losses_;
  std::vector<std::int64_t> promises_;
  std::uint64_t promises_version_ = 0;
  /// By order, zero between calls: whether its loss is counted.
  std::vector<std::uint8_t> is_counted_;
  std::vector<std::uint32_t> counted_;
  /// By aisle: the last prune that looked at it.
  std::vector<std::uint64_t> pruned_;
  std::uint64_t prune_count_ = 0;
  std::int64_t units_ = 0;
  std::uint64_t work_ = 0;
};

}  // namespace millrace
