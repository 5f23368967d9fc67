// Removes what no recovery needs any more. Every removal is made durable before the next, so that
// a crash leaves no hole in the row of segments.
#include <vector>

#include "engine/core/check.h"
#include "engine/journal/frame.h"
#include "engine/journal/segment.h"
#include "engine/journal/snapshot.h"

namespace millrace {
namespace {

Result<void> remove_durably(Disk& disk, const std::string& name) {
  Result<void> removed = disk.remove(name);
  return removed.ok() ? disk.sync_directory() : removed;
}

/// A segment is covered once the one after it begins at or before the first command wanted.
Result<std::uint32_t> prune_segments(Disk& disk, Sequence wanted) {
  const Result<std::vector<std::uint64_t>> listed = list_segments(disk);
  if (!listed.ok()) {
    return listed.error();
  }
  const std::vector<std::uint64_t>& segments = listed.value();
  std::uint32_t removed_count = 0;
  for (std::size_t index = 0; index + 1 < segments.size(); ++index) {
    const auto next = read_segment_header(disk, segments[index + 1]);
    if (!next.ok()) {
      return next.error();
    }
    if (!next.value() || next.value()->first_sequence > wanted) {
      break;
    }
    const Result<void> removed = remove_durably(disk, segment_name(segments[index]));
    if (!removed.ok()) {
      return removed.error();
    }
    ++removed_count;
  }
  return removed_count;
}

}  // namespace

Result<Pruned> prune(Disk& disk, std::uint32_t keep_snapshots, const Throttle& throttle,
                     Sequence replayable) {
  CHECK(keep_snapshots >= 1);
  Pruned pruned;
  const Result<std::vector<SnapshotFile>> listed = list_snapshots(disk);
  if (!listed.ok()) {
    return listed.error();
  }
  const std::vector<SnapshotFile>& snapshots = listed.value();
  if (snapshots.size() < keep_snapshots) {
    return pruned;
  }
  // The newest from which the commands behind `replayable` can be replayed stays.
  while (snapshots[keep_snapshots - 1].sequence > replayable) {
    if (keep_snapshots == snapshots.size()) {
      return pruned;
    }
    ++keep_snapshots;
  }
  const Result<SnapshotInfo> newest = verify_snapshot(disk, snapshots.front().name, throttle);
  if (!newest.ok()) {
    return newest.error();
  }
  while (snapshots.size() - pruned.snapshots > keep_snapshots) {
    const SnapshotFile& oldest = snapshots[snapshots.size() - 1 - pruned.snapshots];
    const Result<void> removed = remove_durably(disk, oldest.name);
    if (!removed.ok()) {
      return removed.error();
    }
    ++pruned.snapshots;
  }
  const Sequence wanted{snapshots[keep_snapshots - 1].sequence.value + 1};
  const Result<std::uint32_t> segments = prune_segments(disk, wanted);
  if (!segments.ok()) {
    return segments.error();
  }
  pruned.segments = segments.value();
  return pruned;
}

}  // namespace millrace
