// Stock by SKU row and node: what is on hand, and what of it may still be promised. Owned by
// allocate, which writes cells with relaxed atomic stores so that any thread may read them.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/check.h"
#include "engine/core/fetch.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"
#include "engine/state/node_lanes.h"

namespace millrace {

/// Cells of 32 bits: 16 nodes fill one cache line, more nodes take more lines.
class StockTable {
 public:
  StockTable(const Limits& limits, std::uint32_t node_count)
      : stride_((node_count + node_lanes - 1) / node_lanes * node_lanes),
        shard_bits_(static_cast<std::uint32_t>(std::countr_zero(limits.shards))) {
    CHECK(std::has_single_bit(limits.shards));
    const std::size_t cells = ((limits.skus_max >> shard_bits_) + std::size_t{1}) * stride_;
    for (std::uint32_t shard = 0; shard < limits.shards; ++shard) {
      available_.emplace_back(cells, limits.touch);
      on_hand_.emplace_back(cells, limits.touch);
      blocks_.push_back(&available_.back()[0]);
    }
  }

  /// Cells of one row, a multiple of node_lanes; nodes that do not exist have nothing.
  [[nodiscard]] std::uint32_t stride() const { return stride_; }

  /// What may be promised, by node: ATP. 64-byte aligned. Threads other than the owner's load its
  /// words relaxed.
  [[nodiscard]] const std::uint32_t* available(Row row) const {
    return blocks_[shard(row)] + offset(row);
  }

  [[nodiscard]] Units available(Row row, NodeIndex node) const {
    return Units{available(row)[node.value]};
  }

  [[nodiscard]] Units on_hand(Row row, NodeIndex node) const {
    return Units{on_hand_[shard(row)][offset(row) + node.value]};
  }

  void fetch(Row row) const {
    for_row(row, [](const std::uint32_t* cells) { millrace::fetch(cells); });
  }

  /// Asks for the row without waiting, which helps where its page's translation is at hand.
  void fetch_ahead(Row row) const {
    for_row(row, [](const std::uint32_t* cells) { millrace::fetch_ahead(cells); });
  }

  void hold(Row row, NodeIndex node, Units units) {
    std::uint32_t& cell = blocks_[shard(row)][offset(row) + node.value];
    CHECK(cell >= units.value);
    std::atomic_ref(cell).store(cell - units.value, std::memory_order_relaxed);
  }

  void give_back(Row row, NodeIndex node, Units units) {
    const Units now = available(row, node) + units;
    CHECK(now <= on_hand(row, node));
    put(available_, row, node, now);
  }

  /// Sets on hand; what is not available stays so, and available moves with it.
  void set_on_hand(Row row, NodeIndex node, Units target) {
    const Units held = on_hand(row, node) - available(row, node);
    CHECK(target >= held);
    set(row, node, target, target - held);
  }

  void set(Row row, NodeIndex node, Units on_hand, Units available) {
    CHECK(available <= on_hand);
    put(on_hand_, row, node, on_hand);
    put(available_, row, node, available);
  }

  void save(SectionWriter& out, std::uint32_t row_count) const {
    save_cells(out, "available", available_, row_count);
    save_cells(out, "on hand", on_hand_, row_count);
  }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t row_count) {
    if (!load_cells(in, "available", available_, row_count) ||
        !load_cells(in, "on hand", on_hand_, row_count)) {
      return "section available or on hand: damaged, or of another number of SKUs or nodes";
    }
    return std::nullopt;
  }

 private:
  /// Calls act(cells) for each cache line of the row.
  template <class Act>
  void for_row(Row row, Act act) const {
    const std::uint32_t* const cells = available(row);
    std::uint32_t at = 0;
    do {
      act(cells + at);
      at += node_lanes;
    } while (at < stride_);
  }

  using Shards = std::vector<LargeArray<std::uint32_t>>;
  static constexpr std::uint32_t rows_per_section = 1U << 16U;

  [[nodiscard]] std::uint32_t shard(Row row) const { return row.value & ((1U << shard_bits_) - 1); }

  [[nodiscard]] std::size_t offset(Row row) const {
    return std::size_t{row.value >> shard_bits_} * stride_;
  }

  void put(Shards& cells, Row row, NodeIndex node, Units value) {
    std::atomic_ref<std::uint32_t>(cells[shard(row)][offset(row) + node.value])
        .store(value.value, std::memory_order_relaxed);
  }

  static std::string section_name(const char* name, std::uint32_t first) {
    return std::string(name) + " " + std::to_string(first / rows_per_section);
  }

  // Rows go to the file in their own order, so that a snapshot does not know of shards.
  void save_cells(SectionWriter& out, const char* name, const Shards& cells,
                  std::uint32_t row_count) const {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t first = 0; first < row_count; first += rows_per_section) {
      const std::uint32_t end = std::min(first + rows_per_section, row_count);
      rows.clear();
      for (std::uint32_t row = first; row < end; ++row) {
        const std::uint32_t* from = &cells[shard(Row{row})][offset(Row{row})];
        rows.insert(rows.end(), from, from + stride_);
      }
      out.table<std::uint32_t>(section_name(name, first), rows);
    }
  }

  bool load_cells(SectionReader& in, const char* name, Shards& cells, std::uint32_t row_count) {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t first = 0; first < row_count; first += rows_per_section) {
      const std::uint32_t end = std::min(first + rows_per_section, row_count);
      if (!in.table(section_name(name, first), rows, std::uint64_t{rows_per_section} * stride_) ||
          rows.size() != std::size_t{end - first} * stride_) {
        return false;
      }
      for (std::uint32_t row = first; row < end; ++row) {
        std::copy_n(rows.data() + std::size_t{row - first} * stride_, stride_,
                    &cells[shard(Row{row})][offset(Row{row})]);
      }
    }
    return true;
  }

  std::uint32_t stride_;
  std::uint32_t shard_bits_;
  Shards available_;
  Shards on_hand_;
  std::vector<std::uint32_t*> blocks_;  ///< where each shard of available_ begins
};

}  // namespace millrace
