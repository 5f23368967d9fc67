// Numbers in file names.
#include "engine/journal/numbered_name.h"

#include <algorithm>
#include <charconv>

namespace millrace {

std::string NumberedName::of(std::uint64_t number) const {
  const std::string text = std::to_string(number);
  std::string name(prefix);
  name.append(digits - std::min(digits, text.size()), '0');
  name += text;
  name += suffix;
  return name;
}

std::optional<std::uint64_t> NumberedName::number_in(std::string_view name) const {
  if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  const char* const begin = name.data() + prefix.size();
  const auto [end, error] = std::from_chars(begin, begin + digits, number);
  return error == std::errc() && end == begin + digits ? std::optional(number) : std::nullopt;
}

}  // namespace millrace
