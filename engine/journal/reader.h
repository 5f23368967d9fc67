// Reads a journal frame by frame and finds its end. What it accepts, what it calls a torn tail and
// what it calls damage is in docs/journal-format.md, Recovery.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/types.h"
#include "engine/journal/file.h"
#include "engine/journal/frame.h"
#include "engine/journal/tail.h"
#include "engine/journal/window.h"

namespace millrace {

struct ReaderOptions {
  /// First command wanted; the frame that holds it is the first one given. 0 is the oldest there
  /// is.
  Sequence from{0};
  /// Last command wanted; the frame that holds it is the last one given, and nothing behind it is
  /// looked at. So a journal can be read while it is written, up to what is durable.
  Sequence until{~std::uint64_t{0}};
  /// Hash of the frame before `from`, as a snapshot keeps it: journal and snapshot must agree.
  std::optional<std::uint64_t> previous{};
  /// Fingerprint that every segment must carry; without one, all must carry the first one's.
  std::optional<std::uint64_t> network{};
  std::size_t chunk_bytes = 4U << 20U;
};

/// A frame in the reader's memory.
struct FrameView {
  const FrameHeader* header;
  Bytes payload;          ///< 8-byte aligned
  std::uint64_t segment;  ///< ordinal
  std::uint64_t offset;   ///< of the header in the segment

  [[nodiscard]] MessageCursor messages() const { return MessageCursor(payload); }
};

class JournalReader {
 public:
  JournalReader() = default;

  Result<void> open(Disk& disk, const ReaderOptions& options);

  /// Gives the next frame, which stays valid until the next call; false at the end. After an error
  /// the reader is at its end for good.
  [[nodiscard]] Result<bool> next(FrameView& frame);

  /// The bounds that the last frame given was decided by.
  [[nodiscard]] const Bounds& bounds() const { return tail_.bounds; }

  /// Where the journal ends, or where `until` ended the reading; once next() gave false.
  [[nodiscard]] const JournalTail& tail() const;

  /// Bytes read so far of those there are, for a progress bar.
  [[nodiscard]] std::uint64_t bytes_done() const { return bytes_before_ + offset_; }

  [[nodiscard]] std::uint64_t bytes_total() const { return bytes_total_; }

 private:
  enum class Step : std::uint8_t { frame, skipped, segment_end };

  [[nodiscard]] Result<bool> advance(FrameView& frame);
  [[nodiscard]] Result<Step> read_frame(FrameView& frame);
  [[nodiscard]] std::optional<Error> misfit(const FrameHeader& header) const;
  [[nodiscard]] Result<std::size_t> find_start();
  Result<void> measure(std::size_t start);
  Result<void> open_segment(std::size_t index);
  [[nodiscard]] Result<bool> rotate_into(std::size_t index);
  [[nodiscard]] std::optional<Error> header_misfit(const SegmentHeader& header,
                                                   std::size_t index) const;
  Result<void> finish();
  [[nodiscard]] Error damage(std::size_t index, std::uint64_t offset, const std::string& what,
                             DiskError code = DiskError::damaged) const;

  Disk* disk_ = nullptr;
  ReaderOptions options_;
  std::vector<std::uint64_t> ordinals_;
  std::size_t index_ = 0;  ///< of the open segment in ordinals_
  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
  std::uint64_t offset_ = 0;
  Window window_;
  Sequence group_first_{0};  ///< of the last frame
  JournalTail tail_;
  bool done_ = false;
  bool failed_ = false;
  std::uint64_t bytes_before_ = 0;
  std::uint64_t bytes_total_ = 0;
};

}  // namespace millrace
