// Code 128.
#include "tools/millrace/code128.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace millrace::tools {

namespace {

constexpr std::array<std::string_view, 107> patterns{
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112"};
constexpr std::uint8_t to_c = 99;
constexpr std::uint8_t to_b = 100;
constexpr std::uint8_t start_b = 104;
constexpr std::uint8_t start_c = 105;
constexpr std::uint8_t stop = 106;
constexpr unsigned modulus = 103;
constexpr unsigned quiet_modules = 10;

std::size_t digits_at(std::string_view text, std::size_t at) {
  const auto end = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                                [](char c) { return c < '0' || c > '9'; });
  return static_cast<std::size_t>(end - text.begin()) - at;
}

}  // namespace

std::string_view code128_pattern(std::size_t value) {
  return patterns.at(value);
}

std::vector<std::uint8_t> code128_values(std::string_view text) {
  std::vector<std::uint8_t> values;
  bool in_c = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t digits = digits_at(text, at);
    // An odd digit in front stays in B, so that the rest are pairs.
    const bool begins_c = digits >= 4 && digits % 2 == 0;
    const bool wants_c = in_c ? digits >= 2 : begins_c;
    if (values.empty()) {
      values.push_back(wants_c ? start_c : start_b);
    } else if (wants_c != in_c) {
      values.push_back(wants_c ? to_c : to_b);
    }
    in_c = wants_c;
    if (in_c) {
      values.push_back(static_cast<std::uint8_t>((text[at] - '0') * 10 + text[at + 1] - '0'));
      at += 2;
    } else {
      const char c = text[at] >= ' ' && text[at] <= '~' ? text[at] : '?';
      values.push_back(static_cast<std::uint8_t>(c - ' '));
      ++at;
    }
  }
  if (values.empty()) {
    values.push_back(start_b);
  }
  unsigned sum = values.front();
  for (unsigned at = 1; at < values.size(); ++at) {
    sum += at * values[at];
  }
  values.push_back(static_cast<std::uint8_t>(sum % modulus));
  return values;
}

std::vector<std::uint8_t> code128_widths(const std::vector<std::uint8_t>& values) {
  std::vector<std::uint8_t> widths;
  const auto add = [&](std::uint8_t value) {
    for (const char width : code128_pattern(value)) {
      widths.push_back(static_cast<std::uint8_t>(width - '0'));
    }
  };
  std::for_each(values.begin(), values.end(), add);
  add(stop);
  return widths;
}

std::string code128_svg(std::string_view text, unsigned height) {
  std::string path;
  unsigned at = quiet_modules;
  bool is_bar = true;
  for (const std::uint8_t width : code128_widths(code128_values(text))) {
    if (is_bar) {
      fmt::format_to(std::back_inserter(path), "M{} 0h{}v{}h-{}z", at, width, height, width);
    }
    at += width;
    is_bar = !is_bar;
  }
  at += quiet_modules;
  return fmt::format(
      R"(<svg class="bars" width="{0}" height="{1}" viewBox="0 0 {0} {1}"><path d="{2}"/></svg>)",
      at, height, path);
}

}  // namespace millrace::tools
