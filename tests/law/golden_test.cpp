// The same digests from every build: compiler, optimisation, machine. A change of the rules, or of
// the generator that makes these histories, changes them, and then they are written anew on
// purpose.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "tests/law/generator.h"
#include "tests/law/history.h"
#include "tests/support/small_network.h"

namespace millrace::law {
namespace {

struct Golden {
  std::uint64_t seed;
  std::uint64_t digest;
};

constexpr std::array<Golden, 3> golden{
    {{1, 8103536795952206291ULL}, {2, 9470799595726677259ULL}, {3, 4939630378065591885ULL}}};

TEST(Golden, DigestsAreThoseOfEveryBuild) {
  for (const Golden& each : golden) {
    const Network network =
        each.seed == 1 ? test::small_network() : test::random_network(each.seed);
    const Limits limits = random_limits(each.seed);
    const History history =
        record(network, limits, each.seed, {.commands = 3'000, .invariants_every = 100});
    EXPECT_EQ(history.checkpoints.back().digest, each.digest) << "twin, seed " << each.seed;
    // The engine against the twin.
    EXPECT_EQ(difference(network, limits, history, {.batch_commands = 64, .shards = 2}), "");
  }
}

}  // namespace
}  // namespace millrace::law
