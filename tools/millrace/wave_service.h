// The wave planner of a running Millrace: desks for the nodes whose waves are planned, the feed
// that they hear, and the thread that plans.
#pragma once

#include <memory>

#include "adapters/config/network_files.h"
#include "adapters/config/serve_settings.h"
#include "adapters/wire/wire_encoders.h"
#include "engine/engine.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/wave_advisor.h"
#include "engine/runtime/wave_feed.h"
#include "tools/millrace/log.h"

namespace millrace::tools {

class WaveService {
 public:
  WaveService(const ServeSettings& settings, Log& log)
      : settings_(settings), log_(log), encoders_(widest_batch) {}

  /// Before the pipeline is made: lets the planner hear what passes to `next`, and all that waits
  /// in the engine. Returns the sink to deliver to; `next` where no waves are planned.
  [[nodiscard]] ReplySink& listen(const NetworkFiles& files, Engine& engine, Clock& clock,
                                  ReplySink& next);

  [[nodiscard]] bool enabled() const { return advisor_ != nullptr; }

  /// Once the pipeline runs.
  void start(std::unique_ptr<Port> port);

  /// Before the pipeline stops.
  void stop();

  /// Figures, if there are other ones than last time.
  void log_if_changed();

 private:
  void write_counts(std::string_view event);

  const ServeSettings& settings_;
  Log& log_;
  WireEncoders encoders_;  ///< of the planner's thread
  std::unique_ptr<WaveFeed> feed_;
  std::unique_ptr<WaveAdvisor> advisor_;
  std::uint64_t logged_ = 0;
  bool stopped_ = false;
};

/// The desks of a network's nodes.
[[nodiscard]] std::vector<std::unique_ptr<WaveDesk>> wave_desks(const NetworkFiles& files,
                                                                WaveDeskOptions options);

}  // namespace millrace::tools
