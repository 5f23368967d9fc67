// Files that are written once.
#include "engine/journal/whole_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "engine/core/check.h"
#include "engine/journal/frame.h"

namespace millrace {
namespace {

/// Of one write: a journal's write that comes meanwhile waits for no more.
constexpr std::size_t write_bytes = 512U << 10U;

Result<void> remove_unfinished(Disk& disk, const NumberedName& names) {
  const Result<std::vector<std::string>> all = disk.list();
  if (!all.ok()) {
    return all.error();
  }
  for (const std::string& name : all.value()) {
    if (name.starts_with(names.prefix) && name.ends_with(temporary_suffix)) {
      Result<void> removed = disk.remove(name);
      if (!removed.ok()) {
        return removed;
      }
    }
  }
  return {};
}

}  // namespace

WholeFileWriter::~WholeFileWriter() {
  discard();
}

std::string WholeFileWriter::temporary() const {
  return name_ + std::string(temporary_suffix);
}

/// A full disk must not stay full of what nobody will read.
void WholeFileWriter::discard() {
  if (file_ == nullptr) {
    return;
  }
  file_.reset();
  // What cannot be removed now is removed at the next start.
  static_cast<void>(disk_->remove(temporary()).ok());
}

Result<void> WholeFileWriter::open(Disk& disk, const NumberedName& names, std::uint64_t number,
                                   Throttle throttle) {
  CHECK(disk_ == nullptr);
  disk_ = &disk;
  name_ = names.of(number);
  throttle_ = std::move(throttle);
  buffer_ = AlignedBuffer(write_bytes);
  Result<void> created = create(names);
  if (!created.ok()) {
    failed_ = created.error();
    return created;
  }
  put_zeros(disk_block);  // The header takes this place when everything else is there.
  return {};
}

Result<void> WholeFileWriter::create(const NumberedName& names) {
  Result<void> removed = remove_unfinished(*disk_, names);
  if (!removed.ok()) {
    return removed;
  }
  Result<std::unique_ptr<File>> created = disk_->create(temporary(), Access::stream);
  if (!created.ok()) {
    return created.error();
  }
  file_ = std::move(created.value());
  return {};
}

void WholeFileWriter::put(Bytes bytes) {
  while (!bytes.empty() && !failed_) {
    const std::size_t step = std::min(bytes.size(), buffer_.size() - filled_);
    std::memcpy(buffer_.data() + filled_, bytes.data(), step);
    filled_ += step;
    bytes = bytes.subspan(step);
    if (filled_ == buffer_.size()) {
      flush();
    }
  }
}

void WholeFileWriter::put_zeros(std::size_t bytes) {
  static constexpr std::array<std::byte, disk_block> zeros{};
  put(std::span(zeros).first(bytes));
}

void WholeFileWriter::flush() {
  if (failed_ || filled_ == 0) {
    return;
  }
  const Bytes part = buffer_.span().first(filled_);
  const Result<void> written = file_->write(flushed_, {&part, 1});
  if (!written.ok()) {
    failed_ = written.error();
    return;
  }
  flushed_ += filled_;
  filled_ = 0;
  if (throttle_ && !throttle_(flushed_)) {
    failed_ = Error{DiskError::stopped, file_->path() + ": told to stop"};
  }
}

Result<void> WholeFileWriter::finish(Bytes header) {
  CHECK(filled_ % disk_block == 0);
  CHECK(header.size() <= disk_block);
  flush();
  if (!failed_) {
    if (const Result<void> completed = complete(header); !completed.ok()) {
      failed_ = completed.error();
    }
  }
  if (failed_) {
    discard();
    return *failed_;
  }
  return {};
}

Result<void> WholeFileWriter::complete(Bytes header) {
  std::memset(buffer_.data(), 0, disk_block);
  std::memcpy(buffer_.data(), header.data(), header.size());
  const Bytes block = buffer_.span().first(disk_block);
  Result<void> step = file_->write(0, {&block, 1});
  if (step.ok()) {
    step = file_->sync();
  }
  if (step.ok()) {
    step = disk_->rename(temporary(), name_);
  }
  if (step.ok()) {
    file_.reset();
    step = disk_->sync_directory();
  }
  return step;
}

}  // namespace millrace
