// What went wrong in a run: the first few in words, and how many there were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace millrace::load {

class Failures {
 public:
  void add(std::string text) {
    ++count_;
    if (first_.size() < first_max) {
      first_.push_back(std::move(text));
    }
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

  [[nodiscard]] const std::vector<std::string>& first() const { return first_; }

 private:
  static constexpr std::size_t first_max = 20;
  std::uint64_t count_ = 0;
  std::vector<std::string> first_;
};

}  // namespace millrace::load
