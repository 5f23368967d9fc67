// Networks made by hand and by chance.
#include "tests/support/small_network.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <tuple>

#include "tests/support/random.h"

namespace millrace::test {
namespace {

constexpr CountryCode us = make_country('U', 'S');
constexpr CountryCode canada = make_country('C', 'A');

Region region(CountryCode country, const std::string& prefix) {
  return {country, make_postal(prefix.data(), prefix.size()),
          static_cast<std::uint8_t>(prefix.size())};
}

Node node(const char* code, std::int16_t offset_minutes, std::uint16_t cutoff_hour,
          std::uint8_t working_days, std::uint32_t handling_cents) {
  return {code, offset_minutes, static_cast<std::uint16_t>(cutoff_hour * 60), working_days,
          100,  handling_cents};
}

/// Cents: base, and `step` more for each band and each zone.
Service linear_service(const char* name, std::uint32_t base, std::uint32_t band_step,
                       std::uint32_t zone_step, std::size_t bands) {
  Service service;
  service.name = name;
  for (std::uint32_t band = 0; band < bands; ++band) {
    for (std::uint32_t zone = 0; zone < zones_max; ++zone) {
      service.cents.push_back(base + band_step * band + zone_step * zone);
    }
  }
  return service;
}

void add_random_regions(Network& network, Random& random) {
  static constexpr std::array<std::string_view, 5> digits{"1", "2", "3", "9", "A"};
  const std::uint64_t wanted = random.between(1, 12);
  std::set<std::tuple<std::uint16_t, std::uint64_t, std::uint8_t>> seen;
  for (std::uint64_t i = 0; i < wanted; ++i) {
    std::string prefix;
    const std::uint64_t length = i == 0 ? 0 : random.below(4);
    for (std::uint64_t character = 0; character < length; ++character) {
      prefix += random.pick<std::string_view>(digits);
    }
    const Region made = region(i == 0 || random.chance(80) ? us : canada, prefix);
    if (seen.emplace(made.country.packed, made.prefix.packed, made.prefix_length).second) {
      network.regions.push_back(made);
    }
  }
}

void add_random_services(Network& network, Random& random) {
  const std::uint64_t services = random.between(1, 4);
  for (std::uint64_t s = 0; s < services; ++s) {
    Service service;
    service.name = "service" + std::to_string(s);
    for (std::uint8_t& days : service.transit_days) {
      days = static_cast<std::uint8_t>(random.below(7));
    }
    std::array<std::uint32_t, zones_max> cents{};
    for (std::size_t band = 0; band < network.band_grams.size(); ++band) {
      for (std::uint32_t& price : cents) {
        // Steps of few values, so that ties are common; none falls from band to band.
        price += static_cast<std::uint32_t>(100 * random.below(4));
        service.cents.push_back(price);
      }
    }
    network.services.push_back(service);
  }
}

std::uint8_t random_working_days(Random& random) {
  if (random.chance(60)) {
    return 0x1f;
  }
  return random.chance(10) ? 0 : static_cast<std::uint8_t>(random.below(128));
}

Node random_node(Random& random, std::uint64_t index) {
  static constexpr std::array<std::uint32_t, 8> capacities{0, 1, 3, 20, 20, 200, 200, 1'000'000};
  Node node;
  node.code = "N" + std::to_string(index);
  node.utc_offset_minutes =
      static_cast<std::int16_t>(30 * static_cast<int>(random.below(49)) - 720);
  node.cutoff_minute =
      static_cast<std::uint16_t>(random.chance(10) ? 1440 * random.below(2) : random.below(1440));
  node.working_days = random_working_days(random);
  node.daily_shipments_max = capacities[random.below(capacities.size())];
  node.handling_cents = static_cast<std::uint32_t>(50 * random.below(4));
  return node;
}

/// Some services are priced by weight, each region and node its own; few prices, so that ways tie.
void add_random_rates(Network& network, Random& random) {
  for (Service& service : network.services) {
    const bool by_weight = random.chance(70);
    for (std::size_t at = 0; at < network.zones.size() && by_weight; ++at) {
      service.rates.push_back({static_cast<std::uint32_t>(100 * random.below(5)),
                               static_cast<std::uint32_t>(50'250 * random.below(4))});
    }
  }
}

void add_random_routing(Network& network, Random& random) {
  network.routing.compare_splits = random.chance(50);
  network.routing.parcel_penalty_cents = static_cast<std::uint32_t>(50 * random.below(8));
  network.routing.look_ahead = random.chance(60);
  for (std::uint16_t* const weight :
       {&network.routing.near_weight, &network.routing.use_weight,
        &network.routing.weight_gap_weight, &network.routing.parcel_gap_weight,
        &network.routing.parcel_weight}) {
    *weight = static_cast<std::uint16_t>(random.between(0, routing_weight_max));
  }
  for (std::size_t region = 0; region < network.regions.size(); ++region) {
    network.demand.push_back(static_cast<std::uint32_t>(random.below(1'000)));
  }
  if (random.chance(30)) {
    add_random_rates(network, random);
  }
}

/// Seconds up to two hours, but not none: a moment that a command sets lies after it.
std::uint64_t wait(Random& random) {
  return std::max<std::uint64_t>(1, random.between(0, 7'200) * us_per_second);
}

}  // namespace

Network small_network(const std::function<void(Network&)>& change) {
  constexpr std::uint8_t monday_to_friday = 0x1f;
  constexpr std::uint8_t monday_to_saturday = 0x3f;
  Network network;
  network.nodes = {node("A", -300, 14, monday_to_friday, 100),
                   node("B", -360, 16, monday_to_friday, 100),
                   node("C", -480, 12, monday_to_saturday, 100)};
  network.regions = {region(us, ""), region(us, "1"), region(us, "10"), region(us, "9"),
                     region(canada, "")};
  network.zones = {
      2, 1, 2,  // US, anywhere else
      1, 2, 4,  // 1...
      0, 2, 4,  // 10...
      4, 3, 1,  // 9...
      3, 3, 3,  // Canada
  };
  network.channels = {"web", "store"};
  network.band_grams = {500, 2'000, 10'000, 30'000};
  network.services = {linear_service("ground", 500, 200, 100, network.band_grams.size()),
                      linear_service("express", 2'000, 400, 300, network.band_grams.size())};
  for (std::uint32_t zone = 0; zone < zones_max; ++zone) {
    network.services[0].transit_days[zone] = static_cast<std::uint8_t>(zone + 1);
    network.services[1].transit_days[zone] = zone < 3 ? 1 : 2;
  }
  if (change) {
    change(network);
  }
  network.compile();
  return network;
}

Network random_network(std::uint64_t seed) {
  Random random(seed);
  Network network;
  // Mostly few nodes, where stock and capacity run out soon.
  const std::uint64_t nodes = random.chance(80) ? random.between(1, 6) : random.between(7, 40);
  for (std::uint64_t i = 0; i < nodes; ++i) {
    network.nodes.push_back(random_node(random, i));
    network.nodes.back().vendor = i > 0 && random.chance(25);
  }
  add_random_regions(network, random);
  for (std::size_t i = 0; i < network.regions.size() * network.nodes.size(); ++i) {
    network.zones.push_back(static_cast<std::uint8_t>(random.below(zones_max)));
  }
  network.channels = {"web"};
  if (random.chance(50)) {
    network.channels.push_back("store");
  }
  std::uint32_t grams = 0;
  const std::uint64_t bands = random.between(3, 6);
  for (std::uint64_t band = 0; band < bands; ++band) {
    grams += static_cast<std::uint32_t>(random.between(100, 3'000));
    network.band_grams.push_back(grams);
  }
  add_random_services(network, random);
  network.carrier_days =
      random.chance(70) ? 0x3f : static_cast<std::uint8_t>(random.between(1, 127));
  network.capacity_horizon_days = static_cast<std::uint8_t>(random.between(1, 5));
  network.wave.orders_max = static_cast<std::uint32_t>(random.between(1, 6));
  network.wave.age_us_max = random.between(0, 7'200) * us_per_second;
  network.wave.cutoff_lead_us = random.between(0, 3'600) * us_per_second;
  network.life.feedback_after_us = wait(random);
  network.life.return_window_days = static_cast<std::uint16_t>(random.below(8));
  network.life.restocking_fee_permille = static_cast<std::uint16_t>(random.below(300));
  network.life.payment_hold_us = wait(random);
  network.life.cart_hold_us = wait(random);
  network.life.vendor_answer_us = wait(random);
  network.replenishment.lead_days = static_cast<std::uint16_t>(random.below(20));
  network.replenishment.review_days = static_cast<std::uint16_t>(random.below(20));
  network.replenishment.safety_permille = static_cast<std::uint16_t>(random.below(3'000));
  network.replenishment.window_days = static_cast<std::uint16_t>(random.between(1, 28));
  for (Node& node : network.nodes) {
    node.plans_waves = random.chance(30);
  }
  network.wave.planned_age_us_max = random.between(0, 14'400) * us_per_second;
  network.wave.planned_lead_us = random.between(0, 3'600) * us_per_second;
  if (random.chance(40)) {
    add_random_routing(network, random);
  }
  network.compile();
  return network;
}

}  // namespace millrace::test
