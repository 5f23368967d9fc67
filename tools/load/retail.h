// The invoices of UCI Online Retail II as orders: a year of a real shop, with its baskets, its
// wholesale customers and its cancellations. docs/load.md gives the rules and what they drop.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/problem.h"
#include "tools/load/generator.h"
#include "tools/load/order_file.h"

namespace millrace::load {

struct RetailProduct {
  std::string code;  ///< stock code, in capitals
  std::string name;  ///< its first description where it is sold
  Sku sku;
  std::uint64_t units_asked = 0;
};

/// What became of the rows of the file. Every row is counted once.
struct RetailTotals {
  std::uint64_t rows = 0;
  std::uint64_t invoices = 0;  ///< with at least one line that is ordered
  std::uint64_t orders = 0;
  std::uint64_t lines = 0;
  std::uint64_t units = 0;
  std::uint64_t guest_orders = 0;       ///< of customers without a number
  std::uint64_t cancels = 0;            ///< CancelOrder commands, one a cancellation row
  std::uint64_t cancels_repeated = 0;   ///< rows whose order is cancelled already
  std::uint64_t cancels_unmatched = 0;  ///< rows without an earlier order of that customer and code
  std::uint64_t cancels_of_guests = 0;  ///< rows without a customer number
  std::uint64_t dropped_non_products = 0;  ///< postage, fees, manual entries, vouchers, tests
  std::uint64_t dropped_write_offs = 0;    ///< no cancellation, and a quantity of zero or less
  std::uint64_t dropped_adjustments = 0;   ///< of bad debt: invoice A...
};

struct Retail {
  OrderFile orders;
  std::vector<std::string> times;       ///< of the entries of `orders`
  std::vector<RetailProduct> products;  ///< those ordered, as they first appear
  RetailTotals totals;
};

/// The SKU of a stock code, "85123A" as 85123'01'00'00: its digits, then two digits for each of up
/// to three letters. Different codes have different SKUs. Nothing for what is no product.
[[nodiscard]] std::optional<Sku> retail_sku(std::string_view code);

/// Reads the whole file, which `problems` calls `file_name`. Destinations, channels, services and
/// policies, which the file does not have, are drawn from `demand` by `seed`.
[[nodiscard]] Retail read_retail(std::string_view text, const std::string& file_name,
                                 const Demand& demand, std::uint64_t seed, Problems& problems);

}  // namespace millrace::load
