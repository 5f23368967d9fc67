// Applies the frames of a journal to an engine. Reading, checking, decoding and the validate stage
// are the first half of the work, the later stages the second; the first runs on a thread of its
// own, the second on the calling one.
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
  /// A frame, or a part of one, on its way from the first half to the second.
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
    Sequence last{0};
  };

  static constexpr std::uint64_t places_max = 4;

  // ---- the first half
  /// Reads and validates a frame; false at the end, which `failure_` may explain.
  bool prepare(JournalReader& reader);
  bool prepare_messages(const FrameView& frame);
  bool enter_segment(const JournalReader& reader, std::uint64_t segment);
  /// Gives the open place to the second half.
  void hand_over();
  Place& open_place();
  void fail(Error error);

  // ---- the second half
  /// Applies what was handed over next.
  void apply_next();
  /// Says how far the replay is, and asks whether it is to stop.
  void report(const Place& place);

  Disk& disk_;
  const Limits& limits_;
  const Encoders& encoders_;
  const ReplayOptions& options_;
  Recovered& out_;
  Engine& engine_;

  // Of the first half; the other looks once that has ended.
  Sequence next_;
  std::uint64_t segment_ = 0;
  Result<void> failure_;

  std::array<std::unique_ptr<Place>, places_max> places_;
  alignas(cache_line) std::atomic<std::uint64_t> prepared_{0};  ///< writer: the first half
  alignas(cache_line) std::atomic<std::uint64_t> applied_{0};   ///< writer: the second half
  /// How many are prepared in all, once that is known. Writer: the first half.
  std::atomic<std::uint64_t> end_{~std::uint64_t{0}};
  std::atomic<bool> stopped_{false};  ///< told to stop; writer: the second half
  std::uint64_t stopped_segment_ = 0;
  std::uint64_t stopped_offset_ = 0;
};

}  // namespace millrace
