// Reads nodes.csv, regions.csv and the zones between them.
#include <algorithm>
#include <limits>
#include <set>

#include "adapters/config/network_reader.h"
#include "adapters/config/text_value.h"

namespace millrace::network_reader {
namespace {

constexpr std::uint64_t cents_max = 10'000'000;

bool is_code(std::string_view text, std::size_t size_max) {
  return text.size() <= size_max && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

bool is_capital_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Latitude and longitude, which only a distance rule needs.
Coordinates read_coordinates(TableFile& file, std::size_t latitude, std::size_t longitude,
                             bool needed) {
  Coordinates at;
  if (needed || !file.raw(latitude).empty()) {
    at.latitude = file.decimal(latitude, -90, 90).value_or(0);
  }
  if (needed || !file.raw(longitude).empty()) {
    at.longitude = file.decimal(longitude, -180, 180).value_or(0);
  }
  return at;
}

struct NodeColumn {
  enum : std::size_t {
    code,
    city,
    state,
    postal,
    lat,
    lon,
    utc_offset_minutes,
    cutoff,
    working_days,
    daily_shipments,
    handling_cents,
    vendor,
  };
};

Node read_node(TableFile& file) {
  using Column = NodeColumn;
  Node node;
  node.code = file.text(Column::code).value_or("");
  if (!is_code(node.code, 16)) {
    file.error(Column::code, "a code has at most 16 letters, digits, - and _");
  }
  node.utc_offset_minutes = static_cast<std::int16_t>(
      file.whole_signed(Column::utc_offset_minutes, -840, 840).value_or(0));
  const std::optional<std::uint16_t> cutoff_minute = parse_clock(file.raw(Column::cutoff));
  if (!cutoff_minute.has_value()) {
    file.error(Column::cutoff,
               in_quotes(file.raw(Column::cutoff)) + " is not a time of day such as 14:30");
  }
  node.cutoff_minute = cutoff_minute.value_or(0);
  const std::optional<std::uint8_t> days = parse_weekdays(file.raw(Column::working_days));
  if (!days.has_value()) {
    file.error(Column::working_days,
               in_quotes(file.raw(Column::working_days)) +
                   " is not a list of weekdays such as mon-fri or \"mon wed\"");
  }
  node.working_days = days.value_or(0);
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  node.daily_shipments_max =
      static_cast<std::uint32_t>(file.whole(Column::daily_shipments, 0, most).value_or(0));
  if (file.raw(Column::daily_shipments) == "0") {
    file.warn(Column::daily_shipments, "this node will never ship anything");
  }
  node.handling_cents =
      static_cast<std::uint32_t>(file.whole(Column::handling_cents, 0, cents_max).value_or(0));
  const std::string_view vendor = file.raw(Column::vendor);
  node.vendor = vendor == "yes";
  if (!vendor.empty() && vendor != "yes" && vendor != "no") {
    file.error(Column::vendor, in_quotes(vendor) + " is neither yes nor no");
  }
  return node;
}

struct RegionColumn {
  enum : std::size_t { country, prefix, population, lat, lon };
};

/// Country and prefix of a region; `*` is every postal code of the country.
std::optional<Region> read_region_key(TableFile& file) {
  const std::string_view country = file.raw(RegionColumn::country);
  const bool is_country = country.size() == 2 &&
                          std::ranges::all_of(country, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_country) {
    file.error(RegionColumn::country, "a country is two capital letters such as US");
    return std::nullopt;
  }
  std::string_view prefix = file.raw(RegionColumn::prefix);
  if (prefix == "*") {
    prefix = "";
  } else if (prefix.empty() || prefix.size() > 8 ||
             !std::ranges::all_of(prefix, is_capital_or_digit)) {
    file.error(RegionColumn::prefix,
               "a prefix is 1 to 8 capital letters and digits, or * for the whole country");
    return std::nullopt;
  }
  return Region{make_country(country[0], country[1]), make_postal(prefix.data(), prefix.size()),
                static_cast<std::uint8_t>(prefix.size())};
}

std::pair<std::uint16_t, std::uint64_t> key_of(const Region& region) {
  return {region.country.packed, region.prefix.packed};
}

void compute_zones(Loading& loading) {
  const NetworkFiles& files = loading.files;
  std::vector<std::uint8_t>& zones = loading.files.network.zones;
  zones.reserve(files.region_places.size() * files.node_places.size());
  const std::vector<std::uint32_t>& miles = loading.plan.zone_miles;
  for (const RegionPlace& region : files.region_places) {
    for (const NodePlace& node : files.node_places) {
      const double distance = distance_miles(region.at, node.at);
      const auto bound = std::ranges::find_if(
          miles, [distance](std::uint32_t limit) { return distance <= limit; });
      zones.push_back(static_cast<std::uint8_t>(bound - miles.begin()));
    }
  }
}

constexpr std::uint8_t no_zone = 0xff;

/// One line of zones.csv: a cell for each node that the header names.
void read_zone_line(Loading& loading, TableFile& file,
                    const std::vector<std::optional<NodeIndex>>& column_node,
                    std::set<std::uint16_t>& seen) {
  const std::optional<Region> key = read_region_key(file);
  if (!key.has_value()) {
    return;
  }
  const auto region = loading.region_by_prefix.find(key_of(*key));
  if (region == loading.region_by_prefix.end()) {
    file.error(RegionColumn::prefix, "there is no such region in regions.csv");
    return;
  }
  if (!seen.insert(region->second.value).second) {
    file.error(RegionColumn::prefix, "the region appears twice");
    return;
  }
  for (std::size_t column = 0; column < column_node.size(); ++column) {
    const std::string& name = file.table().others()[column];
    const auto zone = file.whole_of(name, file.table().other(column), 1, zones_max);
    if (!zone.has_value()) {
      continue;
    }
    loading.files.zone_count = std::max(loading.files.zone_count, static_cast<std::uint8_t>(*zone));
    if (column_node[column].has_value()) {
      const std::size_t cell =
          region->second.value * loading.files.network.nodes.size() + column_node[column]->value;
      loading.files.network.zones[cell] = static_cast<std::uint8_t>(*zone - 1);
    }
  }
}

void read_zone_table(Loading& loading) {
  Network& network = loading.files.network;
  network.zones.assign(network.regions.size() * network.nodes.size(), no_zone);
  TableFile file{loading, loading.plan.zones_file, {{"country", "prefix"}, {}, true}};
  std::vector<std::optional<NodeIndex>> column_node;
  for (const std::string& code : file.table().others()) {
    const auto found = loading.node_by_code.find(code);
    const bool known = found != loading.node_by_code.end();
    column_node.push_back(known ? std::optional{found->second} : std::nullopt);
    if (!known) {
      file.error_at(1, code, "there is no such node in nodes.csv");
    }
  }
  std::set<std::uint16_t> seen;
  while (file.next()) {
    read_zone_line(loading, file, column_node, seen);
  }
  if (!file.is_usable()) {
    return;
  }
  for (const Node& node : network.nodes) {
    if (std::ranges::find(file.table().others(), node.code) == file.table().others().end()) {
      file.error_at(1, node.code, "the node has no column");
    }
  }
  for (const auto& [key, region] : loading.region_by_prefix) {
    if (!seen.contains(region.value)) {
      const Region& missing = network.regions[region.value];
      file.error_at(0, "prefix", "the region " + postal_text(missing.prefix) + " has no line");
    }
  }
}

}  // namespace

void read_nodes(Loading& loading) {
  using Column = NodeColumn;
  TableFile file{loading,
                 "nodes.csv",
                 {{"code", "city", "state", "postal", "lat", "lon", "utc_offset_minutes", "cutoff",
                   "working_days", "daily_shipments", "handling_cents"},
                  {"vendor"}}};
  const bool needs_place = loading.plan.zones_file.empty();
  while (file.next()) {
    Node node = read_node(file);
    const NodeIndex index{static_cast<std::uint16_t>(loading.files.network.nodes.size())};
    if (index.value == nodes_max) {
      file.error(Column::code, "there are more than " + std::to_string(nodes_max) + " nodes");
      return;
    }
    if (!loading.node_by_code.emplace(node.code, index).second) {
      file.error(Column::code, "the code " + in_quotes(node.code) + " appears twice");
    }
    loading.files.network.nodes.push_back(std::move(node));
    loading.files.node_places.push_back(
        {std::string{file.raw(Column::city)}, std::string{file.raw(Column::state)},
         std::string{file.raw(Column::postal)},
         read_coordinates(file, Column::lat, Column::lon, needs_place)});
  }
}

void read_regions(Loading& loading) {
  using Column = RegionColumn;
  TableFile file{loading, "regions.csv", {{"country", "prefix", "population"}, {"lat", "lon"}}};
  const bool needs_place = loading.plan.zones_file.empty();
  if (needs_place && file.is_usable() && !(file.has(Column::lat) && file.has(Column::lon))) {
    file.error_at(1, file.has(Column::lat) ? "lon" : "lat",
                  "zones by distance need the columns lat and lon");
    return;
  }
  std::uint64_t population_sum = 0;
  while (file.next()) {
    const Coordinates at = read_coordinates(file, Column::lat, Column::lon, needs_place);
    const std::uint64_t people = file.whole(Column::population, 0, 10'000'000'000).value_or(0);
    population_sum += people;
    const std::optional<Region> region = read_region_key(file);
    if (!region.has_value()) {
      continue;
    }
    const RegionIndex index{static_cast<std::uint16_t>(loading.files.network.regions.size())};
    if (index == RegionIndex{no_region.value - 1}) {
      file.error(Column::prefix, "there are more than 65,534 regions");
      return;
    }
    if (!loading.region_by_prefix.emplace(key_of(*region), index).second) {
      file.error(Column::prefix, "the prefix appears twice");
      continue;
    }
    loading.files.network.regions.push_back(*region);
    loading.files.region_places.push_back({at, people});
    loading.files.network.demand.push_back(static_cast<std::uint32_t>(
        std::min<std::uint64_t>(people, std::numeric_limits<std::uint32_t>::max())));
  }
  if (!loading.files.network.regions.empty() && population_sum == 0) {
    file.error_at(0, "population", "nobody lives in any region");
  }
}

void read_zones(Loading& loading) {
  if (!loading.plan.zones_file.empty()) {
    read_zone_table(loading);
  } else if (!loading.plan.zone_miles.empty()) {
    compute_zones(loading);
  }
}

}  // namespace millrace::network_reader
