// How likely a stock runs out.
#include "engine/stages/scarcity.h"

#include <array>

namespace millrace {

ScarcityTable::ScarcityTable() : chances_(std::size_t{steps} * stock_end, 0) {
  // Where nothing is expected, nothing runs out.
  for (std::uint32_t step = 1; step < steps; ++step) {
    fill_step(step);
  }
}

std::uint64_t ScarcityTable::mean_of(std::uint32_t step) {
  if (step < steps_per_octave) {
    return step;
  }
  const std::uint32_t octave = step / steps_per_octave - 1;
  const std::uint64_t place = steps_per_octave + step % steps_per_octave;
  return ((2 * place + 1) << octave) / 2;
}

void ScarcityTable::fill_step(std::uint32_t step) {
  constexpr std::uint32_t counts_end = 1024;
  constexpr std::uint64_t thousand = 1000;
  constexpr std::uint64_t most_likely = std::uint64_t{1} << 40U;
  const std::uint64_t mean = mean_of(step);
  // Each count's likelihood follows from its neighbour's, starting at the likeliest.
  std::array<std::uint64_t, counts_end> likelihood{};
  const std::uint64_t mode = mean / thousand;
  likelihood[mode] = most_likely;
  for (std::uint64_t count = mode + 1; count < counts_end; ++count) {
    likelihood[count] = likelihood[count - 1] * mean / (thousand * count);
  }
  for (std::uint64_t count = mode; count > 0; --count) {
    likelihood[count - 1] = likelihood[count] * (thousand * count) / mean;
  }
  std::uint64_t all = 0;
  for (const std::uint64_t one : likelihood) {
    all += one;
  }
  std::uint64_t fewer = 0;
  for (std::uint32_t stock = 0; stock < stock_end; ++stock) {
    const std::uint64_t chance = ((all - fewer) << 16U) / all;
    chances_[std::size_t{step} * stock_end + stock] =
        static_cast<std::uint16_t>(std::min<std::uint64_t>(chance, certain));
    fewer += likelihood[stock];
  }
}

}  // namespace millrace
