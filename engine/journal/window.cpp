// Reads a chunk at a time, tells the system of the next one, and keeps what a view needs together.
#include "engine/journal/window.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/core/check.h"

namespace millrace {

void Window::reset(File& file, std::uint64_t file_bytes) {
  file_ = &file;
  file_bytes_ = file_bytes;
  start_ = 0;
  filled_ = 0;
}

std::size_t Window::at_hand(std::uint64_t offset) const {
  if (offset < start_ || offset >= start_ + filled_) {
    return 0;
  }
  return filled_ - (offset - start_);
}

Result<const std::byte*> Window::view(std::uint64_t offset, std::size_t bytes) {
  CHECK(offset % disk_block == 0);
  CHECK(offset + bytes <= file_bytes_);
  const std::size_t kept = at_hand(offset);
  if (kept >= bytes) {
    return static_cast<const std::byte*>(buffer_.data() + (offset - start_));
  }
  const std::byte* rest = buffer_.data() + (kept > 0 ? offset - start_ : 0);
  if (bytes + chunk_bytes_ > buffer_.size()) {
    AlignedBuffer larger(bytes + chunk_bytes_);
    std::memcpy(larger.data(), rest, kept);
    buffer_ = std::move(larger);
  } else {
    std::memmove(buffer_.data(), rest, kept);
  }
  start_ = offset;
  filled_ = kept;
  while (filled_ < bytes) {
    const std::uint64_t at = start_ + filled_;
    const std::size_t wanted = std::min<std::uint64_t>(chunk_bytes_, file_bytes_ - at);
    const Result<std::size_t> got = file_->read(at, std::span(buffer_.data() + filled_, wanted));
    if (!got.ok()) {
      return got.error();
    }
    if (got.value() < wanted) {
      return Error{DiskError::damaged, file_->path() + " at offset " + std::to_string(at) +
                                           ": the file ends early, while it is read"};
    }
    filled_ += wanted;
    file_->forget(at, wanted);
    file_->read_ahead(at + wanted, chunk_bytes_);
  }
  return static_cast<const std::byte*>(buffer_.data());
}

}  // namespace millrace
