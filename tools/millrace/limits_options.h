// Flags for the limits of an engine that replays a journal. What is not given follows the journal.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <optional>

#include "adapters/config/limit_settings.h"
#include "engine/core/limits.h"

namespace millrace::tools {

class LimitsOptions {
 public:
  /// Adds a flag for every limit, with the names and ranges of `serve`.
  void add(CLI::App& command);

  /// The limits to replay a journal with: those given, and else room enough for it.
  [[nodiscard]] Limits settle(const std::optional<Bounds>& journaled) const;

 private:
  Limits limits_;
  std::array<CLI::Option*, limit_settings.size()> options_{};
};

}  // namespace millrace::tools
