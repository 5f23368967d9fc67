// How likely a stock runs out: the chance that Poisson demand of a mean reaches it, as a table of
// integers that is the same on every machine (docs/routing.md).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace {

class ScarcityTable {
 public:
  /// Means and chances are in 65,536ths; this chance stands for certainty.
  static constexpr std::uint32_t certain = 65'535;
  static constexpr std::uint32_t stock_end = 128;
  /// Greater means count as the last before it.
  static constexpr std::uint64_t mean_end = std::uint64_t{1} << 24U;

  ScarcityTable();

  /// The chance that at least `stock` units are asked for where `mean` are expected.
  [[nodiscard]] std::uint32_t of(std::uint64_t mean, std::uint32_t stock) const {
    // Of much stock and demand, half of both runs out about as likely.
    while (stock >= stock_end) {
      stock /= 2;
      mean /= 2;
    }
    mean = mean < mean_end ? mean : mean_end - 1;
    // Steps are an eighth of a thousandth apart at first, later each octave has as many.
    const std::uint32_t shift = mean < first_octave
                                    ? first_shift
                                    : static_cast<std::uint32_t>(std::bit_width(mean)) - place_bits;
    const std::size_t step = std::size_t{shift - first_shift} * steps_per_octave +
                             static_cast<std::size_t>(mean >> shift);
    const std::uint64_t past = mean & ((std::uint64_t{1} << shift) - 1);
    const std::uint32_t low = chances_[step * stock_end + stock];
    const std::uint32_t high = chances_[(step + 1) * stock_end + stock];
    return low + static_cast<std::uint32_t>(((high - low) * past) >> shift);
  }

  /// The mean at which a step begins.
  static constexpr std::uint64_t mean_of(std::uint32_t step) {
    const std::uint32_t octave = step / steps_per_octave;
    const std::uint64_t place = step % steps_per_octave;
    return octave == 0 ? place << first_shift
                       : (steps_per_octave + place) << (octave + first_shift - 1);
  }

  static constexpr std::uint32_t steps_per_octave = 32;
  static constexpr std::uint32_t steps = steps_per_octave * 17;

 private:
  static constexpr std::uint32_t first_shift = 3;
  static constexpr std::uint32_t place_bits = 6;
  static constexpr std::uint64_t first_octave = 256;

  void fill_step(std::uint32_t step);

  std::vector<std::uint16_t> chances_;  ///< by step, then stock; never falling from step to step
};

}  // namespace millrace
