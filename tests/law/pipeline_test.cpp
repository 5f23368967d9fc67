// The one law through threads: whatever the placement, the batches and the shards, a live pipeline
// answers what the twin says to its journal, and the journal gives the same state again.
#include "engine/runtime/pipeline.h"

#include <gtest/gtest.h>

#include <iostream>
#include <string>

#include "tests/law/live_journal.h"

namespace millrace::law {
namespace {

class LivePipeline : public testing::TestWithParam<Shape> {};

TEST_P(LivePipeline, AnswersWhatTheTwinSaysToItsJournal) {
  std::cout << "seed=" << base_seed() << "\n";
  for (std::uint64_t i = 0; i < 2; ++i) {
    const Network network =
        i == 0 ? test::small_network() : test::random_network(base_seed() + GetParam().shards);
    Live live(network, GetParam());
    // The second round goes on from the journal of the first.
    live.round(base_seed() + 100 * i);
    live.round(base_seed() + 100 * i + 50);
    live.expect_lawful();
  }
}

INSTANTIATE_TEST_SUITE_P(Law, LivePipeline,
                         testing::Values(Shape{0, 1, 1}, Shape{0, 256, 4}, Shape{0, 4096, 1},
                                         Shape{1, 7, 4}, Shape{1, 256, 1}, Shape{1, 4096, 4},
                                         Shape{2, 7, 1}, Shape{2, 256, 4}, Shape{2, 4096, 1},
                                         Shape{3, 7, 4}, Shape{3, 256, 1}, Shape{3, 4096, 4}),
                         [](const auto& shape) {
                           return std::string(placements[shape.param.placement].name) + "_" +
                                  std::to_string(shape.param.batch_commands) + "_" +
                                  std::to_string(shape.param.shards);
                         });

}  // namespace
}  // namespace millrace::law
