// SKUs by id: owned and written by validate, in the order of their definition. Any thread may find
// rows meanwhile: a cell is published by the store of its row, and never given to another SKU.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/check.h"
#include "engine/core/command.h"
#include "engine/core/fetch.h"
#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"

namespace millrace {

struct SkuEntry {
  Sku sku;
  std::uint32_t weight_grams;
  std::uint16_t flags;
  std::uint16_t reserved;
};

static_assert(sizeof(SkuEntry) == 16);

/// A SKU as orders look it up: everything they need of it in one place.
struct KnownSku {
  Sku sku;
  std::uint32_t row_plus_one;  ///< 0 where the cell is free
  std::uint32_t weight_grams;  ///< and above all weights, service_bit

  static constexpr std::uint32_t service_bit = 1U << 31U;

  [[nodiscard]] Row row() const { return Row{row_plus_one - 1}; }
};

static_assert(weight_grams_max < KnownSku::service_bit);

static_assert(sizeof(KnownSku) == 16);

/// Open addressing with linear probing at a load of at most one half; SKUs are never removed.
class Catalogue {
 public:
  Catalogue(std::uint32_t skus_max, Touch touch)
      : skus_max_(skus_max),
        mask_(std::bit_ceil(std::uint64_t{skus_max} * 2) - 1),
        shift_(64U - static_cast<std::uint32_t>(std::bit_width(mask_))),
        entries_(skus_max, touch),
        cells_(mask_ + 1, touch) {}

  void fetch(Sku sku) const { millrace::fetch(&cells_[home(sku)].row_plus_one); }

  /// Asks for the SKU without waiting, which helps where its page's translation is at hand.
  void fetch_ahead(Sku sku) const { millrace::fetch_ahead(&cells_[home(sku)]); }

  /// The SKU as orders need it, or nullptr. Good until the next add().
  [[nodiscard]] const KnownSku* look_up(Sku sku) const {
    const KnownSku& cell = cells_[cell_of(sku)];
    return cell.row_plus_one != 0 ? &cell : nullptr;
  }

  /// The row of a SKU, or no_row.
  [[nodiscard]] Row find(Sku sku) const { return cells_[cell_of(sku)].row(); }

  /// As find(), for any thread: a SKU that is being added is there or not yet.
  [[nodiscard]] Row find_published(Sku sku) const {
    std::uint64_t at = home(sku);
    while (true) {
      const KnownSku& cell = cells_[at];
      const std::uint32_t row_plus_one = load_acquired(&cell.row_plus_one);
      if (row_plus_one == 0 || cell.sku == sku) {
        return Row{row_plus_one - 1};
      }
      at = (at + 1) & mask_;
    }
  }

  [[nodiscard]] std::uint32_t size() const { return count_; }

  [[nodiscard]] bool full() const { return count_ == skus_max_; }

  /// Is full with so many from now on; at most what there is memory for.
  void bound(std::uint32_t skus_max) {
    CHECK(skus_max >= count_);
    CHECK(skus_max <= entries_.size());
    skus_max_ = skus_max;
  }

  /// Adds a SKU that is not known, in a catalogue that is not full.
  Row add(SkuEntry entry) {
    CHECK(!full());
    entries_[count_] = entry;
    KnownSku& cell = cells_[cell_of(entry.sku)];
    cell.sku = entry.sku;
    cell.weight_grams = marked_weight(entry);
    std::atomic_ref(cell.row_plus_one).store(count_ + 1, std::memory_order_release);
    return Row{count_++};
  }

  void update(Row row, std::uint32_t weight_grams, std::uint16_t flags) {
    SkuEntry& entry = entries_[row.value];
    entry.weight_grams = weight_grams;
    entry.flags = flags;
    cells_[cell_of(entry.sku)].weight_grams = marked_weight(entry);
  }

  [[nodiscard]] bool is_service(Row row) const {
    return millrace::is_service(entries_[row.value].flags);
  }

  void save(SectionWriter& out) const { out.table<SkuEntry>("catalogue", entries_.first(count_)); }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in) {
    std::vector<SkuEntry> rows;
    if (!in.table("catalogue", rows, skus_max_)) {
      return "section catalogue: damaged, or more SKUs than skus_max";
    }
    for (const SkuEntry& row : rows) {
      add(row);
    }
    return std::nullopt;
  }

 private:
  static std::uint32_t marked_weight(const SkuEntry& entry) {
    return entry.weight_grams | (millrace::is_service(entry.flags) ? KnownSku::service_bit : 0);
  }

  /// The high bits of a product depend on every bit of the SKU.
  [[nodiscard]] std::uint64_t home(Sku sku) const {
    return (sku.value * 0x9e3779b97f4a7c15ULL) >> shift_;
  }

  /// The cell that holds the SKU, or the free one where it would stand.
  [[nodiscard]] std::uint64_t cell_of(Sku sku) const {
    std::uint64_t at = home(sku);
    while (cells_[at].row_plus_one != 0 && cells_[at].sku != sku) {
      at = (at + 1) & mask_;
    }
    return at;
  }

  std::uint32_t skus_max_;
  std::uint32_t count_ = 0;
  std::uint64_t mask_;
  std::uint32_t shift_;
  LargeArray<SkuEntry> entries_;  ///< by row
  LargeArray<KnownSku> cells_;
};

}  // namespace millrace
