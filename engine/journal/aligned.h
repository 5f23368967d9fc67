// Memory whose start lies on a disk block, as direct writes need it.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "engine/journal/file.h"

namespace millrace {

class AlignedBuffer {
 public:
  AlignedBuffer() = default;

  /// Zeroed; the size is rounded up to whole blocks.
  explicit AlignedBuffer(std::size_t bytes)
      : size_(round_to_block(bytes)),
        data_(static_cast<std::byte*>(::operator new (size_, std::align_val_t{disk_block}))) {
    std::memset(data_.get(), 0, size_);
  }

  [[nodiscard]] std::byte* data() { return data_.get(); }

  [[nodiscard]] const std::byte* data() const { return data_.get(); }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] std::span<std::byte> span() { return {data_.get(), size_}; }

  [[nodiscard]] std::span<const std::byte> span() const { return {data_.get(), size_}; }

 private:
  struct Free {
    void operator()(std::byte* data) const {
      ::operator delete (data, std::align_val_t{disk_block});
    }
  };

  std::size_t size_ = 0;
  std::unique_ptr<std::byte, Free> data_;
};

}  // namespace millrace
