// Segment files of events: names and headers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/journal/event_log.h"
#include "engine/journal/file.h"
#include "engine/journal/result.h"

namespace millrace {

/// Number of the first event, from a file's name; nothing if it is no segment.
[[nodiscard]] std::optional<std::uint64_t> event_segment_first(std::string_view name);

[[nodiscard]] EventSegmentHeader event_segment_header(std::uint32_t key, std::uint64_t first,
                                                      std::uint32_t slab_bytes,
                                                      std::uint32_t slabs_max);

/// The header of a segment; nothing if it has none, as after a crash.
[[nodiscard]] Result<std::optional<EventSegmentHeader>> read_event_segment_header(
    Disk& disk, const std::string& name);

}  // namespace millrace
