// An open-addressing index from an id's hash to a slot number. The ids themselves lie in their
// owner's table, so an entry is 8 bytes and a new id usually costs one cache line.
#pragma once

#include <bit>
#include <cstdint>

#include "engine/core/check.h"
#include "engine/core/fetch.h"
#include "engine/state/large_array.h"

namespace millrace {

class IdIndex {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  /// Room for `count_max` ids at a load of at most one half.
  IdIndex(std::uint32_t count_max, Touch touch)
      : mask_(std::bit_ceil(std::uint64_t{count_max} * 2) - 1), entries_(mask_ + 1, touch) {}

  void fetch(std::uint64_t hash) const {
    millrace::fetch(reinterpret_cast<const std::uint32_t*>(&entries_[hash & mask_]));
  }

  /// The slot whose id has this hash and for which same(slot) holds, or none.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Same same) const {
    for (std::uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
      const std::uint64_t entry = entries_[at];
      if (entry == 0) {
        return none;
      }
      if ((entry >> 32U) == (hash >> 32U)) {
        const auto slot = static_cast<std::uint32_t>(entry) - 1;
        if (same(slot)) {
          return slot;
        }
      }
    }
  }

  /// Adds an id that is not in the index.
  void insert(std::uint64_t hash, std::uint32_t slot) {
    CHECK(slot != none);
    std::uint64_t at = hash & mask_;
    while (entries_[at] != 0) {
      at = (at + 1) & mask_;
    }
    entries_[at] = ((hash >> 32U) << 32U) | (slot + 1U);
  }

  /// Takes out the id of `slot` and closes the gap; hash_of(slot) gives back any slot's hash.
  template <class HashOf>
  void erase(std::uint64_t hash, std::uint32_t slot, HashOf hash_of) {
    std::uint64_t hole = hash & mask_;
    while (static_cast<std::uint32_t>(entries_[hole]) != slot + 1U) {
      CHECK(entries_[hole] != 0);
      hole = (hole + 1) & mask_;
    }
    for (std::uint64_t at = (hole + 1) & mask_; entries_[at] != 0; at = (at + 1) & mask_) {
      const std::uint64_t home = hash_of(static_cast<std::uint32_t>(entries_[at]) - 1) & mask_;
      // An entry may move back to the hole if its home is not after the hole on its probe path.
      if (((at - home) & mask_) >= ((at - hole) & mask_)) {
        entries_[hole] = entries_[at];
        hole = at;
      }
    }
    entries_[hole] = 0;
  }

 private:
  std::uint64_t mask_;
  LargeArray<std::uint64_t> entries_;
};

}  // namespace millrace
