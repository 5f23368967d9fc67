// The requests of a client that have no answer yet, in the order in which they will be answered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace {

class Outstanding {
 public:
  void add(std::uint64_t request, std::size_t commands) {
    if (first_ == sent_.size()) {
      sent_.clear();
      first_ = 0;
    } else if (first_ >= answered_max && first_ >= sent_.size() / 2) {
      sent_.erase(sent_.begin(), sent_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    sent_.push_back({request, commands});
    commands_ += commands;
  }

  /// Takes the oldest request off, if it is this one.
  bool take(std::uint64_t request) {
    if (first_ == sent_.size() || sent_[first_].request != request) {
      return false;
    }
    commands_ -= sent_[first_++].commands;
    return true;
  }

  [[nodiscard]] std::size_t requests() const { return sent_.size() - first_; }

  [[nodiscard]] std::uint64_t commands() const { return commands_; }

 private:
  struct Sent {
    std::uint64_t request;
    std::uint64_t commands;
  };

  /// Answered requests at the front that are worth moving the rest for.
  static constexpr std::size_t answered_max = 4096;

  std::vector<Sent> sent_;
  std::size_t first_ = 0;  ///< the oldest without an answer
  std::uint64_t commands_ = 0;
};

}  // namespace millrace
