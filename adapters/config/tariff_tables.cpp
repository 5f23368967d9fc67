// Reads the tariffs. Each service has its own weight bands in its file; the engine has one list for
// all, the union of them.
#include <algorithm>
#include <set>

#include "adapters/config/network_reader.h"
#include "adapters/config/text_value.h"

namespace millrace::network_reader {
namespace {

constexpr std::uint64_t cents_max = 10'000'000;
/// So that the heaviest parcel costs less than parcel_cents_max.
constexpr std::uint64_t kilogram_millicents_max = 100'000'000;
/// Together with the bounds on prices this keeps the cost of any order within 64 bits.
constexpr std::uint32_t heaviest_parcel_grams_min = 1000;
constexpr std::uint32_t heaviest_parcel_grams_max = 10'000'000;

constexpr std::array<std::string_view, zones_max> zone_columns{
    "zone1", "zone2",  "zone3",  "zone4",  "zone5",  "zone6",  "zone7",  "zone8",
    "zone9", "zone10", "zone11", "zone12", "zone13", "zone14", "zone15", "zone16"};

struct Band {
  std::uint32_t grams;
  std::array<std::uint32_t, zones_max> cents;
};

struct Tariff {
  std::vector<Band> bands;  ///< rising by weight
};

/// Weight and zones 1 to zone_count are needed; prices of further zones may stand there unused.
CsvColumns tariff_columns(std::size_t zone_count) {
  CsvColumns columns{{"up_to"}, {}};
  for (std::size_t zone = 0; zone < zones_max; ++zone) {
    (zone < zone_count ? columns.required : columns.optional).push_back(zone_columns[zone]);
  }
  return columns;
}

void warn_of_odd_prices(TableFile& file, const Band& band, const Band* lighter,
                        std::size_t zone_count) {
  for (std::size_t zone = 0; zone < zone_count; ++zone) {
    if (zone > 0 && band.cents[zone] < band.cents[zone - 1]) {
      file.warn(zone + 1, "this is less than for the zone before it");
    }
    if (lighter != nullptr && band.cents[zone] < lighter->cents[zone]) {
      file.warn(zone + 1, "this is less than for the lighter parcel before it");
    }
  }
}

Band read_band(TableFile& file, std::uint32_t grams, std::size_t zone_count) {
  Band band{grams, {}};
  for (std::size_t zone = 0; zone < zone_count; ++zone) {
    if (file.raw(zone + 1).find('.') != std::string_view::npos) {
      file.error(zone + 1, "prices are whole cents, without a point");
      continue;
    }
    band.cents[zone] = static_cast<std::uint32_t>(file.whole(zone + 1, 0, cents_max).value_or(0));
  }
  return band;
}

Tariff read_tariff(Loading& loading, const std::string& name) {
  const std::size_t zone_count = loading.files.zone_count;
  Tariff tariff;
  TableFile file{loading, name, tariff_columns(zone_count)};
  while (file.next()) {
    const std::optional<std::uint32_t> grams = parse_weight(file.raw(0));
    if (!grams.has_value() || *grams == 0 || *grams > heaviest_parcel_grams_max) {
      file.error(std::size_t{0}, in_quotes(file.raw(0)) +
                                     " is not a weight such as \"500 g\", \"8 oz\" or \"2 lb\"");
      continue;
    }
    const Band* const lighter = tariff.bands.empty() ? nullptr : &tariff.bands.back();
    if (lighter != nullptr && *grams <= lighter->grams) {
      file.error(std::size_t{0}, "weights must rise from line to line; this is " +
                                     std::to_string(*grams) + " g after " +
                                     std::to_string(lighter->grams) + " g");
      continue;
    }
    const Band band = read_band(file, *grams, zone_count);
    warn_of_odd_prices(file, band, lighter, zone_count);
    tariff.bands.push_back(band);
  }
  if (!tariff.bands.empty() && tariff.bands.back().grams < heaviest_parcel_grams_min) {
    file.error_at(0, "up_to", "the heaviest parcel must carry at least 1 kg");
  }
  return tariff;
}

void check_against_plan(Loading& loading, const Plan::ServicePlan& service) {
  const std::size_t zone_count = loading.files.zone_count;
  if (!service.transit_days.empty() && service.transit_days.size() != zone_count) {
    loading.problems.add({.file = display_name(loading, "network.toml"),
                          .line = service.line,
                          .field = "transit_days",
                          .text = "the service " + service.name + " has " +
                                  std::to_string(service.transit_days.size()) + " figures for " +
                                  std::to_string(zone_count) + " zones"});
  }
}

/// Prices of one service on the common bands: each costs what its own lightest band does that
/// carries it.
Service compile_service(const Plan::ServicePlan& plan, const Tariff& tariff,
                        const std::vector<std::uint32_t>& band_grams) {
  Service service;
  service.name = plan.name;
  std::ranges::copy(plan.transit_days, service.transit_days.begin());
  auto own = tariff.bands.begin();
  for (const std::uint32_t grams : band_grams) {
    while (own->grams < grams) {
      ++own;
    }
    service.cents.insert(service.cents.end(), own->cents.begin(), own->cents.end());
  }
  return service;
}

/// By zone, from a table with a line for each.
std::vector<Rate> read_rates_by_zone(Loading& loading, const std::string& name) {
  enum Column : std::size_t { zone, parcel, kilogram };

  std::vector<Rate> rates(loading.files.zone_count);
  std::set<std::uint64_t> seen;
  TableFile file{loading, name, {{"zone", "parcel_cents", "kilogram_millicents"}, {}}};
  while (file.next()) {
    const std::optional<std::uint64_t> at = file.whole(zone, 1, rates.size());
    const std::optional<std::uint64_t> fixed = file.whole(parcel, 0, cents_max);
    const std::optional<std::uint64_t> more = file.whole(kilogram, 0, kilogram_millicents_max);
    if (at.has_value() && !seen.insert(*at).second) {
      file.error(zone, "the zone appears twice");
    }
    if (at.has_value() && fixed.has_value() && more.has_value()) {
      rates[*at - 1] = {static_cast<std::uint32_t>(*fixed), static_cast<std::uint32_t>(*more)};
    }
  }
  if (file.is_usable() && seen.size() < rates.size()) {
    file.error_at(0, "zone", "there must be a line for each zone");
  }
  return rates;
}

void add_rates(Loading& loading, const Plan::ServicePlan& plan, Service& service) {
  if (plan.rates_file.empty()) {
    return;
  }
  const std::vector<Rate> by_zone = read_rates_by_zone(loading, plan.rates_file);
  if (loading.problems.errors() > 0) {
    return;
  }
  for (const std::uint8_t zone : loading.files.network.zones) {
    service.rates.push_back(by_zone[zone]);
  }
}

/// All tariffs must end at the same weight, the heaviest parcel of the network.
void check_heaviest(Loading& loading, const std::vector<Tariff>& tariffs) {
  const std::vector<Plan::ServicePlan>& services = loading.plan.services;
  for (std::size_t i = 1; i < tariffs.size(); ++i) {
    const std::uint32_t first = tariffs[0].bands.back().grams;
    const std::uint32_t here = tariffs[i].bands.back().grams;
    if (here != first) {
      loading.problems.add({.file = display_name(loading, services[i].tariff_file),
                            .field = "up_to",
                            .text = "the heaviest parcel has " + std::to_string(here) + " g, but " +
                                    std::to_string(first) + " g in " + services[0].tariff_file});
    }
  }
}

}  // namespace

void read_tariffs(Loading& loading) {
  if (loading.files.zone_count == 0) {
    return;
  }
  std::vector<Tariff> tariffs;
  std::set<std::uint32_t> bounds;
  for (const Plan::ServicePlan& service : loading.plan.services) {
    check_against_plan(loading, service);
    if (!service.tariff_file.empty()) {
      tariffs.push_back(read_tariff(loading, service.tariff_file));
      for (const Band& band : tariffs.back().bands) {
        bounds.insert(band.grams);
      }
    }
  }
  // From here on the tariffs are put together, which takes that all of them could be read.
  const bool complete =
      std::ranges::none_of(tariffs, [](const Tariff& t) { return t.bands.empty(); });
  if (!complete || tariffs.empty() || tariffs.size() != loading.plan.services.size()) {
    return;
  }
  if (bounds.size() > bands_max) {
    loading.problems.add({.file = display_name(loading, "network.toml"),
                          .field = "service",
                          .text = "the tariffs have " + std::to_string(bounds.size()) +
                                  " different weights together, at most " +
                                  std::to_string(bands_max) + " are possible"});
  }
  check_heaviest(loading, tariffs);
  if (loading.problems.errors() > 0) {
    return;
  }
  Network& network = loading.files.network;
  network.band_grams.assign(bounds.begin(), bounds.end());
  for (std::size_t i = 0; i < tariffs.size(); ++i) {
    network.services.push_back(
        compile_service(loading.plan.services[i], tariffs[i], network.band_grams));
    add_rates(loading, loading.plan.services[i], network.services.back());
  }
}

}  // namespace millrace::network_reader
