// Plain loops for what the network's lookups answer fast.
#include "tests/reference/plain_network.h"

#include <cstdlib>

namespace millrace::reference {

std::optional<std::size_t> PlainNetwork::region_of(CountryCode country, PostalCode postal) const {
  std::optional<std::size_t> best;
  std::uint32_t best_length = 0;
  for (std::size_t region = 0; region < network_.regions.size(); ++region) {
    const Region& candidate = network_.regions[region];
    bool fits = candidate.country == country;
    for (std::uint32_t character = 0; character < candidate.prefix_length; ++character) {
      const std::uint32_t shift = 56 - 8 * character;
      const std::uint64_t wanted = (candidate.prefix.packed >> shift) & 0xffU;
      const std::uint64_t given = (postal.packed >> shift) & 0xffU;
      fits = fits && wanted == given;
    }
    if (fits && (!best.has_value() || candidate.prefix_length > best_length)) {
      best = region;
      best_length = candidate.prefix_length;
    }
  }
  return best;
}

std::size_t PlainNetwork::zone(std::size_t region, std::size_t node) const {
  return network_.zones.at(region * network_.nodes.size() + node);
}

std::uint64_t PlainNetwork::price(std::size_t service, std::size_t zone,
                                  std::uint64_t grams) const {
  for (std::size_t band = 0; band < network_.band_grams.size(); ++band) {
    if (grams <= network_.band_grams[band]) {
      return network_.services.at(service).cents.at(band * zones_max + zone);
    }
  }
  std::abort();  // a rest is never heavier than the heaviest parcel
}

std::uint64_t PlainNetwork::shipment_cost(std::size_t service, std::size_t region, std::size_t node,
                                          std::uint64_t grams) const {
  const std::uint64_t heaviest = network_.band_grams.back();
  const std::uint64_t handling = network_.nodes.at(node).handling_cents;
  const std::size_t at = zone(region, node);
  const std::uint64_t full = grams / heaviest;
  const std::uint64_t rest = grams % heaviest;
  std::uint64_t cost = 0;
  if (const std::vector<Rate>& rates = network_.services.at(service).rates; !rates.empty()) {
    const Rate& rate = rates.at(region * network_.nodes.size() + node);
    for (std::uint64_t parcel = 0; parcel < full; ++parcel) {
      cost += handling + rate.parcel_cents;
      cost += (heaviest * rate.kilogram_millicents + 500'000) / 1'000'000;
    }
    if (rest > 0 || full == 0) {
      cost +=
          handling + rate.parcel_cents + (rest * rate.kilogram_millicents + 500'000) / 1'000'000;
    }
    return cost;
  }
  if (full > 0) {
    cost += full * (price(service, at, heaviest) + handling);
  }
  if (rest > 0 || full == 0) {
    cost += price(service, at, rest) + handling;
  }
  return cost;
}

LocalMoment PlainNetwork::local(std::size_t node, Time now) const {
  const std::int64_t minutes = static_cast<std::int64_t>(now.us / us_per_minute) +
                               network_.nodes.at(node).utc_offset_minutes;
  // Before 1970 it is its first midnight; there are no days below zero.
  if (minutes < 0) {
    return {0, 0};
  }
  return {minutes / (24 * 60), minutes % (24 * 60)};
}

bool PlainNetwork::works(std::size_t node, std::int64_t day) const {
  return ((network_.nodes.at(node).working_days >> day_of_week(day)) & 1) != 0;
}

bool PlainNetwork::is_cutoff_near(std::size_t node, std::int64_t day, Time now,
                                  std::uint64_t lead_us) const {
  const Node& figures = network_.nodes.at(node);
  const std::int64_t cutoff_minutes =
      day * 24 * 60 + figures.cutoff_minute - figures.utc_offset_minutes;
  const std::int64_t cutoff_us = cutoff_minutes * static_cast<std::int64_t>(us_per_minute);
  return static_cast<std::int64_t>(now.us + lead_us) >= cutoff_us;
}

std::int64_t PlainNetwork::delivery_day(std::size_t service, std::size_t region, std::size_t node,
                                        std::int64_t ship_day) const {
  const std::uint32_t transit = network_.services.at(service).transit_days.at(zone(region, node));
  std::int64_t day = ship_day;
  for (std::uint32_t done = 0; done < transit;) {
    ++day;
    if (((network_.carrier_days >> day_of_week(day)) & 1) != 0) {
      ++done;
    }
  }
  return day;
}

std::int64_t day_of_week(std::int64_t day) {
  const std::int64_t thursday = 3;  // 1970-01-01
  return (day + thursday) % 7;
}

}  // namespace millrace::reference
