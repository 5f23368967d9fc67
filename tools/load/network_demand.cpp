// A region without population sends no orders.
#include "tools/load/network_demand.h"

#include <string>

namespace millrace::load {
namespace {

std::string prefix_of(const Region& region) {
  std::string prefix;
  for (std::uint32_t i = 0; i < region.prefix_length; ++i) {
    prefix += static_cast<char>((region.prefix.packed >> (56U - 8U * i)) & 0xffU);
  }
  return prefix;
}

}  // namespace

Demand demand_of(const NetworkFiles& files) {
  Demand demand;
  for (const CatalogueItem& item : files.catalogue) {
    demand.skus.push_back(item.sku);
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
