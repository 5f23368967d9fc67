// Slices that wait for stock: one queue a SKU row, by priority and then by order, the oldest first.
// Owned by allocate.
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
  Time cancel_at;       ///< when it waits no longer; zero if it waits for good
  std::uint32_t alarm;  ///< its entry in the wheel, where it has a moment
  Day promise;          ///< as things stand; no_day if nothing that is expected is enough
  std::uint8_t priority;
  std::uint8_t reserved;
};

static_assert(sizeof(Waiter) == 32);

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

  [[nodiscard]] Waiter& operator[](std::uint32_t at) { return waiters_[at]; }

  /// Enters a slice and its units behind all of its row with a higher priority, or the same and an
  /// order as old or older; returns the entry.
  std::uint32_t push(Row row, Slot slot, std::uint32_t slice, Units units, std::uint8_t priority) {
    CHECK(room() > 0);
    std::uint32_t at = free_;
    if (at == no_waiter) {
      at = used_++;
    } else {
      free_ = waiters_[at].next;
    }
    Ends& ends = ends_[row.value];
    std::uint32_t before = ends.tail - 1;
    while (before != no_waiter &&
           (waiters_[before].priority < priority ||
            (waiters_[before].priority == priority && waiters_[before].slot > slot))) {
      before = waiters_[before].previous;
    }
    const std::uint32_t next = before == no_waiter ? ends.head - 1 : waiters_[before].next;
    waiters_[at] = Waiter{slot, slice, next, before, Time{0}, 0, no_day, priority, 0};
    if (before != no_waiter) {
      waiters_[before].next = at;
    } else {
      ends.head = at + 1;
    }
    if (next != no_waiter) {
      waiters_[next].previous = at;
    } else {
      ends.tail = at + 1;
    }
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
    waiters_[at] = Waiter{no_slot, no_slice, free_, no_waiter, Time{0}, 0, no_day, 0, 0};
    free_ = at;
    --count_;
  }

  /// Writes who waits, row after row in queue order.
  void save(SectionWriter& out, std::uint32_t row_count) const {
    std::vector<Saved> all;
    for (std::uint32_t row = 0; row < row_count; ++row) {
      for (std::uint32_t at = front(Row{row}); at != no_waiter; at = waiters_[at].next) {
        const Waiter& waiter = waiters_[at];
        all.push_back({waiter.cancel_at, Row{row}, waiter.slot, waiter.slice, waiter.promise,
                       waiter.priority, 0});
      }
    }
    out.table<Saved>("backorders", all);
  }

  /// Enters the saved slices again and tells each its new entry.
  [[nodiscard]] std::optional<std::string> load(SectionReader& in, OrderTable& orders,
                                                std::uint32_t row_count) {
    std::vector<Saved> all;
    if (!in.table("backorders", all, waiters_.size())) {
      return "section backorders: damaged, or more than backorders_max";
    }
    for (const Saved& saved : all) {
      if (saved.row.value >= row_count || saved.slot.value >= orders.size()) {
        return "section backorders: names a row or order that does not exist";
      }
      Slice& slice = orders.slice(saved.slice);
      slice.place = push(saved.row, saved.slot, saved.slice, slice.units, saved.priority);
      waiters_[slice.place].promise = saved.promise;
      waiters_[slice.place].cancel_at = saved.cancel_at;
    }
    return std::nullopt;
  }

 private:
  struct Saved {
    Time cancel_at;
    Row row;
    Slot slot;
    std::uint32_t slice;
    Day promise;
    std::uint8_t priority;
    std::uint8_t reserved;
  };

  static_assert(sizeof(Saved) == 24);

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
