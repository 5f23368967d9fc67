// The segments of a directory: which there are, and what their headers say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/limits.h"
#include "engine/journal/aligned.h"
#include "engine/journal/file.h"
#include "engine/journal/frame.h"

namespace millrace {

/// Ordinals, rising.
[[nodiscard]] Result<std::vector<std::uint64_t>> list_segments(Disk& disk);

/// The bytes of a segment's first block, as many as the file has.
struct FirstBlock {
  std::string path;  ///< for messages
  AlignedBuffer buffer;
  std::size_t bytes;

  [[nodiscard]] Bytes span() const { return buffer.span().first(bytes); }
};

[[nodiscard]] Result<FirstBlock> read_first_block(Disk& disk, const std::string& name);

/// The header of a segment, of whatever version; nothing if its block holds none.
[[nodiscard]] Result<std::optional<SegmentHeader>> read_segment_header(Disk& disk,
                                                                       std::uint64_t ordinal);

/// The bounds of the newest segment in use; nothing for a journal without one.
[[nodiscard]] Result<std::optional<Bounds>> newest_bounds(Disk& disk);

/// The key of the journal; nothing for one without a segment.
[[nodiscard]] Result<std::optional<std::uint32_t>> journal_key(Disk& disk);

/// The first command of the oldest segment; nothing for a journal without one.
[[nodiscard]] Result<std::optional<Sequence>> oldest_command(Disk& disk);

struct BoundsChange {
  Bounds journaled;
  Bounds wanted;
};

/// Whether a journal that was written with `journaled` may go on with `wanted`; else an error that
/// names the limit and both numbers.
Result<void> check_bounds(const std::string& path, BoundsChange change);

}  // namespace millrace
