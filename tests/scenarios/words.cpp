// Words, numbers, days and times of the scenario language.
#include "tests/scenarios/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <utility>

#include "engine/core/types.h"
#include "tests/scenarios/scenario.h"

namespace millrace::scenarios {
namespace {

constexpr std::array<std::string_view, 7> weekday_names{"mon", "tue", "wed", "thu",
                                                        "fri", "sat", "sun"};

template <class T>
bool read_number(std::string_view text, T& value) {
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  return result.ec == std::errc() && result.ptr == end;
}

/// Days from 1970-01-01 to a Gregorian date (Howard Hinnant, days_from_civil).
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t shifted = month <= 2 ? year - 1 : year;
  const std::int64_t era = shifted / 400;
  const std::int64_t year_of_era = shifted - era * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

}  // namespace

Words::Words(std::string_view line, std::string place) : place_(std::move(place)) {
  std::istringstream in{std::string(line.substr(0, line.find('#')))};
  for (std::string word; in >> word;) {
    words_.push_back(word);
  }
}

Words::Words(std::vector<std::string> words, std::string place)
    : words_(std::move(words)), place_(std::move(place)) {}

void Words::fail(const std::string& what) const {
  throw BadScenario(place_ + ": " + what);
}

std::string Words::take(std::string_view what) {
  if (empty()) {
    fail("expected " + std::string(what));
  }
  return words_[next_++];
}

std::optional<std::string> Words::take_key(std::string_view key) {
  const std::string start = std::string(key) + "=";
  for (std::size_t i = next_; i < words_.size(); ++i) {
    if (words_[i].starts_with(start)) {
      std::string value = words_[i].substr(start.size());
      words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(i));
      return value;
    }
  }
  return std::nullopt;
}

std::string Words::need_key(std::string_view key) {
  std::optional<std::string> value = take_key(key);
  if (!value.has_value()) {
    fail("expected " + std::string(key) + "=");
  }
  return *value;
}

Words Words::take_expectation() {
  const auto arrow = std::find(words_.begin(), words_.end(), "->");
  if (arrow == words_.end()) {
    return {std::vector<std::string>{}, place_};
  }
  std::vector<std::string> after(arrow + 1, words_.end());
  if (after.empty()) {
    fail("expected an answer after ->");
  }
  words_.erase(arrow, words_.end());
  return {std::move(after), place_};
}

void Words::finish() const {
  if (!empty()) {
    fail("unknown word '" + peek() + "'");
  }
}

std::uint64_t Words::number(const std::string& text, std::uint64_t max) const {
  std::uint64_t value = 0;
  if (!read_number(text, value) || value > max) {
    fail("'" + text + "' is not a number up to " + std::to_string(max));
  }
  return value;
}

std::int64_t Words::signed_number(const std::string& text) const {
  std::int64_t value = 0;
  if (!read_number(text, value)) {
    fail("'" + text + "' is not a number");
  }
  return value;
}

std::uint16_t Words::day(const std::string& text) const {
  const std::vector<std::string> parts = split(text, '-');
  if (parts.size() != 3) {
    fail("'" + text + "' is not a date like 2024-06-03");
  }
  const std::int64_t days = days_of(static_cast<std::int64_t>(number(parts[0], 2'100)),
                                    static_cast<std::int64_t>(number(parts[1], 12)),
                                    static_cast<std::int64_t>(number(parts[2], 31)));
  if (days < 0 || days > 0xffff) {
    fail("'" + text + "' is out of range");
  }
  return static_cast<std::uint16_t>(days);
}

std::uint64_t Words::time_of_day(const std::string& text) const {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() != 2 && parts.size() != 3) {
    fail("'" + text + "' is not a time like 14:00");
  }
  const std::uint64_t seconds = parts.size() == 3 ? number(parts[2], 59) : 0;
  return (number(parts[0], 24) * 60 + number(parts[1], 59)) * us_per_minute +
         seconds * us_per_second;
}

std::uint64_t Words::duration(const std::string& text) const {
  if (!text.empty()) {
    const std::uint64_t count = number(text.substr(0, text.size() - 1), 1'000'000);
    switch (text.back()) {
      case 's':
        return count * us_per_second;
      case 'm':
        return count * us_per_minute;
      case 'h':
        return count * 60 * us_per_minute;
      case 'd':
        return count * us_per_day;
    }
  }
  fail("'" + text + "' is not a duration like 30m");
}

std::uint8_t Words::weekdays(const std::string& text) const {
  if (text == "none") {
    return 0;
  }
  const std::vector<std::string> ends = split(text, '-');
  const auto first = std::find(weekday_names.begin(), weekday_names.end(), ends.front());
  const auto last = std::find(weekday_names.begin(), weekday_names.end(), ends.back());
  if (ends.size() > 2 || last == weekday_names.end() || first > last) {
    fail("'" + text + "' are not days like mon-fri");
  }
  std::uint32_t days = 0;
  for (auto day = first; day <= last; ++day) {
    days |= 1U << static_cast<std::uint32_t>(day - weekday_names.begin());
  }
  return static_cast<std::uint8_t>(days);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (parts.empty()) {
    parts.emplace_back();
  }
  return parts;
}

std::uint8_t policy_bits_of(const Words& words, const std::string& text) {
  static constexpr std::array<std::string_view, 8> names{
      "split", "backorder", "preorder", "partial", "unpaid", "cart", "from-cart", "dropship"};
  if (text == "complete") {
    return 0;
  }
  unsigned bits = 0;
  for (const std::string& part : split(text, '+')) {
    const auto* const name = std::find(names.begin(), names.end(), part);
    if (name == names.end()) {
      return static_cast<std::uint8_t>(words.number(text, 255));
    }
    bits |= 1U << static_cast<unsigned>(name - names.begin());
  }
  return static_cast<std::uint8_t>(bits);
}

}  // namespace millrace::scenarios
