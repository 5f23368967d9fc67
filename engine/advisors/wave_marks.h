// What a request says about single orders, by order: most are simply free to come or stay.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/advisors/wave_index.h"

namespace millrace {

enum class WaveMark : std::uint8_t { free, must, excluded };

/// Remembers what it marked, so that forgetting costs no more than marking did.
class WaveMarks {
 public:
  explicit WaveMarks(std::uint32_t orders_max) : marks_(orders_max, WaveMark::free) {}

  void set(WaveOrder order, WaveMark mark) {
    if (marks_[order.value] == WaveMark::free) {
      marked_.push_back(order);
    }
    marks_[order.value] = mark;
  }

  [[nodiscard]] WaveMark operator[](WaveOrder order) const { return marks_[order.value]; }

  /// In the order in which they were first marked; some may be free again.
  [[nodiscard]] std::span<const WaveOrder> marked() const { return marked_; }

  void forget() {
    for (const WaveOrder order : marked_) {
      marks_[order.value] = WaveMark::free;
    }
    marked_.clear();
  }

 private:
  std::vector<WaveMark> marks_;
  std::vector<WaveOrder> marked_;
};

}  // namespace millrace
