// Where a journal ends: found by a reader, taken over by a writer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/journal/file.h"

namespace millrace {

/// What a crash left of a write that was never acknowledged.
struct TornTail {
  std::string file;
  std::uint64_t offset;  ///< first block that is not part of the journal and not zero
  std::uint64_t bytes;   ///< from there to the end of the last such block of the file
};

struct JournalTail {
  std::uint64_t segment = 0;  ///< ordinal of the last segment with a header; 0 for an empty journal
  std::uint64_t offset = 0;   ///< where the next frame goes
  Sequence next{1};           ///< of the next command
  std::uint64_t previous = 0;  ///< hash of the last frame's header
  std::uint64_t network = 0;   ///< fingerprint in the segment's header; 0 for an empty journal
  Bounds bounds{};             ///< in the segment's header
  std::uint32_t epoch = 0;
  std::uint32_t key = 0;
  std::optional<TornTail> torn;
};

/// Zeroes everything behind the tail, durably. A crash half way leaves a torn tail again.
Result<void> truncate_tail(Disk& disk, const JournalTail& tail);

}  // namespace millrace
