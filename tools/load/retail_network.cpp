// Weights, places and stock are not in the shop's file; they are drawn by the seed (docs/load.md).
#include "tools/load/retail_network.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "tools/load/random.h"
#include "tools/load/text_file.h"

namespace millrace::load {
namespace {

constexpr std::uint64_t item_key = 0x6974656dULL;
constexpr std::uint64_t stock_key = 0x73746f636bULL;
/// Nodes besides the largest that keep a SKU.
constexpr std::size_t other_nodes = 3;
/// Of a SKU's stock lie at the largest node.
constexpr std::uint64_t largest_node_percent = 40;

struct Place {
  std::string zone;
  std::string aisle;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_fragile(const RetailProduct& product) {
  constexpr std::array<std::string_view, 6> words{"GLASS",     "CERAMIC", "CHINA",
                                                  "PORCELAIN", "MIRROR",  "TEACUP"};
  return std::any_of(words.begin(), words.end(),
                     [&product](std::string_view word) { return contains(product.name, word); });
}

/// Aisles that every node has, of the zones for what is fragile or of the others.
std::vector<Place> common_places(const NetworkFiles& files, bool for_fragile) {
  std::map<std::pair<std::string, std::string>, std::size_t> nodes_with;
  for (const Aisle& aisle : files.aisles) {
    const PickZone& zone = files.pick_zones[aisle.pick_zone];
    if (contains(zone.name, "Fragile") == for_fragile && !contains(zone.name, "Hazardous")) {
      ++nodes_with[{zone.code, aisle.code}];
    }
  }
  std::vector<Place> places;
  for (const auto& [place, count] : nodes_with) {
    if (count == files.network.nodes.size()) {
      places.push_back({place.first, place.second});
    }
  }
  if (places.empty()) {
    places.emplace_back();
  }
  return places;
}

std::string csv_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + '"';
}

/// From 32 g to 2 kg, every doubling as likely as the others.
std::uint32_t draw_grams(Random& random) {
  const std::uint32_t octave = 32U << random.below(6);
  return octave + random.below(octave);
}

std::string catalogue(const NetworkFiles& base, const std::vector<RetailProduct>& products,
                      std::uint64_t seed) {
  const std::array<std::vector<Place>, 2> places{common_places(base, false),
                                                 common_places(base, true)};
  std::string out = "sku,name,weight_grams,flags,pick_zone,aisle\n";
  for (const RetailProduct& product : products) {
    Random random(seed ^ item_key, product.sku.value);
    const bool fragile = is_fragile(product);
    const auto grams = draw_grams(random);
    const std::vector<Place>& choice = places.at(fragile ? 1 : 0);
    const Place& place = choice[random.below(choice.size())];
    const std::string& name = product.name.empty() ? product.code : product.name;
    out += std::to_string(product.sku.value) + ',' + csv_quoted(name) + ',' +
           std::to_string(grams) + (fragile ? ",fragile," : ",,") + place.zone + ',' + place.aisle +
           '\n';
  }
  return out;
}

std::size_t largest_node(const Network& network) {
  const auto largest = std::max_element(
      network.nodes.begin(), network.nodes.end(),
      [](const Node& a, const Node& b) { return a.daily_shipments_max < b.daily_shipments_max; });
  return static_cast<std::size_t>(largest - network.nodes.begin());
}

/// The largest node, then a few others drawn without repetition.
std::vector<std::size_t> draw_nodes(const Network& network, Random& random) {
  std::vector<std::size_t> nodes{largest_node(network)};
  while (nodes.size() < std::min(network.nodes.size(), 1 + other_nodes)) {
    const std::size_t node = random.below(network.nodes.size());
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) {
      nodes.push_back(node);
    }
  }
  return nodes;
}

std::string stock(const Network& network, const std::vector<RetailProduct>& products,
                  const RetailStockOptions& options) {
  std::string out = "sku,node,units\n";
  for (const RetailProduct& product : products) {
    Random random(options.seed ^ stock_key, product.sku.value);
    const std::uint64_t percent = (60 + random.below(81)) * std::uint64_t{options.percent} / 100;
    std::uint64_t left = product.units_asked * percent / 100;
    const std::vector<std::size_t> nodes = draw_nodes(network, random);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::uint64_t units = i + 1 == nodes.size() ? left
                                  : i == 0              ? left * largest_node_percent / 100
                                                        : left / (nodes.size() - i);
      left -= units;
      if (units > 0) {
        out += std::to_string(product.sku.value) + ',' + network.nodes[nodes[i]].code + ',' +
               std::to_string(units) + '\n';
      }
    }
  }
  return out;
}

}  // namespace

void quicken_network(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / "network.toml";
  toml::table plan = toml::parse(read_text_file(path));
  if (!plan.contains("wave")) {
    plan.insert("wave", toml::table{{"orders_max", 50}, {"cutoff_lead", "30m"}});
  }
  plan["wave"].as_table()->insert_or_assign("age_max", "1s");
  plan.insert("life", toml::table{});
  toml::table& life = *plan["life"].as_table();
  life.insert_or_assign("payment_hold", "2s");
  life.insert_or_assign("feedback_after", "1s");
  life.insert_or_assign("return_window_days", 0);
  std::ostringstream out;
  out << plan << '\n';
  write_text_file(path, out.str());
}

void write_retail_network(const std::filesystem::path& directory,
                          const std::vector<RetailProduct>& products,
                          const std::filesystem::path& base, const NetworkFiles& base_files,
                          const RetailStockOptions& options) {
  std::filesystem::create_directories(directory);
  for (const auto& entry : std::filesystem::directory_iterator(base)) {
    const std::filesystem::path name = entry.path().filename();
    const bool is_network = name.extension() == ".csv" || name.extension() == ".toml";
    if (is_network && name != "catalogue.csv" && name != "stock.csv") {
      std::filesystem::copy_file(entry.path(), directory / name,
                                 std::filesystem::copy_options::overwrite_existing);
    }
  }
  write_text_file(directory / "catalogue.csv", catalogue(base_files, products, options.seed));
  write_text_file(directory / "stock.csv", stock(base_files.network, products, options));
}

}  // namespace millrace::load
