// Orders are a function of seed and index, and their frequencies are those that were asked for.
#include "tools/load/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "tools/load/network_demand.h"

namespace millrace::load {
namespace {

Demand small_demand(std::size_t skus = 1000) {
  Demand demand;
  for (std::size_t i = 0; i < skus; ++i) {
    demand.skus.emplace_back(1000 + i);
  }
  for (const auto& [prefix, weight] :
       std::map<std::string, double>{{"606", 6}, {"021", 3}, {"9", 1}}) {
    demand.destinations.push_back({make_country('U', 'S'), postal_inside(prefix), weight});
  }
  demand.channel_count = 3;
  demand.service_count = 2;
  return demand;
}

struct Orders {
  std::vector<OrderHead> heads;
  std::vector<OrderLine> lines;

  friend bool operator==(const Orders& a, const Orders& b) {
    const auto same = [](const auto& x, const auto& y) {
      const auto left = std::as_bytes(std::span(x));
      const auto right = std::as_bytes(std::span(y));
      return left.size() == right.size() &&
             std::memcmp(left.data(), right.data(), left.size()) == 0;
    };
    return same(a.heads, b.heads) && same(a.lines, b.lines);
  }
};

constexpr std::size_t no_bound = 1U << 30U;

Orders make(const OrderGenerator& generator, std::uint64_t first, std::uint32_t count) {
  Orders orders;
  EXPECT_EQ(generator.append(first, count, no_bound, orders.heads, orders.lines), count);
  return orders;
}

TEST(Generator, AnOrderIsAFunctionOfSeedAndIndex) {
  const OrderGenerator generator(small_demand(), {.seed = 42});
  const OrderGenerator same(small_demand(), {.seed = 42});
  const OrderGenerator other(small_demand(), {.seed = 43});
  const Orders all = make(generator, 0, 1000);
  EXPECT_TRUE(all == make(same, 0, 1000));
  EXPECT_FALSE(all == make(other, 0, 1000));
  Orders pieces;
  for (std::uint64_t first = 0; first < 1000; first += 125) {
    EXPECT_EQ(same.append(first, 125, no_bound, pieces.heads, pieces.lines), 125U);
  }
  EXPECT_TRUE(all == pieces);
}

TEST(Generator, IdsNeverRepeat) {
  std::set<Id128> seen;
  for (const std::uint64_t seed : {0ULL, 1ULL, 2ULL, ~0ULL}) {
    for (std::uint64_t index = 0; index < 50'000; ++index) {
      EXPECT_FALSE(order_id(seed, index).is_zero());
      EXPECT_TRUE(seen.insert(order_id(seed, index)).second) << "seed=" << seed << " " << index;
      EXPECT_TRUE(seen.insert(cancel_id(seed, index)).second) << "seed=" << seed << " " << index;
    }
  }
  EXPECT_EQ(make(OrderGenerator(small_demand(), {.seed = 2}), 5, 1).heads[0].id, order_id(2, 5));
}

TEST(Generator, OrdersAreWellFormed) {
  const Demand demand = small_demand(7);
  const OrderGenerator generator(demand, {.seed = 3, .lines_max = 6});
  const Orders orders = make(generator, 0, 20'000);
  std::size_t at = 0;
  for (const OrderHead& head : orders.heads) {
    ASSERT_GE(head.line_count, 1);
    ASSERT_LE(head.line_count, 6);
    ASSERT_LT(head.channel.value, 3);
    ASSERT_LT(head.service.value, 2);
    ASSERT_LE(head.policy, policy_bits);
    std::set<Sku> skus;
    for (int i = 0; i < head.line_count; ++i, ++at) {
      const OrderLine& line = orders.lines.at(at);
      ASSERT_TRUE(skus.insert(line.sku).second) << "an order names a SKU twice";
      ASSERT_GE(line.quantity.value, 1U);
      ASSERT_LE(line.quantity.value, 3U);
    }
  }
  EXPECT_EQ(at, orders.lines.size());
}

/// Chi-square per degree of freedom is near 1 for the right weights; 2 is far beyond chance for
/// more than 30 degrees and still generous for the few below.
void expect_shares(const std::vector<std::uint64_t>& counts, const std::vector<double>& weights) {
  double sum = 0;
  double total = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    sum += weights[i];
    total += static_cast<double>(counts[i]);
  }
  double chi = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double expected = total * weights[i] / sum;
    const double off = static_cast<double>(counts[i]) - expected;
    chi += off * off / expected;
  }
  EXPECT_LT(chi / static_cast<double>(weights.size() - 1), weights.size() > 30 ? 2 : 6);
}

TEST(Generator, PopularityIsZipf) {
  AliasTable table(zipf_weights(500, 0.99));
  std::vector<std::uint64_t> counts(500);
  Random random(11, 0);
  for (int i = 0; i < 400'000; ++i) {
    ++counts[table.draw(random)];
  }
  expect_shares(counts, zipf_weights(500, 0.99));

  const OrderGenerator generator(small_demand(500), {.seed = 1, .lines_max = 1});
  std::vector<std::uint64_t> sold(500);
  for (const OrderLine& line : make(generator, 0, 200'000).lines) {
    ++sold.at(line.sku.value - 1000);
  }
  expect_shares(sold, zipf_weights(500, 0.99));
}

TEST(Generator, WhatANetworkKeepsMostOfSellsMost) {
  NetworkFiles files;
  for (std::uint64_t sku = 1; sku <= 100; ++sku) {
    CatalogueItem item;
    item.sku = Sku{sku};
    files.catalogue.push_back(item);
  }
  files.stock = {
      {41, NodeIndex{0}, Units{60}}, {7, NodeIndex{0}, Units{100}}, {41, NodeIndex{1}, Units{60}}};
  files.network.regions = {{make_country('U', 'S'), make_postal("606", 3), 3},
                           {make_country('U', 'S'), make_postal("", 0), 0}};
  files.region_places = {{{}, 5}, {{}, 0}};
  files.network.channels = {"web", "shop"};
  files.network.services.resize(3);
  const Demand demand = demand_of(files, Popular::most_stock);
  ASSERT_EQ(demand.skus.size(), 100U);
  EXPECT_EQ(demand.skus[0], Sku{42});
  EXPECT_EQ(demand.skus[1], Sku{8});
  EXPECT_FALSE(std::is_sorted(demand.skus.begin() + 2, demand.skus.end()));
  const Demand scattered = demand_of(files, Popular::scattered);
  EXPECT_FALSE(std::is_sorted(scattered.skus.begin(), scattered.skus.end()));
  files.stock.clear();
  EXPECT_EQ(scattered.skus, demand_of(files, Popular::most_stock).skus);
  EXPECT_EQ(demand.destinations[0].postal, make_postal("60601", 5));
  EXPECT_EQ(demand.destinations[0].weight, 5);
  EXPECT_EQ(demand.destinations[1].postal, make_postal("00001", 5));
  EXPECT_EQ(demand.channel_count, 2U);
  EXPECT_EQ(demand.service_count, 3U);
}

TEST(Generator, AHotSkuIsOnceInEveryOrder) {
  const Demand demand = small_demand();
  const OrderGenerator generator(demand, {.seed = 5, .hot = true});
  const auto made = make(generator, 0, 1000);
  std::size_t line = 0;
  for (const OrderHead& head : made.heads) {
    const auto lines = std::span(made.lines).subspan(line, head.line_count);
    line += head.line_count;
    EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                            [&](const OrderLine& l) { return l.sku == demand.skus[0]; }),
              1);
  }
}

TEST(Generator, LineCountsAndDestinationsHaveTheirShares) {
  const Demand demand = small_demand();
  const OrderGenerator generator(demand, {.seed = 5});
  std::vector<std::uint64_t> line_counts(5);
  std::vector<std::uint64_t> destinations(3);
  for (const OrderHead& head : make(generator, 0, 200'000).heads) {
    ++line_counts[head.line_count - 1U];
    for (std::size_t i = 0; i < 3; ++i) {
      destinations[i] += head.postal == demand.destinations[i].postal ? 1 : 0;
    }
  }
  expect_shares(line_counts, {1, 0.61, 0.61 * 0.61, std::pow(0.61, 3), std::pow(0.61, 4)});
  expect_shares(destinations, {3, 6, 1});
}

TEST(Generator, AZeroWeightIsNeverDrawn) {
  const std::vector<double> weights{0, 1, 0, 3, 0};
  const AliasTable table(weights);
  Random random(2, 0);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint32_t drawn = table.draw(random);
    ASSERT_TRUE(drawn == 1 || drawn == 3);
  }
}

TEST(Generator, PoliciesAreThoseAskedFor) {
  for (const auto mix : {PolicyMix::ship_complete, PolicyMix::split, PolicyMix::backorder,
                         PolicyMix::split_and_backorder}) {
    EXPECT_EQ(policy_mix_of(name_of(mix)), mix);
    const OrderGenerator generator(small_demand(), {.policy = mix});
    for (const OrderHead& head : make(generator, 0, 100).heads) {
      EXPECT_EQ(head.policy, static_cast<std::uint8_t>(mix));
    }
  }
  const OrderGenerator generator(small_demand(), {.policy = PolicyMix::mixed});
  std::vector<std::uint64_t> counts(4);
  for (const OrderHead& head : make(generator, 0, 100'000).heads) {
    ++counts[head.policy];
  }
  expect_shares(counts, {2, 3, 1, 4});
  EXPECT_FALSE(policy_mix_of("everything").has_value());
}

TEST(Generator, BodiesMadeAheadRepeatUnderNewIds) {
  const OrderGenerator generator(small_demand(), {.seed = 9, .distinct = 64});
  const Orders first = make(generator, 0, 64);
  EXPECT_TRUE(first == make(OrderGenerator(small_demand(), {.seed = 9}), 0, 64));
  Orders again = make(generator, 320, 64);
  for (std::size_t i = 0; i < 64; ++i) {
    EXPECT_NE(first.heads[i].id, again.heads[i].id);
    again.heads[i].id = first.heads[i].id;
  }
  EXPECT_TRUE(first == again);
}

TEST(Generator, AFrameStopsBeforeItsLinesOverflow) {
  const OrderGenerator generator(small_demand(), {.seed = 4});
  Orders orders;
  const std::uint32_t made = generator.append(0, 1000, 100, orders.heads, orders.lines);
  EXPECT_LT(made, 1000U);
  EXPECT_EQ(made, orders.heads.size());
  EXPECT_LE(orders.lines.size(), 100U);
  EXPECT_GT(orders.lines.size(), 90U);
}

TEST(Generator, CancelsTheShareAskedFor) {
  const OrderGenerator generator(small_demand(), {.seed = 4, .cancels = 0.1});
  const OrderGenerator none(small_demand(), {.seed = 4});
  int cancelled = 0;
  for (std::uint64_t index = 0; index < 100'000; ++index) {
    cancelled += generator.is_cancelled(index) ? 1 : 0;
    EXPECT_FALSE(none.is_cancelled(index));
  }
  EXPECT_NEAR(cancelled, 10'000, 400);
}

TEST(Generator, PostalCodesLieInsideTheirRegion) {
  const auto same = [](PostalCode postal, const char* text) {
    return postal == make_postal(text, std::strlen(text));
  };
  EXPECT_TRUE(same(postal_inside("606"), "60601"));
  EXPECT_TRUE(same(postal_inside("9"), "90001"));
  EXPECT_TRUE(same(postal_inside(""), "00001"));
  EXPECT_TRUE(same(postal_inside("60614"), "60614"));
  EXPECT_TRUE(same(postal_inside("SW1A1AA"), "SW1A1AA"));
}

}  // namespace
}  // namespace millrace::load
