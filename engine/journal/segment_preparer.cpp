// A segment is zeroed under a temporary name and renamed when it is durable, so that a file with a
// segment's name, or a spare's, is always whole.
#include "engine/journal/segment_preparer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/aligned.h"
#include "engine/journal/frame.h"
#include "engine/journal/numbered_name.h"

namespace millrace {
namespace {

constexpr std::size_t zeros_bytes = 256U << 10U;
/// Zeroed for every byte used: the next segment is ready when the present one is half full.
constexpr std::uint64_t zeros_per_used = 2;
constexpr std::uint64_t no_limit = ~std::uint64_t{0};
/// Between two writes of zeros that nobody waits for: 250 MB/s at most.
constexpr std::chrono::milliseconds rest{1};
/// If the journal used more meanwhile (16 MB/s), it is not quiet.
constexpr std::uint64_t quiet_bytes = 16U << 10U;

constexpr NumberedName spare_name{.prefix = "journal-spare-", .digits = 6, .suffix = ".mrj"};

/// The lowest number that no spare has.
std::uint64_t spare_free(const std::vector<std::string>& spares) {
  std::uint64_t number = 1;
  while (std::find(spares.begin(), spares.end(), spare_name.of(number)) != spares.end()) {
    ++number;
  }
  return number;
}

}  // namespace

SegmentPreparer::SegmentPreparer(Disk& disk, SegmentStock stock, std::vector<std::string> spares)
    : disk_(disk), stock_(stock), spares_(std::move(spares)) {
  if (stock.threaded) {
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
    used_before_ = used_;
    spares_failed_ = false;
  }
  changed_.notify_all();
}

void SegmentPreparer::pace(std::uint64_t used_bytes) {
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    allowed_ = used_bytes * zeros_per_used;
    used_ = used_before_ + used_bytes;
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
    changed_.wait(lock, [this] { return stopping_ || is_wanted() || lacks_spares(); });
    if (stopping_) {
      return;
    }
    if (is_wanted() && !spares_.empty()) {
      serve(lock);
    } else {
      make_spare(lock);
    }
  }
}

void SegmentPreparer::serve(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t ordinal = wanted_;
  lock.unlock();
  Result<std::unique_ptr<File>> prepared = prepare(ordinal);
  lock.lock();
  ready_ = std::move(prepared);
  changed_.notify_all();
}

/// A failure is told only where a segment is wanted.
void SegmentPreparer::make_spare(std::unique_lock<std::mutex>& lock) {
  const std::string name = spare_name.of(spare_free(spares_));
  lock.unlock();
  const std::string temporary = name + std::string(temporary_suffix);
  Result<void> made = write_zeros(temporary, [this](std::uint64_t end) { return may_write(end); });
  if (made.ok()) {
    made = disk_.rename(temporary, name);
  }
  lock.lock();
  if (made.ok()) {
    spares_.push_back(name);
    return;
  }
  spares_failed_ = true;
  if (is_wanted()) {
    ready_ = made.error();
    changed_.notify_all();
  }
}

std::optional<std::string> SegmentPreparer::pop_spare() {
  const std::lock_guard lock(mutex_);
  if (spares_.empty()) {
    return std::nullopt;
  }
  std::string name = std::move(spares_.back());
  spares_.pop_back();
  return name;
}

Result<std::unique_ptr<File>> SegmentPreparer::prepare(std::uint64_t ordinal) {
  const std::string name = segment_name(ordinal);
  Result<std::unique_ptr<File>> present = disk_.open(name, Access::durable);
  if (present.ok() || present.error().code != DiskError::not_found) {
    return present;
  }
  std::optional<std::string> blank = pop_spare();
  if (!blank) {
    blank = name + std::string(temporary_suffix);
    const Result<void> zeroed = write_zeros(*blank, {});
    if (!zeroed.ok()) {
      return zeroed.error();
    }
  }
  const Result<void> renamed = disk_.rename(*blank, name);
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

/// Waits until the journal is quiet, or so far that a segment which is wanted and not there must
/// come. What is zeroed as a spare will be that segment.
bool SegmentPreparer::may_write(std::uint64_t end) {
  std::unique_lock lock(mutex_);
  awaited_ = end;
  bool may = false;
  while (!may && !stopping_) {
    const std::uint64_t used = used_;
    const bool called = changed_.wait_for(lock, rest, [&] {
      return stopping_ || (is_wanted() && (!spares_.empty() || end <= allowed_));
    });
    if (called && is_wanted() && !spares_.empty()) {
      serve(lock);
    } else {
      may = called || used_ - used <= quiet_bytes;
    }
  }
  awaited_ = 0;
  return !stopping_;
}

/// What is left of a failure is removed.
Result<void> SegmentPreparer::write_zeros(const std::string& name, const Throttle& may_go_on) {
  Result<void> written = fill_with_zeros(name, may_go_on);
  if (!written.ok()) {
    // At the next start, if it cannot be now.
    static_cast<void>(disk_.remove(name).ok());
  }
  return written;
}

Result<void> SegmentPreparer::fill_with_zeros(const std::string& name, const Throttle& may_go_on) {
  Result<void> removed = disk_.remove(name);
  if (!removed.ok() && removed.error().code != DiskError::not_found) {
    return removed;
  }
  const Result<std::unique_ptr<File>> created = disk_.create(name, Access::stream);
  if (!created.ok()) {
    return created.error();
  }
  File& file = *created.value();
  Result<void> reserved = file.reserve(stock_.segment_bytes);
  if (!reserved.ok()) {
    return reserved;
  }
  const AlignedBuffer zeros(zeros_bytes);
  std::uint64_t offset = 0;
  while (offset < stock_.segment_bytes) {
    const Bytes part =
        zeros.span().first(std::min<std::uint64_t>(zeros_bytes, stock_.segment_bytes - offset));
    if (may_go_on && !may_go_on(offset + part.size())) {
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

Result<std::vector<std::string>> keep_spares(Disk& disk, SegmentStock stock) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) {
    return names.error();
  }
  std::vector<std::string> spares;
  for (const std::string& name : names.value()) {
    if (!spare_name.number_in(name)) {
      continue;
    }
    const Result<std::unique_ptr<File>> file = disk.open(name, Access::read);
    if (!file.ok()) {
      return file.error();
    }
    const Result<std::uint64_t> size = file.value()->size();
    if (!size.ok()) {
      return size.error();
    }
    if (size.value() == stock.segment_bytes && spares.size() < stock.spares) {
      spares.push_back(name);
      continue;
    }
    const Result<void> removed = disk.remove(name);
    if (!removed.ok()) {
      return removed.error();
    }
  }
  return spares;
}

}  // namespace millrace
