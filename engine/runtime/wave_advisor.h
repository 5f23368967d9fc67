// The wave planner beside a running engine: a thread of the lowest priority that hears what waits
// at each node, and sends releases back as commands. It may be late or dead: what it does not plan
// goes by first come, first served.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "engine/advisors/wave_desk.h"
#include "engine/core/batch.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/encoders.h"
#include "engine/runtime/own_frame.h"
#include "engine/runtime/port.h"
#include "engine/runtime/wave_feed.h"

namespace millrace {

struct WaveAdvisorOptions {
  /// How long a plan may be thought over.
  std::uint64_t budget_us = 20'000;
  /// Whatever is proposed, on the advisor's thread.
  std::function<void(const ReleaseWave&, std::uint64_t elapsed_us)> on_wave = {};
};

/// Figures so far; any thread may ask.
struct WaveAdvisorCounts {
  std::uint64_t plans = 0;
  std::uint64_t elapsed_us_max = 0;
  std::uint64_t late = 0;  ///< plans that took 2 ms more than their budget
  std::uint64_t lost = 0;  ///< batches that it did not hear of
  WaveDeskCounts desks;    ///< of all of them
};

class WaveAdvisor {
 public:
  /// All references outlive it, and it outlives the pipeline that the port is of.
  WaveAdvisor(WaveFeed& feed, std::vector<std::unique_ptr<WaveDesk>> desks, Clock& clock,
              const Encoders& encoders, WaveAdvisorOptions options);
  ~WaveAdvisor();
  WaveAdvisor(const WaveAdvisor&) = delete;
  WaveAdvisor& operator=(const WaveAdvisor&) = delete;

  /// Hears what waits already: the floor notes of a batch. Before it starts.
  void hear(const Batch& batch);

  void start(std::unique_ptr<Port> port);
  /// Ends the thread; before the pipeline stops.
  void stop();

  [[nodiscard]] WaveAdvisorCounts counts() const;

 private:
  void run();
  void hear(const FloorNote& note, std::span<const FloorLine> lines);
  /// Hears all there is.
  void drain();
  bool propose(WaveDesk& desk);

  WaveFeed& feed_;
  std::vector<std::unique_ptr<WaveDesk>> desks_;
  std::vector<WaveDesk*> desk_of_;  ///< by node; null where waves are not planned
  Clock& clock_;
  const Encoders& encoders_;
  WaveAdvisorOptions options_;
  OwnFrames frames_;
  std::unique_ptr<Port> port_;
  std::uint64_t lost_ = 0;

  struct Shared {
    std::atomic<std::uint64_t> plans{0};
    std::atomic<std::uint64_t> elapsed_us_max{0};
    std::atomic<std::uint64_t> late{0};
    std::atomic<std::uint64_t> proposed{0};
    std::atomic<std::uint64_t> released{0};
    std::atomic<std::uint64_t> orders{0};
    std::atomic<std::uint64_t> left_out{0};
    std::atomic<std::uint64_t> units{0};
    std::atomic<std::uint64_t> aisles{0};
    std::atomic<std::uint64_t> unplanned{0};
  };

  void publish_counts();

  Shared shared_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace millrace
