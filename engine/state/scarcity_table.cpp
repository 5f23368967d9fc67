// How likely a stock runs out.
#include "engine/state/scarcity_table.h"

#include <algorithm>
#include <array>

namespace millrace {

ScarcityTable::ScarcityTable() : chances_(std::size_t{steps + 1} * stock_end, 0) {
  // Where nothing is expected, only what is not there runs out.
  chances_[0] = certain;
  for (std::uint32_t step = 1; step <= steps; ++step) {
    fill_step(step);
  }
}

void ScarcityTable::fill_step(std::uint32_t step) {
  constexpr std::uint32_t counts_end = 1024;
  constexpr std::uint64_t one = 1U << 16U;
  constexpr std::uint64_t most_likely = std::uint64_t{1} << 38U;
  const std::uint64_t mean = mean_of(step);
  // Each count's likelihood follows from its neighbour's, starting at the likeliest, until none is
  // left.
  std::array<std::uint64_t, counts_end> likelihood{};
  const std::uint64_t mode = mean / one;
  likelihood[mode] = most_likely;
  std::uint64_t all = most_likely;
  for (std::uint64_t count = mode + 1; likelihood[count - 1] > 0; ++count) {
    likelihood[count] = likelihood[count - 1] * mean / (one * count);
    all += likelihood[count];
  }
  for (std::uint64_t count = mode; count > 0; --count) {
    likelihood[count - 1] = likelihood[count] * (one * count) / mean;
    all += likelihood[count - 1];
  }
  std::uint64_t fewer = 0;
  std::uint16_t* const chances = &chances_[std::size_t{step} * stock_end];
  for (std::uint32_t stock = 0; stock < stock_end; ++stock) {
    const std::uint64_t chance = std::min<std::uint64_t>(((all - fewer) << 16U) / all, certain);
    chances[stock] = static_cast<std::uint16_t>(chance);
    fewer += likelihood[stock];
  }
}

}  // namespace millrace
