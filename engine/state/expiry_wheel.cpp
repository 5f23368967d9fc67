// What falls due at a moment.
#include "engine/state/expiry_wheel.h"

#include <algorithm>
#include <bit>

#include "engine/core/check.h"

namespace millrace {

ExpiryWheel::ExpiryWheel(std::uint32_t entries_max, Touch touch)
    : entries_(entries_max, touch), sorting_(entries_max, touch) {}

std::uint32_t ExpiryWheel::list_of(std::uint64_t tick) const {
  // The highest digit in which the tick differs from the present one says the level.
  const auto top = static_cast<std::uint32_t>(std::bit_width(tick ^ tick_)) - 1;
  const std::uint32_t level = top / slot_bits;
  return level * slots + static_cast<std::uint32_t>((tick >> (level * slot_bits)) % slots);
}

std::uint32_t ExpiryWheel::first_list(std::uint64_t& begin) const {
  for (std::uint32_t level = 0; level < levels; ++level) {
    if (occupied_[level] != 0) {
      const auto slot = static_cast<std::uint32_t>(std::countr_zero(occupied_[level]));
      const std::uint32_t shift = level * slot_bits;
      begin = (((tick_ >> shift) & ~std::uint64_t{slots - 1}) | slot) << shift;
      return level * slots + slot;
    }
  }
  return ready;
}

void ExpiryWheel::link(std::uint32_t entry, std::uint32_t list, std::uint32_t after) {
  List& of = lists_[list];
  Entry& linked = entries_[entry];
  linked.list = list;
  linked.previous = after;
  linked.next = after == none ? of.head : entries_[after].next;
  (after == none ? of.head : entries_[after].next) = entry;
  (linked.next == none ? of.tail : entries_[linked.next].previous) = entry;
  if (list != ready) {
    occupied_[list / slots] |= std::uint64_t{1} << (list % slots);
  }
}

void ExpiryWheel::unlink(std::uint32_t entry) {
  const Entry& gone = entries_[entry];
  List& of = lists_[gone.list];
  (gone.previous == none ? of.head : entries_[gone.previous].next) = gone.next;
  (gone.next == none ? of.tail : entries_[gone.next].previous) = gone.previous;
  if (gone.list != ready && of.head == none) {
    occupied_[gone.list / slots] &= ~(std::uint64_t{1} << (gone.list % slots));
  }
}

void ExpiryWheel::enter_ready(std::uint32_t entry) {
  std::uint32_t after = lists_[ready].tail;
  while (after != none && entries_[entry].due < entries_[after].due) {
    after = entries_[after].previous;
  }
  link(entry, ready, after);
}

std::uint32_t ExpiryWheel::add(Time due, std::uint64_t key) {
  CHECK(!full());
  std::uint32_t entry = free_;
  if (entry == none) {
    entry = used_++;
  } else {
    free_ = entries_[entry].next;
  }
  ++count_;
  entries_[entry] = Entry{Due{due, key}, none, none, ready, 0};
  if (tick_of(due) <= tick_) {
    enter_ready(entry);
  } else {
    const std::uint32_t list = list_of(tick_of(due));
    link(entry, list, lists_[list].tail);
  }
  return entry;
}

void ExpiryWheel::remove(std::uint32_t entry) {
  CHECK(entry < used_);
  CHECK(count_ > 0);
  unlink(entry);
  entries_[entry].next = free_;
  free_ = entry;
  --count_;
}

void ExpiryWheel::open(std::uint32_t list, std::uint64_t begin) {
  std::uint32_t entry = lists_[list].head;
  lists_[list] = List{};
  occupied_[list / slots] &= ~(std::uint64_t{1} << (list % slots));
  tick_ = begin;
  std::uint32_t now_ready = 0;
  while (entry != none) {
    const std::uint32_t next = entries_[entry].next;
    const std::uint64_t tick = tick_of(entries_[entry].due.due);
    if (tick <= tick_) {
      sorting_[now_ready++] = entry;
    } else {
      const std::uint32_t later = list_of(tick);
      link(entry, later, lists_[later].tail);
    }
    entry = next;
  }
  // What was ready before was due in an earlier tick.
  const auto sorted = sorting_.first(now_ready);
  std::sort(sorted.begin(), sorted.end(),
            [&](std::uint32_t a, std::uint32_t b) { return entries_[a].due < entries_[b].due; });
  for (const std::uint32_t at : sorted) {
    link(at, ready, lists_[ready].tail);
  }
}

std::optional<ExpiryWheel::Due> ExpiryWheel::pop(Time now) {
  for (;;) {
    const std::uint32_t first = lists_[ready].head;
    if (first != none) {
      const Due due = entries_[first].due;
      if (due.due > now) {
        return std::nullopt;
      }
      remove(first);
      return due;
    }
    std::uint64_t begin = 0;
    const std::uint32_t list = first_list(begin);
    if (list == ready || begin > tick_of(now)) {
      tick_ = std::max(tick_, tick_of(now));
      return std::nullopt;
    }
    open(list, begin);
  }
}

Time ExpiryWheel::next() const {
  if (lists_[ready].head != none) {
    return entries_[lists_[ready].head].due.due;
  }
  std::uint64_t begin = 0;
  return first_list(begin) == ready ? Time{~std::uint64_t{0}} : Time{begin << tick_bits};
}

}  // namespace millrace
