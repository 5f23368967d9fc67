// A moving view of a file that is read forward in large pieces.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/journal/aligned.h"
#include "engine/journal/file.h"

namespace millrace {

class Window {
 public:
  Window() = default;

  explicit Window(std::size_t chunk_bytes)
      : chunk_bytes_(round_to_block(chunk_bytes)), buffer_(2 * chunk_bytes_) {}

  /// Goes to the start of another file, which must stay open while it is viewed.
  void reset(File& file, std::uint64_t file_bytes);

  /// The bytes [offset, offset + bytes) of the file, at a block-aligned address; valid until the
  /// next call. Offsets are multiples of disk_block; the bytes lie within the file. Memory grows to
  /// the largest view and one chunk.
  [[nodiscard]] Result<const std::byte*> view(std::uint64_t offset, std::size_t bytes);

  /// Bytes of the file in memory from `offset` on: what a view() may ask for at no cost.
  [[nodiscard]] std::size_t at_hand(std::uint64_t offset) const;

 private:
  File* file_ = nullptr;
  std::uint64_t file_bytes_ = 0;
  std::size_t chunk_bytes_ = 0;
  AlignedBuffer buffer_;
  std::uint64_t start_ = 0;  ///< file offset of the buffer's first byte
  std::size_t filled_ = 0;
};

}  // namespace millrace
