// From disk to a running engine.
#include "engine/runtime/recovery.h"

#include <utility>

#include "engine/core/check.h"
#include "engine/journal/archive_file.h"
#include "engine/journal/frame.h"
#include "engine/journal/segment.h"
#include "engine/journal/snapshot.h"
#include "engine/runtime/replayer.h"

namespace millrace {

namespace {

/// Puts a new engine in the place of any before it.
void make_engine(Disk& disk, const Network& network, Limits limits, const ReplayOptions& options,
                 Recovered& out) {
  std::vector<MemoryBlock> blocks;
  const bool touches = limits.touch.now;
  if (touches) {
    limits.touch = Touch{.later = &blocks};
  }
  out.toucher.reset();
  out.engine = std::make_unique<Engine>(network, limits);
  if (options.tell_floors) {
    out.engine->tell_floors(FloorsTold::all);
  }
  out.engine->attach(std::make_shared<DiskArchive>(disk, options.on_archive_failure));
  if (touches) {
    out.toucher = std::make_unique<Toucher>(std::move(blocks));
  }
}

/// Loads the snapshot into a new engine; what is wrong with it, if anything.
std::optional<std::string> load_snapshot(Disk& disk, const SnapshotFile& file,
                                         const Network& network, const Limits& limits,
                                         const ReplayOptions& options, Recovered& out) {
  SnapshotReader reader;
  const Throttle stop = [&options](std::uint64_t) { return !options.stop || !options.stop(); };
  if (const auto opened = reader.open(disk, file.name, options.pace ? options.pace : stop);
      !opened.ok()) {
    return opened.error().text;
  }
  if (reader.info().network != network.fingerprint()) {
    return file.name + ": belongs to another network";
  }
  make_engine(disk, network, limits, options, out);
  if (const auto problem = out.engine->load(reader)) {
    return file.name + ": " + *problem;
  }
  if (const auto finished = reader.finish(); !finished.ok()) {
    return finished.error().text;
  }
  out.snapshot = file.name;
  out.snapshot_sequence = reader.info().sequence;
  out.previous = reader.info().previous;
  return std::nullopt;
}

/// The snapshots to try, newest first: those from which the replay passes all that is wanted. If
/// there is none and the journal does not go back to its first command, all of them.
Result<std::vector<SnapshotFile>> early_enough(Disk& disk, const std::vector<SnapshotFile>& files,
                                               const ReplayOptions& options) {
  std::vector<SnapshotFile> early;
  for (const SnapshotFile& file : files) {
    if (file.sequence <= options.pass_from || file.sequence.value == options.pass_from.value + 1) {
      early.push_back(file);
    }
  }
  if (!early.empty() || files.empty()) {
    return early;
  }
  const auto oldest = oldest_command(disk);
  if (!oldest.ok()) {
    return oldest.error();
  }
  return oldest.value() == Sequence{1} ? early : files;
}

/// Of the last command wanted only its last events may be lacking; the snapshot knows how many
/// there are.
bool is_early_enough(const Engine& engine, const ReplayOptions& options) {
  const std::uint64_t next_event = engine.last_sequence().value + engine.events().told + 1;
  return engine.last_sequence().value != options.pass_from.value + 1 ||
         next_event <= options.next_event;
}

Result<void> load_newest(Disk& disk, const Network& network, const Limits& limits,
                         const ReplayOptions& options, Recovered& out) {
  const auto files = list_snapshots(disk);
  if (!files.ok()) {
    return files.error();
  }
  const Result<std::vector<SnapshotFile>> wanted = early_enough(disk, files.value(), options);
  if (!wanted.ok()) {
    return wanted.error();
  }
  for (const SnapshotFile& file : wanted.value()) {
    if (!options.use_snapshots || file.sequence > options.until) {
      continue;
    }
    const auto problem = load_snapshot(disk, file, network, limits, options, out);
    if (!problem && is_early_enough(*out.engine, options)) {
      return {};
    }
    if (!problem) {
      out.snapshot.reset();
      out.snapshot_sequence = Sequence{0};
      out.previous = 0;
      continue;
    }
    if (options.stop && options.stop()) {
      return Error{DiskError::stopped, file.name + ": told to stop"};
    }
    out.passed_over.push_back(*problem);
  }
  make_engine(disk, network, limits, options, out);
  return {};
}

/// Applies what the journal holds behind the snapshot.
Result<void> replay(Disk& disk, const Network& network, const Limits& limits,
                    const Encoders& encoders, const ReplayOptions& options, Recovered& out) {
  ReaderOptions reading;
  reading.from = Sequence{out.engine->last_sequence().value + 1};
  reading.until = options.until;
  reading.network = network.fingerprint();
  if (out.snapshot) {
    reading.previous = out.previous;
  }
  JournalReader reader;
  if (const auto opened = reader.open(disk, reading); !opened.ok()) {
    return opened.error();
  }
  out.replayed.bytes_total = reader.bytes_total();
  if (auto applied = Replayer(disk, limits, encoders, options, out).run(reader); !applied.ok()) {
    return applied;
  }
  out.replayed.bytes_done = reader.bytes_done();
  return out.tail.segment == 0 ? Result<void>() : go_by(out.tail.bounds, disk, limits, *out.engine);
}

/// The bounds of the whole journal, before anything is loaded: they never fall.
Result<void> check_newest_bounds(Disk& disk, const Limits& limits) {
  const Result<std::optional<Bounds>> newest = newest_bounds(disk);
  if (!newest.ok()) {
    return newest.error();
  }
  return newest.value() ? check_bounds(disk.path(), {*newest.value(), bounds_of(limits)})
                        : Result<void>();
}

/// Without what was passed over, nobody would look for the reason where it is.
Error with_passed_over(Error error, const std::vector<std::string>& passed_over) {
  for (const std::string& problem : passed_over) {
    error.text += "; passed over a snapshot: " + problem;
  }
  return error;
}

}  // namespace

Result<Recovered> recover(Disk& disk, const Network& network, const Limits& limits,
                          const Encoders& encoders, const ReplayOptions& options) {
  Recovered out;
  if (const auto bounded = check_newest_bounds(disk, limits); !bounded.ok()) {
    return bounded.error();
  }
  if (const auto loaded = load_newest(disk, network, limits, options, out); !loaded.ok()) {
    return loaded.error();
  }
  if (const auto replayed = replay(disk, network, limits, encoders, options, out); !replayed.ok()) {
    return with_passed_over(replayed.error(), out.passed_over);
  }
  return out;
}

}  // namespace millrace
