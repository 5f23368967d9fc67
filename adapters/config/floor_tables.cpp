// Reads bins.csv, and makes floor plans of what the files say of a node.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "adapters/config/network_reader.h"
#include "adapters/config/text_value.h"

namespace millrace {
namespace network_reader {
namespace {

struct Column {
  enum : std::size_t { node, zone, aisle, bin, bay, sku, units };
};

using AisleName = std::tuple<std::uint16_t, std::string, std::string>;

std::map<AisleName, std::uint32_t> aisles_by_name(const NetworkFiles& files) {
  std::map<AisleName, std::uint32_t> found;
  for (std::uint32_t at = 0; at < files.aisles.size(); ++at) {
    const PickZone& zone = files.pick_zones[files.aisles[at].pick_zone];
    found.emplace(AisleName{zone.node.value, zone.code, files.aisles[at].code}, at);
  }
  return found;
}

}  // namespace

void read_bins(Loading& loading) {
  if (!has_file(loading, "bins.csv")) {
    return;
  }
  TableFile file{
      loading, "bins.csv", {{"node", "zone", "aisle", "bin", "bay", "sku", "units"}, {}}};
  const std::map<AisleName, std::uint32_t> aisles = aisles_by_name(loading.files);
  std::unordered_map<std::uint64_t, std::uint32_t> item_of;
  for (std::uint32_t at = 0; at < loading.files.catalogue.size(); ++at) {
    item_of.emplace(loading.files.catalogue[at].sku.value, at);
  }
  std::set<std::tuple<std::uint16_t, std::string, std::uint64_t>> seen;
  while (file.next()) {
    const std::optional<NodeIndex> node = file.node(Column::node);
    const std::optional<std::string> code = file.text(Column::bin);
    const auto bay = file.whole(Column::bay, 1, 100'000);
    const auto sku = file.whole(Column::sku, 1, ~std::uint64_t{0});
    const auto units = file.whole(Column::units, 0, stock_units_max);
    if (!node || !code || !bay || !sku || !units) {
      continue;
    }
    const auto aisle = aisles.find(AisleName{node->value, std::string{file.raw(Column::zone)},
                                             std::string{file.raw(Column::aisle)}});
    if (aisle == aisles.end()) {
      file.error(Column::aisle, "this node has no aisle " + in_quotes(file.raw(Column::aisle)) +
                                    " in a pick zone " + in_quotes(file.raw(Column::zone)));
      continue;
    }
    if (const std::uint32_t bays = loading.files.aisles[aisle->second].bays; *bay > bays) {
      file.error(Column::bay, "the aisle has only " + std::to_string(bays) + " bays");
    }
    const auto item = item_of.find(*sku);
    if (item == item_of.end()) {
      file.error(Column::sku, "there is no SKU " + std::to_string(*sku) + " in catalogue.csv");
      continue;
    }
    if (!seen.emplace(node->value, *code, *sku).second) {
      file.error(Column::sku, "the SKU appears twice in this bin");
      continue;
    }
    loading.files.bins.push_back({aisle->second, static_cast<std::uint32_t>(*bay), *code,
                                  item->second, Units{static_cast<std::uint32_t>(*units)}});
  }
}

}  // namespace network_reader

FloorPlan floor_plan_of(const NetworkFiles& files, NodeIndex node) {
  FloorPlan plan;
  plan.node = node;
  std::map<std::uint32_t, std::uint32_t> aisle_of;
  std::map<std::pair<std::string, std::string>, std::uint32_t> by_name;
  for (std::uint32_t zone = 0; zone < files.pick_zones.size(); ++zone) {
    if (files.pick_zones[zone].node != node) {
      continue;
    }
    const PickZone& from = files.pick_zones[zone];
    const auto number = static_cast<std::uint32_t>(plan.zones.size());
    plan.zones.push_back({from.code, from.name});
    for (std::uint32_t aisle = 0; aisle < files.aisles.size(); ++aisle) {
      if (files.aisles[aisle].pick_zone == zone) {
        const auto at = static_cast<std::uint32_t>(plan.aisles.size());
        aisle_of.emplace(aisle, at);
        by_name.emplace(std::pair(from.code, files.aisles[aisle].code), at);
        plan.aisles.push_back({number, files.aisles[aisle].code});
      }
    }
  }
  std::set<std::uint32_t> placed;
  for (const StockBin& bin : files.bins) {
    if (const auto aisle = aisle_of.find(bin.aisle); aisle != aisle_of.end()) {
      placed.insert(bin.item);
      plan.bins.push_back(
          {aisle->second, bin.bay, bin.code, files.catalogue[bin.item].sku, bin.units});
    }
  }
  for (const StockLevel& level : files.stock) {
    const CatalogueItem& item = files.catalogue[level.item];
    const auto aisle = by_name.find(std::pair(item.pick_zone, item.aisle));
    if (level.node == node && !placed.contains(level.item) && aisle != by_name.end()) {
      plan.bins.push_back({aisle->second, 1, item.aisle, item.sku, level.units});
    }
  }
  plan.arrange();
  return plan;
}

std::vector<WaveTemplate> wave_templates_of(const NetworkFiles& files, NodeIndex node) {
  std::vector<WaveTemplate> templates;
  for (const WaveTemplateRow& row : files.wave_templates) {
    if (!std::binary_search(row.nodes.begin(), row.nodes.end(), node)) {
      continue;
    }
    WaveTemplate& rules = templates.emplace_back(row.rules);
    for (const PickZone& zone : files.pick_zones) {
      if (zone.node == node && !row.zones.empty()) {
        rules.zones.push_back(std::find(row.zones.begin(), row.zones.end(), zone.code) !=
                              row.zones.end());
      }
    }
  }
  return templates;
}

}  // namespace millrace
