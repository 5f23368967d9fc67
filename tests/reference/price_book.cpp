// What it is held to cost to take a unit from a node, by docs/semantics.md.
#include "tests/reference/price_book.h"

#include <algorithm>
#include <array>
#include <set>

namespace millrace::reference {
namespace {

__extension__ using Wide = __int128;

constexpr std::uint64_t one = 65'536;
constexpr std::uint64_t most_cents = surcharge_cents_max;

/// The chance that Poisson demand reaches the stock, in 65,536ths, at a mean that is in the list.
std::uint64_t chance_at(std::uint64_t mean, std::uint64_t stock) {
  if (mean == 0) {
    return 0;
  }
  std::map<std::uint64_t, std::uint64_t> likelihood;
  const std::uint64_t mode = mean / one;
  likelihood[mode] = std::uint64_t{1} << 38U;
  for (std::uint64_t count = mode; likelihood[count] > 0; ++count) {
    likelihood[count + 1] = likelihood[count] * mean / (one * (count + 1));
  }
  for (std::uint64_t count = mode; count > 0; --count) {
    likelihood[count - 1] = likelihood[count] * (one * count) / mean;
  }
  std::uint64_t all = 0;
  std::uint64_t enough = 0;
  for (const auto& [count, each] : likelihood) {
    all += each;
    enough += count >= stock ? each : 0;
  }
  return std::min(enough * one / all, one - 1);
}

/// What a parcel costs from a node with nothing in it, in cents, and a kilogram in thousandths of a
/// cent.
struct Tariff {
  std::int64_t parcel;
  std::int64_t kilogram;
};

Tariff tariff_of(const PlainNetwork& network, std::size_t service, std::size_t region,
                 std::size_t node) {
  const Network& figures = network.figures();
  const std::vector<Rate>& rates = figures.services.at(service).rates;
  const std::int64_t handling = figures.nodes.at(node).handling_cents;
  if (!rates.empty()) {
    const Rate& rate = rates.at(region * figures.nodes.size() + node);
    return {rate.parcel_cents + handling, rate.kilogram_millicents};
  }
  const std::uint64_t kilogram = std::min<std::uint64_t>(1'000, figures.band_grams.back());
  const auto light = static_cast<std::int64_t>(network.shipment_cost(service, region, node, 0));
  const auto heavy =
      static_cast<std::int64_t>(network.shipment_cost(service, region, node, kilogram));
  return {light, (heavy - light) * 1'000};
}

/// Of a node among those that have a SKU: the part of all demand to which it is the nearest, and
/// what the next of them takes more there.
struct Standing {
  std::uint64_t near = 0;
  std::int64_t kilogram_gap = 0;
  std::int64_t parcel_gap = 0;
};

std::uint64_t demand_of(const Network& figures, std::size_t region) {
  return figures.demand.empty() ? 1 : figures.demand.at(region);
}

std::uint64_t demand_of(const Network& figures) {
  std::uint64_t sum = 0;
  for (std::size_t region = 0; region < figures.regions.size(); ++region) {
    sum += demand_of(figures, region);
  }
  return sum;
}

std::vector<Standing> standings_of(const PlainNetwork& network, std::size_t service,
                                   const std::vector<std::size_t>& holders) {
  const Network& figures = network.figures();
  std::vector<Standing> standings(network.node_count());
  for (const std::size_t node : holders) {
    std::uint64_t demand = 0;
    Wide kilogram = 0;
    Wide parcel = 0;
    for (std::size_t region = 0; region < figures.regions.size(); ++region) {
      std::vector<std::array<std::int64_t, 3>> order;
      for (const std::size_t other : holders) {
        const Tariff tariff = tariff_of(network, service, region, other);
        order.push_back({tariff.kilogram, tariff.parcel, static_cast<std::int64_t>(other)});
      }
      std::sort(order.begin(), order.end());
      if (order[0][2] != static_cast<std::int64_t>(node)) {
        continue;
      }
      const Tariff nearest = tariff_of(network, service, region, node);
      const Tariff next =
          tariff_of(network, service, region, static_cast<std::size_t>(order[1][2]));
      const std::uint64_t there = demand_of(figures, region);
      demand += there;
      kilogram += Wide{there} * (next.kilogram - nearest.kilogram);
      parcel += Wide{there} * (next.parcel - nearest.parcel);
    }
    if (demand > 0) {
      standings[node] = {static_cast<std::uint64_t>(Wide{demand} * one / demand_of(figures)),
                         static_cast<std::int64_t>(kilogram / demand),
                         static_cast<std::int64_t>(parcel / demand)};
    }
  }
  return standings;
}

std::int64_t mean_parcel(const PlainNetwork& network, std::size_t service, std::size_t node) {
  const Network& figures = network.figures();
  Wide sum = 0;
  for (std::size_t region = 0; region < figures.regions.size(); ++region) {
    sum += Wide{demand_of(figures, region)} * tariff_of(network, service, region, node).parcel;
  }
  return static_cast<std::int64_t>(sum / std::max<std::uint64_t>(demand_of(figures), 1));
}

}  // namespace

std::uint64_t PriceBook::chance(std::uint64_t mean, std::uint64_t stock) {
  while (stock >= 128) {
    stock /= 2;
    mean /= 2;
  }
  mean = std::min<std::uint64_t>(mean, (1U << 24U) - 1);
  // The means in the list: 0, 8, 16, ... up to 512, then twice as far apart in each octave.
  std::uint64_t low = 0;
  std::uint64_t step = 8;
  while (low + step <= mean) {
    low += step;
    step = low >= 512 && (low & (low - 1)) == 0 ? 2 * step : step;
  }
  const auto known = [&](std::uint64_t at) {
    const auto [found, is_new] = chances_.try_emplace({at, stock}, 0);
    if (is_new) {
      found->second = chance_at(at, stock);
    }
    return found->second;
  };
  const std::uint64_t below = known(low);
  return below + (known(low + step) - below) * (mean - low) / step;
}

std::vector<std::uint64_t> PriceBook::surcharges(std::size_t service, std::size_t row,
                                                 const PlanLine& line, Time now) {
  const RoutingRules& rules = network_.figures().routing;
  std::vector<std::size_t> holders;
  std::uint64_t uses = 0;
  for (std::size_t node = 0; node < network_.node_count(); ++node) {
    if (line.available[node] > 0) {
      holders.push_back(node);
      uses += uses_[node];
    }
  }
  const Forecast& forecast = forecasts_[row];
  std::uint64_t left = 0;
  if (holders.size() > 1 && forecast.until > now.us) {
    left = static_cast<std::uint64_t>(Wide{forecast.thousandths} * one * (forecast.until - now.us) /
                                      (Wide{forecast.until - forecast.from} * 1'000));
  }
  std::vector<Standing> standings;
  if (left > 0) {
    standings = standings_of(network_, service, holders);
  }
  std::vector<std::uint64_t> of_line(network_.node_count(), 0);
  for (const std::size_t node : holders) {
    const auto advice = advised_.find({row, node});
    std::uint64_t cents = advice == advised_.end() ? 0 : advice->second;
    if (left > 0) {
      const Standing& at = standings[node];
      const std::uint64_t part =
          (rules.near_weight * at.near + rules.use_weight * (uses_[node] * one / uses)) / 1'000;
      const std::uint64_t missed = chance(left * part / one, line.available[node]);
      const auto grams = static_cast<std::int64_t>(line.unit_grams);
      const std::int64_t worth =
          (rules.weight_gap_weight * (at.kilogram_gap * grams / 1'000) +
           rules.parcel_gap_weight * at.parcel_gap * 1'000 +
           rules.parcel_weight * mean_parcel(network_, service, node) * 1'000) /
          1'000'000;
      const std::int64_t bounded =
          std::clamp<std::int64_t>(worth, 0, static_cast<std::int64_t>(most_cents));
      cents += missed * static_cast<std::uint64_t>(bounded) / one;
    }
    of_line[node] = std::min(std::min(cents, most_cents) * line.units, most_cents);
  }
  return of_line;
}

void PriceBook::count_uses(const Pieces& pieces) {
  std::set<std::size_t> nodes;
  for (const Piece& piece : pieces) {
    if (!nodes.insert(piece.node).second) {
      continue;
    }
    if (++uses_[piece.node] >= 65'536) {
      for (std::uint64_t& uses : uses_) {
        uses = std::max<std::uint64_t>(uses / 2, 1);
      }
    }
  }
}

Outcome PriceBook::set_forecast(std::size_t row, const StockChange& body, Time now) {
  if (!used()) {
    return refused(Refusal::no_look_ahead);
  }
  if (body.moment.us != 0 && body.moment.us <= now.us) {
    return refused(Refusal::moment_passed);
  }
  forecasts_[row] = {};
  if (body.moment.us != 0 && body.units.value > 0) {
    forecasts_[row] = {body.units.value, now.us, body.moment.us};
  }
  return accepted(no_node, Units{0}, body.units.value);
}

Outcome PriceBook::set_price(std::size_t row, const StockChange& body) {
  if (!used()) {
    return refused(Refusal::no_look_ahead);
  }
  if (body.units.value > most_cents) {
    return refused(Refusal::price_too_large, static_cast<std::uint32_t>(most_cents));
  }
  advised_[{row, body.node.value}] = body.units.value;
  return accepted(body.node, Units{0}, body.units.value);
}

void PriceBook::add_to(Hasher& hasher, std::size_t row_count) const {
  if (!used()) {
    return;
  }
  for (const std::uint64_t uses : uses_) {
    hasher.add(uses);
  }
  for (std::size_t row = 0; row < row_count; ++row) {
    const auto forecast = forecasts_.find(row);
    if (forecast != forecasts_.end() && forecast->second.until > 0) {
      hasher.add_pair(row, forecast->second.thousandths);
      hasher.add_pair(forecast->second.from, forecast->second.until);
    }
    for (const auto& [cell, cents] : advised_) {
      if (cell.first == row && cents > 0) {
        hasher.add_pair(row | (std::uint64_t{cell.second} << 32U), cents);
      }
    }
  }
}

}  // namespace millrace::reference
