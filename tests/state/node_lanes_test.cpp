// Sixteen nodes at a time against their plain twins.
#include "engine/state/node_lanes.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace millrace {
namespace {

using Cells = std::array<std::uint32_t, node_lanes>;

/// Values whose comparison is where signed and unsigned differ, and small ones that tie.
std::uint32_t value(std::mt19937_64& random) {
  constexpr std::array<std::uint32_t, 6> corners{0,          1,          0x7fffffff,
                                                 0x80000000, 0xfffffffe, 0xffffffff};
  return random() % 2 == 0 ? corners[random() % corners.size()]
                           : static_cast<std::uint32_t>(random() % 4);
}

TEST(NodeLanes, CellsAtLeastIsAPlainComparison) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 20'000; ++round) {
    Cells cells{};
    for (std::uint32_t& cell : cells) {
      cell = value(random);
    }
    const std::uint32_t units = value(random);
    ASSERT_EQ(cells_at_least(cells.data(), units), plain::cells_at_least(cells.data(), units));
  }
}

TEST(NodeLanes, CheapestFindsEveryNodeOfTheLeastCost) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 20'000; ++round) {
    std::array<std::uint8_t, node_lanes> zones{};
    Cells cents{};
    Cells handling{};
    for (std::uint32_t node = 0; node < node_lanes; ++node) {
      zones[node] = static_cast<std::uint8_t>(random() % 16);
      cents[node] = round % 2 == 0 ? static_cast<std::uint32_t>(random() % 4)
                                   : static_cast<std::uint32_t>(random() % 0x7f000000);
      handling[node] = static_cast<std::uint32_t>(random() % 3);
    }
    const auto nodes = static_cast<std::uint32_t>(random() % 0xffff + 1);
    const ParcelPrices prices{zones.data(), cents.data(), handling.data()};
    const Cheapest found = cheapest(prices, nodes);
    const Cheapest expected = plain::cheapest(prices, nodes);
    ASSERT_EQ(found.cents, expected.cents);
    ASSERT_EQ(found.nodes, expected.nodes);
  }
}

TEST(NodeLanes, OffersAddUp) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 5'000; ++round) {
    Offers offers;
    Offers expected;
    for (int line = 0; line < 5; ++line) {
      Cells cells{};
      for (std::uint32_t& cell : cells) {
        cell = value(random);
      }
      const auto missing = static_cast<std::uint32_t>(random() % 1000);
      const auto grams = static_cast<std::uint32_t>(random() % 100'000);
      add_offers(cells.data(), missing, grams, offers);
      plain::add_offers(cells.data(), missing, grams, expected);
    }
    ASSERT_EQ(offers.units, expected.units);
    ASSERT_EQ(offers.grams, expected.grams);
  }
}

}  // namespace
}  // namespace millrace
