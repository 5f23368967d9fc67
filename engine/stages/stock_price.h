// What it is worth to keep a unit of stock where it is (docs/routing.md): the chance that it will
// be missed there, times what the next node then costs more.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/stages/route.h"
#include "engine/state/network.h"
#include "engine/state/price_table.h"
#include "engine/state/scarcity_table.h"
#include "engine/state/stock_table.h"

namespace millrace {

class StockPricer {
 public:
  StockPricer(const Network& network, const StockTable& stock, const PriceTable& table);

  /// Of each line, what all its units from a node are held to cost beside the shipment. Good until
  /// the next order.
  [[nodiscard]] Surcharges price(const RouteOrder& order, Time now);

 private:
  /// Of a node among those that have a SKU.
  struct Standing {
    std::uint32_t near;  ///< share of the demand to which it is the nearest, in 65,536ths
    std::uint32_t reserved;
    std::int64_t kilogram_gap;  ///< what the next one takes more a kilogram, in millicents
    std::int64_t parcel_gap;    ///< and a parcel, in cents
  };

  /// The standings of nodes follow from which of them have the SKU alone, so they are kept.
  struct Kept {
    bool known = false;
    ServiceIndex service{0};
  };

  static constexpr std::uint32_t kept_max = 1U << 12U;

  void price_line(const RouteOrder& order, std::uint32_t line, Time now);
  [[nodiscard]] std::uint64_t value(ServiceIndex service, NodeIndex node, const Standing& standing,
                                    std::uint32_t unit_grams) const;
  /// Which nodes have the row, into holders_; how many.
  std::uint32_t find_holders(Row row);
  [[nodiscard]] std::span<const Standing> standings(ServiceIndex service);
  void work_out(ServiceIndex service, std::span<Standing> standings);
  void rank_nodes();
  void weigh_parcels();

  [[nodiscard]] bool holds(NodeIndex node) const {
    return ((holders_[node.value / node_lanes] >> (node.value % node_lanes)) & 1U) != 0;
  }

  [[nodiscard]] std::uint32_t demand(std::size_t region) const {
    return network_.demand.empty() ? 1 : network_.demand[region];
  }

  const Network& network_;
  const StockTable& stock_;
  const PriceTable& table_;
  std::size_t stride_;
  std::optional<ScarcityTable> scarcity_;  ///< where prices are used
  std::uint64_t demand_total_ = 0;
  std::vector<std::uint16_t> ranked_;       ///< by service, region: nodes, the nearest first
  std::vector<std::uint64_t> parcel_mean_;  ///< by service, node: what a parcel costs
  std::vector<std::uint16_t> holders_;      ///< a word for sixteen
  std::vector<Kept> kept_;
  std::vector<std::uint16_t> kept_holders_;
  std::vector<Standing> kept_standings_;
  std::vector<std::uint32_t> surcharges_;  ///< by line and node
};

}  // namespace millrace
