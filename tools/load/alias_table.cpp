// Builds alias tables: columns below the mean are filled up by columns above it.
#include "tools/load/alias_table.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "engine/core/check.h"

namespace millrace::load {

AliasTable::AliasTable(std::span<const double> weights) : rows_(weights.size()) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  CHECK(!weights.empty());
  CHECK(weights.size() <= std::numeric_limits<std::uint32_t>::max());
  CHECK(sum > 0);
  std::vector<double> share(weights.size());
  std::vector<std::uint32_t> small;
  std::vector<std::uint32_t> large;
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    CHECK(weights[i] >= 0);
    share[i] = weights[i] / sum * static_cast<double>(weights.size());
    (share[i] < 1 ? small : large).push_back(i);
  }
  // A full column keeps itself whatever is drawn; its alias is itself for the one draw in 2^32 that
  // is not below the threshold.
  constexpr auto full = std::numeric_limits<std::uint32_t>::max();
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    rows_[i] = {full, i};
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t low = small.back();
    const std::uint32_t high = large.back();
    small.pop_back();
    rows_[low] = {static_cast<std::uint32_t>(share[low] * 0x1p32), high};
    share[high] -= 1 - share[low];
    if (share[high] < 1) {
      large.pop_back();
      small.push_back(high);
    }
  }
}

std::vector<double> zipf_weights(std::size_t count, double exponent) {
  std::vector<double> weights(count);
  for (std::size_t rank = 0; rank < count; ++rank) {
    weights[rank] = std::pow(static_cast<double>(rank + 1), -exponent);
  }
  return weights;
}

}  // namespace millrace::load
