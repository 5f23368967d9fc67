// A run: frames of a source over several connections, at a rate or as fast as answers come, every
// answer checked, one thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "tools/load/acknowledged.h"
#include "tools/load/connection.h"
#include "tools/load/frame.h"
#include "tools/load/histogram.h"
#include "tools/load/life_ledger.h"
#include "tools/load/reads.h"
#include "tools/load/tally.h"

namespace millrace::load {

struct RunOptions {
  Target target;
  std::uint32_t connections = 1;
  std::uint32_t frame_orders = 256;
  std::uint32_t frames_in_flight = 8;  ///< of a connection; closed loop only
  double rate = 0;                     ///< orders a second, an open loop; 0 is the closed loop
  std::optional<std::chrono::milliseconds> duration;  ///< of sending
  /// How long to try to connect again after the server went away; zero ends the run instead.
  std::chrono::milliseconds reconnect{0};
  /// How long a frame may go without an answer while the connection stands.
  std::chrono::milliseconds answer_timeout{30'000};
};

/// Where a run stands.
struct RunProgress {
  std::uint64_t orders_sent = 0;
  std::uint64_t orders_answered = 0;
  std::optional<std::uint64_t> orders_total;
  std::optional<double> duration_s;
  double elapsed_s = 0;
  bool is_connected = true;
};

struct RunResult {
  std::string source;
  std::uint64_t orders_sent = 0;  ///< each counted once, even if it was sent again
  std::uint64_t commands = 0;     ///< answered: orders and everything else that is journaled
  std::uint64_t looks = 0;        ///< at orders, answered
  Tally tally;
  LatencyHistogram latency;  ///< of orders, from the intended send time to the answer
  Acknowledged acknowledged;
  Failures failures;
  double seconds = 0;      ///< from the first frame to the last answer
  double cpu_seconds = 0;  ///< of this process meanwhile, user and system
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint32_t frame_orders = 0;  ///< as the server's limits allow
  std::uint64_t reconnects = 0;
  double outage_s = 0;  ///< from a lost connection to the first answer after it, the longest one
  /// Why the run ended before its time, if it did.
  std::string broken;
  std::uint64_t orders_unanswered = 0;
  std::optional<LifeTotals> lives;         ///< of orders that were led on
  std::optional<ReadResult> reads;         ///< what was read meanwhile
  std::optional<ReadComparison> compared;  ///< afterwards

  /// Whether every answer could be true.
  [[nodiscard]] bool is_right() const {
    return failures.count() == 0 && (!reads || reads->failures.count() == 0) &&
           (!compared || compared->differences == 0);
  }

  [[nodiscard]] bool is_broken() const {
    return !broken.empty() || (reads && !reads->broken.empty()) ||
           (compared && !compared->broken.empty());
  }
};

using OnProgress = std::function<void(const RunProgress&)>;

/// Runs to the end of the source or of the duration, whichever is first, or until `stop`; then
/// waits for the answers still on their way.
[[nodiscard]] RunResult run(Source& source, const RunOptions& options, const OnProgress& progress,
                            const std::atomic<bool>& stop);

}  // namespace millrace::load
