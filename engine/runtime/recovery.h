// From disk to a running engine: the newest sound snapshot, then the journal behind it. Replay is
// the live path without its edges: the same codec, the same stages, on two threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/limits.h"
#include "engine/engine.h"
#include "engine/journal/archive_file.h"
#include "engine/journal/reader.h"
#include "engine/journal/result.h"
#include "engine/journal/snapshot.h"
#include "engine/journal/tail.h"
#include "engine/runtime/encoders.h"
#include "engine/runtime/toucher.h"

namespace millrace {

/// How far a replay is.
struct ReplayProgress {
  std::uint64_t frames = 0;
  std::uint64_t commands = 0;
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
};

struct ReplayOptions {
  /// Apply no frame that ends behind this sequence.
  Sequence until{~std::uint64_t{0}};
  bool use_snapshots = true;
  /// Begin early enough to pass every command behind this one, if the disk still has what that
  /// takes.
  Sequence pass_from{~std::uint64_t{0}};
  /// Of the command behind `pass_from` too, unless the next event after it has this number or a
  /// lower one.
  std::uint64_t next_event = 0;
  /// Called after every so many frames.
  std::function<void(const ReplayProgress&)> progress;
  /// Asked every so many frames, and while a snapshot is read; true ends it with
  /// DiskError::stopped.
  std::function<bool()> stop;
  /// How fast a snapshot is read where others want the disk meanwhile; asked in place of `stop`.
  Throttle pace;
  /// What is done where an order that was put away cannot be read; the process ends otherwise.
  ArchiveFailure on_archive_failure;
  /// Called with each batch after it was applied, for those who look at outcomes.
  std::function<void(const Batch&)> on_batch;
  /// The batches have floor notes, of every node.
  bool tell_floors = false;
};

struct Recovered {
  std::unique_ptr<Engine> engine;
  /// Where the limits say so, the engine's memory is touched beside the recovery, and perhaps
  /// after.
  std::unique_ptr<Toucher> toucher;
  std::optional<std::string> snapshot;  ///< name of the one that was loaded
  Sequence snapshot_sequence{0};
  std::vector<std::string> passed_over;  ///< newer snapshots that are not sound, and why
  ReplayProgress replayed;
  /// Hash of the last applied frame's header, for the snapshot of this moment.
  std::uint64_t previous = 0;
  JournalTail tail;  ///< only of a replay to the end
};

/// Recovers an engine from what `disk` holds; an empty directory gives an empty engine. The journal
/// must belong to `network`. `limits` say what memory to take, at least what the journal was
/// written with; each command is decided by the bounds of its segment, and the engine keeps the
/// last segment's. Changes nothing on disk.
[[nodiscard]] Result<Recovered> recover(Disk& disk, const Network& network, const Limits& limits,
                                        const Encoders& encoders, const ReplayOptions& options);

}  // namespace millrace
