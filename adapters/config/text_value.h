// Values as people write them in files, flags and variables: whole numbers, sizes, durations, times
// of day, days of the week, weights. Each function takes the whole text or nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// Digits only: no sign, no blanks, no separators.
std::optional<std::uint64_t> parse_whole(std::string_view text);

/// Digits with an optional sign in front.
std::optional<std::int64_t> parse_signed(std::string_view text);

/// A finite number with an optional fraction.
std::optional<double> parse_decimal(std::string_view text);

/// "4096", "64K", "64KiB", "1M", "2G": powers of 1024.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// "250ms", "5s", "2m", "1h". The unit is needed.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "09:30", "24:00" for the end of the day; minutes from midnight.
std::optional<std::uint16_t> parse_clock(std::string_view text);

/// "mon-fri", "mon wed fri", "fri-mon"; bit 0 is Monday. At least one day.
std::optional<std::uint8_t> parse_weekdays(std::string_view text);

/// "500", "500 g", "1.5 kg", "4 oz", "70 lb": whole grams, rounded down so that a parcel within the
/// bound in grams is within the bound as written. At most three digits after the point.
std::optional<std::uint32_t> parse_weight(std::string_view text);

/// The text between quotation marks, for messages.
std::string in_quotes(std::string_view text);

/// Texts that the functions above read again.
std::string format_bytes(std::uint64_t bytes);
std::string format_duration(std::chrono::milliseconds duration);
std::string format_clock(std::uint16_t minutes);
std::string format_weekdays(std::uint8_t days);

}  // namespace millrace
