// Flags for the bounds of an engine, shared by the offline commands. `serve` has the same among its
// settings.
#pragma once

#include <CLI/CLI.hpp>

#include "engine/core/limits.h"

namespace millrace::tools {

inline void add_limits(CLI::App& command, Limits& limits) {
  command.add_option("--orders-max", limits.orders_max, "Order records")->capture_default_str();
  command.add_option("--skus-max", limits.skus_max, "SKUs")->capture_default_str();
  command.add_option("--slices-max", limits.slices_max, "Pieces of order lines")
      ->capture_default_str();
  command.add_option("--backorders-max", limits.backorders_max, "Slices that wait for stock")
      ->capture_default_str();
  command
      .add_option("--commands-max", limits.commands_max,
                  "Commands other than orders whose answers are remembered")
      ->capture_default_str();
  command.add_option("--shards", limits.shards, "Memory blocks of the stock table")
      ->capture_default_str();
}

}  // namespace millrace::tools
