// What orders take of memory, as the engine says it of itself.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "engine/journal/archive_file.h"
#include "engine/runtime/filing.h"
#include "tests/support/batch_builder.h"
#include "tests/support/memory_sections.h"
#include "tests/support/sim_disk.h"
#include "tests/support/small_network.h"

namespace millrace::test {
namespace {

constexpr Time now{monday_morning.us + 15 * 60 * us_per_minute};

TestCommand order_of_two_lines(std::uint64_t id, Units rugs = Units{1}) {
  OrderHead head{};
  head.id = {1, id};
  head.country = make_country('U', 'S');
  return make_order(now, head, {{Sku{7}, Units{1}, 0}, {Sku{8}, rugs, 0}});
}

/// A lamp and a rug, and more of both than anybody orders.
std::vector<TestCommand> stock() {
  return {{now, DefineSku{{0, 1}, Sku{7}, 100, 0, 0}, {}, {}, false},
          {now, DefineSku{{0, 2}, Sku{8}, 100, 0, 0}, {}, {}, false},
          {now, ReceiveStock{{0, 3}, Sku{7}, Units{1'000'000}, NodeIndex{0}, 0}, {}, {}, false},
          {now, ReceiveStock{{0, 4}, Sku{8}, Units{1'000'000}, NodeIndex{0}, 0}, {}, {}, false}};
}

/// An engine with more capacity than anybody asks for, and files to put orders away into.
class Engined {
 public:
  Engined() {
    engine.attach(std::make_shared<DiskArchive>(disk));
    apply(stock());
  }

  std::vector<Answer> apply(const std::vector<TestCommand>& commands) {
    std::vector<Answer> answers;
    for (std::span<const TestCommand> rest(commands); !rest.empty();) {
      rest = rest.subspan(builder_.fill(batch_, rest));
      engine.apply(batch_);
      for (Answer& answer : answers_of(batch_)) {
        answers.push_back(std::move(answer));
      }
    }
    return answers;
  }

  std::uint64_t put_away(std::uint16_t days) {
    const auto filed = file_orders(engine, disk, days, {});
    EXPECT_TRUE(filed.ok());
    if (!filed.value()) {
      return 0;
    }
    engine.let_go(*filed.value());
    return filed.value()->orders.size();
  }

  /// Bytes of a snapshot's sections.
  std::map<std::string, std::size_t> section_bytes() const {
    MemorySectionWriter writer;
    engine.save(writer);
    std::map<std::string, std::size_t> sizes;
    for (const auto& [name, bytes] : writer.sections()) {
      sizes[name] = bytes.size();
    }
    return sizes;
  }

 private:
  const Network network_ =
      small_network([](Network& figures) { figures.nodes[0].daily_shipments_max = 1'000'000; });
  BatchBuilder builder_{{}};
  Batch batch_{BatchLimits{}};

 public:
  SimDisk disk;
  Engine engine{network_, Limits{.orders_max = 50'000, .slices_max = 200'000}};
};

TEST(OrderMemory, IsThatOfRecordsAndSlices) {
  constexpr std::uint64_t orders = 100;
  Engined subject;
  EXPECT_EQ(subject.engine.stats().bytes_an_order, 0U);
  for (std::uint64_t id = 1; id <= orders; ++id) {
    subject.apply({order_of_two_lines(id)});
  }
  const Stats stats = subject.engine.stats();
  ASSERT_EQ(stats.orders_allocated, orders);
  EXPECT_EQ(stats.orders_in_memory, orders);
  // A record and its row, two slices, an id with its place in the index, and where notes and
  // shipments begin.
  EXPECT_EQ(stats.bytes_an_order, sizeof(OrderRecord) + 2 * sizeof(Slice) + sizeof(OrderId) +
                                      3 * sizeof(std::uint32_t) +
                                      IdIndex::bytes_of(orders) / orders);
  // Ten million of 2.1 lines are to fit into 2.5 GB.
  EXPECT_LT(stats.bytes_an_order, 250U);
}

TEST(OrderMemory, IsUsedAgainHoweverManyOrdersCome) {
  constexpr std::uint64_t turns = 40;
  constexpr std::uint64_t orders = 1'000;
  Engined subject;
  std::vector<Answer> first_answers;
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    std::vector<TestCommand> commands;
    for (std::uint64_t id = turn * orders + 1; id <= (turn + 1) * orders; ++id) {
      commands.push_back(order_of_two_lines(id));
    }
    const std::vector<Answer> answers = subject.apply(commands);
    first_answers = turn == 0 ? answers : first_answers;
    commands.clear();
    for (std::uint64_t id = turn * orders + 1; id <= (turn + 1) * orders; ++id) {
      commands.push_back({now, CancelOrder{{2, id}, {1, id}, 0, {}}, {}, {}, false});
    }
    subject.apply(commands);
    EXPECT_EQ(subject.put_away(0), orders);
  }
  const Stats stats = subject.engine.stats();
  EXPECT_EQ(stats.orders, turns * orders);
  EXPECT_EQ(stats.orders_put_away, turns * orders);
  EXPECT_EQ(stats.orders_in_memory, 0U);
  EXPECT_GT(stats.archive_bytes, turns * orders * sizeof(OrderRecord));
  std::map<std::string, std::size_t> bytes = subject.section_bytes();
  EXPECT_EQ(bytes.at("orders"), orders * sizeof(OrderRecord));
  EXPECT_EQ(bytes.at("slices"), orders * 2 * sizeof(Slice));

  // The first of all orders still answer, and leave nothing behind in memory.
  std::vector<TestCommand> again;
  std::vector<TestCommand> others;
  for (std::uint64_t id = 1; id <= orders; ++id) {
    again.push_back(order_of_two_lines(id));
    others.push_back(order_of_two_lines(id, Units{2}));
  }
  const std::vector<Answer> repeated = subject.apply(again);
  const std::vector<Answer> refused = subject.apply(others);
  for (std::size_t at = 0; at < orders; ++at) {
    EXPECT_EQ(repeated[at].outcome, first_answers[at].outcome);
    EXPECT_EQ(refused[at].outcome.refusal, Refusal::conflict);
  }
  EXPECT_EQ(subject.engine.stats().orders_in_memory, 0U);
  EXPECT_EQ(subject.engine.audit().value_or(""), "");
}

TEST(OrderMemory, KeepsOrdersForTheirDays) {
  Engined subject;
  subject.apply({order_of_two_lines(1),
                 order_of_two_lines(2),
                 {now, CancelOrder{{2, 1}, {1, 1}, 0, {}}, {}, {}, false}});
  EXPECT_EQ(subject.put_away(2), 0U);
  const auto pass = [&](std::uint64_t days) {
    subject.apply({{Time{now.us + days * us_per_day}, Tick{0}, {}, {}, false}});
  };
  pass(1);
  EXPECT_EQ(subject.put_away(2), 0U);
  pass(2);
  EXPECT_EQ(subject.put_away(2), 1U);
  // The other one is open, and stays as long as that takes.
  pass(2'000);
  EXPECT_EQ(subject.put_away(2), 0U);
  EXPECT_EQ(subject.engine.stats().orders_in_memory, 1U);
}

TEST(OrderMemory, IsNotKeptForAHoldThatNobodyReleased) {
  Engined subject;
  StepOrder hold{};
  hold.command = {2, 1};
  hold.order = {1, 1};
  hold.node = no_node;
  hold.line = any_line;
  hold.step = static_cast<std::uint8_t>(Step::hold);
  hold.reason = static_cast<std::uint8_t>(HoldReason::manual);
  const std::vector<Answer> answers =
      subject.apply({order_of_two_lines(1),
                     {now, hold, {}, {}, false},
                     {now, CancelOrder{{2, 2}, {1, 1}, 0, {}}, {}, {}, false}});
  ASSERT_EQ(answers[1].outcome.status, Status::accepted);
  ASSERT_EQ(answers[2].outcome.status, Status::cancelled);
  EXPECT_EQ(subject.put_away(0), 1U);
}

}  // namespace
}  // namespace millrace::test
