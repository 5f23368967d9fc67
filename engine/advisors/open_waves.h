// Waves that are released and not picked yet, of the templates for which that matters.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/advisors/wave_index.h"
#include "engine/core/types.h"

namespace millrace {

struct OpenOrder {
  Slot slot;
  Units units;  ///< not picked yet
};

struct OpenWave {
  std::uint64_t wave = 0;
  std::uint32_t template_number = 0;
  std::uint64_t units = 0;  ///< not picked yet
  Time ends{};              ///< from then on it counts as picked
  std::vector<WaveAisle> aisles;
  std::vector<Slot> orders;
};

class OpenWaves {
 public:
  [[nodiscard]] const std::vector<OpenWave>& all() const { return waves_; }

  /// A new wave, or what joins one.
  void add(OpenWave wave, const std::vector<OpenOrder>& orders) {
    for (const OpenOrder& order : orders) {
      of_[order.slot] = {wave.wave, order.units};
      wave.units += order.units.value;
      wave.orders.push_back(order.slot);
    }
    const auto known = std::find_if(waves_.begin(), waves_.end(),
                                    [&](const OpenWave& each) { return each.wave == wave.wave; });
    if (known == waves_.end()) {
      waves_.push_back(std::move(wave));
      return;
    }
    known->units += wave.units;
    known->ends = std::max(known->ends, wave.ends);
    known->orders.insert(known->orders.end(), wave.orders.begin(), wave.orders.end());
  }

  /// So many units of the order are picked, or will not be.
  void pick(Slot slot, Units units) {
    const auto found = of_.find(slot);
    if (found == of_.end()) {
      return;
    }
    const auto [number, left] = found->second;
    const Units picked = std::min(units, left);
    found->second.second -= picked;
    const auto wave =
        std::find_if(waves_.begin(), waves_.end(),
                     [number = number](const OpenWave& each) { return each.wave == number; });
    if (wave != waves_.end()) {
      wave->units -= picked.value;
      close_if([](const OpenWave& each) { return each.units == 0; });
    }
  }

  void pass_time(Time now) {
    close_if([now](const OpenWave& each) { return each.ends <= now; });
  }

  [[nodiscard]] std::uint32_t count(std::uint32_t template_number) const {
    return static_cast<std::uint32_t>(
        std::count_if(waves_.begin(), waves_.end(), [template_number](const OpenWave& each) {
          return each.template_number == template_number;
        }));
  }

 private:
  template <class Over>
  void close_if(Over over) {
    for (const OpenWave& wave : waves_) {
      if (over(wave)) {
        for (const Slot slot : wave.orders) {
          of_.erase(slot);
        }
      }
    }
    std::erase_if(waves_, over);
  }

  std::vector<OpenWave> waves_;
  std::map<Slot, std::pair<std::uint64_t, Units>> of_;
};

}  // namespace millrace
