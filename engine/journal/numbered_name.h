// Names of files that carry a number, with leading zeros so that they sort by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

struct NumberedName {
  std::string_view prefix;
  std::size_t digits;
  std::string_view suffix;

  [[nodiscard]] std::string of(std::uint64_t number) const;

  /// The number in a name of this form; nothing if it has another.
  [[nodiscard]] std::optional<std::uint64_t> number_in(std::string_view name) const;
};

}  // namespace millrace
