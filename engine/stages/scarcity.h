// How likely a stock runs out: the chance that Poisson demand of a mean reaches it, as a table of
// integers that is the same on every machine.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace millrace {

class ScarcityTable {
 public:
  /// 65,536 would be certain.
  static constexpr std::uint32_t certain = 65'535;
  static constexpr std::uint32_t stock_end = 128;
  /// Means in thousandths of units; greater ones count as the last.
  static constexpr std::uint32_t mean_end = 1U << 18U;

  ScarcityTable();

  /// The chance, in 65,536ths, that at least `stock` units are asked for where `mean` thousandths
  /// of units are expected.
  [[nodiscard]] std::uint32_t of(std::uint64_t mean, std::uint32_t stock) const {
    // Of much stock and demand, half of both runs out about as likely.
    while (stock >= stock_end) {
      stock /= 2;
      mean /= 2;
    }
    const std::uint32_t at = step_of(std::min<std::uint64_t>(mean, mean_end - 1));
    return chances_[at * stock_end + stock];
  }

 private:
  /// The first means are told apart exactly, later ones by their six highest bits.
  static constexpr std::uint32_t steps_per_octave = 32;
  static constexpr std::uint32_t steps = steps_per_octave * 14;

  static std::uint32_t step_of(std::uint64_t mean) {
    if (mean < steps_per_octave) {
      return static_cast<std::uint32_t>(mean);
    }
    const auto octave = static_cast<std::uint32_t>(std::bit_width(mean)) - 6;
    const auto place = static_cast<std::uint32_t>(mean >> octave) - steps_per_octave;
    return (octave + 1) * steps_per_octave + place;
  }

  /// The mean in the middle of a step.
  static std::uint64_t mean_of(std::uint32_t step);
  void fill_step(std::uint32_t step);

  std::vector<std::uint16_t> chances_;  ///< by step, then stock
};

}  // namespace millrace
