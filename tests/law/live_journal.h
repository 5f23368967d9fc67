// A pipeline with a journal, round by round: what the tests of the law through threads and restarts
// share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/wire/wire_encoders.h"
#include "engine/engine.h"
#include "engine/journal/writer.h"
#include "engine/runtime/pipeline.h"
#include "engine/runtime/placement.h"
#include "engine/runtime/recovery.h"
#include "engine/runtime/snapshotter.h"
#include "engine/runtime/wave_advisor.h"
#include "engine/runtime/wave_feed.h"
#include "tests/law/generator.h"
#include "tests/law/live.h"
#include "tests/support/batch_builder.h"
#include "tests/support/sim_disk.h"
#include "tests/support/small_network.h"

namespace millrace::law {

inline constexpr std::size_t clients = 2;
inline constexpr std::size_t commands_per_client = 8'000;
/// Small, so that a round fills several.
inline constexpr std::uint64_t segment_bytes = 1U << 20U;

inline std::uint64_t base_seed() {
  const char* const text = std::getenv("MILLRACE_SEED");
  return text == nullptr ? 20'240'603 : std::strtoull(text, nullptr, 10);
}

struct Shape {
  std::size_t placement;
  std::uint32_t batch_commands;
  std::uint32_t shards;
};

inline Limits limits_of(const Shape& shape) {
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
  Live(const Network& network, const Shape& shape) : Live(network, shape, limits_of(shape)) {}

  Live(const Network& network, const Shape& shape, const Limits& limits)
      : network_(network),
        shape_(shape),
        limits_(limits),
        batch_limits_{.commands_max = shape.batch_commands},
        encoders_(batch_limits_),
        planner_encoders_(batch_limits_),
        clock_(test::monday_morning) {
    disks_.push_back(std::make_unique<test::SimDisk>());
  }

  /// Recovers, and lets the clients loose until all is answered.
  void round(std::uint64_t seed) {
    Recovered recovered = recover_now();
    JournalWriter writer;
    const Result<void> opened = writer.open(*disks_.back(),
                                            {.network = network_.fingerprint(),
                                             .bounds = bounds_of(limits_),
                                             .segment_bytes = segment_bytes,
                                             .key = 7},
                                            recovered.tail);
    ASSERT_TRUE(opened.ok());
    recovered.engine->set_bounds(bounds_of(limits_));
    PipelineOptions options;
    options.placement = placements[shape_.placement];
    options.limits = batch_limits_;
    WaveFeed feed(recorder_, 1U << 18U);
    WaveAdvisor advisor(feed, desks(), clock_, planner_encoders_, {.budget_us = 1'000});
    if (plan_waves_) {
      recovered.engine->tell_floors(FloorsTold::planned);
      Batch waiting(batch_limits_);
      recovered.engine->tell_waiting(waiting);
      advisor.hear(waiting);
    }
    Pipeline pipeline(*recovered.engine, &writer, feed, clock_, encoders_, options);
    pipeline.start();
    if (plan_waves_) {
      advisor.start(pipeline.open_port());
    }
    if (put_away_meanwhile_) {
      run_clients(pipeline, seed);
      put_away(*recovered.engine, pipeline.durable());
      std::thread beside([&] { put_away(*recovered.engine, pipeline.durable()); });
      run_clients(pipeline, seed);
      beside.join();
    }
    run_clients(pipeline, seed);
    if (plan_waves_) {
      await_planned(advisor, pipeline, seed);
    }
    advisor.stop();
    planned_ = advisor.counts();
    pipeline.stop();
    EXPECT_FALSE(pipeline.failed());
    digest_ = recovered.engine->digest();
    stats_ = recovered.engine->stats();
    EXPECT_EQ(recovered.engine->audit().value_or(""), "");
    // What a crash at this moment would leave; the writer still holds the other.
    disks_.push_back(disks_.back()->crash());
  }

  /// From now on a wave planner goes beside, at the nodes whose waves are planned.
  void plan_waves() { plan_waves_ = true; }

  /// What the planner did in the last round.
  [[nodiscard]] const WaveAdvisorCounts& planned() const { return planned_; }

  Recovered recover_now() {
    Result<Recovered> recovered = recover(*disks_.back(), network_, limits_, encoders_, {});
    CHECK(recovered.ok());
    return std::move(recovered.value());
  }

  Result<Recovered> recover_with(const Limits& limits, bool use_snapshots) {
    ReplayOptions options;
    options.use_snapshots = use_snapshots;
    return recover(disk(), network_, limits, encoders_, options);
  }

  /// Of everything there is.
  Result<SnapshotReport> snapshot(std::uint32_t keep, const std::function<bool()>& stop = {}) {
    return snapshot_of(disk(), {.keep = keep}, stop);
  }

  Result<SnapshotReport> snapshot(const SnapshotOptions& options,
                                  const std::function<bool()>& stop) {
    return snapshot_of(disk(), options, stop);
  }

  Result<SnapshotReport> snapshot_of(Disk& disk, const SnapshotOptions& options,
                                     const std::function<bool()>& stop) {
    // The least that may be, so that the next round meets as many of them as it can.
    SnapshotOptions putting_away = options;
    putting_away.retention.days_over = 0;
    return take_snapshot(disk, network_, limits_, encoders_, stats_.sequence, putting_away, stop);
  }

  /// Whether the journal, from a snapshot or from its first command, gives the live state.
  void expect_same_state(bool from_snapshot) {
    const Result<Recovered> recovered = recover_with(limits_, from_snapshot);
    ASSERT_TRUE(recovered.ok()) << recovered.error().text;
    EXPECT_EQ(recovered.value().snapshot.has_value(), from_snapshot);
    EXPECT_EQ(recovered.value().engine->digest(), digest_);
    EXPECT_EQ(recovered.value().engine->stats().orders, stats_.orders);
  }

  /// The same of another disk that has the journal, from whatever it can go on from.
  void expect_same_state_on(Disk& disk) {
    const Result<Recovered> recovered = recover(disk, network_, limits_, encoders_, {});
    ASSERT_TRUE(recovered.ok()) << recovered.error().text;
    EXPECT_EQ(recovered.value().engine->digest(), digest_);
  }

  /// Commands of the whole journal that were refused for a reason.
  std::map<Refusal, std::size_t> refusals() {
    std::map<Refusal, std::size_t> counts;
    ReplayOptions options;
    options.use_snapshots = false;
    options.on_batch = [&counts](const Batch& batch) {
      for (const test::Answer& answer : test::answers_of(batch)) {
        ++counts[answer.outcome.refusal];
      }
    };
    EXPECT_TRUE(recover(disk(), network_, limits_, encoders_, options).ok());
    return counts;
  }

  /// From now on rounds have more clients, and snapshots between them and beside them that put away
  /// what they can.
  void put_away_meanwhile() { put_away_meanwhile_ = true; }

  void set_limits(const Limits& limits) { limits_ = limits; }

  [[nodiscard]] test::SimDisk& disk() { return *disks_.back(); }

  [[nodiscard]] const Stats& stats() const { return stats_; }

  [[nodiscard]] const Encoders& encoders() const { return encoders_; }

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
  WireEncoders planner_encoders_;
  std::vector<std::unique_ptr<test::SimDisk>> disks_;
  SharedClock clock_;
  Recorder recorder_;

  /// Lets the clients loose, and waits until all is answered.
  void run_clients(Pipeline& pipeline, std::uint64_t seed) {
    std::vector<std::thread> threads;
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
  }

  /// Takes a snapshot of all that is durable, and tells the live engine what it may let go of.
  void put_away(Engine& engine, Sequence durable) {
    SnapshotOptions options;
    options.retention.days_over = 0;
    options.retention.on_filed = [&engine](Filing filing) { engine.offer(std::move(filing)); };
    const Result<SnapshotReport> report =
        take_snapshot(*disks_.back(), network_, limits_, encoders_, durable, options);
    EXPECT_TRUE(report.ok()) << report.error().text;
  }

  /// The planner has what is left of the processor. Where it slept all the while, others took the
  /// orders by their age and nothing waits any more: then more must come.
  void await_planned(const WaveAdvisor& advisor, Pipeline& pipeline, std::uint64_t seed) {
    constexpr int leaps_a_try = 600;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (int leap = 1; advisor.counts().desks.orders == 0 && std::chrono::steady_clock::now() < end;
         ++leap) {
      clock_.set(Time{clock_.now().us + us_per_second});
      std::this_thread::yield();
      if (leap % leaps_a_try == 0) {
        run_clients(pipeline, seed + static_cast<std::uint64_t>(leap));
      }
    }
  }

  /// A floor of three aisles for each node, where nobody knows what lies where.
  [[nodiscard]] std::vector<std::unique_ptr<WaveDesk>> desks() const {
    WaveTemplate rules;
    rules.trigger.most.orders = 4;
    rules.trigger.age_us = us_per_minute;
    rules.units_min = 5;
    std::vector<std::unique_ptr<WaveDesk>> desks;
    for (std::uint16_t node = 0; node < network_.node_count(); ++node) {
      FloorPlan plan;
      plan.node = NodeIndex{node};
      plan.zones = {{"A", ""}};
      plan.aisles = {{0, "1"}, {0, "2"}, {0, "3"}};
      for (std::uint32_t sku = 1; sku <= 20; ++sku) {
        plan.bins.push_back({sku % 3, 1, "bin", Sku{sku}, Units{5}});
      }
      if (network_.nodes[node].plans_waves) {
        desks.push_back(std::make_unique<WaveDesk>(
            plan, std::vector<WaveTemplate>{rules},
            [this](NodeIndex at, Day day) { return network_.cutoff(at, day); },
            WaveDeskOptions{.orders_max = 1'000, .further_items_max = 100}));
      }
    }
    return desks;
  }

  bool plan_waves_ = false;
  WaveAdvisorCounts planned_;
  bool put_away_meanwhile_ = false;
  std::uint64_t sessions_ = 0;
  std::uint64_t digest_ = 0;
  Stats stats_{};
};

}  // namespace millrace::law
