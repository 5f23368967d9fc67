// The compiled network against plain loops over its fields, and the corners of its calendars.
#include "engine/state/network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {
namespace {

constexpr CountryCode us = make_country('U', 'S');
constexpr CountryCode ca = make_country('C', 'A');

PostalCode postal(std::string_view text) {
  return make_postal(text.data(), text.size());
}

Region region(CountryCode country, std::string_view prefix) {
  return {country, postal(prefix), static_cast<std::uint8_t>(prefix.size())};
}

/// Monday 2024-01-01, which is day 19,723.
constexpr Day monday{19'723};

constexpr std::uint64_t minute(std::uint64_t day, std::uint64_t minutes) {
  return (day * 24 * 60 + minutes) * us_per_minute;
}

/// One node, one region, two bands and one service, all days alike.
Network small_network() {
  Network network;
  network.nodes = {{.code = "A",
                    .utc_offset_minutes = -300,
                    .cutoff_minute = 14 * 60,
                    .working_days = 0x1f,
                    .daily_shipments_max = 10,
                    .handling_cents = 5}};
  network.regions = {region(us, "100")};
  network.channels = {"web"};
  network.band_grams = {100, 1000};
  Service service;
  service.name = "ground";
  service.transit_days.fill(3);
  service.cents.assign(network.band_grams.size() * zones_max, 0);
  for (std::uint32_t zone = 0; zone < zones_max; ++zone) {
    service.cents[zone] = 700 + zone;
    service.cents[zones_max + zone] = 900 + zone;
  }
  network.services = {service};
  network.zones = {2};
  return network;
}

// ---- regions

TEST(NetworkRegions, TheLongestPrefixWins) {
  Network network = small_network();
  network.regions = {region(us, "1"), region(us, "100"), region(us, ""), region(us, "10001"),
                     region(ca, "K1A")};
  network.zones.assign(network.regions.size(), 0);
  network.compile();
  EXPECT_EQ(network.region_of(us, postal("10001")), RegionIndex{3});
  EXPECT_EQ(network.region_of(us, postal("10002")), RegionIndex{1});
  EXPECT_EQ(network.region_of(us, postal("19999")), RegionIndex{0});
  EXPECT_EQ(network.region_of(us, postal("90210")), RegionIndex{2});
  EXPECT_EQ(network.region_of(us, postal("")), RegionIndex{2});
  EXPECT_EQ(network.region_of(ca, postal("K1A0B1")), RegionIndex{4});
}

TEST(NetworkRegions, NoPrefixOrAnotherCountryIsNoRegion) {
  Network network = small_network();
  network.compile();
  EXPECT_EQ(network.region_of(us, postal("10001")), RegionIndex{0});
  EXPECT_EQ(network.region_of(us, postal("10101")), no_region);
  EXPECT_EQ(network.region_of(ca, postal("10001")), no_region);
  EXPECT_EQ(network.region_of(us, postal("10")), no_region) << "shorter than the prefix";
  EXPECT_EQ(network.region_of(us, postal("")), no_region);
}

TEST(NetworkRegions, APrefixMayHaveAllEightCharacters) {
  Network network = small_network();
  network.regions = {region(us, "ABCDEFGH"), region(us, "ABCDEFG")};
  network.zones.assign(2, 0);
  network.compile();
  EXPECT_EQ(network.region_of(us, postal("ABCDEFGH")), RegionIndex{0});
  EXPECT_EQ(network.region_of(us, postal("ABCDEFGI")), RegionIndex{1});
  EXPECT_EQ(network.region_of(us, postal("ABCDEFG")), RegionIndex{1});
}

RegionIndex region_by_loop(const Network& network, CountryCode country, PostalCode code) {
  RegionIndex best = no_region;
  int best_length = -1;
  for (std::size_t i = 0; i < network.regions.size(); ++i) {
    const Region& candidate = network.regions[i];
    bool begins = candidate.country == country;
    for (std::uint32_t at = 0; at < candidate.prefix_length; ++at) {
      const std::uint32_t shift = 56 - 8 * at;
      begins &= ((code.packed ^ candidate.prefix.packed) >> shift & 0xff) == 0;
    }
    if (begins && candidate.prefix_length > best_length) {
      best = RegionIndex{static_cast<std::uint16_t>(i)};
      best_length = candidate.prefix_length;
    }
  }
  return best;
}

TEST(NetworkRegions, AgreeWithALoopOnRandomPrefixes) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto text = [&random](std::size_t length) {
    std::string out;
    for (std::size_t i = 0; i < length; ++i) {
      out.push_back("0123A"[random() % 5]);
    }
    return out;
  };
  std::size_t found = 0;
  for (int round = 0; round < 20; ++round) {
    Network network = small_network();
    network.regions.clear();
    std::vector<std::pair<std::uint16_t, std::string>> used;
    const std::size_t wanted = 1 + random() % 400;
    for (std::size_t i = 0; i < wanted; ++i) {
      const CountryCode country = random() % 3 == 0 ? ca : us;
      const std::string prefix = text(random() % 9);
      if (std::ranges::find(used, std::pair{country.packed, prefix}) == used.end()) {
        used.emplace_back(country.packed, prefix);
        network.regions.push_back(region(country, prefix));
      }
    }
    network.zones.assign(network.regions.size(), 0);
    network.compile();
    for (int probe = 0; probe < 5000; ++probe) {
      const CountryCode country = random() % 3 == 0 ? ca : us;
      const PostalCode code = postal(text(random() % 9));
      const RegionIndex expected = region_by_loop(network, country, code);
      ASSERT_EQ(network.region_of(country, code), expected);
      found += expected == no_region ? 0 : 1;
    }
  }
  EXPECT_GT(found, 10'000U) << "the probes hardly hit anything";
}

// ---- weights and costs

std::uint32_t band_by_loop(const Network& network, std::uint64_t grams) {
  std::uint32_t band = 0;
  while (network.band_grams[band] < grams) {
    ++band;
  }
  return band;
}

Network random_bands(std::mt19937_64& random) {
  Network network = small_network();
  const std::size_t count = 1 + random() % bands_max;
  const std::uint64_t gap_max = 1 + random() % (random() % 2 == 0 ? 20 : 100'000);
  network.band_grams.clear();
  std::uint32_t grams = 0;
  for (std::size_t band = 0; band < count; ++band) {
    grams += static_cast<std::uint32_t>(1 + random() % gap_max);
    network.band_grams.push_back(grams);
  }
  network.services[0].cents.clear();
  for (std::size_t i = 0; i < count * zones_max; ++i) {
    network.services[0].cents.push_back(static_cast<std::uint32_t>(random() % 30'000));
  }
  network.compile();
  return network;
}

TEST(NetworkBands, ABandCarriesWeightsUpToAndIncludingItsBound) {
  Network network = small_network();
  network.compile();
  EXPECT_EQ(network.band_of(0), 0U);
  EXPECT_EQ(network.band_of(100), 0U);
  EXPECT_EQ(network.band_of(101), 1U);
  EXPECT_EQ(network.band_of(1000), 1U);
}

TEST(NetworkBands, AgreeWithALoopAtEveryBoundAndAtRandom) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    const Network network = random_bands(random);
    for (const std::uint64_t bound : network.band_grams) {
      for (const std::uint64_t grams : {bound - 1, bound, bound + 1}) {
        if (grams <= network.band_grams.back()) {
          ASSERT_EQ(network.band_of(grams), band_by_loop(network, grams)) << grams;
        }
      }
    }
    for (int probe = 0; probe < 200; ++probe) {
      const std::uint64_t grams = random() % (std::uint64_t{network.band_grams.back()} + 1);
      ASSERT_EQ(network.band_of(grams), band_by_loop(network, grams)) << grams;
    }
  }
}

TEST(NetworkCost, CountsHeaviestParcelsAndTheRest) {
  Network network = small_network();
  network.compile();
  const auto cost = [&network](std::uint64_t grams) {
    return network.shipment_cost(ServiceIndex{0}, RegionIndex{0}, NodeIndex{0}, Grams{grams}).value;
  };
  EXPECT_EQ(cost(0), 707U) << "a weightless order is still one parcel";
  EXPECT_EQ(cost(100), 707U);
  EXPECT_EQ(cost(101), 907U);
  EXPECT_EQ(cost(1000), 907U) << "one full parcel and nothing left over";
  EXPECT_EQ(cost(1001), 907U + 707U);
  EXPECT_EQ(cost(2000), 2 * 907U);
  EXPECT_EQ(cost(2101), 3 * 907U);
}

TEST(NetworkCost, AgreesWithTakingParcelsOffOneByOne) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    const Network network = random_bands(random);
    const std::uint64_t heaviest = network.band_grams.back();
    const std::uint32_t* cents = network.services[0].cents.data() + 2;
    for (int probe = 0; probe < 100; ++probe) {
      std::uint64_t left = random() % (5 * heaviest);
      const Grams weight{left};
      std::uint64_t expected = 0;
      do {
        const std::uint64_t parcel = std::min(left, heaviest);
        expected += cents[band_by_loop(network, parcel) * zones_max] + 5;
        left -= parcel;
      } while (left > 0);
      ASSERT_EQ(network.shipment_cost(ServiceIndex{0}, RegionIndex{0}, NodeIndex{0}, weight).value,
                expected);
    }
  }
}

TEST(NetworkCost, TheHeaviestOrderFits) {
  Network network = small_network();
  network.compile();
  const std::uint64_t grams = std::uint64_t{lines_per_order_max} * quantity_max * weight_grams_max;
  EXPECT_EQ(
      network.shipment_cost(ServiceIndex{0}, RegionIndex{0}, NodeIndex{0}, Grams{grams}).value,
      grams / 1000 * 907);
}

// ---- calendars

TEST(NetworkCalendar, KnowsTheDayOfTheWeek) {
  EXPECT_EQ(weekday(Day{0}), 3) << "1970-01-01 was a Thursday";
  EXPECT_EQ(weekday(monday), 0);
  EXPECT_EQ(weekday(Day{19'782}), 3) << "2024-02-29 was a Thursday";
}

TEST(NetworkCalendar, LocalTimeCrossesMidnightByTheOffset) {
  Network network = small_network();
  network.nodes.push_back({.code = "B", .utc_offset_minutes = 330});
  network.zones = {0, 0};
  network.compile();
  const NodeIndex west{0};
  const NodeIndex east{1};
  const auto at = [&network](NodeIndex node, Time now) {
    const Network::LocalTime local = network.local(node, now);
    return std::pair{local.day, local.minute};
  };
  const Day sunday{static_cast<std::uint16_t>(monday.value - 1)};
  EXPECT_EQ(at(west, Time{minute(monday.value, 0)}), std::pair(sunday, std::uint16_t{19 * 60}));
  EXPECT_EQ(at(west, Time{minute(monday.value, 300) - 1}),
            std::pair(sunday, std::uint16_t{24 * 60 - 1}));
  EXPECT_EQ(at(west, Time{minute(monday.value, 300)}), std::pair(monday, std::uint16_t{0}));
  EXPECT_EQ(at(east, Time{minute(sunday.value, 24 * 60 - 330) - 1}),
            std::pair(sunday, std::uint16_t{24 * 60 - 1}));
  EXPECT_EQ(at(east, Time{minute(sunday.value, 24 * 60 - 330)}),
            std::pair(monday, std::uint16_t{0}));
}

TEST(NetworkCalendar, LocalTimeStandsStillAtBothEnds) {
  Network network = small_network();
  network.compile();
  EXPECT_EQ(network.local(NodeIndex{0}, Time{0}).day, Day{0});
  EXPECT_EQ(network.local(NodeIndex{0}, Time{0}).minute, 0);
  const Network::LocalTime last = network.local(NodeIndex{0}, Time{~std::uint64_t{0}});
  EXPECT_EQ(last.day, last_local_day);
  EXPECT_EQ(last.minute, 24 * 60 - 1);
}

TEST(NetworkCalendar, CutoffIsItsFirstMomentInUtc) {
  Network network = small_network();
  network.compile();
  const Time cutoff = network.cutoff(NodeIndex{0}, monday);
  EXPECT_EQ(cutoff, Time{minute(monday.value, 19 * 60)}) << "14:00 at UTC-5";
  EXPECT_EQ(network.local(NodeIndex{0}, cutoff).minute, 14 * 60);
  EXPECT_EQ(network.local(NodeIndex{0}, Time{cutoff.us - 1}).minute, 14 * 60 - 1);
  EXPECT_EQ(network.local(NodeIndex{0}, cutoff).day, monday);
}

TEST(NetworkCalendar, ACutoffBefore1970IsTimeZero) {
  Network network = small_network();
  network.nodes[0].utc_offset_minutes = 14 * 60;
  network.nodes[0].cutoff_minute = 0;
  network.compile();
  EXPECT_EQ(network.cutoff(NodeIndex{0}, Day{0}), Time{0});
  EXPECT_EQ(network.cutoff(NodeIndex{0}, Day{1}), Time{minute(0, 10 * 60)});
}

TEST(NetworkCalendar, NodesWorkOnTheirOwnDays) {
  Network network = small_network();
  network.nodes[0].working_days = 0b0100001;  // Monday and Saturday
  network.compile();
  std::string week;
  for (std::uint16_t day = 0; day < 7; ++day) {
    const Day at{static_cast<std::uint16_t>(monday.value + day)};
    week.push_back(network.works(NodeIndex{0}, at) ? 'w' : '-');
  }
  EXPECT_EQ(week, "w----w-");
}

TEST(NetworkCalendar, DeliveriesCountCarrierDaysAfterTheShipDay) {
  Network network = small_network();
  network.services[0].transit_days = {0, 1, 2, 3};
  network.carrier_days = 0x3f;  // Monday to Saturday
  network.compile();
  const auto days = [&network](std::uint8_t zone, int ship_weekday) {
    const Day ship{static_cast<std::uint16_t>(monday.value + ship_weekday)};
    return network.delivery_day(ServiceIndex{0}, zone, ship).value - monday.value;
  };
  EXPECT_EQ(days(0, 6), 6) << "without transit days it arrives the same day, Sunday or not";
  EXPECT_EQ(days(1, 0), 1);
  EXPECT_EQ(days(1, 5), 7) << "Saturday to Monday";
  EXPECT_EQ(days(1, 6), 7) << "Sunday to Monday";
  EXPECT_EQ(days(2, 4), 7) << "Friday: Saturday, Monday";
  EXPECT_EQ(days(3, 4), 8);
}

TEST(NetworkCalendar, DeliveriesAgreeWithALoop) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    Network network = small_network();
    network.carrier_days = static_cast<std::uint8_t>(1 + random() % 127);
    for (std::uint8_t& days : network.services[0].transit_days) {
      days = static_cast<std::uint8_t>(random() % (round % 2 == 0 ? 12 : 256));
    }
    network.compile();
    for (int probe = 0; probe < 100; ++probe) {
      const Day ship{static_cast<std::uint16_t>(random() % last_local_day.value)};
      const std::uint8_t zone = random() % zones_max;
      Day expected = ship;
      for (int left = network.services[0].transit_days[zone]; left > 0;) {
        ++expected.value;
        left -= (network.carrier_days >> weekday(expected)) & 1;
      }
      ASSERT_EQ(network.delivery_day(ServiceIndex{0}, zone, ship), expected);
    }
  }
}

// ---- fingerprint

TEST(NetworkFingerprint, ChangesWithEveryFigure) {
  using Change = std::function<void(Network&)>;
  const std::vector<Change> changes = {
      [](Network& n) { n.nodes[0].code = "B"; },
      [](Network& n) { n.nodes[0].code += '\0'; },
      [](Network& n) { n.nodes[0].utc_offset_minutes = -360; },
      [](Network& n) { n.nodes[0].cutoff_minute = 15 * 60; },
      [](Network& n) { n.nodes[0].working_days = 0x3f; },
      [](Network& n) { n.nodes[0].daily_shipments_max = 11; },
      [](Network& n) { n.nodes[0].handling_cents = 6; },
      [](Network& n) { n.regions[0].country = ca; },
      [](Network& n) { n.regions[0].prefix = postal("101"); },
      [](Network& n) { n.regions[0] = region(us, "1001"); },
      [](Network& n) { n.channels[0] = "shop"; },
      [](Network& n) { n.channels.emplace_back("shop"); },
      [](Network& n) { n.services[0].name = "Ground"; },
      [](Network& n) { n.services[0].transit_days[15] = 9; },
      [](Network& n) { n.services[0].cents.back() += 1; },
      [](Network& n) { n.services.push_back(n.services[0]); },
      [](Network& n) { n.band_grams[0] = 99; },
      [](Network& n) { n.zones[0] = 3; },
      [](Network& n) { n.carrier_days = 0x1f; },
      [](Network& n) { n.capacity_horizon_days = 4; },
      [](Network& n) { n.wave.orders_max = 51; },
      [](Network& n) { n.wave.age_us_max += 1; },
      [](Network& n) { n.wave.cutoff_lead_us += 1; },
  };
  Network network = small_network();
  network.compile();
  std::vector<std::uint64_t> seen{network.fingerprint()};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Network other = small_network();
    changes[i](other);
    other.compile();
    EXPECT_EQ(std::ranges::find(seen, other.fingerprint()), seen.end()) << "change " << i;
    seen.push_back(other.fingerprint());
  }
}

TEST(NetworkFingerprint, IsTheSameForTheSameFiguresAndForEveryBuild) {
  Network network = small_network();
  network.compile();
  Network again = small_network();
  again.compile();
  again.compile();
  EXPECT_EQ(network.fingerprint(), again.fingerprint());
  // Journals name this value: it must not depend on compiler, build or machine.
  EXPECT_EQ(network.fingerprint(), 451'161'952'627'684'167ULL);
}

// ---- what must hold

using NetworkDeathTest = testing::Test;

TEST(NetworkDeathTest, RefusesFiguresThatDoNotFitTogether) {
  const auto compiled_with = [](const std::function<void(Network&)>& change) {
    Network network = small_network();
    change(network);
    network.compile();
  };
  EXPECT_DEATH(compiled_with([](Network& n) { n.nodes.clear(); }), "nodes");
  EXPECT_DEATH(compiled_with([](Network& n) { n.zones.push_back(0); }), "zones.size");
  EXPECT_DEATH(compiled_with([](Network& n) { n.zones[0] = zones_max; }), "zone < zones_max");
  EXPECT_DEATH(compiled_with([](Network& n) { n.band_grams = {100, 100}; }), "band_grams");
  EXPECT_DEATH(compiled_with([](Network& n) { n.services[0].cents.pop_back(); }), "cents");
  EXPECT_DEATH(compiled_with([](Network& n) { n.carrier_days = 0; }), "carrier_days");
  EXPECT_DEATH(compiled_with([](Network& n) { n.carrier_days = 0x80; }), "carrier_days");
  EXPECT_DEATH(compiled_with([](Network& n) { n.capacity_horizon_days = 0; }), "horizon");
  EXPECT_DEATH(compiled_with([](Network& n) { n.capacity_horizon_days = 10; }), "horizon");
  EXPECT_DEATH(compiled_with([](Network& n) { n.nodes[0].cutoff_minute = 1441; }), "cutoff");
  EXPECT_DEATH(compiled_with([](Network& n) { n.wave.orders_max = 0; }), "orders_max");
  EXPECT_DEATH(compiled_with([](Network& n) { n.life.payment_hold_us = 0; }), "payment_hold");
  EXPECT_DEATH(compiled_with([](Network& n) { n.life.cart_hold_us = 0; }), "cart_hold");
  EXPECT_DEATH(compiled_with([](Network& n) { n.life.feedback_after_us = 0; }), "feedback_after");
  EXPECT_DEATH(compiled_with([](Network& n) { n.services[0].cents[0] = ~0U; }), "price_max");
  EXPECT_DEATH(compiled_with([](Network& n) {
                 n.regions.push_back(n.regions[0]);
                 n.zones.push_back(0);
               }),
               "!same");
  EXPECT_DEATH(compiled_with([](Network& n) { n.regions[0].prefix = postal("1000"); }),
               "well_formed");
  EXPECT_DEATH(compiled_with([](Network& n) { n.regions[0].prefix_length = 4; }), "well_formed");
}

}  // namespace
}  // namespace millrace
