// Takes snapshots beside a running engine without stopping it: a second engine loads the last
// snapshot, replays the journal up to what is durable, and is written down (decision 0003). The
// live engine feels only the memory and the idle processor time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/core/archive.h"
#include "engine/core/limits.h"
#include "engine/journal/archive_file.h"
#include "engine/journal/file.h"
#include "engine/journal/result.h"
#include "engine/runtime/encoders.h"
#include "engine/state/network.h"

namespace millrace {

struct SnapshotReport {
  std::string name;
  Sequence sequence{0};
  std::uint64_t digest = 0;
  std::uint32_t snapshots_removed = 0;
  std::uint32_t segments_removed = 0;
  std::uint64_t orders_put_away = 0;
  std::uint32_t archive_files_removed = 0;
  std::uint32_t archive_files_merged = 0;
};

/// Which orders are put away with a snapshot.
struct Retention {
  /// Those that have been over for so many days of the journal's time; nothing: none.
  std::optional<std::uint16_t> days_over;
  /// Gets what the live engine may let go of, once the snapshot is proven.
  std::function<void(Filing)> on_filed;
  /// An order that was put away cannot be read any more; see DiskArchive.
  ArchiveFailure on_archive_failure = {};
};

/// What must stay replayable after a snapshot: every command behind the one it returns.
using Replayable = std::function<Result<Sequence>()>;

struct SnapshotOptions {
  std::uint32_t keep = 2;
  /// Written and read back at no more than this; 0: as fast as the disk takes it, and whoever else
  /// writes to it waits.
  std::uint64_t bytes_per_second = 0;
  Replayable replayable = {};
  Retention retention = {};
};

/// Takes one snapshot of everything up to `until`, reads it back into another engine, compares the
/// digests, and prunes what it makes superfluous and the options do not need. Nothing to do
/// gives a report without a name. Once `stop` says true it gives up with DiskError::stopped and
/// leaves nothing unfinished.
[[nodiscard]] Result<SnapshotReport> take_snapshot(Disk& disk, const Network& network,
                                                   const Limits& limits, const Encoders& encoders,
                                                   Sequence until, const SnapshotOptions& options,
                                                   const std::function<bool()>& stop = {});

struct SnapshotterOptions {
  /// Take one once this many commands are durable since the last; 0 takes none.
  std::uint64_t every_commands = 20'000'000;
  SnapshotOptions snapshot;
  std::function<void(const SnapshotReport&)> on_snapshot;
  std::function<void(const Error&)> on_failure;
};

class Snapshotter {
 public:
  /// `durable` tells the last durable sequence. The newest snapshot on disk is taken to hold
  /// everything up to `taken`.
  Snapshotter(Disk& disk, const Network& network, const Limits& limits, const Encoders& encoders,
              std::function<Sequence()> durable, Sequence taken, SnapshotterOptions options);
  ~Snapshotter();
  /// Gives up a snapshot that is being taken and takes none any more; does not wait.
  void stop();

  Snapshotter(const Snapshotter&) = delete;
  Snapshotter& operator=(const Snapshotter&) = delete;

 private:
  void run();

  Disk& disk_;
  const Network& network_;
  Limits limits_;
  const Encoders& encoders_;
  std::function<Sequence()> durable_;
  Sequence taken_;
  SnapshotterOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace millrace
