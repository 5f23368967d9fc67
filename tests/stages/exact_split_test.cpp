// The cheapest split against all splits, on networks where costs tie and sets of lines compete for
// the same node.
#include "engine/stages/exact_split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace millrace {
namespace {

using Way = std::vector<NodeIndex>;

/// Few prices, so that many ways cost the same; in some, two light parcels are cheaper than one
/// heavy, so that a node that is the cheapest of two sets must not get both.
Network network_of(std::mt19937_64& random, std::uint32_t node_count) {
  Network network;
  for (std::uint32_t node = 0; node < node_count; ++node) {
    Node settings;
    settings.code = "N" + std::to_string(node);
    settings.handling_cents = static_cast<std::uint32_t>(random() % 2);
    network.nodes.push_back(settings);
    network.zones.push_back(static_cast<std::uint8_t>(random() % 3));
  }
  network.channels = {"web"};
  network.regions = {Region{make_country('U', 'S'), PostalCode{0}, 0}};
  network.band_grams = {10, 20, 40};
  Service service;
  service.name = "ground";
  for (std::uint32_t cell = 0; cell < network.band_grams.size() * zones_max; ++cell) {
    // A heavier parcel never costs less.
    const std::uint32_t lighter = cell < zones_max ? 1 : service.cents[cell - zones_max];
    service.cents.push_back(lighter + static_cast<std::uint32_t>(random() % 4));
  }
  network.services = {service};
  network.compile();
  return network;
}

std::uint64_t cost_of(const Network& network, const RouteOrder& order, const Surcharges& extra,
                      const Way& way) {
  std::map<std::uint16_t, std::uint64_t> grams;
  std::uint64_t cents = 0;
  for (std::uint32_t line = 0; line < way.size(); ++line) {
    grams[way[line].value] += grams_of(order.lines[line], order.lines[line].units).value;
    cents += extra.cents(line, way[line]);
  }
  for (const auto& [node, weight] : grams) {
    cents +=
        network.shipment_cost(order.service, order.region, NodeIndex{node}, Grams{weight}).value +
        extra.parcel_cents;
  }
  return cents;
}

/// Tries every way in lexicographic order; the first of the cheapest.
void try_all(const Network& network, const RouteOrder& order, const LineMasks& masks,
             const Surcharges& extra, Way& way, Way& best, std::uint64_t& best_cents) {
  if (way.size() == order.lines.size()) {
    const std::uint64_t cents = cost_of(network, order, extra, way);
    if (cents < best_cents) {
      best = way;
      best_cents = cents;
    }
    return;
  }
  const auto& mask = masks[way.size()];
  for (std::uint16_t node = 0; node < network.node_count(); ++node) {
    if (((mask[node / node_lanes] >> (node % node_lanes)) & 1U) != 0) {
      way.push_back(NodeIndex{node});
      try_all(network, order, masks, extra, way, best, best_cents);
      way.pop_back();
    }
  }
}

TEST(ExactSplit, IsTheFirstOfTheCheapestWays) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 3'000; ++round) {
    const auto node_count =
        static_cast<std::uint32_t>(random() % 3 == 0 ? 17 + random() % 4 : 2 + random() % 5);
    const Network network = network_of(random, node_count);
    const std::size_t line_count = 2 + random() % 5;
    std::vector<ResolvedLine> lines;
    LineMasks masks{};
    for (std::size_t line = 0; line < line_count; ++line) {
      lines.push_back(ResolvedLine{Row{static_cast<std::uint32_t>(line)}, Units{1},
                                   static_cast<std::uint32_t>(1 + random() % 30),
                                   static_cast<std::uint32_t>(line), 0});
      for (int chosen = 0; chosen < 4; ++chosen) {
        const std::uint32_t node = static_cast<std::uint32_t>(random()) % node_count;
        masks[line][node / node_lanes] = static_cast<std::uint16_t>(masks[line][node / node_lanes] |
                                                                    (1U << (node % node_lanes)));
      }
    }
    const std::size_t stride = (node_count + node_lanes - 1) / node_lanes * node_lanes;
    std::vector<std::uint32_t> more(line_count * stride);
    std::generate(more.begin(), more.end(),
                  [&] { return static_cast<std::uint32_t>(random() % 3); });
    const bool surcharged = random() % 2 == 0;
    const Surcharges extra{static_cast<std::uint32_t>(random() % 3),
                           surcharged ? more.data() : nullptr, stride};
    const RouteOrder order(RegionIndex{0}, ServiceIndex{0}, lines);
    Way way;
    Way best;
    std::uint64_t best_cents = ~std::uint64_t{0};
    try_all(network, order, masks, extra, way, best, best_cents);
    // With few steps, the nodes are gone through: the same way is found.
    for (const std::uint32_t steps_max : {20'000U, 2U}) {
      ExactSplit split(network, static_cast<std::uint32_t>(stride / node_lanes),
                       {.line_surcharges = true, .steps_max = steps_max});
      const auto found = split.search(order, masks, extra);
      ASSERT_EQ(Way(found.begin(), found.end()), best)
          << "round " << round << ", steps " << steps_max;
    }
  }
}

}  // namespace
}  // namespace millrace
