// Segment files of events.
#include "engine/journal/event_segment.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <span>

#include "engine/journal/frame.h"

namespace millrace {
namespace {

constexpr std::string_view name_prefix = "events-";
constexpr std::string_view name_suffix = ".mre";
constexpr std::size_t name_digits = 20;

std::uint32_t header_crc(EventSegmentHeader header) {
  header.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&header, 1)));
}

}  // namespace

std::string event_segment_name(std::uint64_t first) {
  std::array<char, 48> name{};
  const int length = std::snprintf(name.data(), name.size(), "events-%020llu.mre",
                                   static_cast<unsigned long long>(first));
  return {name.data(), static_cast<std::size_t>(length)};
}

std::optional<std::uint64_t> event_segment_first(std::string_view name) {
  if (name.size() != name_prefix.size() + name_digits + name_suffix.size() ||
      !name.starts_with(name_prefix) || !name.ends_with(name_suffix)) {
    return std::nullopt;
  }
  std::uint64_t first = 0;
  const char* const begin = name.data() + name_prefix.size();
  const auto [end, error] = std::from_chars(begin, begin + name_digits, first);
  return error == std::errc() && end == begin + name_digits ? std::optional(first) : std::nullopt;
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
