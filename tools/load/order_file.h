// Orders as a CSV file that a person can read and write: one row a command, in the order in which
// they are to be sent (docs/load.md, Order files).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/problem.h"
#include "engine/core/command.h"

namespace millrace::load {

/// Names that order files use in place of indexes, as the network or the server's welcome lists
/// them.
struct OrderNames {
  std::vector<std::string> channels;
  std::vector<std::string> services;
};

struct OrderFile {
  struct Entry {
    bool is_cancel;
    std::uint32_t at;  ///< in heads or in cancels
  };

  std::vector<Entry> entries;  ///< in the order of the file
  std::vector<OrderHead> heads;
  std::vector<OrderLine> lines;
  std::vector<std::uint32_t> first_line;  ///< of each head
  std::vector<CancelOrder> cancels;

  [[nodiscard]] std::span<const OrderLine> lines_of(std::uint32_t head) const {
    return std::span(lines).subspan(first_line[head], heads[head].line_count);
  }
};

/// Reads a whole file, which `problems` calls `file_name`. Only its form is judged: what the engine
/// refuses (an unknown SKU, a quantity of zero) is read like anything else, and order files can
/// show how it is refused.
[[nodiscard]] OrderFile parse_orders(std::string_view text, const OrderNames& names,
                                     const std::string& file_name, Problems& problems);

[[nodiscard]] std::string order_file_header();

/// Append one row each. `time` is for the reader's eye and may be empty.
void write_order(std::string& out, const OrderHead& head, std::span<const OrderLine> lines,
                 const OrderNames& names, std::string_view time);
void write_cancel(std::string& out, const CancelOrder& cancel, std::string_view time);

/// 32 hexadecimal digits, the high half first.
[[nodiscard]] std::string to_hex(Id128 id);

}  // namespace millrace::load
