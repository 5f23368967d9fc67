// What only some orders need to have remembered: parcels, payments, nodes tried in vain. A chain of
// notes of one size for each order that has any, from a pool. A note is never given up,
// but the notes of an order that is put away leave their places to others. Owned by allocate.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"

namespace millrace {

inline constexpr std::uint32_t no_note = 0xffffffff;

enum class NoteKind : std::uint8_t {
  none = 0,
  tried = 1,
  parcel = 2,
  account = 3,
  goods_return = 4,
  linked = 5,
  cart = 6,
  request = 7,
};

/// How every note begins.
struct NoteHead {
  std::uint32_t next;  ///< note of the same order, or no_note
  NoteKind kind;
  std::uint8_t number;  ///< of a parcel, or line of what was tried
  std::uint16_t code;   ///< carrier of a parcel, or node that was tried
};

struct Note {
  NoteHead head;
  std::uint64_t words[5];
};

static_assert(sizeof(Note) == 48);
static_assert(std::has_unique_object_representations_v<Note>);

/// The node could not give units of the line, and is not asked for it again.
struct TriedNote {
  static constexpr NoteKind kind = NoteKind::tried;
  NoteHead head;
  std::uint64_t reserved[5];
};

/// The size of a parcel in millimetres.
struct ParcelSize {
  std::uint16_t length;
  std::uint16_t width;
  std::uint16_t height;
};

struct ParcelNote {
  static constexpr NoteKind kind = NoteKind::parcel;
  static constexpr std::uint16_t marked_fragile = 1;  ///< a flag the packer sends
  static constexpr std::uint16_t labelled = 256;      ///< and those the engine keeps
  static constexpr std::uint16_t shipped = 512;
  NoteHead head;
  std::uint32_t weight_grams;
  std::uint16_t flags;
  NodeIndex node;
  ParcelSize size;
  Day delivered;  ///< by UTC; no_day until then
  char tracking[24];
};

/// What an order has once money or time is to be watched.
struct AccountNote {
  static constexpr NoteKind kind = NoteKind::account;
  static constexpr std::uint8_t unpaid = 1;  ///< head.number of an order that was placed unpaid
  static constexpr std::uint8_t cart = 2;    ///< of what is held for a cart
  NoteHead head;
  std::uint64_t authorised;
  std::uint64_t captured;
  std::uint64_t refunded;
  Time due;             ///< of its timer
  std::uint32_t entry;  ///< of its timer in the wheel, or ExpiryWheel::none; never saved
  std::uint16_t text_key;
  std::uint8_t score;  ///< 0: none was given
  std::uint8_t timer;  ///< Timer
};

/// Goods that come back: of one slice, while that is on its way to be refunded or exchanged.
struct ReturnNote {
  static constexpr NoteKind kind = NoteKind::goods_return;
  NoteHead head;         ///< number: ReturnReason
  std::uint64_t amount;  ///< that was refunded
  Slot instead;          ///< the order that is sent instead, or no_slot
  std::uint32_t slice;
  std::uint64_t reserved[3];
};

/// The order is sent instead of goods that another order's customer gave back.
struct LinkedNote {
  static constexpr NoteKind kind = NoteKind::linked;
  NoteHead head;
  Slot from;
  std::uint32_t reserved1;
  std::uint64_t reserved[4];
};

/// The cart that the units are, or were, held for.
struct CartNote {
  static constexpr NoteKind kind = NoteKind::cart;
  NoteHead head;
  std::uint64_t cart;
  std::uint64_t reserved[4];
};

/// A vendor was asked for a slice: the last that was.
struct RequestNote {
  static constexpr NoteKind kind = NoteKind::request;
  NoteHead head;  ///< number: line; code: the vendor
  Time due;       ///< by when it must answer; zero once it has, or need not any more
  std::uint32_t slice;
  std::uint32_t entry;  ///< of its timer in the wheel, or ExpiryWheel::none; never saved
  std::uint64_t reserved[3];
};

class NoteTable {
 public:
  explicit NoteTable(const Limits& limits)
      : first_(limits.orders_max, limits.touch),
        notes_(limits.notes_max, limits.touch, limits.notes_max - limits.notes_away),
        notes_max_(limits.notes_max) {}

  /// Every note that was ever made counts, wherever it lies.
  [[nodiscard]] std::uint32_t left() const { return notes_max_ - space_.notes; }

  /// Takes so many from now on; at most what there is memory for.
  void bound(std::uint32_t notes_max) {
    CHECK(notes_max >= space_.notes);
    CHECK(notes_max <= notes_.size());
    notes_max_ = notes_max;
  }

  [[nodiscard]] std::uint32_t away() const { return space_.away; }

  /// Memory of the notes that are there.
  [[nodiscard]] std::uint64_t bytes() const {
    return std::uint64_t{space_.notes - space_.away} * sizeof(Note);
  }

  [[nodiscard]] bool any(Slot slot) const { return first_[slot.value] != 0; }

  /// Appends a note to the order's; there is room.
  template <class T>
  std::uint32_t add(Slot slot, const T& note) {
    CHECK(left() > 0);
    ++space_.notes;
    Note made = std::bit_cast<Note>(note);
    made.head.kind = T::kind;
    return put_behind(slot, made);
  }

  /// The order's notes leave memory.
  void release(Slot slot);

  /// One of them comes back, behind those that did before.
  void bring_back(Slot slot, const Note& note) {
    --space_.away;
    put_behind(slot, note);
  }

  template <class T>
  [[nodiscard]] T get(std::uint32_t at) const {
    CHECK(notes_[at].head.kind == T::kind);
    return std::bit_cast<T>(notes_[at]);
  }

  template <class T>
  void put(std::uint32_t at, const T& note) {
    const NoteHead head = notes_[at].head;
    CHECK(head.kind == T::kind);
    notes_[at] = std::bit_cast<Note>(note);
    notes_[at].head.kind = head.kind;
    notes_[at].head.next = head.next;
  }

  /// The order's first note of the kind that `fits`, or no_note.
  template <class T, class Fits>
  [[nodiscard]] std::uint32_t find(Slot slot, Fits fits) const {
    for (std::uint32_t at = first_[slot.value] - 1; at != no_note; at = notes_[at].head.next) {
      if (notes_[at].head.kind == T::kind && fits(std::bit_cast<T>(notes_[at]))) {
        return at;
      }
    }
    return no_note;
  }

  /// Calls act(note) for each of the order's notes of the kind.
  template <class T, class Act>
  void for_each(Slot slot, Act act) const {
    for (std::uint32_t at = first_[slot.value] - 1; at != no_note; at = notes_[at].head.next) {
      if (notes_[at].head.kind == T::kind) {
        act(std::bit_cast<T>(notes_[at]));
      }
    }
  }

  /// Calls act(note) for each of the order's notes, as they were made.
  template <class Act>
  void for_all(Slot slot, Act act) const {
    for (std::uint32_t at = first_[slot.value] - 1; at != no_note; at = notes_[at].head.next) {
      act(notes_[at]);
    }
  }

  void digest(Slot slot, Hasher& hasher) const;

  void save(SectionWriter& out, std::uint32_t order_count) const {
    out.table<Space>("note space", std::span(&space_, 1));
    out.table<std::uint32_t>("first notes", first_.first(order_count));
    out.table<Note>("notes", notes_.first(space_.used));
  }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t order_count);

 private:
  struct Space {
    std::uint32_t notes;  ///< that were ever made
    std::uint32_t away;
    std::uint32_t used;
    std::uint32_t free;  ///< note plus one; chained by `next`
  };

  std::uint32_t put_behind(Slot slot, const Note& note);

  LargeArray<std::uint32_t> first_;  ///< by order: note plus one; 0 is none
  LargeArray<Note> notes_;
  std::uint32_t notes_max_;
  Space space_{};
};

}  // namespace millrace
