// What falls due at a moment: holds that end, questions to be asked later. A hierarchical timing
// wheel, so that entering and leaving cost the same however much is outstanding; exact to the
// microsecond, and in one order only, so that replay meets every expiry where live did.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "engine/core/limits.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"

namespace millrace {

/// An entry's due time and key are all there is to it: whoever owns the wheel keeps both elsewhere
/// and enters them again after a restart, in any order.
class ExpiryWheel {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  struct Due {
    Time due;
    std::uint64_t key;

    friend constexpr auto operator<=>(const Due&, const Due&) = default;
  };

  ExpiryWheel(std::uint32_t entries_max, Touch touch);

  [[nodiscard]] std::uint32_t size() const { return count_; }

  [[nodiscard]] bool full() const { return count_ == entries_.size(); }

  /// Enters `key`, which falls due at `due`, perhaps at once; the wheel is not full. Returns where
  /// it stands, for remove().
  std::uint32_t add(Time due, std::uint64_t key);

  /// Takes out an entry that has not fallen due yet.
  void remove(std::uint32_t entry);

  /// Takes out the first of what is due by `now`, in rising (due, key); call it until there is
  /// none. `now` never falls.
  [[nodiscard]] std::optional<Due> pop(Time now);

  /// Nothing is due before this moment; Time{~0} if nothing is outstanding. It may lie before the
  /// first due time, and moves on when pop() has seen it.
  [[nodiscard]] Time next() const;

 private:
  static constexpr std::uint32_t tick_bits = 10;  ///< microseconds of a tick: about a millisecond
  static constexpr std::uint32_t slot_bits = 6;
  static constexpr std::uint32_t slots = 1U << slot_bits;
  static constexpr std::uint32_t levels = 9;  ///< 9 × 6 + 10 bits: every 64-bit time
  /// The list of what is due within the present tick or before it, sorted.
  static constexpr std::uint32_t ready = levels * slots;

  struct Entry {
    Due due;
    std::uint32_t next;
    std::uint32_t previous;
    std::uint32_t list;
    std::uint32_t reserved;
  };

  struct List {
    std::uint32_t head = none;
    std::uint32_t tail = none;
  };

  static std::uint64_t tick_of(Time time) { return time.us >> tick_bits; }

  /// The list of an entry that falls due in a later tick than the present.
  [[nodiscard]] std::uint32_t list_of(std::uint64_t tick) const;
  /// The first list that is not empty, and the tick at which it begins; `ready` if there is none.
  [[nodiscard]] std::uint32_t first_list(std::uint64_t& begin) const;
  /// Moves to the list's first tick and deals its entries anew.
  void open(std::uint32_t list, std::uint64_t begin);
  /// Links an entry into a list behind `after`, or before all others.
  void link(std::uint32_t entry, std::uint32_t list, std::uint32_t after);
  void unlink(std::uint32_t entry);
  void enter_ready(std::uint32_t entry);

  LargeArray<Entry> entries_;
  LargeArray<std::uint32_t> sorting_;
  std::array<List, ready + 1> lists_;
  std::array<std::uint64_t, levels> occupied_{};  ///< a bit for each list that is not empty
  std::uint64_t tick_ = 0;
  std::uint32_t free_ = none;
  std::uint32_t used_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace millrace
