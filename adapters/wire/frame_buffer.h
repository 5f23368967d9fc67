// Bytes on their way out: a growing buffer at a 64-byte aligned address, used again and again,
// whose memory is not zeroed when it grows.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace millrace {

class FrameBuffer {
 public:
  FrameBuffer() = default;

  FrameBuffer(FrameBuffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}

  FrameBuffer& operator=(FrameBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  FrameBuffer(const FrameBuffer&) = delete;
  FrameBuffer& operator=(const FrameBuffer&) = delete;
  ~FrameBuffer() = default;

  [[nodiscard]] std::byte* data() { return data_.get(); }

  [[nodiscard]] const std::byte* data() const { return data_.get(); }

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  [[nodiscard]] bool empty() const { return size_ == 0; }

  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_.get(), size_}; }

  /// Adds bytes of no particular value and returns where they are. Earlier pointers into the buffer
  /// are void afterwards.
  std::byte* extend(std::size_t byte_count) {
    reserve(size_ + byte_count);
    std::byte* const at = data_.get() + size_;
    size_ += byte_count;
    return at;
  }

  void append(std::span<const std::byte> bytes) {
    if (!bytes.empty()) {
      std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
    }
  }

  void reserve(std::size_t byte_count) {
    if (byte_count <= capacity_) {
      return;
    }
    std::size_t larger = capacity_ == 0 ? 4096 : capacity_;
    while (larger < byte_count) {
      larger *= 2;
    }
    Memory moved(static_cast<std::byte*>(::operator new(larger, alignment)));
    if (size_ != 0) {
      std::memcpy(moved.get(), data_.get(), size_);
    }
    data_ = std::move(moved);
    capacity_ = larger;
  }

  /// Cuts the buffer down to its first `byte_count` bytes.
  void truncate(std::size_t byte_count) { size_ = byte_count < size_ ? byte_count : size_; }

  /// Takes the first bytes away and moves the others to the front.
  void drop_front(std::size_t byte_count) {
    size_ -= byte_count;
    if (size_ != 0 && byte_count != 0) {
      std::memmove(data_.get(), data_.get() + byte_count, size_);
    }
  }

  /// Forgets the bytes and keeps the memory.
  void clear() { size_ = 0; }

  /// Forgets the bytes, and gives the memory back if it has grown beyond `keep_bytes`.
  void clear_to(std::size_t keep_bytes) {
    size_ = 0;
    if (capacity_ > keep_bytes) {
      data_.reset();
      capacity_ = 0;
    }
  }

 private:
  static constexpr std::align_val_t alignment{64};

  struct Free {
    void operator()(std::byte* memory) const { ::operator delete(memory, alignment); }
  };

  using Memory = std::unique_ptr<std::byte, Free>;

  Memory data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace millrace
