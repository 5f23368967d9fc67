// Reads what stands in the nodes: pick zones, aisles, the catalogue and the stock.
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "adapters/config/network_reader.h"
#include "adapters/config/text_value.h"
#include "engine/core/command.h"

namespace millrace::network_reader {
namespace {

struct ItemColumn {
  enum : std::size_t { sku, name, weight_grams, flags, pick_zone, aisle };
};

struct LevelColumn {
  enum : std::size_t { sku, node, units };
};

constexpr std::array<std::pair<std::string_view, SkuFlag>, 4> flag_names{
    {{"fragile", SkuFlag::fragile},
     {"hazardous", SkuFlag::hazardous},
     {"oversize", SkuFlag::oversize},
     {"service", SkuFlag::service}}};

/// Flags by name with blanks between; an empty field has none.
std::uint16_t read_flags(TableFile& file) {
  std::uint32_t flags = 0;
  std::string_view rest = file.raw(ItemColumn::flags);
  while (!rest.empty()) {
    const std::size_t end = rest.find(' ');
    const std::string_view word = rest.substr(0, end);
    bool known = false;
    for (const auto& [name, flag] : flag_names) {
      if (word == name) {
        flags |= static_cast<std::uint32_t>(flag);
        known = true;
      }
    }
    if (!known) {
      file.error(ItemColumn::flags,
                 in_quotes(word) + " is none of fragile, hazardous, oversize and service");
    }
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return static_cast<std::uint16_t>(flags);
}

/// Whether a number of the length of a GTIN ends in the digit the others demand: they count three
/// and one in turn from the right, and all of them add up to a multiple of ten.
bool has_gtin_check_digit(std::string_view digits) {
  std::uint32_t sum = 0;
  std::uint32_t weight = 1;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    sum += static_cast<std::uint32_t>(*digit - '0') * weight;
    weight = 4 - weight;
  }
  return sum % 10 == 0;
}

bool has_gtin_size(std::size_t size) {
  return size == 8 || (size >= 12 && size <= 14);
}

CatalogueItem read_item(TableFile& file) {
  CatalogueItem item;
  item.sku = Sku{file.whole(ItemColumn::sku, 1, ~std::uint64_t{0}).value_or(0)};
  const std::string_view digits = file.raw(ItemColumn::sku);
  if (item.sku != Sku{0} && has_gtin_size(digits.size()) && !has_gtin_check_digit(digits)) {
    file.warn(ItemColumn::sku,
              std::string{digits} + " has the length of a barcode but not its check digit");
  }
  item.name = file.text(ItemColumn::name).value_or("");
  item.weight_grams = static_cast<std::uint32_t>(
      file.whole(ItemColumn::weight_grams, 0, weight_grams_max).value_or(0));
  item.flags = read_flags(file);
  item.pick_zone = file.raw(ItemColumn::pick_zone);
  item.aisle = file.raw(ItemColumn::aisle);
  return item;
}

/// Pick zones and aisles of all nodes, to find out whether an item has its place in each node that
/// keeps it.
class Places {
 public:
  explicit Places(const Loading& loading) {
    for (const Aisle& aisle : loading.files.aisles) {
      const PickZone& zone = loading.files.pick_zones[aisle.pick_zone];
      aisles_.insert(key(zone.node, zone.code, aisle.code));
    }
  }

  [[nodiscard]] bool has(NodeIndex node, const CatalogueItem& item) const {
    return aisles_.contains(key(node, item.pick_zone, item.aisle));
  }

 private:
  static std::string key(NodeIndex node, const std::string& zone, const std::string& aisle) {
    return std::to_string(node.value) + '\n' + zone + '\n' + aisle;
  }

  std::unordered_set<std::string> aisles_;
};

}  // namespace

void read_pick_zones(Loading& loading) {
  enum : std::size_t { node_column, zone_column, name_column };

  TableFile file{loading, "pick_zones.csv", {{"node", "zone", "name"}, {}}};
  std::unordered_set<std::string> seen;
  while (file.next()) {
    const std::optional<NodeIndex> node = file.node(node_column);
    const std::optional<std::string> code = file.text(zone_column);
    if (!node.has_value() || !code.has_value()) {
      continue;
    }
    if (!seen.insert(std::to_string(node->value) + '\n' + *code).second) {
      file.error(zone_column, "the pick zone " + in_quotes(*code) + " appears twice in this node");
    }
    loading.files.pick_zones.push_back({*node, *code, std::string{file.raw(name_column)}});
  }
}

void read_aisles(Loading& loading) {
  enum : std::size_t { node_column, zone_column, aisle_column, bays_column };

  TableFile file{loading, "aisles.csv", {{"node", "zone", "aisle", "bays"}, {}}};
  std::unordered_map<std::string, std::uint32_t> zone_by_name;
  for (std::uint32_t i = 0; i < loading.files.pick_zones.size(); ++i) {
    const PickZone& zone = loading.files.pick_zones[i];
    zone_by_name.emplace(std::to_string(zone.node.value) + '\n' + zone.code, i);
  }
  std::unordered_set<std::string> seen;
  while (file.next()) {
    const std::optional<NodeIndex> node = file.node(node_column);
    const std::optional<std::string> code = file.text(aisle_column);
    const auto bays = file.whole(bays_column, 1, 100'000);
    if (!node.has_value() || !code.has_value()) {
      continue;
    }
    const std::string zone_name =
        std::to_string(node->value) + '\n' + std::string{file.raw(zone_column)};
    const auto zone = zone_by_name.find(zone_name);
    if (zone == zone_by_name.end()) {
      file.error(zone_column, "this node has no pick zone " + in_quotes(file.raw(zone_column)) +
                                  " in pick_zones.csv");
      continue;
    }
    if (!seen.insert(zone_name + '\n' + *code).second) {
      file.error(aisle_column,
                 "the aisle " + in_quotes(*code) + " appears twice in this pick zone");
    }
    loading.files.aisles.push_back(
        {zone->second, *code, static_cast<std::uint32_t>(bays.value_or(0))});
  }
}

void read_catalogue(Loading& loading) {
  TableFile file{loading,
                 "catalogue.csv",
                 {{"sku", "name", "weight_grams", "flags", "pick_zone", "aisle"}, {}}};
  std::unordered_set<std::uint64_t> seen;
  while (file.next()) {
    CatalogueItem item = read_item(file);
    if (item.sku != Sku{0} && !seen.insert(item.sku.value).second) {
      file.error(ItemColumn::sku, "the SKU " + std::to_string(item.sku.value) + " appears twice");
      continue;
    }
    loading.files.catalogue.push_back(std::move(item));
  }
}

void read_stock(Loading& loading) {
  TableFile file{loading, "stock.csv", {{"sku", "node", "units"}, {}}};
  std::unordered_map<std::uint64_t, std::uint32_t> item_by_sku;
  for (std::uint32_t i = 0; i < loading.files.catalogue.size(); ++i) {
    item_by_sku.emplace(loading.files.catalogue[i].sku.value, i);
  }
  const Places places{loading};
  std::unordered_set<std::uint64_t> seen;
  while (file.next()) {
    const auto sku = file.whole(LevelColumn::sku, 1, ~std::uint64_t{0});
    const std::optional<NodeIndex> node = file.node(LevelColumn::node);
    const auto units = file.whole(LevelColumn::units, 0, stock_units_max);
    if (!sku.has_value() || !node.has_value() || !units.has_value()) {
      continue;
    }
    const auto item = item_by_sku.find(*sku);
    if (item == item_by_sku.end()) {
      if (!item_by_sku.empty()) {
        file.error(LevelColumn::sku,
                   "there is no SKU " + std::to_string(*sku) + " in catalogue.csv");
      }
      continue;
    }
    if (!seen.insert(std::uint64_t{item->second} * nodes_max + node->value).second) {
      file.error(LevelColumn::sku, "the SKU appears twice for this node");
      continue;
    }
    const CatalogueItem& entry = loading.files.catalogue[item->second];
    if (!loading.files.aisles.empty() && !places.has(*node, entry)) {
      file.error(LevelColumn::node, "this node has no aisle " + in_quotes(entry.aisle) +
                                        " in a pick zone " + in_quotes(entry.pick_zone) +
                                        ", where the catalogue keeps this SKU");
    }
    loading.files.stock.push_back({item->second, *node, Units{static_cast<std::uint32_t>(*units)}});
  }
}

}  // namespace millrace::network_reader
