// Checksums, hashes and names of the journal's format.
#include "engine/journal/frame.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#define XXH_INLINE_ALL
#include <isa-l/crc.h>
#include <xxhash.h>

#include "engine/core/check.h"
#include "engine/core/padded_frame.h"
#include "engine/journal/numbered_name.h"

namespace millrace {
namespace {

constexpr NumberedName segment_names{"journal-", 16, ".mrj"};
/// Of a segment's header, in format version 1.
constexpr std::uint16_t header_bytes_least = 64;

}  // namespace

std::uint32_t crc32c(std::uint32_t crc, Bytes bytes) {
  // isa-l takes a non-const pointer and an int, and leaves both inversions to the caller.
  CHECK(bytes.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  auto* data = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(bytes.data()));
  return ~crc32_iscsi(data, static_cast<int>(bytes.size()), ~crc);
}

std::uint32_t frame_crc(const FrameHeader& header, Bytes payload) {
  FrameHeader blank = header;
  blank.crc = 0;
  return crc32c(crc32c(0, std::as_bytes(std::span(&blank, 1))), payload);
}

std::uint32_t segment_crc(const SegmentHeader& header) {
  SegmentHeader blank = header;
  blank.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&blank, 1)));
}

std::uint64_t frame_hash(const FrameHeader& header) {
  return XXH3_64bits(&header, sizeof(header));
}

bool plausible(const FrameHeader& header, std::uint32_t key, std::uint64_t room) {
  return header.magic == frame_magic && header.version == journal_version &&
         header.header_bytes == sizeof(FrameHeader) && header.payload_bytes <= payload_bytes_max &&
         header.payload_bytes % 8 == 0 && header.commands > 0 && (key == 0 || header.key == key) &&
         frame_bytes(header.payload_bytes) <= room;
}

bool checksum_fits(const FrameHeader& header, const std::byte* payload) {
  return header.crc == frame_crc(header, {payload, header.payload_bytes});
}

bool segment_header_fits(Bytes block) {
  SegmentHeader header{};
  if (block.size() < sizeof(header)) {
    return false;
  }
  std::memcpy(&header, block.data(), sizeof(header));
  if (header.magic != segment_magic || header.key == 0 ||
      header.header_bytes < header_bytes_least || header.header_bytes > block.size()) {
    return false;
  }
  constexpr std::size_t crc_at = offsetof(SegmentHeader, crc);
  constexpr std::array<std::byte, sizeof(header.crc)> zeros{};
  std::uint32_t crc = crc32c(0, block.first(crc_at));
  crc = crc32c(crc, zeros);
  crc = crc32c(crc, block.first(header.header_bytes).subspan(crc_at + zeros.size()));
  return header.crc == crc;
}

std::string segment_name(std::uint64_t ordinal) {
  return segment_names.of(ordinal);
}

std::optional<std::uint64_t> segment_ordinal(std::string_view name) {
  const std::optional<std::uint64_t> ordinal = segment_names.number_in(name);
  return ordinal == 0U ? std::nullopt : ordinal;
}

std::optional<Bytes> MessageCursor::next() {
  const Bytes message = first_frame(rest_);
  if (message.empty()) {
    return std::nullopt;
  }
  rest_ = rest_.subspan(message.size());
  return message;
}

}  // namespace millrace
