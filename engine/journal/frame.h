// The bytes of the journal: frames, one a batch, in segments. docs/journal-format.md shows them as
// tables; decision 0002 says why the messages are kept as they came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/journal/file.h"

namespace millrace {

inline constexpr std::uint32_t frame_magic = 0x464A524D;    // "MRJF"
inline constexpr std::uint32_t segment_magic = 0x534A524D;  // "MRJS"
inline constexpr std::uint16_t journal_version = 2;

/// Stands at the start of a frame, on a block boundary. The payload follows it, then zeros up to
/// the next block.
struct FrameHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint32_t crc;  ///< CRC-32C of the header with this field zero, and of the payload
  std::uint32_t payload_bytes;
  Sequence first_sequence;  ///< of the batch's first command
  Time time;                ///< of the batch
  std::uint32_t commands;
  std::uint32_t messages;
  std::uint32_t epoch;  ///< counts the openings of the journal, from 1
  std::uint32_t key;  ///< the journal's own; no client knows it, so no message can pose as a frame
  /// First sequence of the durable write that this frame was part of. A frame found behind damage
  /// is no proof of loss if both were in one write.
  Sequence group_first;
  std::uint64_t previous;  ///< hash of the frame header before this one; 0 for the first
};

static_assert(sizeof(FrameHeader) == 64);
static_assert(std::has_unique_object_representations_v<FrameHeader>);

/// Stands at the start of a segment; frames begin at the next block.
struct SegmentHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint32_t crc;  ///< CRC-32C of the header with this field zero
  std::uint32_t key;
  std::uint64_t ordinal;  ///< number in the file's name, from 1, without gaps
  Sequence first_sequence;
  std::uint64_t network;   ///< fingerprint of the network that the commands were decided by
  std::uint64_t previous;  ///< hash of the last frame header of the segment before
  std::uint64_t segment_bytes;
  std::uint32_t epoch;
  Bounds bounds;  ///< that the commands of this segment were decided by
  std::uint32_t reserved;
};

static_assert(sizeof(SegmentHeader) == 88);
static_assert(std::has_unique_object_representations_v<SegmentHeader>);

/// A frame takes at most this on disk, header and padding included.
inline constexpr std::uint32_t frame_bytes_max = 4U << 20U;
inline constexpr std::uint32_t payload_bytes_max = frame_bytes_max - sizeof(FrameHeader);

/// What a frame takes on disk; also the capacity a PendingFrame's memory needs.
constexpr std::uint64_t frame_bytes(std::uint64_t payload_bytes) {
  return round_to_block(sizeof(FrameHeader) + payload_bytes);
}

/// CRC-32C (Castagnoli) of the bytes, going on from the CRC of those before; 0 to begin.
[[nodiscard]] std::uint32_t crc32c(std::uint32_t crc, Bytes bytes);

[[nodiscard]] std::uint32_t frame_crc(const FrameHeader& header, Bytes payload);
[[nodiscard]] std::uint32_t segment_crc(const SegmentHeader& header);

/// XXH3-64 of a frame header: what the next frame carries as `previous`.
[[nodiscard]] std::uint64_t frame_hash(const FrameHeader& header);

/// Looks at a header alone. `room` is the bytes from its start to the end of the segment. A key of
/// 0 fits any frame.
[[nodiscard]] bool plausible(const FrameHeader& header, std::uint32_t key, std::uint64_t room);
/// Looks at header and payload, which follow each other in memory.
[[nodiscard]] bool checksum_fits(const FrameHeader& header, const std::byte* payload);
/// Whether a segment's first block begins with an intact header, of whatever version and network:
/// the length that counts is the one it says.
[[nodiscard]] bool segment_header_fits(Bytes block);

[[nodiscard]] std::string segment_name(std::uint64_t ordinal);
/// The ordinal in a segment's name; nothing for any other name.
[[nodiscard]] std::optional<std::uint64_t> segment_ordinal(std::string_view name);

/// Ends the name of a file that is not finished.
inline constexpr std::string_view temporary_suffix = ".tmp";

/// Walks the messages of a payload: size-prefixed FlatBuffers, each padded with zeros to 8 bytes.
class MessageCursor {
 public:
  explicit MessageCursor(Bytes payload) : rest_(payload) {}

  /// The next message with its size prefix and padding; nothing at the end, or where the bytes
  /// left are no message (then done() is false).
  [[nodiscard]] std::optional<Bytes> next();

  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  Bytes rest_;
};

}  // namespace millrace
