// What stock is worth where it lies, in maps and plain loops: forecasts, advice, how often nodes
// were used, and what a unit is held to cost by them.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/core/hash.h"
#include "engine/core/outcome.h"
#include "engine/core/stock_command.h"
#include "tests/reference/plain_network.h"
#include "tests/reference/plan.h"

namespace millrace::reference {

class PriceBook {
 public:
  explicit PriceBook(const PlainNetwork& network)
      : network_(network), uses_(network.node_count(), 20) {}

  [[nodiscard]] bool used() const { return network_.figures().routing.look_ahead; }

  /// By node: what all units of the line from there are held to cost beside the shipment.
  [[nodiscard]] std::vector<std::uint64_t> surcharges(std::size_t service, std::size_t row,
                                                      const PlanLine& line, Time now);

  /// Shipments of a new order.
  void count_uses(const Pieces& pieces);

  Outcome set_forecast(std::size_t row, const StockChange& body, Time now);
  Outcome set_price(std::size_t row, const StockChange& body);

  void add_to(Hasher& hasher, std::size_t row_count) const;

 private:
  struct Forecast {
    std::uint64_t thousandths = 0;
    std::uint64_t from = 0;
    std::uint64_t until = 0;
  };

  std::uint64_t chance(std::uint64_t mean, std::uint64_t stock);

  const PlainNetwork& network_;
  std::vector<std::uint64_t> uses_;                                       ///< by node
  std::map<std::size_t, Forecast> forecasts_;                             ///< by row
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> advised_;  ///< by row, node
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> chances_;
};

}  // namespace millrace::reference
