// Segment files of events.
#include "engine/journal/event_segment.h"

#include <memory>
#include <span>

#include "engine/journal/frame.h"
#include "engine/journal/numbered_name.h"

namespace millrace {
namespace {

constexpr NumberedName segment_names{"events-", 20, ".mre"};

std::uint32_t header_crc(EventSegmentHeader header) {
  header.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&header, 1)));
}

}  // namespace

std::string event_segment_name(std::uint64_t first) {
  return segment_names.of(first);
}

std::optional<std::uint64_t> event_segment_first(std::string_view name) {
  return segment_names.number_in(name);
}

EventSegmentHeader event_segment_header(std::uint32_t key, std::uint64_t first,
                                        std::uint32_t slab_bytes, std::uint32_t slabs_max) {
  EventSegmentHeader header{};
  header.magic = event_segment_magic;
  header.version = event_log_version;
  header.header_bytes = sizeof(header);
  header.key = key;
  header.first = first;
  header.slab_bytes = slab_bytes;
  header.slabs_max = slabs_max;
  header.crc = header_crc(header);
  return header;
}

Result<std::optional<EventSegmentHeader>> read_event_segment_header(Disk& disk,
                                                                    const std::string& name) {
  const Result<std::unique_ptr<File>> file = disk.open(name, Access::read);
  if (!file.ok()) {
    return file.error();
  }
  EventSegmentHeader header{};
  const Result<std::size_t> got =
      file.value()->read(0, std::as_writable_bytes(std::span(&header, 1)));
  if (!got.ok()) {
    return got.error();
  }
  if (got.value() != sizeof(header) || header.magic != event_segment_magic) {
    return std::optional<EventSegmentHeader>();
  }
  // Another version says so, however its header looks.
  const bool sound = header.version != event_log_version ||
                     (header.header_bytes == sizeof(header) && header.crc == header_crc(header));
  return sound ? std::optional(header) : std::optional<EventSegmentHeader>();
}

}  // namespace millrace
