// Removes what no recovery needs any more. Every removal is made durable before the next, so that
// a crash leaves no hole in the row of segments.
#include <algorithm>
#include <span>

#include "engine/core/check.h"
#include "engine/journal/frame.h"
#include "engine/journal/snapshot.h"

namespace millrace {
namespace {

Result<void> remove_durably(Disk& disk, const std::string& name) {
  Result<void> removed = disk.remove(name);
  return removed.ok() ? disk.sync_directory() : removed;
}

/// First sequence of a segment in use; nothing if it has no intact header.
Result<std::optional<Sequence>> first_sequence(Disk& disk, const std::string& name) {
  const Result<std::unique_ptr<File>> file = disk.open(name, Access::read);
  if (!file.ok()) {
    return file.error();
  }
  SegmentHeader header{};
  const Result<std::size_t> got =
      file.value()->read(0, std::as_writable_bytes(std::span(&header, 1)));
  if (!got.ok()) {
    return got.error();
  }
  if (got.value() < sizeof(header) || !segment_header_fits(header)) {
    return std::optional<Sequence>();
  }
  return std::optional(header.first_sequence);
}

/// A segment is covered once the one after it begins at or before the first command wanted.
Result<std::uint32_t> prune_segments(Disk& disk, Sequence wanted) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) {
    return names.error();
  }
  std::vector<std::string> segments;
  std::copy_if(names.value().begin(), names.value().end(), std::back_inserter(segments),
               [](const std::string& name) { return segment_ordinal(name).has_value(); });
  std::uint32_t removed_count = 0;
  for (std::size_t index = 0; index + 1 < segments.size(); ++index) {
    const Result<std::optional<Sequence>> next = first_sequence(disk, segments[index + 1]);
    if (!next.ok()) {
      return next.error();
    }
    if (!next.value() || *next.value() > wanted) {
      break;
    }
    const Result<void> removed = remove_durably(disk, segments[index]);
    if (!removed.ok()) {
      return removed.error();
    }
    ++removed_count;
  }
  return removed_count;
}

}  // namespace

Result<Pruned> prune(Disk& disk, std::uint32_t keep_snapshots, const Throttle& throttle) {
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
