// Slices that wait for stock: one first-come-first-served queue a SKU row. Owned by allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"
#include "engine/state/order_table.h"

namespace millrace {

struct Waiter {
  Slot slot;
  std::uint32_t slice;
  std::uint32_t next;
  std::uint32_t previous;
};

static_assert(sizeof(Waiter) == 16);

class BackorderQueue {
 public:
  explicit BackorderQueue(const Limits& limits)
      : ends_(limits.skus_max, limits.touch),
        waiters_(limits.backorders_max, limits.touch),
        backorders_max_(limits.backorders_max) {
    // The rows' ends and the pool start as zeroed memory, so indices are kept plus one.
  }

  [[nodiscard]] std::uint32_t room() const { return backorders_max_ - count_; }

  /// Lets so many wait from now on; at most what there is memory for.
  void bound(std::uint32_t backorders_max) {
    CHECK(backorders_max >= count_);
    CHECK(backorders_max <= waiters_.size());
    backorders_max_ = backorders_max;
  }

  [[nodiscard]] std::uint32_t size() const { return count_; }

  /// Units that wait in a row's queue.
  [[nodiscard]] Units waiting(Row row) const { return ends_[row.value].units; }

  [[nodiscard]] std::uint32_t front(Row row) const { return ends_[row.value].head - 1; }

  [[nodiscard]] const Waiter& operator[](std::uint32_t at) const { return waiters_[at]; }

  /// Enters a slice and its units at the end of its row's queue; returns the entry.
  std::uint32_t push(Row row, Slot slot, std::uint32_t slice, Units units) {
    CHECK(room() > 0);
    std::uint32_t at = free_;
    if (at == no_waiter) {
      at = used_++;
    } else {
      free_ = waiters_[at].next;
    }
    Ends& ends = ends_[row.value];
    waiters_[at] = Waiter{slot, slice, no_waiter, ends.tail - 1};
    if (ends.tail != 0) {
      waiters_[ends.tail - 1].next = at;
    } else {
      ends.head = at + 1;
    }
    ends.tail = at + 1;
    ends.units += units;
    ++count_;
    return at;
  }

  /// Takes some of a waiting slice's units off its row's sum; the slice goes on waiting.
  void reduce(Row row, Units units) { ends_[row.value].units -= units; }

  /// Takes an entry out, with the units its slice still waits for.
  void remove(Row row, std::uint32_t at, Units units) {
    const Waiter waiter = waiters_[at];
    Ends& ends = ends_[row.value];
    ends.units -= units;
    if (waiter.previous != no_waiter) {
      waiters_[waiter.previous].next = waiter.next;
    } else {
      ends.head = waiter.next + 1;
    }
    if (waiter.next != no_waiter) {
      waiters_[waiter.next].previous = waiter.previous;
    } else {
      ends.tail = waiter.previous + 1;
    }
    waiters_[at] = Waiter{no_slot, no_slice, free_, no_waiter};
    free_ = at;
    --count_;
  }

  /// Writes the queues as (row, slot, slice) in queue order, row after row.
  void save(SectionWriter& out, std::uint32_t row_count) const {
    std::vector<std::uint32_t> triples;
    for (std::uint32_t row = 0; row < row_count; ++row) {
      for (std::uint32_t at = front(Row{row}); at != no_waiter; at = waiters_[at].next) {
        triples.insert(triples.end(), {row, waiters_[at].slot.value, waiters_[at].slice});
      }
    }
    out.table<std::uint32_t>("backorders", triples);
  }

  /// Enters the saved slices again and tells each its new entry.
  [[nodiscard]] std::optional<std::string> load(SectionReader& in, OrderTable& orders,
                                                std::uint32_t row_count) {
    std::vector<std::uint32_t> triples;
    if (!in.table("backorders", triples, std::uint64_t{waiters_.size()} * 3) ||
        triples.size() % 3 != 0) {
      return "section backorders: damaged, or more than backorders_max";
    }
    for (std::size_t at = 0; at < triples.size(); at += 3) {
      if (triples[at] >= row_count || triples[at + 1] >= orders.size()) {
        return "section backorders: names a row or order that does not exist";
      }
      Slice& slice = orders.slice(triples[at + 2]);
      slice.place = push(Row{triples[at]}, Slot{triples[at + 1]}, triples[at + 2], slice.units);
    }
    return std::nullopt;
  }

 private:
  struct Ends {
    std::uint32_t head;  ///< entry plus one; 0 is none
    std::uint32_t tail;
    Units units;
  };

  LargeArray<Ends> ends_;
  LargeArray<Waiter> waiters_;
  std::uint32_t backorders_max_;
  std::uint32_t free_ = no_waiter;
  std::uint32_t used_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace millrace
