// Memory of a big table: taken once, zeroed by the kernel, on huge pages where it gives them.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "engine/core/check.h"
#include "engine/core/limits.h"

namespace millrace {

template <class T>
class LargeArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  LargeArray(std::size_t count, Touch touch) : LargeArray(count, touch, count) {}

  /// Only the first `touched` of them become real as `touch` says, the others as they are used.
  LargeArray(std::size_t count, Touch touch, std::size_t touched)
      : count_(count), bytes_(rounded(count * sizeof(T))) {
    void* memory = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory != MAP_FAILED);
    // A refusal costs speed, not correctness: the table then lies on small pages.
    (void)::madvise(memory, bytes_, MADV_HUGEPAGE);
    if (touch.now) {
      (void)::madvise(memory, rounded(touched * sizeof(T)), MADV_POPULATE_WRITE);
    } else if (touch.later != nullptr) {
      touch.later->push_back({memory, rounded(touched * sizeof(T))});
    }
    data_ = static_cast<T*>(memory);
  }

  LargeArray(LargeArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), count_(other.count_), bytes_(other.bytes_) {}

  LargeArray(const LargeArray&) = delete;
  LargeArray& operator=(const LargeArray&) = delete;
  LargeArray& operator=(LargeArray&&) = delete;

  ~LargeArray() {
    if (data_ != nullptr) {
      ::munmap(data_, bytes_);
    }
  }

  [[nodiscard]] T& operator[](std::size_t at) { return data_[at]; }

  [[nodiscard]] const T& operator[](std::size_t at) const { return data_[at]; }

  [[nodiscard]] std::size_t size() const { return count_; }

  [[nodiscard]] std::span<const T> first(std::size_t count) const { return {data_, count}; }

  [[nodiscard]] std::span<T> first(std::size_t count) { return {data_, count}; }

 private:
  static constexpr std::size_t rounded(std::size_t bytes) {
    constexpr std::size_t page = 2UL << 20U;
    return bytes < page ? (bytes + 4096UL) & ~4095UL : (bytes + page - 1) & ~(page - 1);
  }

  T* data_ = nullptr;
  std::size_t count_;
  std::size_t bytes_;
};

}  // namespace millrace
