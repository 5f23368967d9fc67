// What orders take of memory, as the engine says it of itself.
#include <gtest/gtest.h>

#include "engine/engine.h"
#include "tests/support/batch_builder.h"
#include "tests/support/small_network.h"

namespace millrace::test {
namespace {

constexpr Time now{monday_morning.us + 15 * 60 * us_per_minute};

/// Orders of a lamp and a rug each, all of them in stock.
std::vector<TestCommand> orders_of_two_lines(std::uint64_t count) {
  std::vector<TestCommand> commands{
      {now, DefineSku{{0, 1}, Sku{7}, 100, 0, 0}, {}, {}, false},
      {now, DefineSku{{0, 2}, Sku{8}, 100, 0, 0}, {}, {}, false},
      {now, ReceiveStock{{0, 3}, Sku{7}, Units{1'000'000}, NodeIndex{0}, 0}, {}, {}, false},
      {now, ReceiveStock{{0, 4}, Sku{8}, Units{1'000'000}, NodeIndex{0}, 0}, {}, {}, false}};
  for (std::uint64_t id = 1; id <= count; ++id) {
    OrderHead head{};
    head.id = {1, id};
    head.country = make_country('U', 'S');
    commands.push_back(make_order(now, head, {{Sku{7}, Units{1}, 0}, {Sku{8}, Units{1}, 0}}));
  }
  return commands;
}

TEST(OrderMemory, IsThatOfRecordsAndSlices) {
  constexpr std::uint64_t orders = 100;
  const Network network =
      small_network([](Network& figures) { figures.nodes[0].daily_shipments_max = 1'000'000; });
  Engine engine(network, Limits{.orders_max = 1'000, .slices_max = 10'000});
  EXPECT_EQ(engine.stats().bytes_an_order, 0U);
  BatchBuilder builder({});
  Batch batch{BatchLimits{}};
  const std::vector<TestCommand> commands = orders_of_two_lines(orders);
  for (std::span<const TestCommand> rest(commands); !rest.empty();) {
    rest = rest.subspan(builder.fill(batch, rest));
    engine.apply(batch);
  }
  const Stats stats = engine.stats();
  ASSERT_EQ(stats.orders_allocated, orders);
  EXPECT_EQ(stats.orders_in_memory, orders);
  // A record, two slices, an id with its place in the index, and where notes and shipments begin.
  EXPECT_EQ(stats.bytes_an_order, sizeof(OrderRecord) + 2 * sizeof(Slice) + sizeof(OrderId) +
                                      2 * sizeof(std::uint32_t) +
                                      IdIndex::bytes_of(orders) / orders);
  // Ten million of 2.1 lines are to fit into 2.5 GB.
  EXPECT_LT(stats.bytes_an_order, 250U);
}

}  // namespace
}  // namespace millrace::test
