// The wave stage: keeps the backlog of shipments per node, grouped by service and ship day, and
// proposes waves by count, age or cutoff, first come first served.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/core/batch.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/state/network.h"
#include "engine/state/wave_pool.h"

namespace millrace {

class Wave {
 public:
  Wave(const Network& network, const Limits& limits);

  /// Reads the batch's messages, outcomes and shipment notes; writes its proposals.
  void process(Batch& batch);

  /// The next moment at which a wave check may have something to propose; Time{~0} if nothing
  /// waits. The runtime makes time visible then, with a Tick. Any thread may ask.
  [[nodiscard]] Time deadline() const { return Time{deadline_us_.load(std::memory_order_relaxed)}; }

  void propose_pending(Batch& batch) const;

  [[nodiscard]] const WavePool& pool() const { return pool_; }

  void digest(Hasher& hasher) const { pool_.digest(hasher); }

  void save(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t order_count);

 private:
  void see_time(Time time, Batch& batch);
  void check(Batch& batch);
  void note(const ShipmentNote& shipment, Batch& batch);
  void propose(NodeIndex node, ServiceIndex service, WaveGroup& group, Batch& batch);
  static void write_proposal(const WavePool& pool, const PendingWave& wave, Batch& batch);
  [[nodiscard]] Time due(const WaveGroup& group, NodeIndex node) const;

  const Network& network_;
  WavePool pool_;
  Time now_{0};
  Time earliest_due_{~std::uint64_t{0}};
  std::atomic<std::uint64_t> deadline_us_{~std::uint64_t{0}};
};

}  // namespace millrace
