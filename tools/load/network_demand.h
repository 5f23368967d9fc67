// What can be ordered from a network directory, and by whom.
#pragma once

#include "adapters/config/network_files.h"
#include "tools/load/generator.h"
#include "tools/load/order_file.h"

namespace millrace::load {

/// Every SKU of the catalogue, those with the most stock first, since a shop keeps what sells;
/// every region by its population.
[[nodiscard]] Demand demand_of(const NetworkFiles& files);

[[nodiscard]] OrderNames names_of(const NetworkFiles& files);

}  // namespace millrace::load
