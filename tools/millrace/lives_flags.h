// The flags of `millrace load` that have orders led through their lives.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

#include "tools/load/lives.h"

namespace millrace::tools {

struct LivesFlags {
  bool wanted = false;
  std::uint32_t open_max = 4096;
  double patience_seconds = 10;
  double unpaid = 0.25;

  /// `seed` is that of the run, `node_count` the server's.
  [[nodiscard]] load::LivesOptions settle(std::uint64_t seed, std::size_t node_count) const;
};

void add_lives_flags(CLI::App& load, LivesFlags& flags);

}  // namespace millrace::tools
