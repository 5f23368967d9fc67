// The reader: checks every frame against the one before it, and decides what the first gap means.
#include "engine/journal/reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/scan.h"
#include "engine/journal/segment.h"

namespace millrace {
namespace {

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

}  // namespace

Result<void> JournalReader::open(Disk& disk, const ReaderOptions& options) {
  CHECK(disk_ == nullptr);
  disk_ = &disk;
  options_ = options;
  failed_ = true;  // Until all of this went well.
  window_ = Window(options.chunk_bytes);
  Result<std::vector<std::uint64_t>> ordinals = list_segments(disk);
  if (!ordinals.ok()) {
    return ordinals.error();
  }
  ordinals_ = std::move(ordinals.value());
  const Result<std::size_t> start = find_start();
  if (!start.ok()) {
    return start.error();
  }
  Result<void> measured = measure(start.value());
  if (!measured.ok()) {
    return measured;
  }
  if (!ordinals_.empty()) {
    Result<void> opened = open_segment(start.value());
    if (!opened.ok()) {
      return opened;
    }
    const Result<bool> entered = rotate_into(start.value());
    if (!entered.ok()) {
      return entered.error();
    }
    if (!entered.value() && ordinals_[start.value()] != 1) {
      return damage(start.value(), 0, "the segment header is damaged");
    }
  }
  failed_ = false;
  return {};
}

/// The last segment that begins at or before the first sequence wanted.
Result<std::size_t> JournalReader::find_start() {
  if (options_.from.value == 0 || (ordinals_.empty() && options_.from.value == 1)) {
    return std::size_t{0};
  }
  for (std::size_t index = ordinals_.size(); index-- > 0;) {
    const Result<std::optional<SegmentHeader>> header =
        read_segment_header(*disk_, ordinals_[index]);
    if (!header.ok()) {
      return header.error();
    }
    if (header.value() && header.value()->first_sequence <= options_.from) {
      return index;
    }
  }
  if (options_.from.value == 1 && ordinals_.front() == 1) {
    return std::size_t{0};  // Nothing in it yet, or a header torn with the very first write.
  }
  return Error{DiskError::not_found, disk_->path() + ": no segment reaches back to sequence " +
                                         number(options_.from.value)};
}

/// No segment may be missing from the start on.
Result<void> JournalReader::measure(std::size_t start) {
  for (std::size_t index = start; index < ordinals_.size(); ++index) {
    if (index > start && ordinals_[index] != ordinals_[index - 1] + 1) {
      return Error{DiskError::damaged, disk_->path() + "/" +
                                           segment_name(ordinals_[index - 1] + 1) +
                                           " at offset 0: the segment is missing"};
    }
    const Result<std::unique_ptr<File>> file =
        disk_->open(segment_name(ordinals_[index]), Access::read);
    if (!file.ok()) {
      return file.error();
    }
    const Result<std::uint64_t> size = file.value()->size();
    if (!size.ok()) {
      return size.error();
    }
    if (size.value() < disk_block || size.value() % disk_block != 0) {
      return damage(index, size.value(), "the file is cut short");
    }
    bytes_total_ += size.value();
  }
  return {};
}

Result<void> JournalReader::open_segment(std::size_t index) {
  Result<std::unique_ptr<File>> file = disk_->open(segment_name(ordinals_[index]), Access::read);
  if (!file.ok()) {
    return file.error();
  }
  const Result<std::uint64_t> size = file.value()->size();
  if (!size.ok()) {
    return size.error();
  }
  bytes_before_ += file_ != nullptr ? size_ : 0;
  file_ = std::move(file.value());
  size_ = size.value();
  index_ = index;
  offset_ = 0;
  window_.reset(*file_, size_);
  return {};
}

Result<bool> JournalReader::next(FrameView& frame) {
  CHECK(disk_ != nullptr);
  if (done_ || failed_) {
    return false;
  }
  Result<bool> advanced = advance(frame);
  failed_ = !advanced.ok();
  return advanced;
}

const JournalTail& JournalReader::tail() const {
  CHECK(done_);
  return tail_;
}

Result<bool> JournalReader::advance(FrameView& frame) {
  while (!ordinals_.empty()) {
    if (tail_.next > options_.until) {
      done_ = true;
      return false;
    }
    const Result<Step> step = read_frame(frame);
    if (!step.ok()) {
      return step.error();
    }
    if (step.value() == Step::frame) {
      return true;
    }
    if (step.value() == Step::skipped) {
      continue;
    }
    if (tail_.segment == 0 || index_ + 1 == ordinals_.size()) {
      break;
    }
    const Result<bool> rotated = rotate_into(index_ + 1);
    if (!rotated.ok()) {
      return rotated.error();
    }
    if (!rotated.value()) {
      break;
    }
  }
  const Result<void> finished = finish();
  if (!finished.ok()) {
    return finished.error();
  }
  done_ = true;
  return false;
}

Result<JournalReader::Step> JournalReader::read_frame(FrameView& frame) {
  if (tail_.segment == 0 || offset_ + disk_block > size_) {
    return Step::segment_end;
  }
  Result<const std::byte*> bytes = window_.view(offset_, disk_block);
  if (!bytes.ok()) {
    return bytes.error();
  }
  FrameHeader header{};
  std::memcpy(&header, bytes.value(), sizeof(header));
  if (!plausible(header, tail_.key, size_ - offset_)) {
    return Step::segment_end;
  }
  bytes = window_.view(offset_, frame_bytes(header.payload_bytes));
  if (!bytes.ok()) {
    return bytes.error();
  }
  const std::byte* payload = bytes.value() + sizeof(header);
  if (!checksum_fits(header, payload)) {
    return Step::segment_end;
  }
  if (const std::optional<Error> error = misfit(header)) {
    return *error;
  }
  frame = FrameView{reinterpret_cast<const FrameHeader*>(bytes.value()),
                    {payload, header.payload_bytes},
                    ordinals_[index_],
                    offset_};
  offset_ += frame_bytes(header.payload_bytes);
  group_first_ = header.group_first;
  tail_.offset = offset_;
  tail_.next = Sequence{header.first_sequence.value + header.commands};
  tail_.previous = frame_hash(header);
  tail_.epoch = header.epoch;
  return tail_.next <= options_.from ? Step::skipped : Step::frame;
}

std::optional<Error> JournalReader::misfit(const FrameHeader& header) const {
  const Sequence first = header.first_sequence;
  if (first != tail_.next) {
    return damage(index_, offset_,
                  "the frame begins with sequence " + number(first.value) + " instead of " +
                      number(tail_.next.value));
  }
  if (header.previous != tail_.previous) {
    return damage(index_, offset_, "the frame does not follow the one before it");
  }
  if (header.epoch < tail_.epoch) {
    return damage(index_, offset_, "the frame is of an earlier epoch than the one before it");
  }
  if (header.group_first != first && header.group_first != group_first_) {
    return damage(index_, offset_, "the frame does not belong to the write it names");
  }
  const bool wanted = options_.from.value != 0 && first <= options_.from &&
                      options_.from.value < first.value + header.commands;
  if (wanted && options_.previous &&
      (first != options_.from || header.previous != *options_.previous)) {
    return damage(index_, offset_, "the frame does not follow the snapshot");
  }
  return std::nullopt;
}

/// Goes on in the segment if it has a header, which must continue where the journal ends; false if
/// it has none.
Result<bool> JournalReader::rotate_into(std::size_t index) {
  const Result<std::optional<SegmentHeader>> found = read_segment_header(*disk_, ordinals_[index]);
  if (!found.ok()) {
    return found.error();
  }
  if (!found.value()) {
    return false;
  }
  const SegmentHeader& header = *found.value();
  if (const std::optional<Error> error = header_misfit(header, index)) {
    return *error;
  }
  if (tail_.segment != 0) {
    Result<void> opened = open_segment(index);
    if (!opened.ok()) {
      return opened.error();
    }
  }
  if (header.segment_bytes != size_) {
    return damage(index, std::min(size_, header.segment_bytes),
                  "the file has not the size that its header says");
  }
  offset_ = disk_block;
  group_first_ = Sequence{0};
  tail_.segment = ordinals_[index];
  tail_.offset = offset_;
  tail_.next = header.first_sequence;
  tail_.previous = header.previous;
  tail_.network = header.network;
  tail_.bounds = header.bounds;
  tail_.epoch = header.epoch;
  tail_.key = header.key;
  return true;
}

std::optional<Error> JournalReader::header_misfit(const SegmentHeader& header,
                                                  std::size_t index) const {
  if (header.version != journal_version || header.header_bytes != sizeof(SegmentHeader)) {
    return damage(index, 0, "the segment has format version " + number(header.version),
                  DiskError::wrong_version);
  }
  if (header.ordinal != ordinals_[index]) {
    return damage(index, 0, "the segment is number " + number(header.ordinal) + " by its header");
  }
  const bool bounded = std::all_of(bound_specs.begin(), bound_specs.end(), [&](const auto& spec) {
    return header.bounds.*spec.value >= 1 && header.bounds.*spec.value <= bound_most;
  });
  if (!bounded) {
    return damage(index, 0, "the segment has limits that no server has");
  }
  const bool first = tail_.segment == 0;
  const std::optional<std::uint64_t> network =
      first || options_.network ? options_.network : std::optional(tail_.network);
  if (network && header.network != *network) {
    return damage(index, 0, "the segment is of another network", DiskError::wrong_network);
  }
  if (first) {
    return std::nullopt;
  }
  if (header.first_sequence != tail_.next) {
    return damage(index_, offset_,
                  "no intact frame with sequence " + number(tail_.next.value) +
                      ", but the next segment begins with sequence " +
                      number(header.first_sequence.value));
  }
  if (header.previous != tail_.previous || header.key != tail_.key || header.epoch < tail_.epoch) {
    return damage(index, 0, "the segment does not follow the one before it");
  }
  if (const auto raised = check_bounds(disk_->path(), {tail_.bounds, header.bounds});
      !raised.ok()) {
    return damage(index, 0,
                  "the segment has other limits than the one before it may be followed by");
  }
  return std::nullopt;
}

/// Behind the last good frame there may be nothing but what one torn write left.
Result<void> JournalReader::finish() {
  const std::span<const std::uint64_t> rest =
      std::span<const std::uint64_t>(ordinals_).subspan(index_);
  Result<std::optional<TornTail>> torn =
      scan_behind(*disk_, rest, offset_, tail_, options_.chunk_bytes);
  if (!torn.ok()) {
    return torn.error();
  }
  tail_.torn = std::move(torn.value());
  if (tail_.next < options_.from) {
    return Error{DiskError::damaged, disk_->path() + ": the journal ends with sequence " +
                                         number(tail_.next.value - 1) + ", before " +
                                         number(options_.from.value - 1)};
  }
  if (tail_.next == options_.from && options_.previous && tail_.previous != *options_.previous) {
    return Error{DiskError::damaged,
                 disk_->path() + ": the journal's end and the snapshot do not belong together"};
  }
  return {};
}

Error JournalReader::damage(std::size_t index, std::uint64_t offset, const std::string& what,
                            DiskError code) const {
  return Error{code, disk_->path() + "/" + segment_name(ordinals_[index]) + " at offset " +
                         number(offset) + ": " + what};
}

}  // namespace millrace
