// Reads and writes values as people write them.
#include "adapters/config/text_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace millrace {
namespace {

constexpr std::array<std::string_view, 7> weekdays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) {
    return std::nullopt;
  }
  return value;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The number in front and the unit behind it, without the blanks between.
struct Measure {
  std::string_view number;
  std::string_view unit;
};

Measure split_measure(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) {
    ++end;
  }
  Measure measure{text.substr(0, end), text.substr(end)};
  while (measure.unit.starts_with(' ')) {
    measure.unit.remove_prefix(1);
  }
  return measure;
}

/// value * factor where that fits.
std::optional<std::uint64_t> scaled(std::optional<std::uint64_t> value, std::uint64_t factor) {
  if (!value.has_value() || *value > std::numeric_limits<std::uint64_t>::max() / factor) {
    return std::nullopt;
  }
  return *value * factor;
}

/// "1.5" as 1500.
std::optional<std::uint64_t> parse_thousandths(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) {
    return scaled(parse_whole(text), 1000);
  }
  std::string fraction{text.substr(point + 1)};
  if (fraction.empty() || fraction.size() > 3) {
    return std::nullopt;
  }
  fraction.resize(3, '0');
  const std::optional<std::uint64_t> whole = scaled(parse_whole(text.substr(0, point)), 1000);
  const std::optional<std::uint64_t> rest = parse_whole(fraction);
  if (!whole.has_value() || !rest.has_value()) {
    return std::nullopt;
  }
  return *whole + *rest;
}

std::optional<std::size_t> parse_weekday(std::string_view text) {
  for (std::size_t day = 0; day < weekdays.size(); ++day) {
    if (text == weekdays[day]) {
      return day;
    }
  }
  return std::nullopt;
}

/// One day or a range of days, which may go over the end of the week.
std::optional<std::uint8_t> parse_weekday_range(std::string_view text) {
  // Not text.find(): inlined across files, gcc 12 takes it for a read beyond the end.
  const auto dash = std::ranges::find(text, '-');
  const std::optional<std::size_t> first = parse_weekday({text.begin(), dash});
  const std::optional<std::size_t> last =
      dash == text.end() ? first : parse_weekday({dash + 1, text.end()});
  if (!first.has_value() || !last.has_value()) {
    return std::nullopt;
  }
  std::uint32_t days = 1U << *first;
  for (std::size_t day = *first; day != *last;) {
    day = (day + 1) % weekdays.size();
    days |= 1U << day;
  }
  return static_cast<std::uint8_t>(days);
}

}  // namespace

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  return parse_number<std::uint64_t>(text);
}

std::optional<std::int64_t> parse_signed(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && is_digit(text[1])) {
    text.remove_prefix(1);
  }
  return parse_number<std::int64_t>(text);
}

std::optional<double> parse_decimal(std::string_view text) {
  const std::optional<double> value = parse_number<double>(text);
  return value.has_value() && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const Measure measure = split_measure(text);
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> units{{{"", 1},
                                                                             {"K", 1ULL << 10U},
                                                                             {"KiB", 1ULL << 10U},
                                                                             {"M", 1ULL << 20U},
                                                                             {"MiB", 1ULL << 20U},
                                                                             {"G", 1ULL << 30U},
                                                                             {"GiB", 1ULL << 30U}}};
  for (const auto& [unit, factor] : units) {
    if (measure.unit == unit) {
      return scaled(parse_whole(measure.number), factor);
    }
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const Measure measure = split_measure(text);
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> units{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
  for (const auto& [unit, factor] : units) {
    if (measure.unit == unit) {
      const std::optional<std::uint64_t> ms = scaled(parse_whole(measure.number), factor);
      if (ms.has_value() && *ms <= std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        return std::chrono::milliseconds{static_cast<std::int64_t>(*ms)};
      }
    }
  }
  return std::nullopt;
}

std::optional<std::uint16_t> parse_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') {
    return std::nullopt;
  }
  const std::optional<std::uint64_t> hours = parse_whole(text.substr(0, 2));
  const std::optional<std::uint64_t> minutes = parse_whole(text.substr(3));
  if (!hours.has_value() || !minutes.has_value() || *minutes > 59) {
    return std::nullopt;
  }
  const std::uint64_t total = *hours * 60 + *minutes;
  return total <= std::uint64_t{24} * 60 ? std::optional{static_cast<std::uint16_t>(total)}
                                         : std::nullopt;
}

std::optional<std::uint8_t> parse_weekdays(std::string_view text) {
  std::uint32_t days = 0;
  while (!text.empty()) {
    const std::size_t end = text.find(' ');
    const std::optional<std::uint8_t> range = parse_weekday_range(text.substr(0, end));
    if (!range.has_value()) {
      return std::nullopt;
    }
    days |= *range;
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return days == 0 ? std::nullopt : std::optional{static_cast<std::uint8_t>(days)};
}

std::optional<std::uint32_t> parse_weight(std::string_view text) {
  const Measure measure = split_measure(text);
  // Picograms in a thousandth of the unit: in these the pound of 453.59237 g and its sixteenth, the
  // ounce, are whole numbers.
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> units{
      {{"", 1'000'000'000},
       {"g", 1'000'000'000},
       {"kg", 1'000'000'000'000},
       {"oz", 28'349'523'125},
       {"lb", 453'592'370'000}}};
  constexpr std::uint64_t per_gram = 1'000'000'000'000;
  for (const auto& [unit, factor] : units) {
    if (measure.unit == unit) {
      const std::optional<std::uint64_t> weight = scaled(parse_thousandths(measure.number), factor);
      return weight.has_value() ? std::optional{static_cast<std::uint32_t>(*weight / per_gram)}
                                : std::nullopt;
    }
  }
  return std::nullopt;
}

std::string in_quotes(std::string_view text) {
  std::string out{'"'};
  out += text;
  out += '"';
  return out;
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array<std::pair<std::uint64_t, const char*>, 3> units{
      {{1ULL << 30U, "G"}, {1ULL << 20U, "M"}, {1ULL << 10U, "K"}}};
  for (const auto& [size, name] : units) {
    if (bytes >= size && bytes % size == 0) {
      return std::to_string(bytes / size) + name;
    }
  }
  return std::to_string(bytes);
}

std::string format_duration(std::chrono::milliseconds duration) {
  const std::int64_t ms = duration.count();
  constexpr std::array<std::pair<std::int64_t, const char*>, 3> units{
      {{3'600'000, "h"}, {60'000, "m"}, {1000, "s"}}};
  for (const auto& [size, name] : units) {
    if (ms >= size && ms % size == 0) {
      return std::to_string(ms / size) + name;
    }
  }
  return std::to_string(ms) + "ms";
}

std::string format_clock(std::uint16_t minutes) {
  std::string out = "00:00";
  const auto put = [&out](std::size_t at, int value) {
    out[at] = static_cast<char>('0' + value / 10);
    out[at + 1] = static_cast<char>('0' + value % 10);
  };
  put(0, minutes / 60);
  put(3, minutes % 60);
  return out;
}

std::string format_weekdays(std::uint8_t days) {
  std::string out;
  for (std::size_t first = 0; first < weekdays.size(); ++first) {
    if (((days >> first) & 1U) == 0) {
      continue;
    }
    std::size_t last = first;
    while (last + 1 < weekdays.size() && ((days >> (last + 1)) & 1U) != 0) {
      ++last;
    }
    out += out.empty() ? "" : " ";
    out += weekdays[first];
    if (last > first) {
      out += last == first + 1 ? " " : "-";
      out += weekdays[last];
    }
    first = last;
  }
  return out;
}

}  // namespace millrace
