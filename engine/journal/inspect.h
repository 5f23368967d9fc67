// A journal seen from outside: what `millrace journal verify|cat|stat` shows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/types.h"
#include "engine/journal/file.h"
#include "engine/journal/frame.h"
#include "engine/journal/reader.h"
#include "engine/journal/tail.h"

namespace millrace {

struct SegmentSummary {
  std::uint64_t ordinal;
  Sequence first_sequence;
  Sequence last_sequence;
  Time first_time;
  Time last_time;
  std::uint64_t frames;
  std::uint64_t writes;  ///< durable ones
  std::uint64_t messages;
  std::uint64_t commands;
  std::uint64_t payload_bytes;
  std::uint64_t bytes_used;  ///< on disk, headers and padding included
  Bounds bounds;
};

struct Inspection {
  std::vector<SegmentSummary> segments;  ///< those that hold frames
  std::uint32_t first_epoch = 0;
  std::uint32_t last_epoch = 0;
  /// Where the journal ends; only if it could be read to its end.
  std::optional<JournalTail> tail;
  /// The first thing that is wrong. Everything before it was read and is counted.
  std::optional<Error> damage;
};

/// Called with every frame in order; gives false to stop.
using FrameVisitor = std::function<bool(const FrameView&)>;

/// Reads the journal through, with every check that a recovery makes and that every frame holds the
/// messages its header counts. A torn tail is no damage.
[[nodiscard]] Inspection inspect_journal(Disk& disk, const ReaderOptions& options,
                                         const FrameVisitor& visit = {});

}  // namespace millrace
