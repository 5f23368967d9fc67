// A network directory for the shop of tools/load/retail.h: nodes, regions and tariffs of another
// network, with the shop's own catalogue and stock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "adapters/config/network_files.h"
#include "tools/load/retail.h"

namespace millrace::load {

struct RetailStockOptions {
  std::uint64_t seed = 1;
  /// Stock as a share of the year's demand, over all SKUs; each SKU has from three fifths to seven
  /// fifths of it, so that some run out.
  std::uint32_t percent = 100;
};

/// Changes the rules of a network directory so that waves and lives take seconds in place of hours
/// and weeks: `millrace load --lives` need not wait for them. Throws as below.
void quicken_network(const std::filesystem::path& directory);

/// Writes catalogue.csv and stock.csv into `directory` and copies every other table of
/// `base`, which is `base_files` as read. Throws std::runtime_error or
/// std::filesystem::filesystem_error.
void write_retail_network(const std::filesystem::path& directory,
                          const std::vector<RetailProduct>& products,
                          const std::filesystem::path& base, const NetworkFiles& base_files,
                          const RetailStockOptions& options);

}  // namespace millrace::load
