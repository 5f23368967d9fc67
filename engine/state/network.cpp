// Builds the lookups of the network and answers from them. The lookups hold nothing of their own:
// each answer is that of a plain loop over the public fields, only found faster.
#include "engine/state/network.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string_view>

#include "engine/core/check.h"
#include "engine/core/hash.h"

namespace millrace {
namespace {

constexpr std::uint32_t days_per_week = 7;
constexpr std::int64_t minutes_per_day = std::int64_t{24} * 60;
constexpr std::uint8_t every_day = 0x7f;
/// The guess table stays small enough for the first-level cache beside everything else.
constexpr std::uint32_t band_guesses_max = 1024;

constexpr std::uint64_t prefix_mask_of(std::uint8_t length) {
  return length == 0 ? 0 : ~std::uint64_t{0} << (64U - 8U * length);
}

constexpr std::uint64_t hash_prefix(std::uint64_t prefix, CountryCode country) {
  return mix64(prefix ^ (std::uint64_t{country.packed} * 0x9e3779b97f4a7c15ULL));
}

/// Whether exactly the first `length` bytes are used: a zero among them would match codes that are
/// shorter than the prefix.
bool is_well_formed(const Region& region) {
  if (region.prefix_length > 8 ||
      (region.prefix.packed & ~prefix_mask_of(region.prefix_length)) != 0) {
    return false;
  }
  for (std::uint32_t i = 0; i < region.prefix_length; ++i) {
    if (((region.prefix.packed >> (56U - 8U * i)) & 0xffU) == 0) {
      return false;
    }
  }
  return true;
}

/// Strings are hashed with their length first, so that no two lists of strings look alike.
void add_text(Hasher& hasher, std::string_view text) {
  hasher.add(text.size());
  for (std::size_t at = 0; at < text.size(); at += 8) {
    const std::string_view part = text.substr(at, 8);
    // A postal code packs eight characters into a word, which is all that is wanted here.
    hasher.add(make_postal(part.data(), part.size()).packed);
  }
}

/// Bit patterns of signed figures, without a change of value on the way.
constexpr std::uint64_t word_of(std::int64_t value) {
  return std::bit_cast<std::uint64_t>(value);
}

}  // namespace

void Network::compile() {
  check_nodes();
  check_services();
  check_routing();
  check_costs_fit();
  compile_prefixes();
  compile_bands();
  compile_lanes();
  compile_deliveries();
  compile_fingerprint();
}

void Network::check_nodes() const {
  CHECK(!nodes.empty());
  CHECK(nodes.size() <= nodes_max);
  CHECK(!regions.empty());
  CHECK(regions.size() < no_region.value);
  CHECK(zones.size() == regions.size() * nodes.size());
  for (const std::uint8_t zone : zones) {
    CHECK(zone < zones_max);
  }
  for (const Node& node : nodes) {
    CHECK(node.cutoff_minute <= minutes_per_day);
    CHECK(node.utc_offset_minutes >= -minutes_per_day);
    CHECK(node.utc_offset_minutes <= minutes_per_day);
    CHECK(node.working_days <= every_day);
  }
  CHECK(capacity_horizon_days >= 1);
  CHECK(capacity_horizon_days <= capacity_horizon_days_max);
}

void Network::check_services() const {
  CHECK(!services.empty());
  CHECK(services.size() <= services_max);
  CHECK(channels.size() <= std::numeric_limits<std::uint16_t>::max());
  CHECK(!band_grams.empty());
  CHECK(band_grams.size() <= bands_max);
  CHECK(band_grams.front() > 0);
  for (std::size_t band = 1; band < band_grams.size(); ++band) {
    CHECK(band_grams[band - 1] < band_grams[band]);
  }
  for (const Service& service : services) {
    CHECK(service.cents.size() == band_grams.size() * zones_max);
  }
  CHECK(carrier_days > 0);
  CHECK(carrier_days <= every_day);
  CHECK(wave.orders_max >= 1);
  CHECK(wave.orders_max <= wave_orders_limit);
  // A moment that a command sets lies after it: nothing falls due within a message.
  CHECK(life.feedback_after_us > 0);
  CHECK(life.payment_hold_us > 0);
  CHECK(replenishment.window_days >= 1);
  CHECK(replenishment.window_days <= demand_window_days_max);
  CHECK(life.cart_hold_us > 0);
  CHECK(life.vendor_answer_us > 0);
}

void Network::check_costs_fit() const {
  std::uint64_t price_max = dearest_rate();
  for (const Service& service : services) {
    price_max = std::max<std::uint64_t>(price_max, *std::ranges::max_element(service.cents));
  }
  std::uint64_t handling_max = 0;
  for (const Node& node : nodes) {
    handling_max = std::max<std::uint64_t>(handling_max, node.handling_cents);
  }
  // The heaviest order the rules admit, in the heaviest parcels there are, and one parcel more for
  // the rest at each of its nodes.
  constexpr std::uint64_t grams_max =
      std::uint64_t{lines_per_order_max} * quantity_max * weight_grams_max;
  const std::uint64_t parcels_max = grams_max / band_grams.back() + shipments_per_order_max;
  CHECK(price_max + handling_max <= parcel_cents_max);
  CHECK(price_max + handling_max <= order_cents_max / parcels_max);
}

void Network::compile_prefixes() {
  prefix_tables_.clear();
  std::array<std::size_t, 9> count_by_length{};
  for (const Region& region : regions) {
    CHECK(is_well_formed(region));
    ++count_by_length[region.prefix_length];
  }
  for (std::size_t length = count_by_length.size(); length-- > 0;) {
    if (count_by_length[length] == 0) {
      continue;
    }
    // At most half full, so that a probe for a code without region ends soon as well.
    const std::size_t entry_count = std::bit_ceil(2 * count_by_length[length]);
    PrefixTable table;
    table.prefix_mask = prefix_mask_of(static_cast<std::uint8_t>(length));
    table.entry_mask = entry_count - 1;
    table.entries.assign(entry_count, {0, 0, no_region.value});
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const Region& region = regions[i];
      if (region.prefix_length != length) {
        continue;
      }
      std::uint64_t at = hash_prefix(region.prefix.packed, region.country) & table.entry_mask;
      while (table.entries[at].region != no_region.value) {
        const bool same = table.entries[at].prefix == region.prefix.packed &&
                          table.entries[at].country == region.country.packed;
        CHECK(!same);
        at = (at + 1) & table.entry_mask;
      }
      table.entries[at] = {region.prefix.packed, region.country.packed,
                           static_cast<std::uint16_t>(i)};
    }
    prefix_tables_.push_back(std::move(table));
  }
}

void Network::compile_bands() {
  band_shift_ = 0;
  while ((band_grams.back() >> band_shift_) >= band_guesses_max) {
    ++band_shift_;
  }
  band_guess_.assign((band_grams.back() >> band_shift_) + 1U, 0);
  std::size_t band = 0;
  for (std::size_t i = 0; i < band_guess_.size(); ++i) {
    while (band_grams[band] < (i << band_shift_)) {
      ++band;
    }
    band_guess_[i] = static_cast<std::uint8_t>(band);
  }
}

void Network::compile_lanes() {
  lanes_ = (nodes.size() + node_lanes - 1) / node_lanes * node_lanes;
  zone_lines_.assign(regions.size() * lanes_, 0);
  for (std::size_t region = 0; region < regions.size(); ++region) {
    std::copy_n(zones.data() + region * nodes.size(), nodes.size(),
                zone_lines_.data() + region * lanes_);
  }
  handling_.assign(lanes_, 0);
  vendors_.assign(lanes_ / node_lanes, 0);
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    handling_[node] = nodes[node].handling_cents;
    vendors_[node / node_lanes] |= static_cast<std::uint32_t>(nodes[node].vendor)
                                   << (node % node_lanes);
  }
}

Cheapest Network::Prices::cheapest_of_many(std::uint32_t word, std::uint32_t bits,
                                           const std::uint32_t* surcharges) const {
  Cheapest best{~std::uint64_t{0}, 0};
  for (; bits != 0; bits &= bits - 1) {
    const auto lane = static_cast<std::uint32_t>(std::countr_zero(bits));
    const std::uint64_t sum =
        cents(NodeIndex{static_cast<std::uint16_t>(word * node_lanes + lane)}) +
        (surcharges != nullptr ? surcharges[lane] : 0);
    if (sum < best.cents) {
      best = {sum, 0};
    }
    best.nodes |= static_cast<std::uint32_t>(sum == best.cents) << lane;
  }
  return best;
}

void Network::compile_deliveries() {
  std::uint32_t transit_max = 0;
  for (const Service& service : services) {
    transit_max =
        std::max<std::uint32_t>(transit_max, *std::ranges::max_element(service.transit_days));
  }
  delivery_days_.assign((transit_max + std::size_t{1}) * days_per_week, 0);
  for (std::uint32_t transit = 1; transit <= transit_max; ++transit) {
    for (std::uint32_t from = 0; from < days_per_week; ++from) {
      std::uint32_t days = delivery_days_[(transit - 1) * days_per_week + from];
      do {
        ++days;
      } while (((carrier_days >> ((from + days) % days_per_week)) & 1U) == 0);
      delivery_days_[transit * days_per_week + from] = static_cast<std::uint16_t>(days);
    }
  }
}

void Network::compile_fingerprint() {
  Hasher hasher;
  hasher.add(nodes.size());
  for (const Node& node : nodes) {
    add_text(hasher, node.code);
    hasher.add(word_of(node.utc_offset_minutes));
    hasher.add(node.cutoff_minute);
    hasher.add(node.working_days);
    hasher.add(node.daily_shipments_max);
    hasher.add(node.handling_cents);
  }
  hasher.add(regions.size());
  for (const Region& region : regions) {
    hasher.add(region.country.packed);
    hasher.add(region.prefix.packed);
    hasher.add(region.prefix_length);
  }
  hasher.add(channels.size());
  for (const std::string& channel : channels) {
    add_text(hasher, channel);
  }
  hasher.add(band_grams.size());
  for (const std::uint32_t grams : band_grams) {
    hasher.add(grams);
  }
  hasher.add(services.size());
  for (const Service& service : services) {
    add_text(hasher, service.name);
    for (const std::uint8_t days : service.transit_days) {
      hasher.add(days);
    }
    for (const std::uint32_t cents : service.cents) {
      hasher.add(cents);
    }
  }
  for (const std::uint8_t zone : zones) {
    hasher.add(zone);
  }
  hasher.add(carrier_days);
  hasher.add(capacity_horizon_days);
  hasher.add(wave.orders_max);
  hasher.add(wave.age_us_max);
  hasher.add(wave.cutoff_lead_us);
  hasher.add(life.feedback_after_us);
  hasher.add(life.return_window_days);
  hasher.add(life.restocking_fee_permille);
  hasher.add(life.payment_hold_us);
  hasher.add(life.cart_hold_us);
  hasher.add(replenishment.lead_days);
  hasher.add(replenishment.review_days);
  hasher.add(replenishment.safety_permille);
  hasher.add(replenishment.window_days);
  // What nobody uses leaves fingerprints as they were before there were planned waves, or vendors.
  if (std::ranges::any_of(nodes, &Node::plans_waves)) {
    for (const Node& node : nodes) {
      hasher.add(node.plans_waves ? 1 : 0);
    }
    hasher.add(wave.planned_age_us_max);
    hasher.add(wave.planned_lead_us);
  }
  add_routing(hasher);
  if (std::ranges::any_of(vendors_, [](std::uint32_t word) { return word != 0; })) {
    add_text(hasher, "vendors");
    for (const std::uint32_t word : vendors_) {
      hasher.add(word);
    }
    hasher.add(life.vendor_answer_us);
  }
  fingerprint_ = hasher.value();
}

RegionIndex Network::region_of(CountryCode country, PostalCode postal) const {
  for (const PrefixTable& table : prefix_tables_) {
    const std::uint64_t prefix = postal.packed & table.prefix_mask;
    std::uint64_t at = hash_prefix(prefix, country) & table.entry_mask;
    while (table.entries[at].region != no_region.value) {
      if (table.entries[at].prefix == prefix && table.entries[at].country == country.packed) {
        return RegionIndex{table.entries[at].region};
      }
      at = (at + 1) & table.entry_mask;
    }
  }
  return no_region;
}

Network::LocalTime Network::local(NodeIndex node, Time now) const {
  constexpr std::int64_t minute_last = (last_local_day.value + 1) * minutes_per_day - 1;
  const std::int64_t utc = static_cast<std::int64_t>(now.us / us_per_minute);
  const std::int64_t minutes =
      std::clamp<std::int64_t>(utc + nodes[node.value].utc_offset_minutes, 0, minute_last);
  return {Day{static_cast<std::uint16_t>(minutes / minutes_per_day)},
          static_cast<std::uint16_t>(minutes % minutes_per_day)};
}

Time Network::cutoff(NodeIndex node, Day day) const {
  const Node& at = nodes[node.value];
  const std::int64_t minutes =
      day.value * minutes_per_day + at.cutoff_minute - at.utc_offset_minutes;
  return Time{static_cast<std::uint64_t>(std::max<std::int64_t>(minutes, 0)) * us_per_minute};
}

bool Network::works(NodeIndex node, Day day) const {
  return ((nodes[node.value].working_days >> weekday(day)) & 1U) != 0;
}

Day Network::delivery_day(ServiceIndex service, std::uint8_t zone, Day ship_day) const {
  const std::uint32_t transit = services[service.value].transit_days[zone];
  const std::uint32_t days = delivery_days_[transit * days_per_week + weekday(ship_day)];
  return Day{static_cast<std::uint16_t>(ship_day.value + days)};
}

}  // namespace millrace
