// An index from an id's hash to a slot number, in buckets of one cache line: the ids themselves lie
// in their owner's table, so that an order costs 7 to 8 bytes here and a new id touches one line.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "engine/core/check.h"
#include "engine/core/fetch.h"
#include "engine/state/large_array.h"

namespace millrace {

/// A bucket that is full passes further ids on to the next and counts them, so that a search ends
/// at the first bucket that passed none on, and an erased id leaves nothing behind.
class IdIndex {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  /// Memory of so many ids.
  static constexpr std::uint64_t bytes_of(std::uint64_t count) {
    return count * sizeof(Bucket) / usual_slots;
  }

  /// Room for `count_max` ids, three quarters full then.
  IdIndex(std::uint32_t count_max, Touch touch)
      : bucket_count_(count_max / usual_slots + 1), buckets_(bucket_count_, touch) {}

  void fetch(std::uint64_t hash) const { millrace::fetch(buckets_[home(hash)].slots.data()); }

  /// The slot whose id has this hash and for which same(slot) holds, or none.
  template <class Same>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Same same) const {
    for (std::uint32_t at = home(hash);; at = after(at)) {
      const Bucket& bucket = buckets_[at];
      for (std::uint32_t places = bucket.places_of(tag(hash)); places != 0; places &= places - 1) {
        const std::uint32_t slot = bucket.slots[static_cast<std::size_t>(std::countr_zero(places))];
        if (same(slot)) {
          return slot;
        }
      }
      if (bucket.passed_on == 0) {
        return none;
      }
    }
  }

  /// Adds an id that is not in the index.
  void insert(std::uint64_t hash, std::uint32_t slot) {
    for (std::uint32_t at = home(hash);; at = after(at)) {
      Bucket& bucket = buckets_[at];
      const std::uint32_t free = bucket.places_of(0);
      if (free != 0) {
        const auto place = static_cast<std::size_t>(std::countr_zero(free));
        bucket.tags[place] = tag(hash);
        bucket.slots[place] = slot;
        return;
      }
      ++bucket.passed_on;
      CHECK(bucket.passed_on != 0);
    }
  }

  /// Takes out the id of `slot`, which is in the index.
  void erase(std::uint64_t hash, std::uint32_t slot) {
    for (std::uint32_t at = home(hash);; at = after(at)) {
      Bucket& bucket = buckets_[at];
      for (std::uint32_t places = bucket.places_of(tag(hash)); places != 0; places &= places - 1) {
        const auto place = static_cast<std::size_t>(std::countr_zero(places));
        if (bucket.slots[place] == slot) {
          bucket.tags[place] = 0;
          return;
        }
      }
      CHECK(bucket.passed_on != 0);
      --bucket.passed_on;
    }
  }

 private:
  static constexpr std::uint32_t bucket_slots = 12;
  static constexpr std::uint32_t usual_slots = 9;

  struct Bucket {
    std::array<std::uint8_t, bucket_slots> tags;  ///< 0 where the place is free
    std::uint32_t passed_on;                      ///< ids that found no place here
    std::array<std::uint32_t, bucket_slots> slots;

    /// The places with this tag, as bits.
    [[nodiscard]] std::uint32_t places_of(std::uint8_t tag) const {
      const __m128i all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags.data()));
      const __m128i same = _mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(tag)));
      return static_cast<std::uint32_t>(_mm_movemask_epi8(same)) & ((1U << bucket_slots) - 1);
    }
  };

  static_assert(sizeof(Bucket) == 64);

  /// The high half of the hash picks the bucket, the low one the tag.
  [[nodiscard]] std::uint32_t home(std::uint64_t hash) const {
    return static_cast<std::uint32_t>(((hash >> 32U) * bucket_count_) >> 32U);
  }

  [[nodiscard]] std::uint32_t after(std::uint32_t at) const {
    return at + 1 == bucket_count_ ? 0 : at + 1;
  }

  static std::uint8_t tag(std::uint64_t hash) {
    return static_cast<std::uint8_t>(std::max<std::uint64_t>(hash & 0xffU, 1));
  }

  std::uint32_t bucket_count_;
  LargeArray<Bucket> buckets_;
};

}  // namespace millrace
