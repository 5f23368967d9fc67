// Writing and listing snapshots.
#include "engine/journal/snapshot.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/frame.h"
#include "engine/journal/numbered_name.h"

namespace millrace {
namespace {

constexpr NumberedName snapshot_names{"snapshot-", 16, ".mrs"};
/// Of one write: a journal's write that comes meanwhile waits for no more.
constexpr std::size_t write_bytes = 512U << 10U;

Result<void> remove_unfinished(Disk& disk) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) {
    return names.error();
  }
  for (const std::string& name : names.value()) {
    if (name.starts_with(snapshot_names.prefix) && name.ends_with(temporary_suffix)) {
      Result<void> removed = disk.remove(name);
      if (!removed.ok()) {
        return removed;
      }
    }
  }
  return {};
}

}  // namespace

std::string snapshot_name(Sequence sequence) {
  return snapshot_names.of(sequence.value);
}

std::optional<Sequence> snapshot_sequence(std::string_view name) {
  const std::optional<std::uint64_t> number = snapshot_names.number_in(name);
  return number ? std::optional(Sequence{*number}) : std::nullopt;
}

std::uint32_t snapshot_crc(const SnapshotHeader& header) {
  SnapshotHeader blank = header;
  blank.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&blank, 1)));
}

std::uint32_t section_crc(const SectionHeader& header) {
  SectionHeader blank = header;
  blank.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&blank, 1)));
}

Result<void> SnapshotWriter::open(Disk& disk, const SnapshotInfo& info, Throttle throttle) {
  CHECK(disk_ == nullptr);
  disk_ = &disk;
  info_ = info;
  throttle_ = std::move(throttle);
  buffer_ = AlignedBuffer(write_bytes);
  Result<void> removed = remove_unfinished(disk);
  if (!removed.ok()) {
    failed_ = removed.error();
    return removed;
  }
  Result<std::unique_ptr<File>> created =
      disk.create(snapshot_name(info.sequence) + std::string(temporary_suffix), Access::stream);
  if (!created.ok()) {
    failed_ = created.error();
    return created.error();
  }
  file_ = std::move(created.value());
  put_zeros(disk_block);  // The header takes this place when everything else is there.
  return {};
}

SnapshotWriter::~SnapshotWriter() {
  discard();
}

/// A full disk must not stay full of what nobody will read.
void SnapshotWriter::discard() {
  if (file_ == nullptr) {
    return;
  }
  file_.reset();
  // What cannot be removed now is removed at the next start.
  static_cast<void>(
      disk_->remove(snapshot_name(info_.sequence) + std::string(temporary_suffix)).ok());
}

void SnapshotWriter::section(std::string_view name, std::span<const std::byte> bytes) {
  CHECK(!name.empty());
  CHECK(name.size() <= section_name_max);
  if (failed_) {
    return;
  }
  SectionHeader header{.magic = section_magic,
                       .crc = 0,
                       .index = sections_++,
                       .chunk_bytes = snapshot_chunk_bytes,
                       .byte_count = bytes.size(),
                       .name = {},
                       .reserved = {}};
  std::copy(name.begin(), name.end(), header.name.begin());
  header.crc = section_crc(header);
  put(std::as_bytes(std::span(&header, 1)));
  while (!bytes.empty()) {
    const Bytes chunk = bytes.first(std::min<std::size_t>(bytes.size(), snapshot_chunk_bytes));
    put(chunk);
    put_zeros((8 - chunk.size() % 8) % 8);
    const ChunkTrailer trailer{crc32c(0, chunk), static_cast<std::uint32_t>(chunk.size())};
    put(std::as_bytes(std::span(&trailer, 1)));
    bytes = bytes.subspan(chunk.size());
  }
}

Result<void> SnapshotWriter::finish() {
  put_zeros((disk_block - filled_ % disk_block) % disk_block);
  flush();
  if (failed_) {
    discard();
    return *failed_;
  }
  SnapshotHeader header{.magic = snapshot_magic,
                        .version = snapshot_version,
                        .header_bytes = sizeof(SnapshotHeader),
                        .crc = 0,
                        .sections = sections_,
                        .sequence = info_.sequence,
                        .time = info_.time,
                        .network = info_.network,
                        .digest = info_.digest,
                        .previous = info_.previous,
                        .file_bytes = flushed_};
  header.crc = snapshot_crc(header);
  std::memset(buffer_.data(), 0, disk_block);
  std::memcpy(buffer_.data(), &header, sizeof(header));
  const Bytes block = buffer_.span().first(disk_block);
  Result<void> step = file_->write(0, {&block, 1});
  if (step.ok()) {
    step = file_->sync();
  }
  if (step.ok()) {
    const std::string name = snapshot_name(info_.sequence);
    step = disk_->rename(name + std::string(temporary_suffix), name);
  }
  if (step.ok()) {
    file_.reset();
    step = disk_->sync_directory();
  }
  if (!step.ok()) {
    failed_ = step.error();
    discard();
  }
  return step;
}

void SnapshotWriter::put(Bytes bytes) {
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

void SnapshotWriter::put_zeros(std::size_t bytes) {
  static constexpr std::array<std::byte, disk_block> zeros{};
  put(std::span(zeros).first(bytes));
}

void SnapshotWriter::flush() {
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

Result<std::vector<SnapshotFile>> list_snapshots(Disk& disk) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) {
    return names.error();
  }
  std::vector<SnapshotFile> found;
  for (const std::string& name : names.value()) {
    if (const std::optional<Sequence> sequence = snapshot_sequence(name)) {
      found.push_back({name, *sequence});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const SnapshotFile& a, const SnapshotFile& b) { return a.sequence > b.sequence; });
  return found;
}

}  // namespace millrace
