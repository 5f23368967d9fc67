// Everything that can be wrong with a frame as a whole.
#include "adapters/wire/open_frame.h"

#include <cstring>

#include "adapters/wire/codec.h"
#include "engine/core/check.h"

namespace millrace {
namespace {

constexpr std::size_t word = 8;
constexpr std::string_view identifier = "MLR1";
/// Prefix, root offset, identifier: nothing shorter can be a frame.
constexpr std::size_t frame_bytes_min = 12;
/// Frame and body are two tables, one within the other; the rest is room for a later schema.
constexpr flatbuffers::uoffset_t depth_max = 8;
constexpr flatbuffers::uoffset_t tables_max = 16;

}  // namespace

Flaw open_frame(std::span<const std::byte> frame, std::size_t bytes_max, const wire::Frame*& root) {
  CHECK(reinterpret_cast<std::uintptr_t>(frame.data()) % word == 0);
  if (frame.size() < frame_bytes_min) {
    return Flaw::too_short;
  }
  const std::size_t byte_count = frame_bytes(frame.data());
  if (byte_count < frame_bytes_min) {
    return Flaw::too_short;
  }
  if (padded_bytes(byte_count) != frame.size()) {
    return Flaw::length_mismatch;
  }
  if (byte_count > bytes_max) {
    return Flaw::frame_too_long;
  }
  if (std::memcmp(frame.data() + word, identifier.data(), identifier.size()) != 0) {
    return Flaw::wrong_identifier;
  }
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(frame.data());
  flatbuffers::Verifier verifier(bytes, byte_count, depth_max, tables_max);
  if (!verifier.VerifySizePrefixedBuffer<wire::Frame>(nullptr)) {
    return Flaw::broken_offsets;
  }
  root = flatbuffers::GetSizePrefixedRoot<wire::Frame>(bytes);
  return Flaw::none;
}

}  // namespace millrace
