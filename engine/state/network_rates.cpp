// Tariffs by weight, a rate for each region and node, where a service has those instead of bands.
#include <algorithm>

#include "engine/core/check.h"
#include "engine/state/network.h"

namespace millrace {

void Network::check_routing() const {
  CHECK(routing.parcel_penalty_cents <= surcharge_cents_max);
  CHECK(routing.near_weight <= routing_weight_max);
  CHECK(routing.use_weight <= routing_weight_max);
  CHECK(routing.weight_gap_weight <= routing_weight_max);
  CHECK(routing.parcel_gap_weight <= routing_weight_max);
  CHECK(routing.parcel_weight <= routing_weight_max);
  CHECK(demand.empty() || demand.size() == regions.size());
  for (const Service& service : services) {
    CHECK(service.rates.empty() || service.rates.size() == zones.size());
  }
}

std::uint64_t Network::dearest_rate() const {
  std::uint64_t most = 0;
  for (const Service& service : services) {
    for (const Rate& rate : service.rates) {
      most = std::max(most, rate.cents(band_grams.back()));
    }
  }
  return most;
}

void Network::price_by_rate(Prices& prices, ServiceIndex service, RegionIndex region,
                            std::uint64_t rest) const {
  prices.one_by_zone_ = false;
  prices.rates_ = services[service.value].rates.data() + region.value * nodes.size();
  prices.rest_grams_ = rest;
  prices.heaviest_grams_ = band_grams.back();
}

std::uint64_t Network::Prices::cents_by_rate(NodeIndex node) const {
  const Rate& rate = rates_[node.value];
  const std::uint64_t handling = handling_[node.value];
  const bool rest = rest_grams_ > 0 || full_ == 0;
  return full_ * (rate.cents(heaviest_grams_) + handling) +
         (rest ? rate.cents(rest_grams_) + handling : 0);
}

NodeRate Network::rate(ServiceIndex service, RegionIndex region, NodeIndex node) const {
  constexpr std::int64_t a_cent = 1'000;
  const Service& by = services[service.value];
  const std::int64_t handling = nodes[node.value].handling_cents;
  if (!by.rates.empty()) {
    const Rate& rate = by.rates[region.value * nodes.size() + node.value];
    return {rate.parcel_cents + handling, rate.kilogram_millicents};
  }
  constexpr std::uint64_t kilogram_grams = 1'000;
  const std::uint8_t at = zone(region, node);
  const std::uint64_t kilogram = std::min<std::uint64_t>(kilogram_grams, band_grams.back());
  const std::int64_t light = by.cents[at];
  const std::int64_t heavy = by.cents[std::size_t{band_of(kilogram)} * zones_max + at];
  return {light + handling, (heavy - light) * a_cent};
}

void Network::add_routing(Hasher& hasher) const {
  // A network without these keeps the fingerprint that it always had.
  if (routing.compare_splits || routing.parcel_penalty_cents > 0) {
    hasher.add_pair(static_cast<std::uint64_t>(routing.compare_splits),
                    routing.parcel_penalty_cents);
  }
  if (routing.look_ahead) {
    hasher.add_pair(routing.near_weight, routing.use_weight);
    hasher.add_pair(routing.weight_gap_weight, routing.parcel_gap_weight);
    hasher.add(routing.parcel_weight);
    for (const std::uint32_t share : demand) {
      hasher.add(share);
    }
  }
  for (const Service& service : services) {
    for (const Rate& rate : service.rates) {
      hasher.add_pair(rate.parcel_cents, rate.kilogram_millicents);
    }
  }
}

}  // namespace millrace
