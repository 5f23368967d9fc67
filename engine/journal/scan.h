// Looks behind the last good frame: is there anything, and does it prove that acknowledged frames
// were lost?
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/core/types.h"
#include "engine/journal/file.h"
#include "engine/journal/tail.h"

namespace millrace {

/// True if every byte is zero.
[[nodiscard]] bool all_zero(Bytes bytes);

/// Goes over every block from `offset` of the first segment to the end of the last one. `tail` is
/// the end as far as it is known. Reads `chunk_bytes` at a time. Gives what there is to truncate,
/// if anything; an error if a frame of a later write is intact, since then the damage before it was
/// once acknowledged.
[[nodiscard]] Result<std::optional<TornTail>> scan_behind(Disk& disk,
                                                          std::span<const std::uint64_t> ordinals,
                                                          std::uint64_t offset,
                                                          const JournalTail& tail,
                                                          std::size_t chunk_bytes);

}  // namespace millrace
