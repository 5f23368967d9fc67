// How messages follow each other on the wire and in the journal: each with its length in front, and
// padded with zeros to 8 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace millrace {

/// Length of a frame with the zeros that pad it to a multiple of 8.
constexpr std::size_t padded_bytes(std::size_t frame_bytes) {
  return (frame_bytes + 7) & ~std::size_t{7};
}

/// The first of the padded frames in `bytes`, with its length and its padding; empty if no whole
/// frame is left.
inline std::span<const std::byte> first_frame(std::span<const std::byte> bytes) {
  std::uint32_t length = 0;
  if (bytes.size() < sizeof(length)) {
    return {};
  }
  std::memcpy(&length, bytes.data(), sizeof(length));
  const std::size_t byte_count = padded_bytes(sizeof(length) + std::size_t{length});
  return length == 0 || byte_count > bytes.size() ? std::span<const std::byte>{}
                                                  : bytes.first(byte_count);
}

}  // namespace millrace
