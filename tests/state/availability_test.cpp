// Reads of availability against the tables themselves, and beside threads that write them.
#include "engine/state/availability.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace millrace {
namespace {

Limits limits_of(std::uint32_t skus_max, std::uint32_t shards = 1) {
  Limits limits;
  limits.skus_max = skus_max;
  limits.shards = shards;
  return limits;
}

GetAvailability ask(std::uint64_t sku, NodeIndex node = all_nodes) {
  return {Sku{sku}, node, {}};
}

/// Answers each question by itself.
Availability one(const AvailabilityReader& reader, GetAvailability question) {
  Availability answer{};
  reader.answer(std::span(&question, 1), std::span(&answer, 1));
  return answer;
}

TEST(AvailabilityReads, KnowWhatIsThere) {
  Catalogue catalogue(100, Touch::as_used);
  StockTable stock(limits_of(100), 3);
  const AvailabilityReader reader(catalogue, stock, 3);
  EXPECT_EQ(one(reader, ask(7)), (Availability{Units{0}, 0, Known::unknown_sku, 0}));
  EXPECT_EQ(one(reader, ask(0)), (Availability{Units{0}, 0, Known::unknown_sku, 0}));

  const Row row = catalogue.add({Sku{7}, 100, 0, 0});
  EXPECT_EQ(one(reader, ask(7)), (Availability{Units{0}, 0, Known::yes, 0}));
  stock.set_on_hand(row, NodeIndex{0}, Units{5});
  stock.set_on_hand(row, NodeIndex{2}, Units{4});
  stock.hold(row, NodeIndex{2}, Units{1});
  EXPECT_EQ(one(reader, ask(7)), (Availability{Units{8}, 2, Known::yes, 0}));
  EXPECT_EQ(one(reader, ask(7, NodeIndex{2})), (Availability{Units{3}, 1, Known::yes, 0}));
  EXPECT_EQ(one(reader, ask(7, NodeIndex{1})), (Availability{Units{0}, 0, Known::yes, 0}));
  EXPECT_EQ(one(reader, ask(7, NodeIndex{3})), (Availability{Units{0}, 0, Known::unknown_node, 0}));
  EXPECT_EQ(one(reader, ask(7, NodeIndex{0xfffe})).known, Known::unknown_node);
  EXPECT_EQ(one(reader, ask(8, NodeIndex{0xfffe})).known, Known::unknown_sku);
}

TEST(AvailabilityReads, MoreThanCanBeToldIsToldAsTheMost) {
  Catalogue catalogue(1, Touch::as_used);
  StockTable stock(limits_of(1), 2);
  const AvailabilityReader reader(catalogue, stock, 2);
  const Row row = catalogue.add({Sku{7}, 100, 0, 0});
  stock.set_on_hand(row, NodeIndex{0}, Units{4'000'000'000});
  stock.set_on_hand(row, NodeIndex{1}, Units{294'967'294});
  EXPECT_EQ(one(reader, ask(7)).units, Units{4'294'967'294});
  stock.set_on_hand(row, NodeIndex{1}, Units{4'000'000'000});
  EXPECT_EQ(one(reader, ask(7)), (Availability{units_countless, 2, Known::yes, 0}));
}

TEST(AvailabilityReads, AreSumsOfTheCells) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  constexpr std::uint32_t nodes = 40;
  constexpr std::uint32_t skus = 5000;
  Catalogue catalogue(skus, Touch::as_used);
  StockTable stock(limits_of(skus, 4), nodes);
  const AvailabilityReader reader(catalogue, stock, nodes);
  for (std::uint32_t at = 0; at < skus; ++at) {
    const Row row = catalogue.add({Sku{at * 7919ULL + 1}, 1, 0, 0});
    for (std::uint64_t cell = random() % 8; cell > 0; --cell) {
      const NodeIndex node{static_cast<std::uint16_t>(random() % nodes)};
      stock.set_on_hand(row, node, Units{static_cast<std::uint32_t>(random() % 1000)});
    }
  }
  std::vector<GetAvailability> questions;
  for (std::uint32_t at = 0; at < skus; ++at) {
    questions.push_back(ask(at * 7919ULL + 1));
  }
  std::vector<Availability> answers(questions.size());
  reader.answer(questions, answers);
  for (std::uint32_t at = 0; at < skus; ++at) {
    Availability expected{Units{0}, 0, Known::yes, 0};
    for (std::uint16_t node = 0; node < nodes; ++node) {
      const Units units = stock.available(Row{at}, NodeIndex{node});
      expected.units += units;
      expected.node_count =
          static_cast<std::uint16_t>(expected.node_count + (units > Units{0} ? 1 : 0));
    }
    ASSERT_EQ(answers[at], expected) << at;
  }
}

/// What a reader has seen of each SKU; says what cannot be.
class Watcher {
 public:
  explicit Watcher(std::uint32_t skus) : seen_(skus, Availability{}), answers_(skus) {
    for (std::uint32_t at = 0; at < skus; ++at) {
      questions_.push_back(ask(at + 1));
    }
  }

  [[nodiscard]] std::string look(const AvailabilityReader& reader, std::uint32_t defined) {
    reader.answer(questions_, answers_);
    for (std::uint32_t at = 0; at < seen_.size(); ++at) {
      const Availability now = answers_[at];
      if (now.known != Known::yes && (at < defined || seen_[at].known == Known::yes)) {
        return "a SKU that was defined is unknown";
      }
      if (now.units > Units{100} || (seen_[at].units > Units{0} && now.units > seen_[at].units)) {
        return "units rose";
      }
      seen_[at] = now;
    }
    return "";
  }

 private:
  std::vector<GetAvailability> questions_;
  std::vector<Availability> seen_;
  std::vector<Availability> answers_;
};

TEST(AvailabilityReads, BesideThreadsThatDefineSkusAndHoldStock) {
  constexpr std::uint32_t skus = 3000;
  Catalogue catalogue(skus, Touch::as_used);
  StockTable stock(limits_of(skus), 16);
  const AvailabilityReader reader(catalogue, stock, 16);
  std::atomic<std::uint32_t> defined{0};
  std::atomic<bool> done{false};
  std::vector<std::string> problems(2);
  std::vector<std::thread> readers;
  for (std::string& problem : problems) {
    readers.emplace_back([&] {
      Watcher watcher(skus);
      while (problem.empty() && !done) {
        problem = watcher.look(reader, defined.load(std::memory_order_acquire));
      }
    });
  }
  std::thread allocate([&] {
    for (std::uint32_t at = 0; at < skus; ++at) {
      while (defined.load(std::memory_order_acquire) <= at) {
        std::this_thread::yield();
      }
      stock.set_on_hand(Row{at}, NodeIndex{3}, Units{100});
      for (int unit = 0; unit < 100; ++unit) {
        stock.hold(Row{at}, NodeIndex{3}, Units{1});
      }
    }
  });
  for (std::uint32_t at = 0; at < skus; ++at) {
    catalogue.add({Sku{at + 1}, 1, 0, 0});
    defined.store(at + 1, std::memory_order_release);
    catalogue.update(Row{at}, 2, 1);
  }
  allocate.join();
  done = true;
  for (std::thread& thread : readers) {
    thread.join();
  }
  for (const std::string& problem : problems) {
    EXPECT_EQ(problem, "");
  }
  for (std::uint32_t at = 0; at < skus; ++at) {
    ASSERT_EQ(one(reader, ask(at + 1)), (Availability{Units{0}, 0, Known::yes, 0}));
  }
}

}  // namespace
}  // namespace millrace
