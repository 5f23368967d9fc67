// The compiled network: ship nodes, regions, zones, tariff, calendars. Read-only while an engine
// runs; two engines with the same network and the same commands give the same outcomes. Built from
// the files of a network directory by adapters/config, or by hand in tests.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/state/node_lanes.h"
#include "engine/state/replenishment.h"
#include "engine/state/routing_rules.h"

namespace millrace {

inline constexpr std::uint32_t bands_max = 256;
/// With one working day a week this many still fall into the 64 days of the capacity tables.
inline constexpr std::uint8_t capacity_horizon_days_max = 9;
/// Local time stands still at the end of this day (in 2134), so that no later day overflows.
inline constexpr Day last_local_day{60'000};
/// No parcel costs more, its handling included, so that sixteen costs fit into two registers.
inline constexpr std::uint64_t parcel_cents_max = 0x7fffffff;
/// No order costs more, so that routing may add two costs up, and has numbers beyond any cost.
inline constexpr std::uint64_t order_cents_max = ~std::uint64_t{0} / 8;

struct Node {
  std::string code;
  std::int16_t utc_offset_minutes = 0;  ///< local standard time; no daylight saving
  std::uint16_t cutoff_minute = 0;      ///< of the local day: orders before it ship that day
  std::uint8_t working_days = 0x1f;     ///< bit 0 is Monday
  std::uint32_t daily_shipments_max = 0;
  std::uint32_t handling_cents = 0;  ///< added for each parcel
  /// Its waves are planned: by first come, first served goes only what is left waiting.
  bool plans_waves = false;
  /// Somebody else's, who is asked for what no node of ours has. Its stock is what it offers; it
  /// has no calendar and no waves.
  bool vendor = false;
};

/// A destination region is every postal code of a country that begins with `prefix`.
struct Region {
  CountryCode country{};
  PostalCode prefix{};
  std::uint8_t prefix_length = 0;  ///< characters, 0 to 8; 0 is the whole country
};

struct Service {
  std::string name;
  std::array<std::uint8_t, zones_max> transit_days{};  ///< by zone, in carrier days
  std::vector<std::uint32_t> cents;  ///< by band, then zone: band * zones_max + zone
  /// By region, then node: region * nodes.size() + node. Where there are any, they count instead of
  /// the bands.
  std::vector<Rate> rates;
};

struct WaveRules {
  std::uint32_t orders_max = 50;                        ///< a group this large is released at once
  std::uint64_t age_us_max = 1800 * us_per_second;      ///< of its oldest shipment
  std::uint64_t cutoff_lead_us = 1800 * us_per_second;  ///< released this long before the cutoff
  // Where waves are planned there is no number at which a group is released, and instead:
  std::uint64_t planned_age_us_max = 240 * us_per_minute;
  std::uint64_t planned_lead_us = 15 * us_per_minute;
};

/// What follows a delivery, and what a return brings.
struct LifeRules {
  std::uint64_t feedback_after_us = 3 * us_per_day;  ///< the delivery of the whole order
  std::uint16_t return_window_days = 30;             ///< after the delivery
  std::uint16_t restocking_fee_permille = 0;         ///< of who changed their mind
  std::uint64_t payment_hold_us = 30 * us_per_minute;
  std::uint64_t cart_hold_us = 15 * us_per_minute;
  std::uint64_t vendor_answer_us =
      us_per_day;  ///< a vendor that says nothing so long is not waited for
};

class Network {
 public:
  std::vector<Node> nodes;
  std::vector<Region> regions;
  std::vector<std::string> channels;
  std::vector<Service> services;
  /// Upper bounds of the weight bands in grams, rising. The last is the heaviest parcel.
  std::vector<std::uint32_t> band_grams;
  /// Zone from node to region: region * nodes.size() + node; below zones_max.
  std::vector<std::uint8_t> zones;
  std::uint8_t carrier_days = 0x3f;  ///< bit 0 is Monday
  /// How many working days ahead a full node may promise to ship; at least 1.
  std::uint8_t capacity_horizon_days = 3;
  WaveRules wave;
  LifeRules life;
  ReplenishRules replenishment;
  RoutingRules routing;
  /// How much is ordered from each region, in any measure; empty: from all alike. Where routing
  /// looks ahead, it decides by this.
  std::vector<std::uint32_t> demand;

  /// Builds the lookups. Call once after filling the fields above; CHECKs that they fit together.
  void compile();

  /// The region whose prefix is the longest that begins the postal code; no_region without one.
  [[nodiscard]] RegionIndex region_of(CountryCode country, PostalCode postal) const;

  [[nodiscard]] std::uint8_t zone(RegionIndex region, NodeIndex node) const {
    return zones[region.value * nodes.size() + node.value];
  }

  /// Index of the lightest band that carries the weight; the weight is at most the last band's.
  [[nodiscard]] std::uint32_t band_of(std::uint64_t grams) const {
    CHECK(grams <= band_grams.back());
    std::uint32_t band = band_guess_[grams >> band_shift_];
    while (band_grams[band] < grams) {
      ++band;
    }
    return band;
  }

  /// What shipments of one weight, service and destination cost from each node. A view: the network
  /// outlives it.
  class Prices {
   public:
    [[nodiscard]] std::uint64_t cents(NodeIndex node) const {
      if (rates_ != nullptr) {
        return cents_by_rate(node);
      }
      const std::uint64_t zone = zones_[node.value];
      const std::uint64_t handling = handling_[node.value];
      if (full_ == 0) {
        return rest_[zone] + handling;
      }
      // As many heaviest parcels as fit, and one for the rest.
      return full_ * (heaviest_[zone] + handling) + (rest_ != nullptr ? rest_[zone] + handling : 0);
    }

    /// The cheapest of the sixteen nodes from 16 * word on whose bits are set; at least one is.
    [[nodiscard]] Cheapest cheapest(std::uint32_t word, std::uint32_t bits) const {
      if (one_by_zone_) {
        return millrace::cheapest(
            {zones_ + word * node_lanes, rest_, handling_ + word * node_lanes}, bits);
      }
      return cheapest_of_many(word, bits, nullptr);
    }

    /// The same with so much more for each of the sixteen.
    [[nodiscard]] Cheapest cheapest(std::uint32_t word, std::uint32_t bits,
                                    const std::uint32_t* surcharges) const {
      return cheapest_of_many(word, bits, surcharges);
    }

   private:
    friend class Network;
    [[nodiscard]] Cheapest cheapest_of_many(std::uint32_t word, std::uint32_t bits,
                                            const std::uint32_t* surcharges) const;
    [[nodiscard]] std::uint64_t cents_by_rate(NodeIndex node) const;

    const std::uint8_t* zones_ = nullptr;
    const std::uint32_t* handling_ = nullptr;
    const std::uint32_t* rest_ = nullptr;      ///< by zone; nullptr if nothing is left over
    const std::uint32_t* heaviest_ = nullptr;  ///< by zone
    std::uint64_t full_ = 0;
    bool one_by_zone_ = true;  ///< one parcel, priced by zone
    const Rate* rates_ = nullptr;
    std::uint64_t rest_grams_ = 0;
    std::uint64_t heaviest_grams_ = 0;
  };

  [[nodiscard]] Prices prices(ServiceIndex service, RegionIndex region, Grams weight) const {
    const std::uint32_t* const cents = services[service.value].cents.data();
    Prices prices;
    prices.zones_ = zone_lines_.data() + region.value * lanes_;
    prices.handling_ = handling_.data();
    prices.heaviest_ = cents + (band_grams.size() - 1) * zones_max;
    std::uint64_t rest = weight.value;
    // Nearly every shipment is one parcel, and a division costs more than all the rest.
    if (rest > band_grams.back()) {
      prices.full_ = rest / band_grams.back();
      prices.one_by_zone_ = false;
      rest %= band_grams.back();
    }
    if (!services[service.value].rates.empty()) [[unlikely]] {
      price_by_rate(prices, service, region, rest);
    }
    prices.rest_ =
        rest == 0 && prices.full_ > 0 ? nullptr : cents + std::size_t{band_of(rest)} * zones_max;
    return prices;
  }

  /// What a shipment of this weight costs: as many heaviest parcels as fit, and one for the rest,
  /// each with the node's handling.
  [[nodiscard]] Cents shipment_cost(ServiceIndex service, RegionIndex region, NodeIndex node,
                                    Grams weight) const {
    return Cents{prices(service, region, weight).cents(node)};
  }

  [[nodiscard]] NodeRate rate(ServiceIndex service, RegionIndex region, NodeIndex node) const;

  /// Local day and minute of the day at a node. Before 1970-01-01 local time it is that midnight.
  struct LocalTime {
    Day day;
    std::uint16_t minute;
  };

  [[nodiscard]] LocalTime local(NodeIndex node, Time now) const;
  /// First moment of a node's cutoff on a local day; Time{0} where that lies before 1970 in UTC.
  [[nodiscard]] Time cutoff(NodeIndex node, Day day) const;
  [[nodiscard]] bool works(NodeIndex node, Day day) const;
  /// The day a shipment arrives: transit days counted in carrier days after the ship day. Without
  /// transit days it is the ship day itself.
  [[nodiscard]] Day delivery_day(ServiceIndex service, std::uint8_t zone, Day ship_day) const;

  [[nodiscard]] bool is_vendor(NodeIndex node) const { return nodes[node.value].vendor; }

  /// The vendors among the nodes, 16 a word as in a stock line.
  [[nodiscard]] const std::vector<std::uint32_t>& vendors() const { return vendors_; }

  [[nodiscard]] std::uint16_t node_count() const {
    return static_cast<std::uint16_t>(nodes.size());
  }

  /// Changes whenever any figure changes: journals and snapshots name the network they belong to.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  /// The regions whose prefixes have one length, by open addressing with linear probing.
  struct PrefixTable {
    struct Entry {
      std::uint64_t prefix;
      std::uint16_t country;
      std::uint16_t region;  ///< no_region where the entry is free
    };

    std::uint64_t prefix_mask = 0;  ///< keeps the characters of the length
    std::uint64_t entry_mask = 0;
    std::vector<Entry> entries;
  };

  void price_by_rate(Prices& prices, ServiceIndex service, RegionIndex region,
                     std::uint64_t rest) const;
  void check_routing() const;
  [[nodiscard]] std::uint64_t dearest_rate() const;
  void check_nodes() const;
  void check_services() const;
  void check_costs_fit() const;
  void compile_prefixes();
  void compile_bands();
  void compile_lanes();
  void compile_deliveries();
  void compile_fingerprint();
  void add_routing(Hasher& hasher) const;

  std::vector<PrefixTable> prefix_tables_;  ///< longest first
  std::vector<std::uint8_t> band_guess_;  ///< band of the lightest weight, by grams >> band_shift_
  std::uint32_t band_shift_ = 0;
  std::size_t lanes_ = 0;                     ///< nodes, rounded up to whole lines of sixteen
  std::vector<std::uint8_t> zone_lines_;      ///< region * lanes_ + node
  std::vector<std::uint32_t> handling_;       ///< by lane, in cents
  std::vector<std::uint32_t> vendors_;        ///< by line, a bit for each lane
  std::vector<std::uint16_t> delivery_days_;  ///< by transit days, then weekday: days to wait
  std::uint64_t fingerprint_ = 0;
};

/// Day of the week of a local day, 0 for Monday. (1970-01-01 was a Thursday.)
constexpr std::uint8_t weekday(Day day) {
  return static_cast<std::uint8_t>((day.value + 3U) % 7U);
}

}  // namespace millrace
