// Orders out of nothing: every order is a function of (seed, index), so a run can be repeated on
// another machine and every order of it asked for after a crash. What is drawn from (SKUs,
// destinations, channels, services) is the Demand of a network.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/types.h"
#include "tools/load/alias_table.h"

namespace millrace::load {

/// What customers may order and where they live.
struct Demand {
  struct Destination {
    CountryCode country;
    PostalCode postal;
    double weight;  ///< of the destination among all, as its population
  };

  std::vector<Sku> skus;  ///< the most popular first
  std::vector<Destination> destinations;
  std::uint32_t channel_count = 0;
  std::uint32_t service_count = 0;
};

/// A whole postal code inside a region known by its prefix: "606" becomes "60601".
[[nodiscard]] PostalCode postal_inside(std::string_view prefix);

/// What customers let the engine do. `mixed` draws among the four others.
enum class PolicyMix : std::uint8_t {
  ship_complete = 0,
  split = 1,
  backorder = 2,
  split_and_backorder = 3,
  mixed = 4,
};

/// By the names of flags and order files: ship-complete, split, backorder, split+backorder, mixed.
[[nodiscard]] std::optional<PolicyMix> policy_mix_of(std::string_view name);
[[nodiscard]] std::string_view name_of(PolicyMix mix);

struct GeneratorOptions {
  std::uint64_t seed = 1;
  double zipf = 0.99;           ///< exponent of the popularity of SKUs; 0 makes all equal
  std::uint32_t lines_max = 5;  ///< of an order, at most lines_per_order_max
  PolicyMix policy = PolicyMix::mixed;
  double cancels = 0;  ///< share of the orders that are cancelled later
  bool hot = false;    ///< every order has the most popular SKU among its lines
  /// Bodies made ahead of the run and used again and again under new ids; 0 makes each one afresh.
  std::uint32_t distinct = 0;
};

/// The id of an order of a seed, and of the command that cancels it. No two are alike.
[[nodiscard]] OrderId order_id(std::uint64_t seed, std::uint64_t index);
[[nodiscard]] CommandId cancel_id(std::uint64_t seed, std::uint64_t index);

class OrderGenerator {
 public:
  OrderGenerator(Demand demand, const GeneratorOptions& options);

  /// Whether the order is cancelled later.
  [[nodiscard]] bool is_cancelled(std::uint64_t index) const;

  [[nodiscard]] bool cancels_any() const { return cancel_below_ > 0; }

  /// Appends up to `count` orders from index `first` on, as many as keep `lines` within
  /// `lines_max`; says how many.
  std::uint32_t append(std::uint64_t first, std::uint32_t count, std::size_t lines_max,
                       std::vector<OrderHead>& heads, std::vector<OrderLine>& lines) const;

  /// A head without id and lines: its destination drawn by `address`, the rest by `choices`, which
  /// may be the same stream.
  [[nodiscard]] OrderHead draw_head(Random& address, Random& choices) const;

  [[nodiscard]] const GeneratorOptions& options() const { return options_; }

 private:
  /// Makes the body of an order; its id is left zero.
  OrderHead make(std::uint64_t index, std::vector<OrderLine>& lines) const;
  std::uint8_t draw_policy(Random& random) const;
  void draw_lines(Random& random, std::uint32_t count, std::vector<OrderLine>& lines) const;

  GeneratorOptions options_;
  Demand demand_;
  AliasTable popularity_;
  AliasTable population_;
  AliasTable line_counts_;
  AliasTable channels_;
  AliasTable services_;
  std::uint64_t cancel_below_ = 0;  ///< of 2^32

  // Bodies made ahead, where options_.distinct asks for them.
  std::vector<OrderHead> pool_heads_;
  std::vector<OrderLine> pool_lines_;
  std::vector<std::uint32_t> pool_first_line_;
};

}  // namespace millrace::load
