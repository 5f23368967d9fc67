// From disk to a running engine.
#include "engine/runtime/recovery.h"

#include <utility>

#include "engine/core/check.h"
#include "engine/journal/frame.h"
#include "engine/journal/segment.h"
#include "engine/journal/snapshot.h"

namespace millrace {

namespace {

constexpr std::uint64_t frames_between_reports = 256;

/// Applies frames to an engine, batch by batch. A frame is a batch of the live run; one that was
/// cut with larger limits is applied in parts, which no outcome can tell.
class Replayer {
 public:
  Replayer(Engine& engine, const Encoders& encoders, const ReplayOptions& options)
      : engine_(engine), encoders_(encoders), options_(options), batch_(widest_batch) {}

  /// Applies one frame; what is wrong with it, if anything.
  std::optional<std::string> apply(const FrameView& frame) {
    Sequence next = frame.header->first_sequence;
    if (next.value != engine_.last_sequence().value + 1) {
      return "the frame does not follow the last command";
    }
    MessageCursor cursor = frame.messages();
    while (const std::optional<Bytes> bytes = cursor.next()) {
      Message message{};
      if (!encoders_.decode(*bytes, message)) {
        return "a message that this build cannot read";
      }
      message.time = frame.header->time;
      if (!batch_.fits(message.count, message.detail_count)) {
        run();
      }
      batch_.add(message, next);
      next.value += message.count;
    }
    if (!cursor.done()) {
      return "bytes that are no message";
    }
    run();
    if (engine_.last_sequence().value + 1 != next.value ||
        next.value - frame.header->first_sequence.value != frame.header->commands) {
      return "not as many commands as its header says";
    }
    return std::nullopt;
  }

 private:
  void run() {
    engine_.apply(batch_);
    if (options_.on_batch) {
      options_.on_batch(batch_);
    }
    batch_.clear();
  }

  Engine& engine_;
  const Encoders& encoders_;
  const ReplayOptions& options_;
  Batch batch_;
};

std::string place_of(const FrameView& frame) {
  return segment_name(frame.segment) + " offset " + std::to_string(frame.offset);
}

/// Lets the engine refuse by a segment's bounds.
Result<void> go_by(const Bounds& bounds, const Disk& disk, const Limits& limits, Engine& engine) {
  Result<void> room = check_bounds(disk.path(), {bounds, bounds_of(limits)});
  if (room.ok()) {
    engine.set_bounds(bounds);
  }
  return room;
}

/// Puts a new engine in the place of any before it.
void make_engine(const Network& network, Limits limits, Recovered& out) {
  std::vector<MemoryBlock> blocks;
  const bool touches = limits.touch.now;
  if (touches) {
    limits.touch = Touch{.later = &blocks};
  }
  out.toucher.reset();
  out.engine = std::make_unique<Engine>(network, limits);
  if (touches) {
    out.toucher = std::make_unique<Toucher>(std::move(blocks));
  }
}

/// Loads the snapshot into a new engine; what is wrong with it, if anything.
std::optional<std::string> load_snapshot(Disk& disk, const SnapshotFile& file,
                                         const Network& network, const Limits& limits,
                                         const ReplayOptions& options, Recovered& out) {
  SnapshotReader reader;
  const Throttle pace = [&options](std::uint64_t) { return !options.stop || !options.stop(); };
  if (const auto opened = reader.open(disk, file.name, pace); !opened.ok()) {
    return opened.error().text;
  }
  if (reader.info().network != network.fingerprint()) {
    return file.name + ": belongs to another network";
  }
  make_engine(network, limits, out);
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
  make_engine(network, limits, out);
  return {};
}

/// Says how far the replay is; false if it is to stop.
bool report(const ReplayOptions& options, const ReplayProgress& progress) {
  if (options.progress) {
    options.progress(progress);
  }
  return !options.stop || !options.stop();
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
  Replayer replayer(*out.engine, encoders, options);
  out.replayed.bytes_total = reader.bytes_total();
  std::uint64_t segment = 0;
  FrameView frame{};
  for (;;) {
    const auto more = reader.next(frame);
    if (!more.ok()) {
      return more.error();
    }
    if (!more.value()) {
      out.tail = reader.tail();
      break;
    }
    const std::uint64_t last = frame.header->first_sequence.value + frame.header->commands - 1;
    if (last > options.until.value) {
      break;
    }
    if (frame.segment != segment) {
      segment = frame.segment;
      if (auto bounded = go_by(reader.bounds(), disk, limits, *out.engine); !bounded.ok()) {
        return bounded;
      }
    }
    if (const auto problem = replayer.apply(frame)) {
      return Error{DiskError::damaged, place_of(frame) + ": " + *problem};
    }
    out.previous = frame_hash(*frame.header);
    ++out.replayed.frames;
    out.replayed.commands += frame.header->commands;
    out.replayed.bytes_done = reader.bytes_done();
    if (out.replayed.frames % frames_between_reports == 0 && !report(options, out.replayed)) {
      return Error{DiskError::stopped, place_of(frame) + ": told to stop"};
    }
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
