// Reading snapshots back, chunk by chunk, straight into the tables' memory.
#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/frame.h"
#include "engine/journal/snapshot.h"

namespace millrace {
namespace {

constexpr std::uint64_t read_ahead_bytes = 8U << 20U;

std::string name_of(const SectionHeader& header) {
  const auto end = std::find(header.name.begin(), header.name.end(), '\0');
  return {header.name.begin(), end};
}

}  // namespace

Result<void> SnapshotReader::open(Disk& disk, std::string_view name, Throttle throttle) {
  CHECK(file_ == nullptr);
  throttle_ = std::move(throttle);
  Result<std::unique_ptr<File>> opened = disk.open(name, Access::read);
  if (!opened.ok()) {
    failed_ = opened.error();
    return opened.error();
  }
  file_ = std::move(opened.value());
  const Result<std::uint64_t> size = file_->size();
  if (!size.ok()) {
    failed_ = size.error();
    return size.error();
  }
  file_bytes_ = size.value();
  SnapshotHeader header{};
  if (!read_bytes(std::as_writable_bytes(std::span(&header, 1)))) {
    return *failed_;
  }
  offset_ = 0;
  if (header.magic != snapshot_magic || header.crc != snapshot_crc(header)) {
    fail("the snapshot header is damaged");
  } else if (header.version != snapshot_version || header.header_bytes != sizeof(header)) {
    fail("the snapshot has format version " + std::to_string(header.version) +
         ", and this build reads " + std::to_string(snapshot_version));
    failed_->code = DiskError::wrong_version;
  } else if (header.file_bytes != file_bytes_) {
    fail("the file has not the size that its header says");
  } else if (snapshot_sequence(name) != header.sequence) {
    fail("the snapshot is of sequence " + std::to_string(header.sequence.value) + " by its header");
  }
  if (failed_) {
    return *failed_;
  }
  info_ =
      SnapshotInfo{header.sequence, header.time, header.network, header.digest, header.previous};
  sections_ = header.sections;
  offset_ = disk_block;
  return {};
}

bool SnapshotReader::begin(std::string_view name, std::uint64_t& byte_count) {
  std::string found;
  if (!begin_any(found, byte_count)) {
    return false;
  }
  return found == name || fail("the section is " + found + " instead of " + std::string(name));
}

bool SnapshotReader::begin_any(std::string& name, std::uint64_t& byte_count) {
  if (failed_) {
    return false;
  }
  if (section_left_ != 0) {
    return fail("a section was not read to its end");
  }
  if (sections_begun_ == sections_) {
    return fail("there are no more sections");
  }
  SectionHeader header{};
  if (!read_bytes(std::as_writable_bytes(std::span(&header, 1)))) {
    return false;
  }
  if (header.magic != section_magic || header.crc != section_crc(header) ||
      header.index != sections_begun_ || header.chunk_bytes == 0) {
    return fail("a section header is damaged");
  }
  if (header.byte_count > file_bytes_ - offset_) {
    return fail("a section is longer than the file");
  }
  ++sections_begun_;
  section_left_ = header.byte_count;
  chunk_bytes_ = header.chunk_bytes;
  chunk_filled_ = 0;
  chunk_crc_ = 0;
  name = name_of(header);
  byte_count = header.byte_count;
  return true;
}

bool SnapshotReader::read(std::span<std::byte> into) {
  if (failed_) {
    return false;
  }
  if (into.size() > section_left_) {
    return fail("more was asked for than the section holds");
  }
  while (!into.empty()) {
    const std::size_t step = std::min<std::size_t>(into.size(), chunk_bytes_ - chunk_filled_);
    if (!read_bytes(into.first(step))) {
      return false;
    }
    chunk_crc_ = crc32c(chunk_crc_, into.first(step));
    chunk_filled_ += static_cast<std::uint32_t>(step);
    section_left_ -= step;
    into = into.subspan(step);
    if ((chunk_filled_ == chunk_bytes_ || section_left_ == 0) && !end_chunk()) {
      return false;
    }
  }
  return true;
}

bool SnapshotReader::end_chunk() {
  struct {
    std::byte zeros[8];
    ChunkTrailer trailer;
  } end{};

  const std::size_t padding = (8 - chunk_filled_ % 8) % 8;
  const std::span<std::byte> bytes = std::as_writable_bytes(std::span(&end, 1));
  if (!read_bytes(bytes.subspan(8 - padding))) {
    return false;
  }
  if (end.trailer.byte_count != chunk_filled_ || end.trailer.crc != chunk_crc_) {
    return fail("the chunk that ends here is damaged");
  }
  chunk_filled_ = 0;
  chunk_crc_ = 0;
  return true;
}

Result<void> SnapshotReader::finish() const {
  if (failed_) {
    return *failed_;
  }
  if (file_ == nullptr || section_left_ != 0 || sections_begun_ != sections_) {
    return Error{DiskError::damaged, (file_ == nullptr ? std::string("snapshot") : file_->path()) +
                                         ": not every section was read"};
  }
  return {};
}

bool SnapshotReader::fail(const std::string& what) {
  if (!failed_) {
    failed_ = Error{DiskError::damaged,
                    file_->path() + " at offset " + std::to_string(offset_) + ": " + what};
  }
  return false;
}

bool SnapshotReader::read_bytes(std::span<std::byte> into) {
  const Result<std::size_t> got = file_->read(offset_, into);
  if (!got.ok()) {
    failed_ = got.error();
    return false;
  }
  if (got.value() < into.size()) {
    return fail("the file is cut short");
  }
  if (into.size() >= disk_block) {
    file_->forget(offset_, into.size());
    file_->read_ahead(offset_ + into.size(), read_ahead_bytes);
  }
  offset_ += into.size();
  if (throttle_ && into.size() >= disk_block && !throttle_(offset_)) {
    failed_ = Error{DiskError::stopped, file_->path() + ": told to stop"};
    return false;
  }
  return true;
}

Result<SnapshotInfo> verify_snapshot(Disk& disk, std::string_view name, const Throttle& throttle) {
  SnapshotReader reader;
  const Result<void> opened = reader.open(disk, name, throttle);
  if (!opened.ok()) {
    return opened.error();
  }
  std::vector<std::byte> chunk(snapshot_chunk_bytes);
  for (std::uint32_t index = 0; index < reader.section_count(); ++index) {
    std::string section;
    std::uint64_t left = 0;
    bool intact = reader.begin_any(section, left);
    while (intact && left > 0) {
      const std::size_t step = std::min<std::uint64_t>(left, chunk.size());
      intact = reader.read(std::span(chunk).first(step));
      left -= step;
    }
    if (!intact) {
      break;
    }
  }
  const Result<void> finished = reader.finish();
  if (!finished.ok()) {
    return finished.error();
  }
  return reader.info();
}

}  // namespace millrace
