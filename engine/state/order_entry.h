// An order as a file of the archive holds it: everything that memory has of it but its id, with
// no trace of where it lay there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "engine/state/note_table.h"
#include "engine/state/order_table.h"

namespace millrace {

/// How an entry begins. The record, the slices and the notes follow.
struct OrderEntryHead {
  Slot slot;
  std::uint32_t slice_count;
  std::uint32_t note_count;
  std::uint32_t reserved;
};

static_assert(sizeof(OrderEntryHead) == 16);
static_assert(std::has_unique_object_representations_v<OrderEntryHead>);

/// Replaces what is in `entry`.
void write_entry(const OrderTable& orders, const NoteTable& notes, Slot slot,
                 std::vector<std::byte>& entry);

/// Takes an order that is not in memory back into it.
void restore_entry(std::span<const std::byte> entry, Slot slot, OrderTable& orders,
                   NoteTable& notes);

/// What two entries with the same hash are taken to share: everything.
[[nodiscard]] std::uint64_t hash_of_entry(std::span<const std::byte> entry);

/// The order's part of the state digest.
[[nodiscard]] std::uint64_t hash_of_order(const OrderTable& orders, const NoteTable& notes,
                                          Id128 id, Slot slot);

/// An order that was put away and is in memory for the batch at hand.
struct Guest {
  Slot slot;
  std::uint32_t file;
  std::uint64_t hash;  ///< of its entry
};

/// The cart of an order that left memory.
struct CartLeft {
  Slot slot;
  std::uint64_t cart;
};

}  // namespace millrace
