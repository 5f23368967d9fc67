// The newest events, in memory: slabs of records in a ring. One thread puts events in and never
// waits, one writes slabs that are full to their files, and those who follow closely read them
// here. The writer of the files alone decides when a slab may be used again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/batch.h"
#include "engine/core/event.h"
#include "engine/journal/aligned.h"
#include "engine/journal/event_record.h"
#include "engine/journal/file.h"

namespace millrace {

inline constexpr std::uint32_t event_slab_magic = 0x4245524D;  // "MREB"

/// The start of a slab; its records follow.
struct EventSlabHeader {
  std::uint32_t magic;
  std::uint32_t crc;       ///< CRC-32C of the header with this field zero, and of the records
  std::uint32_t key;       ///< the journal's
  std::uint32_t bytes;     ///< of the records
  std::uint64_t first;     ///< number of the first event
  std::uint64_t sequence;  ///< of the event before it
  Time time;               ///< likewise
  std::uint32_t count;     ///< of events
  std::uint32_t reserved[5];
};

static_assert(sizeof(EventSlabHeader) == 64);
static_assert(std::has_unique_object_representations_v<EventSlabHeader>);

/// The header of a slab whose records are those of `slab` behind its first 64 bytes.
[[nodiscard]] EventSlabHeader slab_header(std::uint32_t key, const EventCursor& before,
                                          std::uint32_t count, Bytes records);

/// Whether a slab begins with a header of this key that fits the records behind it.
[[nodiscard]] bool slab_is_sound(Bytes slab, std::uint32_t key, EventSlabHeader& header);

class EventTail {
 public:
  /// Slabs of so many bytes, a multiple of disk_block.
  EventTail(std::size_t slab_bytes, std::size_t slab_count);

  // ---- the thread that puts events in; one at a time

  /// Empties it; the next event is the one that follows `before`. Nobody else may be looking.
  void begin(const EventCursor& before);

  /// Takes over the records of a slab in place of those of the first one. Right after begin().
  void begin_with(Bytes records, const EventCursor& after);

  /// Puts in all events of the batch, or none if there may be no room for them.
  [[nodiscard]] bool take(const Batch& batch);

  /// Puts in one event; false if there is no room.
  [[nodiscard]] bool put(const Event& event);

  /// Lets the others see what was put in.
  void publish();

  [[nodiscard]] const EventCursor& cursor() const { return cursor_; }

  // ---- any thread that keeps the slabs from being used again

  /// Number of the next event to come.
  [[nodiscard]] std::uint64_t next() const { return next_.load(std::memory_order_acquire); }

  /// Time of the newest event.
  [[nodiscard]] Time newest() const { return Time{newest_us_.load(std::memory_order_relaxed)}; }

  /// Number of the oldest event here.
  [[nodiscard]] std::uint64_t first() const;

  /// Records as they were read: those of one slab.
  struct Copy {
    std::uint64_t position = ~std::uint64_t{0};  ///< of the slab, here
    EventCursor before;                          ///< its first event
    std::vector<std::byte> records;
  };

  /// Copies the records of the slab that holds the event, or those that are new since the last
  /// copy of it; false if it is not here.
  [[nodiscard]] bool copy(std::uint64_t number, Copy& into) const;

  // ---- the thread that writes files

  /// Slabs that are full and not written yet begin here,
  [[nodiscard]] std::uint64_t unwritten() const { return written_; }

  /// and end here, at the slab that is being filled.
  [[nodiscard]] std::uint64_t open() const { return head_.load(std::memory_order_acquire); }

  /// Fills in the header of a full slab; what its last event leaves.
  const EventCursor& seal(std::uint64_t position, std::uint32_t key);

  [[nodiscard]] const EventCursor& before(std::uint64_t position) const {
    return slabs_[position % slabs_.size()].before;
  }

  [[nodiscard]] Bytes image(std::uint64_t position) const {
    return memory_.span().subspan(position % slabs_.size() * slab_bytes_, slab_bytes_);
  }

  /// Slabs before this one are in their files; all but the last `keep` may be used again. With
  /// everybody shut out who reads.
  void wrote(std::uint64_t position, std::uint64_t keep);

  [[nodiscard]] std::size_t slab_count() const { return slabs_.size(); }

  [[nodiscard]] std::size_t slab_bytes() const { return slab_bytes_; }

 private:
  class Filler;

  struct Slab {
    EventCursor before;                    ///< writer: who puts in, before others see the slab
    EventCursor after;                     ///< likewise, before others see the next slab
    std::atomic<std::uint32_t> filled{0};  ///< bytes of records
  };

  /// Goes on in the next slab; false if it is in use.
  bool next_slab();
  [[nodiscard]] bool has_room(std::uint64_t events);

  /// Bytes of the records in the slab that is being filled.
  [[nodiscard]] std::uint32_t filled() {
    return static_cast<std::uint32_t>(at_ - memory_of(open_)) -
           static_cast<std::uint32_t>(sizeof(EventSlabHeader));
  }

  [[nodiscard]] std::byte* memory_of(std::uint64_t position) {
    return memory_.data() + position % slabs_.size() * slab_bytes_;
  }

  std::size_t slab_bytes_;
  AlignedBuffer memory_;
  std::vector<Slab> slabs_;

  // writer: who puts events in
  std::byte* at_ = nullptr;   ///< the next record
  std::byte* end_ = nullptr;  ///< of the room for it
  EventCursor cursor_;
  std::uint64_t open_ = 0;
  std::uint64_t freed_seen_ = 0;
  alignas(cache_line) std::atomic<std::uint64_t> head_{0};
  std::atomic<std::uint64_t> next_{1};
  std::atomic<std::uint64_t> newest_us_{0};

  // writer: who writes files
  alignas(cache_line) std::atomic<std::uint64_t> freed_{0};
  std::uint64_t written_ = 0;
};

}  // namespace millrace
