// A region without population sends no orders.
#include "tools/load/network_demand.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/hash.h"

namespace millrace::load {
namespace {

std::string prefix_of(const Region& region) {
  std::string prefix;
  for (std::uint32_t i = 0; i < region.prefix_length; ++i) {
    prefix += static_cast<char>((region.prefix.packed >> (56U - 8U * i)) & 0xffU);
  }
  return prefix;
}

/// Items, the most popular first. Neighbours in the catalogue do not share fame.
std::vector<std::uint32_t> by_popularity(const NetworkFiles& files, Popular popular) {
  std::vector<std::uint64_t> stock(files.catalogue.size());
  if (popular == Popular::most_stock) {
    for (const StockLevel& level : files.stock) {
      stock[level.item] += level.units.value;
    }
  }
  std::vector<std::uint32_t> items(files.catalogue.size());
  std::iota(items.begin(), items.end(), 0U);
  std::sort(items.begin(), items.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto key = [&](std::uint32_t item) {
      return std::pair(~stock[item], mix64(files.catalogue[item].sku.value));
    };
    return key(a) < key(b);
  });
  return items;
}

}  // namespace

Demand demand_of(const NetworkFiles& files, Popular popular) {
  Demand demand;
  for (const std::uint32_t item : by_popularity(files, popular)) {
    demand.skus.push_back(files.catalogue[item].sku);
  }
  for (std::size_t i = 0; i < files.network.regions.size(); ++i) {
    const Region& region = files.network.regions[i];
    demand.destinations.push_back({region.country, postal_inside(prefix_of(region)),
                                   static_cast<double>(files.region_places[i].population)});
  }
  demand.channel_count = static_cast<std::uint32_t>(files.network.channels.size());
  demand.service_count = static_cast<std::uint32_t>(files.network.services.size());
  return demand;
}

OrderNames names_of(const NetworkFiles& files) {
  OrderNames names{files.network.channels, {}};
  for (const Service& service : files.network.services) {
    names.services.push_back(service.name);
  }
  return names;
}

}  // namespace millrace::load
