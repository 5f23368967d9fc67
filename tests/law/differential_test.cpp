// The one law: the engine says what its slow twin says, outcome by outcome and digest by digest, in
// any batch size and any number of shards, through a restart, on millions of random commands.
// MILLRACE_SEED picks other histories; MILLRACE_COMMANDS more or fewer of them.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>

#include "tests/law/generator.h"
#include "tests/law/history.h"
#include "tests/law/shrink.h"
#include "tests/support/small_network.h"

namespace millrace::law {
namespace {

/// An engine of a history uses little of its tables. On huge pages the kernel would spend more time
/// zeroing the rest than engine and twin take together. A refusal costs time and nothing else.
[[maybe_unused]] const int small_pages = prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t base_seed() {
  return number_from("MILLRACE_SEED", 20'240'603);
}

/// What is running now, for the last words of a process whose CHECK failed.
std::array<char, 256> running{};

void say_seed(int /*signal*/) {
  [[maybe_unused]] const ssize_t ignored = write(2, running.data(), std::strlen(running.data()));
}

void announce(const std::string& text) {
  const std::size_t length = std::min(text.size(), running.size() - 1);
  std::memcpy(running.data(), text.data(), length);
  running[length] = '\0';
  (void)std::signal(SIGABRT, say_seed);
}

Network network_of(std::uint64_t seed) {
  return seed % 4 == 0 ? test::small_network() : test::random_network(seed);
}

std::string name_of(const EngineShape& shape) {
  return "batches of " + std::to_string(shape.batch_commands) + ", " +
         std::to_string(shape.shards) + " shards" + (shape.restarts ? ", with a restart" : "") +
         (shape.bit_by_bit ? ", putting away bit by bit" : ", putting away at once");
}

constexpr std::array<EngineShape, 8> shapes{{{1, 1, 1'024, false, true},
                                             {1, 4, 1'024, true, false},
                                             {7, 1, 1'024, true, true},
                                             {7, 4, 1'024, false, false},
                                             {256, 1, 1'024, false, false},
                                             {256, 4, 1'024, true, true},
                                             {4096, 1, 1'024, true, false},
                                             {4096, 4, 1'024, false, true}}};

/// Fails with a list of commands as short as it can find.
void fail_with(std::uint64_t seed, const Network& network, const Limits& limits,
               const History& history, const EngineShape& shape, const std::string& wrong) {
  const auto outcome_of = [&](const Commands& commands) {
    return in_child(
        [&] { return difference(network, limits, record(network, limits, commands), shape); });
  };
  const Commands fewest = shrink(
      history.commands, [&](const Commands& commands) { return !outcome_of(commands).empty(); });
  std::string text;
  for (const test::TestCommand& command : fewest) {
    text += "  " + to_text(command) + "\n";
  }
  ADD_FAILURE() << "seed=" << seed << ", " << name_of(shape) << "\n"
                << wrong << "\nshrunk to " << fewest.size() << " commands:\n"
                << text << outcome_of(fewest);
}

/// One history through every shape; false once it has failed.
bool check_history(std::uint64_t seed, const RecordOptions& options,
                   std::span<const EngineShape> engines) {
  const Network network = network_of(seed);
  const Limits limits = random_limits(seed);
  const History history = record(network, limits, seed, options);
  if (!history.wrong.empty()) {
    ADD_FAILURE() << "seed=" << seed << " " << history.wrong;
    return false;
  }
  for (const EngineShape& shape : engines) {
    announce("seed=" + std::to_string(seed) + ", " + name_of(shape) + "\n");
    // MILLRACE_ISOLATE=1 shrinks a broken CHECK too, at the price of a process each.
    const auto check = [&] { return difference(network, limits, history, shape); };
    const std::string wrong = number_from("MILLRACE_ISOLATE", 0) != 0 ? in_child(check) : check();
    if (!wrong.empty()) {
      fail_with(seed, network, limits, history, shape, wrong);
      return false;
    }
  }
  return true;
}

/// What histories are made of, to be seen in the log: a generator that stops reaching some answer
/// would test less without failing.
class Differential : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Differential, EngineAgreesWithTwinInEveryShape) {
  const std::uint64_t commands = number_from("MILLRACE_COMMANDS", 5'000'000) / 8;
  const std::uint64_t first = base_seed() * 1'000'003 + GetParam() * 1'000'000'007;
  std::cout << "seed=" << base_seed() << "\n";
  std::uint64_t done = 0;
  for (std::uint64_t i = 0; done < commands; ++i) {
    const RecordOptions options{.commands = 500 + (first + i * 977) % 2'500};
    if (!check_history(first + i, options, shapes)) {
      return;
    }
    done += options.commands;
  }
  std::cout << done << " commands in " << shapes.size() << " shapes\n";
}

INSTANTIATE_TEST_SUITE_P(Law, Differential, testing::Range<std::uint64_t>(0, 8));

/// Fewer histories, but long enough to fill batches of 4096 many times over.
TEST(DifferentialLong, EngineAgreesWithTwin) {
  for (std::uint64_t i = 0; i < 4; ++i) {
    const std::uint64_t seed = base_seed() + 31 * i;
    if (!check_history(seed, {.commands = 20'000, .invariants_every = 100}, shapes)) {
      return;
    }
  }
}

/// The engine looks at all of its tables after every command.
TEST(DifferentialAudit, EngineAuditsItselfAfterEveryCommand) {
  constexpr std::array<EngineShape, 1> audited{{{1, 4, 1, true, false}}};
  for (std::uint64_t i = 0; i < 50; ++i) {
    if (!check_history(base_seed() * 7 + i, {.commands = 1'000}, audited)) {
      return;
    }
  }
}

/// With every wave pending that may be, no more are proposed until the oldest is gone.
TEST(DifferentialWaves, EngineAgreesWithTwinOnTheMostPendingWaves) {
  const Network network = test::small_network([](Network& figures) {
    figures.nodes[0].daily_shipments_max = 1'000'000;
    figures.wave.orders_max = 1;
  });
  const Time now{test::monday_morning.us + 15 * 60 * us_per_minute};
  Commands commands{
      {now, DefineSku{{0, 1}, Sku{7}, 100, 0, 0}, {}, {}, false},
      {now, ReceiveStock{{0, 2}, Sku{7}, Units{100'000}, NodeIndex{0}, 0}, {}, {}, false}};
  const auto order = [&](std::uint64_t id) {
    OrderHead head{};
    head.id = {1, id};
    head.country = make_country('U', 'S');
    commands.push_back(test::make_order(now, head, {{Sku{7}, Units{1}, 0}}));
  };
  for (std::uint64_t id = 0; id < pending_waves_max + 3; ++id) {
    order(id);
  }
  // Not the oldest first: the place of the next id is not free yet.
  for (const std::uint64_t wave : {2ULL, 1ULL}) {
    ReleaseWave release{};
    release.wave = WaveId{wave};
    commands.push_back(test::make_release(now, release, {}));
    order(100'000 + wave);
  }
  Limits limits;
  limits.orders_max = 1U << 17U;
  const History history =
      record(network, limits, commands, {.invariants_every = 30'000, .checkpoint_every = 30'000});
  EXPECT_EQ(history.wrong, "");
  // As many as may be pending, and one with the last order, once the oldest is gone.
  EXPECT_EQ(history.proposals.size(), pending_waves_max + 1);
  EXPECT_EQ(difference(network, limits, history, {.batch_commands = 4'096, .restarts = true}), "");
}

}  // namespace
}  // namespace millrace::law
