// Which files of the archive snapshots need, whether they are sound, and which can go.
#include <set>
#include <utility>

#include "engine/journal/archive_file.h"
#include "engine/journal/frame.h"
#include "engine/journal/snapshot.h"

namespace millrace {

Result<std::optional<std::vector<ArchiveFileInfo>>> archive_of(Disk& disk,
                                                               const std::string& snapshot) {
  SnapshotReader reader;
  if (const auto opened = reader.open(disk, snapshot); !opened.ok()) {
    return opened.error();
  }
  std::vector<ArchiveFileInfo> files;
  return reader.table("archive", files, archive_files_max) ? std::optional(std::move(files))
                                                           : std::nullopt;
}

Result<PutAway> newest_put_away(Disk& disk) {
  const Result<std::vector<SnapshotFile>> snapshots = list_snapshots(disk);
  if (!snapshots.ok()) {
    return snapshots.error();
  }
  for (const SnapshotFile& snapshot : snapshots.value()) {
    SnapshotReader reader;
    std::vector<ArchiveFileInfo> files;
    std::vector<PutAway> away;
    if (reader.open(disk, snapshot.name).ok() &&
        reader.table("archive", files, archive_files_max) &&
        reader.table("orders put away", away, 1) && away.size() == 1) {
      return away[0];
    }
  }
  return PutAway{};
}

Result<void> verify_archive_of(Disk& disk, const std::string& snapshot) {
  const auto files = archive_of(disk, snapshot);
  if (!files.ok()) {
    return files.error();
  }
  for (const ArchiveFileInfo& file : files.value().value_or(std::vector<ArchiveFileInfo>())) {
    if (auto sound = verify_archive(disk, file); !sound.ok()) {
      return sound;
    }
  }
  return {};
}

Result<std::uint32_t> prune_archive(Disk& disk) {
  const Result<std::vector<SnapshotFile>> snapshots = list_snapshots(disk);
  if (!snapshots.ok()) {
    return snapshots.error();
  }
  std::set<std::uint64_t> needed;
  for (const SnapshotFile& snapshot : snapshots.value()) {
    const auto files = archive_of(disk, snapshot.name);
    // Of a snapshot that cannot be read, nobody knows what it needs: nothing goes while it is
    // there.
    if (!files.ok() || !files.value()) {
      return 0U;
    }
    for (const ArchiveFileInfo& file : *files.value()) {
      needed.insert(file.sequence.value);
    }
  }
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) {
    return names.error();
  }
  std::uint32_t removed_count = 0;
  for (const std::string& name : names.value()) {
    // What a crash left unfinished goes too: only this thread writes here.
    const bool unfinished = name.ends_with(temporary_suffix);
    const std::optional<Sequence> sequence =
        archive_sequence(unfinished ? name.substr(0, name.size() - temporary_suffix.size()) : name);
    if (!sequence || (!unfinished && needed.count(sequence->value) != 0)) {
      continue;
    }
    if (const auto removed = disk.remove(name); !removed.ok()) {
      return removed.error();
    }
    ++removed_count;
  }
  const Result<void> synced = removed_count > 0 ? disk.sync_directory() : Result<void>();
  return synced.ok() ? Result<std::uint32_t>(removed_count) : synced.error();
}

}  // namespace millrace
