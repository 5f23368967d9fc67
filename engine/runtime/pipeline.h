// The live pipeline: the stages of the topology on the threads of a placement, around one engine.
// A batch is answered once it is decided and its frame is on disk.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "engine/journal/writer.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/encoders.h"
#include "engine/runtime/intake.h"
#include "engine/runtime/own_frame.h"
#include "engine/runtime/placement.h"
#include "engine/runtime/port.h"
#include "engine/runtime/ring.h"
#include "engine/runtime/signal.h"

namespace millrace {

struct PipelineOptions {
  Placement placement = placements[0];
  BatchLimits limits;
  std::size_t places = 16;  ///< batches in flight
  bool pin = false;
  /// Called once, on the journal's thread, when a durable write failed. No batch is answered from
  /// then on; the process should say why and end.
  std::function<void(const Error&)> on_failure;
};

class Pipeline {
 public:
  /// `writer` may be null: then nothing is journaled, and batches are answered once decided. All
  /// references outlive the pipeline. The engine is the pipeline's while it runs.
  Pipeline(Engine& engine, JournalWriter* writer, ReplySink& sink, Clock& clock,
           const Encoders& encoders, const PipelineOptions& options);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// A door for one I/O thread. Before or after start().
  [[nodiscard]] std::unique_ptr<Port> open_port();

  /// Starts the threads, and proposes again the waves that were pending at the last stop.
  void start();

  /// Waits until everything submitted before is answered, then stops the threads. Nobody may submit
  /// meanwhile. After a failed write it stops without waiting.
  void stop();

  /// The last sequence known to be durable; any thread.
  [[nodiscard]] Sequence durable() const {
    return Sequence{durable_.load(std::memory_order_acquire)};
  }

  [[nodiscard]] bool failed() const { return failed_.load(std::memory_order_acquire); }

 private:
  struct Worker {
    std::vector<StageId> stages;
    Signal signal;
    std::thread thread;
    int core = -1;
    std::uint32_t last_commands = 0;  ///< of the batch it handled last
  };

  void run(Worker& worker);
  bool step(StageId stage);
  void wake_after(StageId stage);
  [[nodiscard]] std::uint64_t idle_us(const Worker& worker);
  bool run_intake();
  bool run_journal();
  bool run_pure(StageId stage);
  bool run_reply();
  void send_back(const Batch& batch);

  [[nodiscard]] Worker& worker_of(StageId stage) {
    return *workers_[options_.placement.thread_of[static_cast<std::size_t>(stage)]];
  }

  Engine& engine_;
  JournalWriter* writer_;
  ReplySink& sink_;
  const Encoders& encoders_;
  PipelineOptions options_;
  Ring ring_;
  OwnFrames own_frames_;  ///< of the reply stage, for waves
  Intake intake_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Port> own_port_;  ///< of the reply stage, for waves
  std::vector<PendingFrame> group_;
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<bool> draining_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> failed_{false};
};

}  // namespace millrace
