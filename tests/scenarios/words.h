// The words of one line of a scenario, taken one by one. What nobody takes is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/state/network.h"

namespace millrace::scenarios {

class Words {
 public:
  /// Without the comment, split at blanks.
  Words(std::string_view line, std::string place);

  [[nodiscard]] bool empty() const { return next_ == words_.size(); }

  [[nodiscard]] const std::string& peek() const { return words_[next_]; }

  /// The next word.
  std::string take(std::string_view what);
  /// The value of key=value, wherever it stands among the words that are left.
  std::optional<std::string> take_key(std::string_view key);
  std::string need_key(std::string_view key);
  /// The words after the arrow, which are then no longer among these.
  Words take_expectation();
  /// All words that are left have been taken; if not, an error.
  void finish() const;

  [[noreturn]] void fail(const std::string& what) const;

  [[nodiscard]] std::uint64_t number(const std::string& text, std::uint64_t max) const;
  [[nodiscard]] std::int64_t signed_number(const std::string& text) const;
  /// "2024-06-03" as days since 1970.
  [[nodiscard]] std::uint16_t day(const std::string& text) const;
  /// "14:00" or "14:00:30", in microseconds of the day.
  [[nodiscard]] std::uint64_t time_of_day(const std::string& text) const;
  /// "90s", "30m", "2h", "1d" in microseconds.
  [[nodiscard]] std::uint64_t duration(const std::string& text) const;
  /// "mon-fri", "sat" or "none", as bits from Monday.
  [[nodiscard]] std::uint8_t weekdays(const std::string& text) const;

 private:
  Words(std::vector<std::string> words, std::string place);

  std::vector<std::string> words_;
  std::size_t next_ = 0;
  std::string place_;
};

/// The parts between separators; one empty part for an empty text.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

/// Policies by name, with + between them, or their bits as a number.
[[nodiscard]] std::uint8_t policy_bits_of(const Words& words, const std::string& text);

}  // namespace millrace::scenarios
