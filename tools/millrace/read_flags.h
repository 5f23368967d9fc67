// The flags of `millrace load` that have availability read beside the orders.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "tools/load/reads.h"
#include "tools/load/report.h"

namespace millrace::tools {

struct ReadFlags {
  load::ReadOptions options;
  bool alone = false;    ///< no orders
  bool compare = false;  ///< afterwards, with GetStock

  [[nodiscard]] bool any() const { return options.connections > 0; }
};

void add_read_flags(CLI::App& load, ReadFlags& flags);

}  // namespace millrace::tools
