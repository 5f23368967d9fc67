// Reads of availability, for threads that own nothing: beside validate, which adds SKUs, and
// allocate, which writes stock, without a lock and without either of them noticing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/availability.h"
#include "engine/state/catalogue.h"
#include "engine/state/stock_table.h"

namespace millrace {

/// A view of two tables, which outlive it; as cheap to copy as a pointer. Any number of threads may
/// use it while the engine runs, but not while it loads a snapshot.
class AvailabilityReader {
 public:
  AvailabilityReader(const Catalogue& catalogue, const StockTable& stock, std::uint32_t node_count)
      : catalogue_(&catalogue), stock_(&stock), node_count_(node_count) {}

  /// Answers every question at its own moment, between two commands or in the middle of one: cells
  /// are read one by one. Two reads of one cell never go back in time. A SKU is known from the
  /// moment that its definition is answered, or earlier. `answers` is as long as `questions`.
  void answer(std::span<const GetAvailability> questions, std::span<Availability> answers) const;

 private:
  static constexpr std::size_t group_max = 32;
  using Group = std::array<Row, group_max>;

  /// Brings the SKUs' places in the catalogue near.
  void fetch(std::span<const GetAvailability> questions) const;
  /// Finds the rows of one group and brings their stock near.
  void find(std::span<const GetAvailability> questions, Group& rows) const;
  [[nodiscard]] Availability one(const GetAvailability& question, Row row) const;
  [[nodiscard]] Availability everywhere(Row row) const;
  [[nodiscard]] Availability at(Row row, NodeIndex node) const;

  const Catalogue* catalogue_;
  const StockTable* stock_;
  std::uint32_t node_count_;
};

}  // namespace millrace
