// Many short lists in one array: each list is contiguous, grows in place while it has room, and
// moves to the end when it has none. What moves leave behind is taken back once it is half of the
// array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "engine/core/check.h"

namespace millrace {

template <class T>
class ListPool {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit ListPool(std::size_t list_count) : heads_(list_count) {}

  [[nodiscard]] std::size_t list_count() const { return heads_.size(); }

  [[nodiscard]] std::span<const T> operator[](std::size_t list) const {
    const Head& head = heads_[list];
    return {values_.data() + head.begin, head.count};
  }

  [[nodiscard]] std::span<T> mutable_list(std::size_t list) {
    const Head& head = heads_[list];
    return {values_.data() + head.begin, head.count};
  }

  void insert(std::size_t list, std::size_t position, T value) {
    CHECK(position <= heads_[list].count);
    if (heads_[list].count == heads_[list].room) {
      move_to_end(list);
    }
    Head& head = heads_[list];
    T* const first = values_.data() + head.begin;
    for (std::size_t i = head.count; i > position; --i) {
      first[i] = first[i - 1];
    }
    first[position] = value;
    ++head.count;
  }

  void erase(std::size_t list, std::size_t position) {
    Head& head = heads_[list];
    CHECK(position < head.count);
    T* const first = values_.data() + head.begin;
    for (std::size_t i = position; i + 1 < head.count; ++i) {
      first[i] = first[i + 1];
    }
    --head.count;
  }

  void clear(std::size_t list) { heads_[list].count = 0; }

 private:
  struct Head {
    std::size_t begin = 0;
    std::uint32_t count = 0;
    std::uint32_t room = 0;
  };

  void move_to_end(std::size_t list) {
    Head& head = heads_[list];
    const std::uint32_t room = head.room == 0 ? 2 : 2 * head.room;
    lost_ += head.room;
    const std::size_t begin = values_.size();
    values_.resize(begin + room);
    for (std::uint32_t i = 0; i < head.count; ++i) {
      values_[begin + i] = values_[head.begin + i];
    }
    head.begin = begin;
    head.room = room;
    if (lost_ > 4096 && lost_ > values_.size() / 2) {
      compact();
    }
  }

  /// Leaves every list its room.
  void compact() {
    std::vector<T> kept;
    kept.reserve(values_.size() - lost_);
    for (Head& head : heads_) {
      const std::size_t begin = kept.size();
      kept.insert(kept.end(), values_.begin() + static_cast<std::ptrdiff_t>(head.begin),
                  values_.begin() + static_cast<std::ptrdiff_t>(head.begin + head.room));
      head.begin = begin;
    }
    values_ = std::move(kept);
    lost_ = 0;
  }

  std::vector<Head> heads_;
  std::vector<T> values_;
  std::size_t lost_ = 0;
};

}  // namespace millrace
