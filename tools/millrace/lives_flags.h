// The flags of `millrace load` that have orders led through their lives.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

#include "tools/load/connection.h"
#include "tools/load/lives.h"

namespace millrace::tools {

struct LivesFlags {
  bool wanted = false;
  std::uint32_t open_max = 4096;
  double patience_seconds = 10;
  double unpaid = 0.25;

  /// `seed` is that of the run. The server says what it has, and hears of a service.
  [[nodiscard]] load::LivesOptions settle(const load::Target& target, std::uint64_t seed) const;
};

void add_lives_flags(CLI::App& load, LivesFlags& flags);

}  // namespace millrace::tools
