// Appends batches to the journal. One durable write a group of frames, on the caller's thread; the
// next segment is prepared on a thread of the writer's own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/journal/aligned.h"
#include "engine/journal/file.h"
#include "engine/journal/frame.h"
#include "engine/journal/tail.h"

namespace millrace {

/// A batch ready to be appended. The caller put the messages at data + sizeof(FrameHeader); the
/// writer fills in the header and the zeros behind the payload, in place.
struct PendingFrame {
  std::byte* data;              ///< block-aligned, with frame_bytes(payload_bytes) of capacity
  std::uint32_t payload_bytes;  ///< a multiple of 8, at most payload_bytes_max
  Sequence first_sequence;
  std::uint32_t commands;  ///< at least 1
  std::uint32_t messages;
  Time time;
};

struct WriterOptions {
  std::uint64_t network = 0;  ///< fingerprint
  /// That the commands are decided by. If the journal's last segment has others, a new one begins.
  Bounds bounds = bounds_of(Limits{});
  /// Size of new segments, in whole blocks; holds at least one frame of the caller's largest.
  std::uint64_t segment_bytes = 64U << 20U;
  /// Prepare the next segment on a thread of its own. Without it, rotation waits for the zeros.
  bool prepare_ahead = true;
  /// More segments to prepare while the journal is quiet, and to keep. Only with prepare_ahead.
  std::uint32_t spare_segments = 0;
  /// Key of a journal that is created; 0 draws one. Tests give one, to have the same bytes again.
  std::uint32_t key = 0;
};

struct WriterStats {
  std::uint64_t writes = 0;  ///< durable ones
  std::uint64_t frames = 0;
  std::uint64_t commands = 0;
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;  ///< begun
};

class SegmentPreparer;

class JournalWriter {
 public:
  JournalWriter();
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  /// Goes on where a reader found the end (JournalReader::tail()). Locks the disk, truncates a torn
  /// tail, removes unfinished files. Once.
  Result<void> open(Disk& disk, const WriterOptions& options, const JournalTail& tail);

  /// Appends the frames, which follow the last one and each other without a gap. Returns when they
  /// are durable. After a failure nothing more is ever written: what the disk holds is then known
  /// only to the next recovery. Allocates nothing unless it begins a segment or fails.
  Result<void> append(std::span<const PendingFrame> frames);

  /// Sequence of the next command.
  [[nodiscard]] Sequence next() const { return next_; }

  /// Hash of the last frame's header, as a snapshot of this moment keeps it.
  [[nodiscard]] std::uint64_t previous() const { return previous_; }

  /// The journal's key. After open().
  [[nodiscard]] std::uint32_t key() const { return key_; }

  /// Whether writes bypass the page cache; else the server says so at start.
  [[nodiscard]] bool direct() const { return file_->direct(); }

  [[nodiscard]] const WriterStats& stats() const { return stats_; }

 private:
  Result<void> take_over(const JournalTail& tail);
  Result<void> begin_segment(std::uint64_t ordinal);
  Result<void> remove_leftovers(std::uint64_t used_ordinal);
  [[nodiscard]] std::size_t frames_that_fit(std::span<const PendingFrame> frames) const;
  Result<void> write_group(std::span<const PendingFrame> frames);
  void fill(const PendingFrame& frame, Sequence group_first);
  void fill_segment_header();

  Disk* disk_ = nullptr;
  WriterOptions options_;
  std::unique_ptr<SegmentPreparer> preparer_;
  std::unique_ptr<File> file_;
  std::uint64_t ordinal_ = 0;
  std::uint64_t offset_ = 0;  ///< of the next write; 0 while the segment has no header yet
  std::uint64_t size_ = 0;
  Sequence next_{1};
  std::uint64_t previous_ = 0;
  std::uint32_t epoch_ = 0;
  std::uint32_t key_ = 0;
  AlignedBuffer header_block_;
  std::vector<Bytes> parts_;
  std::optional<Error> failed_;
  WriterStats stats_;
};

}  // namespace millrace
