// What a cell of stock has beside on hand and available: damaged, in quarantine, kept back. Few
// cells have any, so they lie apart, by (row, node), and an order that finds stock never looks
// here. Owned by allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/id_index.h"
#include "engine/state/large_array.h"

namespace millrace {

struct StockMark {
  Row row;
  NodeIndex node;
  std::uint8_t embargoed;  ///< 1 while the SKU is not on sale
  std::uint8_t told;       ///< 1 while it is low and an event said so
  Units damaged;
  Units quarantine;
  Units safety;
  /// Found missing and not yet taken off what orders hold; zero between commands.
  Units missing;
  /// What of all these could be kept from being available. If it is less than their sum, nothing is
  /// available, and units that come free fill it up first.
  Units withheld;
  Units low;  ///< available below it is low

  /// What must not be available.
  [[nodiscard]] std::uint64_t wanted() const {
    constexpr std::uint64_t all = 1ULL << 40U;
    return std::uint64_t{damaged.value} + quarantine.value + safety.value + missing.value +
           (embargoed != 0 ? all : 0);
  }

  /// Nothing that the outside set.
  [[nodiscard]] bool blank() const {
    return damaged.value + quarantine.value + safety.value + low.value == 0;
  }
};

static_assert(sizeof(StockMark) == 32);
static_assert(std::has_unique_object_representations_v<StockMark>);

/// When a SKU comes on sale.
struct OnSale {
  Time at;  ///< zero if it is
  std::uint32_t alarm;
  std::uint32_t reserved;
};

class StockMarks {
 public:
  StockMarks() : marks_(stock_marks_max, Touch::as_used), index_(stock_marks_max, Touch::as_used) {}

  [[nodiscard]] bool any() const { return count_ > 0; }

  /// The cell's mark, or nullptr.
  [[nodiscard]] StockMark* find(Row row, NodeIndex node) {
    const std::uint32_t at = place(row, node);
    return at == IdIndex::none ? nullptr : &marks_[at];
  }

  [[nodiscard]] const StockMark* find(Row row, NodeIndex node) const {
    const std::uint32_t at = place(row, node);
    return at == IdIndex::none ? nullptr : &marks_[at];
  }

  /// The cell's mark, a blank one if it had none; nullptr if there is no room for another.
  [[nodiscard]] StockMark* make(Row row, NodeIndex node) {
    StockMark* const known = find(row, node);
    if (known != nullptr || count_ == stock_marks_max) {
      return known;
    }
    return &add(
        StockMark{row, node, 0, 0, Units{0}, Units{0}, Units{0}, Units{0}, Units{0}, Units{0}});
  }

  [[nodiscard]] const StockMark& operator[](std::uint32_t at) const { return marks_[at]; }

  [[nodiscard]] StockMark& operator[](std::uint32_t at) { return marks_[at]; }

  [[nodiscard]] std::uint32_t place(Row row, NodeIndex node) const {
    if (count_ == 0) {
      return IdIndex::none;
    }
    return index_.find(hash(row, node), [&](std::uint32_t at) {
      return marks_[at].row == row && marks_[at].node == node;
    });
  }

  /// Cells that can be low.
  [[nodiscard]] std::uint32_t watched() const { return watched_; }

  void watch(StockMark& mark, Units low) {
    watched_ -= static_cast<std::uint32_t>(mark.low > Units{0});
    watched_ += static_cast<std::uint32_t>(low > Units{0});
    mark.low = low;
  }

  void save(SectionWriter& out) const { out.table<StockMark>("stock marks", marks_.first(count_)); }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t row_count) {
    std::vector<StockMark> marks;
    if (!in.table("stock marks", marks, stock_marks_max)) {
      return "section stock marks: damaged";
    }
    for (const StockMark& mark : marks) {
      if (mark.row.value >= row_count) {
        return "section stock marks: names a row that does not exist";
      }
      add(mark);
    }
    return std::nullopt;
  }

 private:
  static std::uint64_t hash(Row row, NodeIndex node) { return hash_id({row.value, node.value}); }

  StockMark& add(const StockMark& mark) {
    index_.insert(hash(mark.row, mark.node), count_);
    marks_[count_] = mark;
    watched_ += static_cast<std::uint32_t>(mark.low > Units{0});
    return marks_[count_++];
  }

  LargeArray<StockMark> marks_;
  IdIndex index_;
  std::uint32_t count_ = 0;
  std::uint32_t watched_ = 0;
};

}  // namespace millrace
