// The two doors between the outside and the pipeline: a Port, through which an I/O thread submits
// messages, and a ReplySink, which gets every batch once it is decided and durable.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/core/batch.h"

namespace millrace {

/// Received bytes that several messages point into. Intake copies a message out and drops its
/// reference; the last one to drop hands the buffer back to its owner.
struct InboundBuffer {
  std::atomic<std::uint32_t> references{0};
  void (*recycle)(InboundBuffer* self) = nullptr;

  void hold() { references.fetch_add(1, std::memory_order_relaxed); }

  void drop() {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      recycle(this);
    }
  }
};

/// One message on its way in: verified, decoded in place, 8-byte aligned. Every inbound message
/// gets exactly one answer, in the order in which its session submitted it; `refused_frame`
/// messages (no bytes, no commands) carry a session's own error through to be answered in turn.
struct Inbound {
  Message message;         ///< heads and details point into `bytes`; time and sequence unset
  const std::byte* bytes;  ///< the whole size-prefixed frame, message.byte_count long
  InboundBuffer* buffer;   ///< of a refused frame too, so that it counts; null if there is none
};

/// The door in. One an I/O thread, since each keeps a queue token of its own.
class Port {
 public:
  Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  virtual ~Port() = default;

  /// Queues the messages in order and takes over one buffer reference for each. Never blocks: the
  /// submitter bounds what may be queued, by the bytes of the buffers that have not come back.
  virtual void submit(std::span<const Inbound> messages) = 0;
};

/// The door out. Called on the reply thread with batches in sequence order; the batch is used again
/// once this returns.
class ReplySink {
 public:
  ReplySink() = default;
  ReplySink(const ReplySink&) = delete;
  ReplySink& operator=(const ReplySink&) = delete;
  virtual ~ReplySink() = default;

  virtual void deliver(const Batch& batch) = 0;
};

/// Answers nobody: replay, benchmarks of the core.
class NullSink final : public ReplySink {
 public:
  void deliver(const Batch& /*batch*/) override {}
};

}  // namespace millrace
