// Snapshots beside a running engine.
#include "engine/runtime/snapshotter.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <utility>

#include "engine/journal/snapshot.h"
#include "engine/runtime/recovery.h"

namespace millrace {

namespace {

constexpr int niceness = 10;

/// A snapshot's engines live briefly and answer nobody.
Limits untouched(Limits limits) {
  limits.touch = Touch::as_used;
  return limits;
}

/// Loads the snapshot back into a fresh engine and compares; what differs, if anything.
Result<void> read_back(Disk& disk, const std::string& name, const Network& network,
                       const Limits& limits, const Throttle& pace) {
  SnapshotReader reader;
  if (const auto opened = reader.open(disk, name, pace); !opened.ok()) {
    return opened.error();
  }
  Engine copy(network, limits);
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

}  // namespace

Result<SnapshotReport> take_snapshot(Disk& disk, const Network& network, const Limits& limits,
                                     const Encoders& encoders, Sequence until, std::uint32_t keep,
                                     const std::function<bool()>& stop,
                                     const Replayable& replayable) {
  const Throttle pace = [&stop](std::uint64_t) { return !stop || !stop(); };
  ReplayOptions options;
  options.until = until;
  options.stop = stop;
  Result<Recovered> recovered = recover(disk, network, limits, encoders, options);
  if (!recovered.ok()) {
    return recovered.error();
  }
  SnapshotReport report;
  Recovered& state = recovered.value();
  if (state.replayed.commands == 0) {
    return report;
  }
  if (!pace(0)) {
    return Error{DiskError::stopped, disk.path() + ": told to stop"};
  }
  report.sequence = state.engine->last_sequence();
  report.digest = state.engine->digest();
  report.name = snapshot_name(report.sequence);
  SnapshotWriter writer;
  const SnapshotInfo info{report.sequence, state.engine->now(), network.fingerprint(),
                          report.digest, state.previous};
  if (const auto opened = writer.open(disk, info, pace); !opened.ok()) {
    return opened.error();
  }
  state.engine->save(writer);
  if (const auto finished = writer.finish(); !finished.ok()) {
    return finished.error();
  }
  // Two engines beside the live one would be one too many.
  state.engine.reset();
  if (const auto same = read_back(disk, report.name, network, limits, pace); !same.ok()) {
    return same.error();
  }
  const Result<Sequence> needed =
      replayable ? replayable() : Result<Sequence>(Sequence{~std::uint64_t{0}});
  if (!needed.ok()) {
    return needed.error();
  }
  const auto pruned = prune(disk, keep, pace, needed.value());
  if (!pruned.ok()) {
    return pruned.error();
  }
  report.snapshots_removed = pruned.value().snapshots;
  report.segments_removed = pruned.value().segments;
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
  // Little processor time where others want it, but never none: this thread takes the process's
  // memory map lock, and whoever starved while holding it would stop the live engine with it.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Sequence durable = durable_();
    if (durable.value < taken_.value + options_.every_commands) {
      wake_.wait_for(lock, std::chrono::milliseconds(200));
      continue;
    }
    lock.unlock();
    const auto report = take_snapshot(
        disk_, network_, limits_, encoders_, durable, options_.keep,
        [this] { return stopping_.load(); }, options_.replayable);
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
