// The one law through threads: whatever the placement, the batches and the shards, a live pipeline
// answers what the twin says to its journal, and the journal gives the same state again.
#include "engine/runtime/pipeline.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/wire/wire_encoders.h"
#include "engine/engine.h"
#include "engine/journal/writer.h"
#include "engine/runtime/placement.h"
#include "engine/runtime/recovery.h"
#include "tests/law/generator.h"
#include "tests/law/live.h"
#include "tests/support/sim_disk.h"
#include "tests/support/small_network.h"

namespace millrace::law {
namespace {

constexpr std::size_t clients = 2;
constexpr std::size_t commands_per_client = 8'000;

std::uint64_t base_seed() {
  const char* const text = std::getenv("MILLRACE_SEED");
  return text == nullptr ? 20'240'603 : std::strtoull(text, nullptr, 10);
}

struct Shape {
  std::size_t placement;
  std::uint32_t batch_commands;
  std::uint32_t shards;
};

Limits limits_of(const Shape& shape) {
  return {.skus_max = 64,
          .orders_max = 1U << 16U,
          .slices_max = 1U << 19U,
          .backorders_max = 1U << 17U,
          .commands_max = 5'000,
          .shards = shape.shards};
}

/// A pipeline that is started, loaded, stopped and recovered from its journal.
class Live {
 public:
  Live(const Network& network, const Shape& shape)
      : network_(network),
        shape_(shape),
        limits_(limits_of(shape)),
        batch_limits_{.commands_max = shape.batch_commands},
        encoders_(batch_limits_),
        clock_(test::monday_morning) {
    disks_.push_back(std::make_unique<test::SimDisk>());
  }

  /// Recovers, and lets the clients loose until all is answered.
  void round(std::uint64_t seed) {
    Recovered recovered = recover_now();
    JournalWriter writer;
    const Result<void> opened = writer.open(
        *disks_.back(), {.network = network_.fingerprint(), .segment_bytes = 4U << 20U, .key = 7},
        recovered.tail);
    ASSERT_TRUE(opened.ok());
    PipelineOptions options;
    options.placement = placements[shape_.placement];
    options.limits = batch_limits_;
    Pipeline pipeline(*recovered.engine, &writer, recorder_, clock_, encoders_, options);
    std::vector<std::thread> threads;
    pipeline.start();
    for (std::size_t client = 0; client < clients; ++client) {
      const std::uint64_t session = sessions_++;
      threads.emplace_back([this, &pipeline, session, seed] {
        const std::unique_ptr<Port> port = pipeline.open_port();
        Client(network_, *port, recorder_, clock_, batch_limits_,
               {.session = session,
                .seed = seed + session,
                .commands = commands_per_client,
                .frame_commands_max = std::min(shape_.batch_commands, 100U)})
            .run();
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    pipeline.stop();
    EXPECT_FALSE(pipeline.failed());
    digest_ = recovered.engine->digest();
    EXPECT_EQ(recovered.engine->audit().value_or(""), "");
    // What a crash at this moment would leave; the writer still holds the other.
    disks_.push_back(disks_.back()->crash());
  }

  Recovered recover_now() {
    Result<Recovered> recovered = recover(*disks_.back(), network_, limits_, encoders_, {});
    CHECK(recovered.ok());
    return std::move(recovered.value());
  }

  void expect_lawful() {
    History history;
    EXPECT_EQ(recorder_.difference(network_, limits_, history), "");
    EXPECT_EQ(recorder_.disorder(), 0U);
    ASSERT_FALSE(history.checkpoints.empty());
    EXPECT_EQ(history.checkpoints.back().digest, digest_) << "twin and live engine";
    EXPECT_EQ(recover_now().engine->digest(), digest_) << "journal and live engine";
    std::cout << history.commands.size() << " commands, " << history.proposals.size() << " waves\n";
  }

 private:
  const Network& network_;
  Shape shape_;
  Limits limits_;
  BatchLimits batch_limits_;
  WireEncoders encoders_;
  std::vector<std::unique_ptr<test::SimDisk>> disks_;
  SharedClock clock_;
  Recorder recorder_;
  std::uint64_t sessions_ = 0;
  std::uint64_t digest_ = 0;
};

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
                                         Shape{2, 7, 1}, Shape{2, 256, 4}, Shape{2, 4096, 1}),
                         [](const auto& shape) {
                           return std::string(placements[shape.param.placement].name) + "_" +
                                  std::to_string(shape.param.batch_commands) + "_" +
                                  std::to_string(shape.param.shards);
                         });

}  // namespace
}  // namespace millrace::law
