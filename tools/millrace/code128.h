// Barcodes of the symbology Code 128 (ISO/IEC 15417): characters to symbols, and symbols to bars.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::tools {

/// Values of the symbols from the start to the check symbol, without the stop: code set C where at
/// least four digits stand together, code set B elsewhere. Characters that it does not have (from
/// 32 to 126 it has all) become '?'.
[[nodiscard]] std::vector<std::uint8_t> code128_values(std::string_view text);

/// Widths of bars and gaps in turn, from the first bar of the start to the last of the stop.
[[nodiscard]] std::vector<std::uint8_t> code128_widths(const std::vector<std::uint8_t>& values);

/// The symbol of a value, as six widths; of 106, the stop, seven.
[[nodiscard]] std::string_view code128_pattern(std::size_t value);

/// An SVG element with a quiet zone of ten modules on both sides.
[[nodiscard]] std::string code128_svg(std::string_view text, unsigned height);

}  // namespace millrace::tools
