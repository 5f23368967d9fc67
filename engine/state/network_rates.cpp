// Tariffs by weight, a rate for each region and node, where a service has those instead of bands.
#include <algorithm>

#include "engine/core/check.h"
#include "engine/state/network.h"

namespace millrace {

void Network::check_routing() const {
  CHECK(routing.parcel_penalty_cents <= surcharge_cents_max);
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

void Network::add_routing(Hasher& hasher) const {
  // A network without these keeps the fingerprint that it always had.
  if (routing.compare_splits || routing.parcel_penalty_cents > 0) {
    hasher.add_pair(static_cast<std::uint64_t>(routing.compare_splits),
                    routing.parcel_penalty_cents);
  }
  for (const Service& service : services) {
    for (const Rate& rate : service.rates) {
      hasher.add_pair(rate.parcel_cents, rate.kilogram_millicents);
    }
  }
}

}  // namespace millrace
