// The reference workload of docs/benchmarks.md: SKUs by nodes with every second cell empty, orders
// of 1 to 5 distinct lines, popularity by Zipf, destinations with a cost order of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/core/batch.h"
#include "engine/core/command.h"
#include "engine/engine.h"
#include "engine/state/network.h"

namespace millrace::bench {

struct WorkloadOptions {
  std::uint32_t skus = 100'000;
  std::uint32_t nodes = 16;
  std::uint32_t regions = 100;
  double zipf = 0.99;  ///< 0 is uniform
  std::uint32_t units_per_cell = 1'000'000'000;
  std::uint64_t seed = 1;
  std::uint8_t policy = static_cast<std::uint8_t>(Policy::allow_split);
};

/// A network of `nodes` nodes open every day without a limit, and regions named by three digits
/// whose zones order the nodes differently.
[[nodiscard]] Network reference_network(const WorkloadOptions& options);

/// Whether the cell is empty at the start: by a hash of SKU and node, one in two; and every cell of
/// one SKU in 128.
[[nodiscard]] bool empty_cell(std::uint64_t sku, std::uint32_t node);

/// Orders as the columns of a frame. Ids are random-like, distinct for distinct indices.
struct Orders {
  std::vector<OrderHead> heads;
  std::vector<OrderLine> lines;
};

[[nodiscard]] Orders reference_orders(const WorkloadOptions& options, std::uint64_t first,
                                      std::uint64_t count);

/// Defines and stocks every SKU through the engine's own commands.
void stock_up(Engine& engine, const WorkloadOptions& options);

/// Limits for so many orders over these SKUs.
[[nodiscard]] Limits reference_limits(const WorkloadOptions& options, std::uint32_t orders);

}  // namespace millrace::bench
