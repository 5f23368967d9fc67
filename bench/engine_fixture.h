// An engine with stock, and batches of the reference workload to run through its stages.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/reference_workload.h"
#include "engine/core/batch.h"
#include "engine/engine.h"
#include "engine/state/network.h"

namespace millrace::bench {

class EngineFixture {
 public:
  explicit EngineFixture(const WorkloadOptions& options, std::uint32_t orders_max = 1U << 23U,
                         Touch touch = Touch::at_start);

  /// Makes the batch one message of the next `orders` orders; after a million they come again with
  /// new ids.
  void cut(Batch& batch, std::uint32_t orders);

  Engine& engine() { return *engine_; }

  /// Places so many orders.
  void place(std::uint32_t orders);

  /// Checks that every order so far was decided, and that the decisions are the workload's.
  void check(std::uint64_t orders) const;

 private:
  Network network_;
  Orders orders_;
  std::vector<std::uint32_t> line_of_;
  std::unique_ptr<Engine> engine_;
  std::uint32_t next_ = 0;
  std::uint64_t round_ = 0;
};

}  // namespace millrace::bench
