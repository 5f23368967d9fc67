// The scan behind the end of a journal, block by block.
#include "engine/journal/scan.h"

#include <cstring>
#include <memory>
#include <string>

#include "engine/journal/frame.h"
#include "engine/journal/window.h"

namespace millrace {
namespace {

struct SegmentPlace {
  std::uint64_t ordinal;
  std::uint64_t offset;  ///< where to begin
};

class Scan {
 public:
  Scan(const JournalTail& tail, std::size_t chunk_bytes) : tail_(tail), window_(chunk_bytes) {}

  Result<void> segment(File& file, SegmentPlace place) {
    std::uint64_t offset = place.offset;
    const Result<std::uint64_t> size = file.size();
    if (!size.ok()) {
      return size.error();
    }
    end_ = size.value() / disk_block * disk_block;
    window_.reset(file, end_);
    if (first_file_.empty()) {
      first_file_ = file.path();
      first_offset_ = offset;
    }
    for (; offset < end_; offset += disk_block) {
      const Result<const std::byte*> block = window_.view(offset, disk_block);
      if (!block.ok()) {
        return block.error();
      }
      if (all_zero({block.value(), disk_block})) {
        continue;
      }
      note(file, offset);
      if (offset == 0 && segment_header_fits({block.value(), disk_block})) {
        return loss("segment " + std::to_string(place.ordinal) + " was begun after it");
      }
      Result<void> judged = judge_frame(file, offset, block.value());
      if (!judged.ok()) {
        return judged;
      }
    }
    return {};
  }

  [[nodiscard]] const std::optional<TornTail>& torn() const { return torn_; }

 private:
  void note(const File& file, std::uint64_t offset) {
    if (!torn_) {
      torn_ = TornTail{file.path(), offset, 0};
    }
    if (torn_->file == file.path()) {
      torn_->bytes = offset + disk_block - torn_->offset;
    }
  }

  Result<void> judge_frame(const File& file, std::uint64_t offset, const std::byte* block) {
    FrameHeader header{};
    std::memcpy(&header, block, sizeof(header));
    if (!plausible(header, tail_.key, end_ - offset) || header.group_first <= tail_.next) {
      return {};
    }
    const Result<const std::byte*> whole = window_.view(offset, frame_bytes(header.payload_bytes));
    if (!whole.ok()) {
      return whole.error();
    }
    if (!checksum_fits(header, whole.value() + sizeof(header))) {
      return {};
    }
    return loss("an intact frame with sequence " + std::to_string(header.first_sequence.value) +
                " of a later write follows in " + file.path() + " at offset " +
                std::to_string(offset));
  }

  [[nodiscard]] Error loss(const std::string& proof) const {
    const bool later_file = torn_ && torn_->file != first_file_;
    const std::string& file = later_file ? torn_->file : first_file_;
    // If the rest of this segment was never used, it is the next one's beginning that is missing.
    const std::uint64_t offset = later_file ? 0 : first_offset_;
    return Error{DiskError::damaged, file + " at offset " + std::to_string(offset) +
                                         ": no intact frame with sequence " +
                                         std::to_string(tail_.next.value) + ", but " + proof};
  }

  const JournalTail& tail_;
  Window window_;
  std::string first_file_;
  std::uint64_t first_offset_ = 0;
  std::uint64_t end_ = 0;  ///< of the segment
  std::optional<TornTail> torn_;
};

}  // namespace

bool all_zero(Bytes bytes) {
  // Comparing the bytes with themselves shifted by one lets memcmp use its vectors.
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

Result<std::optional<TornTail>> scan_behind(Disk& disk, std::span<const std::uint64_t> ordinals,
                                            std::uint64_t offset, const JournalTail& tail,
                                            std::size_t chunk_bytes) {
  Scan scan(tail, chunk_bytes);
  for (const std::uint64_t ordinal : ordinals) {
    const Result<std::unique_ptr<File>> file = disk.open(segment_name(ordinal), Access::read);
    if (!file.ok()) {
      return file.error();
    }
    Result<void> scanned = scan.segment(*file.value(), {ordinal, offset});
    if (!scanned.ok()) {
      return scanned.error();
    }
    offset = 0;
  }
  return scan.torn();
}

}  // namespace millrace
