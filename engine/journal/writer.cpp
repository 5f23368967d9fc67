// The writer: fills headers in place and hands whole groups to the disk.
#include "engine/journal/writer.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/scan.h"
#include "engine/journal/segment.h"
#include "engine/journal/segment_preparer.h"

namespace millrace {
namespace {

std::uint32_t draw_key() {
  std::random_device source;
  std::uint32_t key = 0;
  while (key == 0) {
    key = source();
  }
  return key;
}

/// Removes a prepared segment. One that is not blank is not ours to remove: the tail that the
/// writer was given is then not this journal's.
Result<void> remove_blank(Disk& disk, const std::string& name) {
  const Result<FirstBlock> block = read_first_block(disk, name);
  if (!block.ok()) {
    return block.error();
  }
  if (!all_zero(block.value().span())) {
    return Error{DiskError::damaged,
                 block.value().path + " at offset 0: in use, though the journal ends before it"};
  }
  return disk.remove(name);
}

}  // namespace

JournalWriter::JournalWriter() = default;
JournalWriter::~JournalWriter() = default;

Result<void> JournalWriter::open(Disk& disk, const WriterOptions& options,
                                 const JournalTail& tail) {
  CHECK(disk_ == nullptr);
  CHECK(options.segment_bytes % disk_block == 0);
  CHECK(options.segment_bytes >= 2 * disk_block);
  disk_ = &disk;
  options_ = options;
  Result<void> opened = take_over(tail);
  if (!opened.ok()) {
    failed_ = opened.error();
  }
  return opened;
}

Result<void> JournalWriter::take_over(const JournalTail& tail) {
  if (tail.segment != 0 && tail.network != options_.network) {
    return Error{DiskError::wrong_network, disk_->path() + ": the journal is of another network"};
  }
  if (tail.segment != 0) {
    Result<void> raised = check_bounds(disk_->path(), {tail.bounds, options_.bounds});
    if (!raised.ok()) {
      return raised;
    }
  }
  Result<void> step = disk_->lock();
  if (step.ok() && tail.torn) {
    step = truncate_tail(*disk_, tail);
  }
  if (step.ok()) {
    step = remove_leftovers(tail.segment);
  }
  if (!step.ok()) {
    return step;
  }
  next_ = tail.next;
  previous_ = tail.previous;
  epoch_ = std::max(tail.epoch, tail.epoch + 1);  // An epoch never falls, not even by overflow.
  key_ = tail.key != 0 ? tail.key : (options_.key != 0 ? options_.key : draw_key());
  header_block_ = AlignedBuffer(disk_block);
  parts_.reserve(write_parts_max);
  const SegmentStock stock{.segment_bytes = options_.segment_bytes,
                           .spares = options_.prepare_ahead ? options_.spare_segments : 0,
                           .threaded = options_.prepare_ahead};
  Result<std::vector<std::string>> spares = keep_spares(*disk_, stock);
  if (!spares.ok()) {
    return spares.error();
  }
  preparer_ = std::make_unique<SegmentPreparer>(*disk_, stock, std::move(spares.value()));
  const bool goes_on = tail.segment != 0 && tail.bounds == options_.bounds;
  step = begin_segment(goes_on ? tail.segment : tail.segment + 1);
  if (step.ok() && goes_on) {
    offset_ = tail.offset;
    CHECK(offset_ <= size_);
  }
  return step;
}

Result<void> JournalWriter::append(std::span<const PendingFrame> frames) {
  CHECK(disk_ != nullptr);
  if (failed_) {
    return Error{DiskError::stopped, "the journal takes nothing more since: " + failed_->text};
  }
  while (!frames.empty()) {
    const std::size_t count = frames_that_fit(frames);
    Result<void> step = count == 0 ? begin_segment(ordinal_ + 1) : write_group(frames.first(count));
    if (!step.ok()) {
      failed_ = step.error();
      return step;
    }
    frames = frames.subspan(count);
  }
  return {};
}

Result<void> JournalWriter::begin_segment(std::uint64_t ordinal) {
  Result<std::unique_ptr<File>> taken = preparer_->take(ordinal);
  if (!taken.ok()) {
    return taken.error();
  }
  file_ = std::move(taken.value());
  const Result<std::uint64_t> size = file_->size();
  if (!size.ok()) {
    return size.error();
  }
  size_ = size.value();
  ordinal_ = ordinal;
  // The header is written with the first group: a segment costs no durable write of its own.
  offset_ = 0;
  preparer_->request(ordinal + 1);
  return {};
}

Result<void> JournalWriter::remove_leftovers(std::uint64_t used_ordinal) {
  const Result<std::vector<std::string>> names = disk_->list();
  if (!names.ok()) {
    return names.error();
  }
  bool removed_any = false;
  for (const std::string& name : names.value()) {
    const std::optional<std::uint64_t> ordinal = segment_ordinal(name);
    Result<void> removed;
    const bool ours = name.starts_with("journal-") || name.starts_with("snapshot-") ||
                      name.starts_with("archive-");
    if (ours && name.ends_with(temporary_suffix)) {
      removed = disk_->remove(name);
    } else if (ordinal && *ordinal > used_ordinal) {
      // A blank segment is cheaply made again, and then has the size that is asked for now.
      removed = remove_blank(*disk_, name);
    } else {
      continue;
    }
    if (!removed.ok()) {
      return removed;
    }
    removed_any = true;
  }
  return removed_any ? disk_->sync_directory() : Result<void>();
}

std::size_t JournalWriter::frames_that_fit(std::span<const PendingFrame> frames) const {
  std::uint64_t end = offset_ == 0 ? disk_block : offset_;
  std::size_t count = 0;
  // One part is kept for a segment header.
  while (count < frames.size() && count + 1 < write_parts_max) {
    const PendingFrame& frame = frames[count];
    CHECK(frame.payload_bytes <= payload_bytes_max);
    const std::uint64_t bytes = frame_bytes(frame.payload_bytes);
    CHECK(disk_block + bytes <= options_.segment_bytes);
    if (end + bytes > size_) {
      break;
    }
    end += bytes;
    ++count;
  }
  return count;
}

Result<void> JournalWriter::write_group(std::span<const PendingFrame> frames) {
  parts_.clear();
  const bool first_of_segment = offset_ == 0;
  if (first_of_segment) {
    fill_segment_header();
    parts_.emplace_back(header_block_.span());
  }
  const Sequence group_first = frames.front().first_sequence;
  for (const PendingFrame& frame : frames) {
    fill(frame, group_first);
    parts_.emplace_back(frame.data, frame_bytes(frame.payload_bytes));
  }
  Result<void> written = file_->write(offset_, parts_);
  if (!written.ok()) {
    return written;
  }
  std::uint64_t bytes = 0;
  for (const Bytes part : parts_) {
    bytes += part.size();
  }
  offset_ += bytes;
  preparer_->pace(offset_);
  stats_.bytes += bytes;
  stats_.frames += frames.size();
  stats_.writes += 1;
  stats_.segments += first_of_segment ? 1 : 0;
  return {};
}

void JournalWriter::fill(const PendingFrame& frame, Sequence group_first) {
  CHECK(reinterpret_cast<std::uintptr_t>(frame.data) % disk_block == 0);
  CHECK(frame.payload_bytes % 8 == 0);
  CHECK(frame.commands > 0);
  CHECK(frame.first_sequence == next_);
  std::byte* payload = frame.data + sizeof(FrameHeader);
  FrameHeader header{.magic = frame_magic,
                     .version = journal_version,
                     .header_bytes = sizeof(FrameHeader),
                     .crc = 0,
                     .payload_bytes = frame.payload_bytes,
                     .first_sequence = frame.first_sequence,
                     .time = frame.time,
                     .commands = frame.commands,
                     .messages = frame.messages,
                     .epoch = epoch_,
                     .key = key_,
                     .group_first = group_first,
                     .previous = previous_};
  header.crc = frame_crc(header, {payload, frame.payload_bytes});
  std::memcpy(frame.data, &header, sizeof(header));
  const std::size_t used = sizeof(header) + frame.payload_bytes;
  std::memset(frame.data + used, 0, frame_bytes(frame.payload_bytes) - used);
  previous_ = frame_hash(header);
  next_ = Sequence{next_.value + frame.commands};
  stats_.commands += frame.commands;
}

void JournalWriter::fill_segment_header() {
  SegmentHeader header{.magic = segment_magic,
                       .version = journal_version,
                       .header_bytes = sizeof(SegmentHeader),
                       .crc = 0,
                       .key = key_,
                       .ordinal = ordinal_,
                       .first_sequence = next_,
                       .network = options_.network,
                       .previous = previous_,
                       .segment_bytes = size_,
                       .epoch = epoch_,
                       .bounds = options_.bounds,
                       .reserved = 0};
  header.crc = segment_crc(header);
  std::memcpy(header_block_.data(), &header, sizeof(header));
}

}  // namespace millrace
