// SKUs by id: owned and written by validate, in the order of their definition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/hash.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/id_index.h"

namespace millrace {

struct SkuEntry {
  Sku sku;
  std::uint32_t weight_grams;
  std::uint16_t flags;
  std::uint16_t reserved;
};

static_assert(sizeof(SkuEntry) == 16);

class Catalogue {
 public:
  Catalogue(std::uint32_t skus_max, Touch touch)
      : skus_max_(skus_max), entries_(skus_max, touch), index_(skus_max) {}

  static constexpr std::uint64_t hash(Sku sku) { return mix64(sku.value); }

  void prefetch(Sku sku) const { index_.prefetch(hash(sku)); }

  /// The row of a SKU, or no_row.
  [[nodiscard]] Row find(Sku sku) const {
    return Row{index_.find(hash(sku), [&](std::uint32_t row) { return entries_[row].sku == sku; })};
  }

  [[nodiscard]] const SkuEntry& operator[](Row row) const { return entries_[row.value]; }

  [[nodiscard]] std::uint32_t size() const { return count_; }

  [[nodiscard]] bool full() const { return count_ == skus_max_; }

  /// Adds a SKU that is not known, in a catalogue that is not full.
  Row add(SkuEntry entry) {
    CHECK(!full());
    index_.insert(hash(entry.sku), count_);
    entries_[count_] = entry;
    return Row{count_++};
  }

  void update(Row row, std::uint32_t weight_grams, std::uint16_t flags) {
    entries_[row.value].weight_grams = weight_grams;
    entries_[row.value].flags = flags;
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
  std::uint32_t skus_max_;
  std::uint32_t count_ = 0;
  LargeArray<SkuEntry> entries_;
  IdIndex index_;
};

}  // namespace millrace
