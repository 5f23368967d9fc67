// A segment is zeroed under a temporary name and renamed when it is durable, so that a file with a
// segment's name is always whole.
#include "engine/journal/segment_preparer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/aligned.h"
#include "engine/journal/frame.h"

namespace millrace {
namespace {

constexpr std::size_t zeros_bytes = 256U << 10U;
/// Zeroed for every byte used: the next segment is ready when the present one is half full.
constexpr std::uint64_t zeros_per_used = 2;
constexpr std::uint64_t no_limit = ~std::uint64_t{0};

}  // namespace

SegmentPreparer::SegmentPreparer(Disk& disk, std::uint64_t segment_bytes, bool threaded)
    : disk_(disk), segment_bytes_(segment_bytes) {
  if (threaded) {
    thread_ = std::thread([this] { run(); });
  }
}

SegmentPreparer::~SegmentPreparer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SegmentPreparer::request(std::uint64_t ordinal) {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    CHECK(wanted_ == 0);
    wanted_ = ordinal;
    allowed_ = 0;
  }
  changed_.notify_all();
}

void SegmentPreparer::pace(std::uint64_t used_bytes) {
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    allowed_ = used_bytes * zeros_per_used;
    enough = awaited_ != 0 && allowed_ >= awaited_;
  }
  if (enough) {
    changed_.notify_all();
  }
}

Result<std::unique_ptr<File>> SegmentPreparer::take(std::uint64_t ordinal) {
  std::unique_lock lock(mutex_);
  // Whoever waits for the segment wants it now.
  allowed_ = no_limit;
  if (wanted_ == ordinal) {
    changed_.notify_all();
    changed_.wait(lock, [this] { return ready_.has_value(); });
    Result<std::unique_ptr<File>> prepared = std::move(*ready_);
    ready_.reset();
    wanted_ = 0;
    if (prepared.ok() || prepared.error().code != DiskError::no_space) {
      return prepared;
    }
  }
  lock.unlock();
  return prepare(ordinal);
}

void SegmentPreparer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || (wanted_ != 0 && !ready_); });
    if (stopping_) {
      return;
    }
    const std::uint64_t ordinal = wanted_;
    lock.unlock();
    Result<std::unique_ptr<File>> prepared = prepare(ordinal);
    lock.lock();
    ready_ = std::move(prepared);
    changed_.notify_all();
  }
}

Result<std::unique_ptr<File>> SegmentPreparer::prepare(std::uint64_t ordinal) {
  const std::string name = segment_name(ordinal);
  Result<std::unique_ptr<File>> present = disk_.open(name, Access::durable);
  if (present.ok() || present.error().code != DiskError::not_found) {
    return present;
  }
  const std::string temporary = name + std::string(temporary_suffix);
  const Result<void> zeroed = write_zeros(temporary);
  if (!zeroed.ok()) {
    // What is left of it is removed at the next start, if it cannot be now.
    static_cast<void>(disk_.remove(temporary).ok());
    return zeroed.error();
  }
  const Result<void> renamed = disk_.rename(temporary, name);
  if (!renamed.ok()) {
    return renamed.error();
  }
  const Result<void> synced = disk_.sync_directory();
  if (!synced.ok()) {
    // Never no_space: a second sync could succeed without the entry being on disk.
    return Error{DiskError::io, synced.error().text};
  }
  return disk_.open(name, Access::durable);
}

bool SegmentPreparer::may_write(std::uint64_t end) {
  std::unique_lock lock(mutex_);
  awaited_ = end;
  changed_.wait(lock, [&] { return stopping_ || end <= allowed_; });
  awaited_ = 0;
  return !stopping_;
}

Result<void> SegmentPreparer::write_zeros(const std::string& name) {
  Result<void> removed = disk_.remove(name);
  if (!removed.ok() && removed.error().code != DiskError::not_found) {
    return removed;
  }
  const Result<std::unique_ptr<File>> created = disk_.create(name, Access::stream);
  if (!created.ok()) {
    return created.error();
  }
  File& file = *created.value();
  Result<void> reserved = file.reserve(segment_bytes_);
  if (!reserved.ok()) {
    return reserved;
  }
  const AlignedBuffer zeros(zeros_bytes);
  std::uint64_t offset = 0;
  while (offset < segment_bytes_) {
    const Bytes part =
        zeros.span().first(std::min<std::uint64_t>(zeros_bytes, segment_bytes_ - offset));
    if (!may_write(offset + part.size())) {
      return Error{DiskError::stopped, file.path() + ": the writer was closed"};
    }
    Result<void> written = file.write(offset, {&part, 1});
    if (!written.ok()) {
      return written;
    }
    offset += part.size();
  }
  return file.sync();
}

}  // namespace millrace
