// Applies the frames of a journal to an engine, on two threads. The allocate stage is nearly half
// of the work and has one to itself; all else is done by the calling thread: reading, checking,
// decoding, validate, and the wave stage of what comes back.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/core/batch.h"
#include "engine/core/types.h"
#include "engine/engine.h"
#include "engine/journal/aligned.h"
#include "engine/journal/reader.h"
#include "engine/journal/result.h"
#include "engine/runtime/encoders.h"

namespace millrace {

struct ReplayOptions;
struct Recovered;

/// Lets the engine refuse by a segment's bounds.
Result<void> go_by(const Bounds& bounds, const Disk& disk, const Limits& limits, Engine& engine);

class Replayer {
 public:
  /// All references outlive it. `out.engine` is what the frames are applied to.
  Replayer(Disk& disk, const Limits& limits, const Encoders& encoders, const ReplayOptions& options,
           Recovered& out);
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;

  /// Applies what the reader gives, up to its end or options.until, and says in `out` how far it
  /// came.
  Result<void> run(JournalReader& reader);

 private:
  /// A frame, or a part of one, with the batch made of it.
  struct Place {
    Place() : batch(widest_batch), bytes(payload_bytes_max) {}

    Batch batch;
    AlignedBuffer bytes;     ///< of the batch's messages
    std::size_t filled = 0;  ///< of `bytes`
    // Of a frame's last part:
    bool ends_frame = false;
    std::uint64_t previous = 0;
    std::uint64_t commands = 0;
    std::uint64_t bytes_done = 0;
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
  };

  static constexpr std::uint64_t places_max = 4;

  // ---- the calling thread
  /// Reads and validates a frame; false at the end, which `failure_` may explain.
  bool prepare(JournalReader& reader);
  bool prepare_messages(const FrameView& frame);
  bool enter_segment(const JournalReader& reader, std::uint64_t segment);
  /// A place that is free; finishes what came back, and waits if none is.
  Place& open_place();
  /// Gives the open place to the other thread.
  void hand_over();
  /// Finishes what came back.
  void finish_some();
  /// Waits until everything that was handed over has come back, and finishes it.
  void finish_all();
  void finish(Place& place);
  /// Says how far the replay is, and asks whether it is to stop.
  void report(const Place& place);
  void fail(Error error);

  // ---- the other thread
  void allocate();

  Disk& disk_;
  const Limits& limits_;
  const Encoders& encoders_;
  const ReplayOptions& options_;
  Recovered& out_;
  Engine& engine_;

  // Of the calling thread.
  Sequence next_;
  std::uint64_t segment_ = 0;
  std::uint64_t finished_ = 0;
  Result<void> failure_;

  std::array<std::unique_ptr<Place>, places_max> places_;
  /// How many were handed over. Writer: the calling thread.
  alignas(cache_line) std::atomic<std::uint64_t> prepared_{0};
  std::atomic<bool> ended_{false};  ///< no more will be; written before the last of prepared_
  /// How many came back. Writer: the other thread.
  alignas(cache_line) std::atomic<std::uint64_t> allocated_{0};
};

}  // namespace millrace
