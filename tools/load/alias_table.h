// Draws from any discrete distribution in constant time: one random word, one row of a table
// (Walker's alias method, built after Vose).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tools/load/random.h"

namespace millrace::load {

class AliasTable {
 public:
  AliasTable() = default;
  /// Weights are not negative and not all zero; there are fewer than 2^32.
  explicit AliasTable(std::span<const double> weights);

  /// Index of a weight, as likely as its share of the sum.
  [[nodiscard]] std::uint32_t draw(Random& random) const {
    const std::uint64_t word = random.next();
    const auto column = static_cast<std::uint32_t>(((word >> 32U) * rows_.size()) >> 32U);
    const Row row = rows_[column];
    return static_cast<std::uint32_t>(word) < row.keep ? column : row.alias;
  }

  [[nodiscard]] std::size_t size() const { return rows_.size(); }

 private:
  struct Row {
    std::uint32_t keep;  ///< the column itself below this share of 2^32, else its alias
    std::uint32_t alias;
  };

  std::vector<Row> rows_;
};

/// The weights 1 / rank^exponent for ranks from 1.
std::vector<double> zipf_weights(std::size_t count, double exponent);

}  // namespace millrace::load
