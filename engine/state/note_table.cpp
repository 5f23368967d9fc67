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
      case NoteKind::tried:
        break;
      case NoteKind::none:
        CHECK(false);
    }
  }
}

}  // namespace millrace
