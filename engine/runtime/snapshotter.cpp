// Snapshots beside a running engine.
#include "engine/runtime/snapshotter.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/journal/snapshot.h"
#include "engine/runtime/filing.h"
#include "engine/runtime/recovery.h"
#include "engine/runtime/thread_hints.h"

namespace millrace {

namespace {

/// How long it may take to see that it is to stop.
constexpr std::chrono::milliseconds pace_step{2};

/// Waits until as many bytes as are done may be, and asks whether to stop.
Throttle paced(std::uint64_t bytes_per_second, const std::function<bool()>& stop) {
  const auto began = std::chrono::steady_clock::now();
  return [bytes_per_second, &stop, began](std::uint64_t bytes) {
    const double seconds = bytes_per_second == 0
                               ? 0
                               : static_cast<double>(bytes) / static_cast<double>(bytes_per_second);
    const std::chrono::duration<double> due(seconds);
    while (!stop || !stop()) {
      const std::chrono::duration<double> ahead = due - (std::chrono::steady_clock::now() - began);
      if (ahead.count() <= 0) {
        return true;
      }
      std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(ahead, pace_step));
    }
    return false;
  };
}

/// A throttle for the next file.
using Pace = std::function<Throttle()>;

/// A snapshot's engines live briefly and answer nobody.
Limits untouched(Limits limits) {
  limits.touch = Touch::as_used;
  return limits;
}

/// Files that are removed again, unless they were proven: no start may go by them, and what an
/// order's memory is let go for must be there.
class Unproven {
 public:
  explicit Unproven(Disk& disk) : disk_(disk) {}

  ~Unproven() {
    for (const std::string& name : names_) {
      // Most never came to be. What cannot be removed is passed over, or pruned, later.
      static_cast<void>(disk_.remove(name).ok());
    }
  }

  Unproven(const Unproven&) = delete;
  Unproven& operator=(const Unproven&) = delete;

  void add(std::string name) { names_.push_back(std::move(name)); }

  void keep() { names_.clear(); }

 private:
  Disk& disk_;
  std::vector<std::string> names_;
};

/// Loads the snapshot back into a fresh engine and compares; what differs, if anything.
Result<void> read_back(Disk& disk, const std::string& name, const Network& network,
                       const Limits& limits, const Throttle& pace) {
  SnapshotReader reader;
  if (const auto opened = reader.open(disk, name, pace); !opened.ok()) {
    return opened.error();
  }
  Engine copy(network, limits);
  copy.attach(std::make_shared<DiskArchive>(disk));
  if (const auto problem = copy.load(reader)) {
    if (auto read = reader.finish(); !read.ok() && read.error().code == DiskError::stopped) {
      return read;
    }
    return Error{DiskError::damaged, name + ": " + *problem};
  }
  if (const auto finished = reader.finish(); !finished.ok()) {
    return finished.error();
  }
  if (copy.digest() != reader.info().digest) {
    return Error{DiskError::damaged, name + ": read back, it has another digest"};
  }
  return {};
}

/// Reads back what was written, each file at the pace.
Result<void> prove(Disk& disk, const std::string& name, const std::optional<Filing>& filing,
                   const Network& network, const Limits& limits, const Pace& pace) {
  if (auto same = read_back(disk, name, network, limits, pace()); !same.ok()) {
    return same;
  }
  return filing ? verify_archive(disk, filing->file->info(), pace()) : Result<void>();
}

/// Removes what the snapshot makes superfluous, and says so in the report.
Result<void> prune_all(Disk& disk, const SnapshotOptions& options, const Pace& pace,
                       SnapshotReport& report) {
  const Result<Sequence> needed =
      options.replayable ? options.replayable() : Result<Sequence>(Sequence{~std::uint64_t{0}});
  if (!needed.ok()) {
    return needed.error();
  }
  const auto pruned = prune(disk, options.keep, pace(), needed.value());
  if (!pruned.ok()) {
    return pruned.error();
  }
  report.snapshots_removed = pruned.value().snapshots;
  report.segments_removed = pruned.value().segments;
  const Result<std::uint32_t> archive_pruned = prune_archive(disk);
  if (!archive_pruned.ok()) {
    return archive_pruned.error();
  }
  report.archive_files_removed = archive_pruned.value();
  return {};
}

}  // namespace

Result<SnapshotReport> take_snapshot(Disk& disk, const Network& network, const Limits& limits,
                                     const Encoders& encoders, Sequence until,
                                     const SnapshotOptions& options,
                                     const std::function<bool()>& stop) {
  const Pace pace = [&] { return paced(options.bytes_per_second, stop); };
  ReplayOptions replaying;
  replaying.until = until;
  replaying.stop = stop;
  replaying.pace = pace();
  replaying.on_archive_failure = options.retention.on_archive_failure;
  Result<Recovered> recovered = recover(disk, network, limits, encoders, replaying);
  if (!recovered.ok()) {
    return recovered.error();
  }
  SnapshotReport report;
  Recovered& state = recovered.value();
  if (state.replayed.commands == 0) {
    return report;
  }
  if (stop && stop()) {
    return Error{DiskError::stopped, disk.path() + ": told to stop"};
  }
  Unproven unproven(disk);
  std::optional<Filing> filing;
  if (options.retention.days_over) {
    unproven.add(archive_name(state.engine->last_sequence()));
    auto filed = file_orders(*state.engine, disk, *options.retention.days_over, pace(),
                             options.retention.on_archive_failure);
    if (!filed.ok()) {
      return filed.error();
    }
    filing = std::move(filed.value());
  }
  if (filing) {
    state.engine->let_go(*filing);
    state.engine->number_files_anew();
    report.orders_put_away = filing->orders.size();
    report.archive_files_merged = static_cast<std::uint32_t>(filing->replaces.size());
  }
  report.sequence = state.engine->last_sequence();
  report.digest = state.engine->digest();
  report.name = snapshot_name(report.sequence);
  unproven.add(report.name);
  SnapshotWriter writer;
  const SnapshotInfo info{report.sequence, state.engine->now(), network.fingerprint(),
                          report.digest, state.previous};
  if (const auto opened = writer.open(disk, info, pace()); !opened.ok()) {
    return opened.error();
  }
  state.engine->save(writer);
  if (const auto finished = writer.finish(); !finished.ok()) {
    return finished.error();
  }
  // Two engines beside the live one would be one too many.
  state.engine.reset();
  if (const auto proven = prove(disk, report.name, filing, network, limits, pace); !proven.ok()) {
    return proven.error();
  }
  unproven.keep();
  if (filing && options.retention.on_filed) {
    options.retention.on_filed(std::move(*filing));
  }
  if (const auto pruned = prune_all(disk, options, pace, report); !pruned.ok()) {
    return pruned.error();
  }
  return report;
}

Snapshotter::Snapshotter(Disk& disk, const Network& network, const Limits& limits,
                         const Encoders& encoders, std::function<Sequence()> durable,
                         Sequence taken, SnapshotterOptions options)
    : disk_(disk),
      network_(network),
      limits_(untouched(limits)),
      encoders_(encoders),
      durable_(std::move(durable)),
      taken_(taken),
      options_(std::move(options)) {
  if (options_.every_commands > 0) {
    thread_ = std::thread([this] { run(); });
    (void)::pthread_setname_np(thread_.native_handle(), "mr-snapshot");
  }
}

void Snapshotter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
}

Snapshotter::~Snapshotter() {
  stop();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Snapshotter::run() {
  work_behind_others();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Sequence durable = durable_();
    if (durable.value < taken_.value + options_.every_commands) {
      wake_.wait_for(lock, std::chrono::milliseconds(200));
      continue;
    }
    lock.unlock();
    const auto report = take_snapshot(disk_, network_, limits_, encoders_, durable,
                                      options_.snapshot, [this] { return stopping_.load(); });
    lock.lock();
    // After a failure too the next try waits for as many commands again.
    taken_ = durable;
    if (report.ok() && options_.on_snapshot) {
      options_.on_snapshot(report.value());
    }
    if (!report.ok() && report.error().code != DiskError::stopped && options_.on_failure) {
      options_.on_failure(report.error());
    }
  }
}

}  // namespace millrace
