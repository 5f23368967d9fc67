// What only some orders need to have remembered.
#include "engine/state/note_table.h"

namespace millrace {

namespace {

void add_note(Hasher& hasher, const ParcelNote& parcel) {
  hasher.add(parcel.weight_grams | std::uint64_t{parcel.flags} << 32U |
             std::uint64_t{parcel.node.value} << 48U);
  hasher.add(parcel.size.length | std::uint64_t{parcel.size.width} << 16U |
             std::uint64_t{parcel.size.height} << 32U |
             std::uint64_t{parcel.delivered.value} << 48U);
  hasher.add_words(std::as_bytes(std::span(parcel.tracking)));
}

void add_note(Hasher& hasher, const AccountNote& account) {
  hasher.add(account.authorised);
  hasher.add(account.captured);
  hasher.add(account.refunded);
  hasher.add(account.due.us);
  hasher.add(account.score | std::uint64_t{account.timer} << 8U |
             std::uint64_t{account.text_key} << 16U);
}

}  // namespace

std::uint32_t NoteTable::put_behind(Slot slot, const Note& note) {
  std::uint32_t at = space_.free;
  if (at == 0) {
    at = space_.used++;
  } else {
    --at;
    space_.free = notes_[at].head.next;
  }
  notes_[at] = note;
  notes_[at].head.next = no_note;
  std::uint32_t* link = &first_[slot.value];
  if (*link == 0) {
    *link = at + 1;
    return at;
  }
  std::uint32_t last = *link - 1;
  while (notes_[last].head.next != no_note) {
    last = notes_[last].head.next;
  }
  notes_[last].head.next = at;
  return at;
}

void NoteTable::release(Slot slot) {
  std::uint32_t at = first_[slot.value] - 1;
  while (at != no_note) {
    const std::uint32_t next = notes_[at].head.next;
    notes_[at].head.next = space_.free;
    space_.free = at + 1;
    ++space_.away;
    at = next;
  }
  first_[slot.value] = 0;
}

std::optional<std::string> NoteTable::load(SectionReader& in, std::uint32_t order_count) {
  std::vector<Space> space;
  if (!in.table("note space", space, 1) || space.size() != 1) {
    return "section note space: damaged";
  }
  space_ = space[0];
  std::uint64_t bytes = 0;
  if (!in.begin("first notes", bytes) || bytes != order_count * sizeof(std::uint32_t) ||
      !in.read(std::as_writable_bytes(first_.first(order_count)))) {
    return "section first notes: damaged, or not one an order";
  }
  if (!in.begin("notes", bytes) || space_.used > notes_.size() ||
      bytes != space_.used * sizeof(Note) ||
      !in.read(std::as_writable_bytes(notes_.first(space_.used)))) {
    return "section notes: damaged, or more notes than notes_max";
  }
  return std::nullopt;
}

void NoteTable::digest(Slot slot, Hasher& hasher) const {
  for (std::uint32_t at = first_[slot.value] - 1; at != no_note; at = notes_[at].head.next) {
    const NoteHead& head = notes_[at].head;
    hasher.add(static_cast<std::uint64_t>(head.kind) | std::uint64_t{head.number} << 8U |
               std::uint64_t{head.code} << 16U);
    switch (head.kind) {
      case NoteKind::parcel:
        add_note(hasher, get<ParcelNote>(at));
        break;
      case NoteKind::account:
        add_note(hasher, get<AccountNote>(at));
        break;
      case NoteKind::goods_return:
        hasher.add(get<ReturnNote>(at).amount);
        hasher.add(get<ReturnNote>(at).instead.value);
        break;
      case NoteKind::linked:
        hasher.add(get<LinkedNote>(at).from.value);
        break;
      case NoteKind::cart:
        hasher.add(get<CartNote>(at).cart);
        break;
      case NoteKind::request:
        hasher.add(get<RequestNote>(at).due.us);
        break;
      case NoteKind::tried:
        break;
      case NoteKind::none:
        CHECK(false);
    }
  }
}

}  // namespace millrace
