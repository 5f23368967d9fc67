// What it is worth to keep a unit of stock where it is.
#include "engine/stages/stock_price.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <tuple>

#include "engine/core/hash.h"

namespace millrace {

namespace {

__extension__ using Wide = __int128;

constexpr std::uint64_t thousand = 1000;
constexpr std::uint32_t one = 1U << 16U;

}  // namespace

StockPricer::StockPricer(const Network& network, const StockTable& stock, const PriceTable& table)
    : network_(network), stock_(stock), table_(table), stride_(stock.stride()) {
  if (!table.used()) {
    return;
  }
  for (std::size_t region = 0; region < network.regions.size(); ++region) {
    demand_total_ += demand(region);
  }
  scarcity_.emplace();
  rank_nodes();
  weigh_parcels();
  const std::size_t words = stride_ / node_lanes;
  holders_.resize(words);
  kept_.resize(kept_max);
  kept_holders_.resize(kept_max * words);
  kept_standings_.resize(kept_max * stride_);
  surcharges_.resize(lines_per_order_max * stride_);
}

void StockPricer::rank_nodes() {
  const std::size_t nodes = network_.node_count();
  ranked_.reserve(network_.services.size() * network_.regions.size() * nodes);
  std::vector<NodeRate> rates(nodes);
  for (std::uint8_t service = 0; service < network_.services.size(); ++service) {
    for (std::uint16_t region = 0; region < network_.regions.size(); ++region) {
      for (std::uint16_t node = 0; node < nodes; ++node) {
        rates[node] = network_.rate(ServiceIndex{service}, RegionIndex{region}, NodeIndex{node});
      }
      const auto first = static_cast<std::ptrdiff_t>(ranked_.size());
      ranked_.resize(ranked_.size() + nodes);
      std::iota(ranked_.begin() + first, ranked_.end(), std::uint16_t{0});
      std::stable_sort(ranked_.begin() + first, ranked_.end(),
                       [&](std::uint16_t a, std::uint16_t b) {
                         const NodeRate& left = rates[a];
                         const NodeRate& right = rates[b];
                         return std::tie(left.kilogram_millicents, left.parcel_cents) <
                                std::tie(right.kilogram_millicents, right.parcel_cents);
                       });
    }
  }
}

void StockPricer::weigh_parcels() {
  for (std::uint8_t service = 0; service < network_.services.size(); ++service) {
    for (std::uint16_t node = 0; node < network_.node_count(); ++node) {
      Wide sum = 0;
      for (std::uint16_t region = 0; region < network_.regions.size(); ++region) {
        sum +=
            Wide{demand(region)} *
            network_.rate(ServiceIndex{service}, RegionIndex{region}, NodeIndex{node}).parcel_cents;
      }
      const std::uint64_t total = std::max<std::uint64_t>(demand_total_, 1);
      parcel_mean_.push_back(static_cast<std::uint64_t>(sum / total));
    }
  }
}

Surcharges StockPricer::price(const RouteOrder& order, Time now) {
  for (std::uint32_t line = 0; line < order.lines.size(); ++line) {
    price_line(order, line, now);
  }
  return {network_.routing.parcel_penalty_cents, surcharges_.data(), stride_};
}

std::uint32_t StockPricer::find_holders(Row row) {
  const std::uint32_t* const cells = stock_.available(row);
  std::uint32_t count = 0;
  for (std::uint32_t word = 0; word < holders_.size(); ++word) {
    holders_[word] =
        static_cast<std::uint16_t>(cells_at_least(cells + std::size_t{word} * node_lanes, 1));
    count += static_cast<std::uint32_t>(std::popcount(holders_[word]));
  }
  return count;
}

void StockPricer::price_line(const RouteOrder& order, std::uint32_t line, Time now) {
  const ResolvedLine& what = order.lines[line];
  std::uint32_t* const surcharges = &surcharges_[line * stride_];
  const std::uint32_t* const advised = table_.advised(what.row);
  std::fill_n(surcharges, stride_, 0U);
  const std::uint32_t holders = find_holders(what.row);
  const std::uint64_t left = holders > 1 ? table_.forecast(what.row).left(now) : 0;
  std::span<const Standing> standing;
  std::uint64_t uses = 0;
  if (left > 0) {
    standing = standings(order.service);
    for (std::uint32_t word = 0; word < holders_.size(); ++word) {
      for_lanes(holders_[word],
                [&](std::uint32_t lane) { uses += table_.uses()[word * node_lanes + lane]; });
    }
  }
  const RoutingRules& rules = network_.routing;
  for (std::uint32_t word = 0; word < holders_.size(); ++word) {
    for_lanes(holders_[word], [&](std::uint32_t lane) {
      const NodeIndex node = node_at(word, lane);
      std::uint64_t cents = advised[node.value];
      if (left > 0) {
        const Standing& at = standing[node.value];
        const std::uint64_t use = (std::uint64_t{table_.uses()[node.value]} * one) / uses;
        const std::uint64_t part =
            (rules.near_weight * std::uint64_t{at.near} + rules.use_weight * use) / thousand;
        const std::uint64_t mean = (left * part) >> 16U;
        const std::uint64_t chance = scarcity_->of(mean, stock_.available(what.row, node).value);
        cents += chance * value(order.service, node, at, what.unit_grams) / one;
      }
      cents = std::min<std::uint64_t>(cents, surcharge_cents_max) * what.units.value;
      surcharges[node.value] =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(cents, surcharge_cents_max));
    });
  }
}

std::uint64_t StockPricer::value(ServiceIndex service, NodeIndex node, const Standing& standing,
                                 std::uint32_t unit_grams) const {
  const RoutingRules& rules = network_.routing;
  constexpr std::int64_t a_cent = 1'000;
  const auto parcel =
      static_cast<std::int64_t>(parcel_mean_[service.value * network_.node_count() + node.value]);
  // In thousandths of a cent.
  const std::int64_t weight_gap = standing.kilogram_gap * std::int64_t{unit_grams} / a_cent;
  const std::int64_t sum = rules.weight_gap_weight * weight_gap +
                           rules.parcel_gap_weight * standing.parcel_gap * a_cent +
                           rules.parcel_weight * parcel * a_cent;
  const std::int64_t cents = sum / (a_cent * static_cast<std::int64_t>(thousand));
  return static_cast<std::uint64_t>(std::clamp<std::int64_t>(cents, 0, surcharge_cents_max));
}

std::span<const StockPricer::Standing> StockPricer::standings(ServiceIndex service) {
  std::uint64_t hash = service.value + 1;
  for (const std::uint16_t word : holders_) {
    hash = mix64(hash ^ word);
  }
  const std::size_t at = hash % kept_max;
  std::uint16_t* const holders = &kept_holders_[at * holders_.size()];
  const std::span<Standing> standings = std::span(kept_standings_).subspan(at * stride_, stride_);
  if (!kept_[at].known || kept_[at].service != service ||
      !std::equal(holders_.begin(), holders_.end(), holders)) {
    kept_[at] = Kept{true, service};
    std::copy(holders_.begin(), holders_.end(), holders);
    work_out(service, standings);
  }
  return standings;
}

void StockPricer::work_out(ServiceIndex service, std::span<Standing> standings) {
  const std::size_t nodes = network_.node_count();

  struct Sums {
    std::uint64_t demand = 0;
    Wide kilogram = 0;
    Wide parcel = 0;
  };

  std::array<Sums, nodes_max> sums;
  std::fill_n(sums.begin(), nodes, Sums{});
  for (std::uint16_t index = 0; index < network_.regions.size(); ++index) {
    const RegionIndex region{index};
    const std::uint16_t* ranked =
        &ranked_[(service.value * network_.regions.size() + index) * nodes];
    while (!holds(NodeIndex{*ranked})) {
      ++ranked;
    }
    const NodeIndex nearest{*ranked++};
    while (!holds(NodeIndex{*ranked})) {
      ++ranked;
    }
    const NodeRate first = network_.rate(service, region, nearest);
    const NodeRate second = network_.rate(service, region, NodeIndex{*ranked});
    Sums& sum = sums[nearest.value];
    sum.demand += demand(index);
    sum.kilogram += Wide{demand(index)} * (second.kilogram_millicents - first.kilogram_millicents);
    sum.parcel += Wide{demand(index)} * (second.parcel_cents - first.parcel_cents);
  }
  for (std::size_t node = 0; node < nodes; ++node) {
    const Sums& sum = sums[node];
    standings[node] = Standing{};
    if (sum.demand > 0) {
      standings[node] = Standing{static_cast<std::uint32_t>(Wide{sum.demand} * one / demand_total_),
                                 0, static_cast<std::int64_t>(sum.kilogram / sum.demand),
                                 static_cast<std::int64_t>(sum.parcel / sum.demand)};
    }
  }
}

}  // namespace millrace
