// What can be ordered from a network directory, and by whom.
#pragma once

#include <cstdint>

#include "adapters/config/network_files.h"
#include "tools/load/generator.h"
#include "tools/load/order_file.h"

namespace millrace::load {

/// Which SKUs are popular.
enum class Popular : std::uint8_t {
  most_stock,  ///< a shop keeps what sells; equal stock is scattered
  scattered,   ///< by a hash of the SKU, whatever its stock
};

/// Every SKU of the catalogue, the most popular first, and every region by its population.
[[nodiscard]] Demand demand_of(const NetworkFiles& files, Popular popular);

[[nodiscard]] OrderNames names_of(const NetworkFiles& files);

}  // namespace millrace::load
