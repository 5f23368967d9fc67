// An order as a file of the archive holds it.
#include "engine/state/order_entry.h"

#include <array>
#include <bit>
#include <cstring>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/state/expiry_wheel.h"

namespace millrace {

namespace {

template <class T>
void append(std::vector<std::byte>& entry, const T& part) {
  static_assert(std::has_unique_object_representations_v<T>);
  const auto bytes = std::as_bytes(std::span(&part, 1));
  entry.insert(entry.end(), bytes.begin(), bytes.end());
}

template <class T>
T take(std::span<const std::byte>& entry) {
  CHECK(entry.size() >= sizeof(T));
  T part;
  std::memcpy(&part, entry.data(), sizeof(T));
  entry = entry.subspan(sizeof(T));
  return part;
}

/// A note without its links: a slice that it names is counted from the order's first.
Note unlinked(const OrderTable& orders, const OrderRecord& record, Note note) {
  note.head.next = 0;
  switch (note.head.kind) {
    case NoteKind::account: {
      auto account = std::bit_cast<AccountNote>(note);
      account.entry = ExpiryWheel::none;
      return std::bit_cast<Note>(account);
    }
    case NoteKind::goods_return: {
      auto goods = std::bit_cast<ReturnNote>(note);
      goods.slice = orders.number_of(record, goods.slice);
      return std::bit_cast<Note>(goods);
    }
    case NoteKind::request: {
      auto request = std::bit_cast<RequestNote>(note);
      request.slice = orders.number_of(record, request.slice);
      return std::bit_cast<Note>(request);
    }
    case NoteKind::tried:
    case NoteKind::parcel:
    case NoteKind::linked:
    case NoteKind::cart:
      return note;
    case NoteKind::none:
      break;
  }
  CHECK(false);
  return note;
}

Note linked_again(const OrderTable& orders, const OrderRecord& record, Note note) {
  if (note.head.kind == NoteKind::goods_return) {
    auto goods = std::bit_cast<ReturnNote>(note);
    goods.slice = orders.numbered(record, goods.slice);
    return std::bit_cast<Note>(goods);
  }
  if (note.head.kind == NoteKind::request) {
    auto request = std::bit_cast<RequestNote>(note);
    request.slice = orders.numbered(record, request.slice);
    return std::bit_cast<Note>(request);
  }
  return note;
}

}  // namespace

void write_entry(const OrderTable& orders, const NoteTable& notes, Slot slot,
                 std::vector<std::byte>& entry) {
  entry.clear();
  const OrderRecord& record = orders[slot];
  append(entry, OrderEntryHead{slot, record.slice_count, 0, 0});
  OrderRecord kept = record;
  kept.first_slice = 0;
  kept.over_since = no_day;
  append(entry, kept);
  orders.for_slices(record, [&](Slice slice) {
    slice.next = 0;
    append(entry, slice);
  });
  std::uint32_t note_count = 0;
  notes.for_all(slot, [&](const Note& note) {
    append(entry, unlinked(orders, record, note));
    ++note_count;
  });
  const OrderEntryHead head{slot, record.slice_count, note_count, 0};
  std::memcpy(entry.data(), &head, sizeof(head));
}

void restore_entry(std::span<const std::byte> entry, Slot slot, OrderTable& orders,
                   NoteTable& notes) {
  const auto head = take<OrderEntryHead>(entry);
  CHECK(head.slot == slot);
  OrderRecord& record = orders.bring_back(slot, take<OrderRecord>(entry));
  CHECK(record.slice_count == head.slice_count);
  std::uint32_t last = no_slice;
  record.first_slice = no_slice;
  for (std::uint32_t at = 0; at < head.slice_count; ++at) {
    last = orders.bring_back(record, last, take<Slice>(entry));
  }
  for (std::uint32_t at = 0; at < head.note_count; ++at) {
    notes.bring_back(slot, linked_again(orders, record, take<Note>(entry)));
  }
  CHECK(entry.empty());
}

std::uint64_t hash_of_entry(std::span<const std::byte> entry) {
  Hasher hasher;
  hasher.add_body(entry);
  return hasher.value();
}

std::uint64_t hash_of_order(const OrderTable& orders, const NoteTable& notes, Id128 id, Slot slot) {
  const OrderRecord& record = orders[slot];
  Hasher hasher;
  hasher.add(slot.value);
  hasher.add(id);
  hasher.add(record.body_hash);
  hasher.add(record.sequence.value);
  for (const std::uint64_t word : std::bit_cast<std::array<std::uint64_t, 3>>(record.outcome)) {
    hasher.add(word);
  }
  const bool refused = record.outcome.status == Status::refused;
  const std::uint64_t way = refused ? 0
                                    : std::uint64_t{record.service.value} << 32U |
                                          std::uint64_t{record.region.value} << 40U;
  hasher.add(record.promise_day.value | std::uint64_t{record.holds()} << 16U | way);
  hasher.add(record.slice_count);
  orders.for_slices(record, [&](const Slice& slice) {
    hasher.add(slice.row.value);
    hasher.add(slice.units.value | std::uint64_t{slice.unit_price} << 32U);
    hasher.add(slice.line | (static_cast<std::uint64_t>(slice.state) << 8U) |
               (std::uint64_t{slice.head} << 16U) | (std::uint64_t{slice.parcel} << 24U));
    hasher.add(slice.visible_place());
  });
  notes.digest(slot, hasher);
  return hasher.value();
}

}  // namespace millrace
