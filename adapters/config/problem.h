// What is wrong with a file, said so that the person who wrote it can mend it: where, and one plain
// sentence. Loaders collect problems instead of stopping at the first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

enum class Severity : std::uint8_t {
  error,    ///< what was read cannot be used
  warning,  ///< it can, but it looks like a slip
};

struct Problem {
  Severity severity = Severity::error;
  std::string file = {};
  std::uint32_t line = 0;  ///< from 1; 0 where it is about the file as a whole
  std::string field = {};  ///< column, key or variable; may be empty
  std::string text = {};
};

/// "nodes.csv:3: cutoff: 25:00 is not a time of day"
std::string to_string(const Problem& problem);

/// Collects the first problems of each severity and counts the others, because a file with one
/// wrong column has one problem a line.
class Problems {
 public:
  explicit Problems(std::size_t kept_max = 50) : kept_max_(kept_max) {}

  void add(Problem problem);

  [[nodiscard]] std::size_t errors() const { return errors_; }

  [[nodiscard]] std::size_t warnings() const { return warnings_; }

  [[nodiscard]] const std::vector<Problem>& kept() const { return kept_; }

  [[nodiscard]] std::vector<Problem> take() { return std::move(kept_); }

 private:
  std::size_t kept_max_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
  std::vector<Problem> kept_;
};

}  // namespace millrace
