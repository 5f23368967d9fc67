// The ring of batches and the cursors of the stages over it. A stage may work on batch n once every
// stage it waits for has done n; intake may fill a place once reply has done with it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/core/batch.h"
#include "engine/journal/aligned.h"
#include "engine/journal/frame.h"
#include "engine/runtime/port.h"
#include "engine/topology.h"

namespace millrace {

/// A batch with the memory its messages lie in: a journal frame in the making.
struct RingPlace {
  explicit RingPlace(const BatchLimits& limits)
      // A message is padded to 8 bytes, which its count bounds.
      : batch(limits),
        frame(sizeof(FrameHeader) + limits.bytes_max + 8UL * limits.messages_max + disk_block) {
    batch.touch();
    held.reserve(limits.messages_max);
  }

  Batch batch;
  AlignedBuffer frame;              ///< writer: intake, then journal (header and padding)
  std::uint32_t payload_bytes = 0;  ///< writer: intake
  /// Buffers that messages of queries still point into. Writer: intake; reply empties it.
  std::vector<InboundBuffer*> held;
};

class Ring {
 public:
  Ring(const BatchLimits& limits, std::size_t places) {
    for (std::size_t place = 0; place < places; ++place) {
      places_.push_back(std::make_unique<RingPlace>(limits));
    }
  }

  [[nodiscard]] RingPlace& operator[](std::uint64_t batch) {
    return *places_[batch % places_.size()];
  }

  /// Batches the stage has done.
  [[nodiscard]] std::uint64_t done(StageId stage) const {
    return cursor(stage).load(std::memory_order_acquire);
  }

  void publish(StageId stage, std::uint64_t batches) {
    cursors_[static_cast<std::size_t>(stage)].value.store(batches, std::memory_order_release);
  }

  /// The number of batches the stage may have done by now.
  [[nodiscard]] std::uint64_t ready(StageId stage) const {
    if (stage == StageId::intake) {
      return done(StageId::reply) + places_.size();
    }
    const StageSpec& spec = topology[static_cast<std::size_t>(stage)];
    std::uint64_t least = ~std::uint64_t{0};
    for (std::size_t wait = 0; wait < spec.after_count; ++wait) {
      least = std::min(least, done(spec.after[wait]));
    }
    return least;
  }

 private:
  struct alignas(cache_line) Cursor {
    std::atomic<std::uint64_t> value{0};
  };

  [[nodiscard]] const std::atomic<std::uint64_t>& cursor(StageId stage) const {
    return cursors_[static_cast<std::size_t>(stage)].value;
  }

  std::vector<std::unique_ptr<RingPlace>> places_;
  std::array<Cursor, stage_count> cursors_;
};

}  // namespace millrace
