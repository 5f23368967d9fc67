// The sequences that a run's frames were given, to find one given twice.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tools/load/failures.h"

namespace millrace::load {

class SequenceCheck {
 public:
  void add(std::uint64_t first, std::uint64_t count) { ranges_.emplace_back(first, first + count); }

  void finish(Failures& failures) {
    std::sort(ranges_.begin(), ranges_.end());
    for (std::size_t i = 1; i < ranges_.size(); ++i) {
      if (ranges_[i].first < ranges_[i - 1].second) {
        failures.add("sequence " + std::to_string(ranges_[i].first) + " was given twice");
      }
    }
  }

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
};

}  // namespace millrace::load
