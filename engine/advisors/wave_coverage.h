// How many units the one-line orders of a node can give for a set of aisles, kept as aisles come
// and go. Without orders of several lines the choice of orders falls apart by item: of an item, the
// orders take what the chosen aisles hold, as far as whole orders add up to it. So the set of
// aisles is all there is to search, and what one more or one less would bring is known for every
// aisle.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/advisors/wave_index.h"
#include "engine/advisors/wave_marks.h"

namespace millrace {

class WaveCoverage {
 public:
  explicit WaveCoverage(const WaveIndex& index);

  /// No aisle is chosen; orders count as they are marked.
  void reset(const WaveMarks& marks);

  void add(std::uint32_t aisle);
  void remove(std::uint32_t aisle);

  [[nodiscard]] bool has(std::uint32_t aisle) const { return is_chosen_[aisle] != 0; }

  [[nodiscard]] std::span<const std::uint32_t> chosen() const { return chosen_; }

  /// Units that the chosen aisles can give. A unit missing for an order that must come weighs more
  /// than all others together, so the sum is negative until all such orders can.
  [[nodiscard]] std::int64_t units() const { return units_; }

  /// What adding the aisle brings, or removing it costs.
  [[nodiscard]] std::int64_t change(std::uint32_t aisle) const { return change_[aisle]; }

  /// Work done so far, in cells looked at.
  [[nodiscard]] std::uint64_t work() const { return work_; }

  /// Units of an item that the chosen aisles hold.
  [[nodiscard]] std::uint32_t held(WaveItem item) const {
    return static_cast<std::uint32_t>(items_[item.value].held);
  }

 private:
  struct Item {
    std::int32_t held;
    /// Where more units bring nothing more.
    std::int32_t useful_max;
    /// Where its values begin; without, each unit is worth one.
    std::int32_t values;
  };

  [[nodiscard]] std::int64_t value(const Item& item, std::int32_t held) const {
    const std::int32_t useful = held < item.useful_max ? held : item.useful_max;
    return item.values < 0 ? useful : values_[static_cast<std::size_t>(item.values + useful)];
  }

  template <bool is_adding>
  void move(std::uint32_t aisle);
  void value_again(WaveItem item, const WaveMarks& marks);

  const WaveIndex& index_;
  std::vector<Item> items_;
  std::vector<std::int64_t> values_;
  std::vector<std::int64_t> change_;
  std::vector<std::uint8_t> is_chosen_;
  std::vector<std::uint32_t> chosen_;
  std::vector<std::uint32_t> place_;
  std::vector<std::uint32_t> sizes_;
  std::int64_t units_ = 0;
  std::uint64_t work_ = 0;
};

}  // namespace millrace
