// The stream of events: its newest part in memory, all that is kept of it in segment files. A
// segment is a row of slabs, a slab short records under one checksum. All of it is derived from the
// journal and can be made again, so nothing waits for the disk: slabs are written when they are
// full, past the page cache, and a crash loses what was in memory.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/types.h"
#include "engine/journal/aligned.h"
#include "engine/journal/event_tail.h"
#include "engine/journal/file.h"

namespace millrace {

inline constexpr std::uint32_t event_segment_magic = 0x5645524D;  // "MREV"
inline constexpr std::uint16_t event_log_version = 2;

/// Takes the first block of a segment.
struct EventSegmentHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint32_t crc;    ///< CRC-32C of the header with this field zero
  std::uint32_t key;    ///< the journal's
  std::uint64_t first;  ///< number of the first event, as in the file's name
  std::uint32_t slab_bytes;
  std::uint32_t slabs_max;  ///< so many slabs, then the next segment begins
  std::uint64_t reserved[4];
};

static_assert(sizeof(EventSegmentHeader) == 64);
static_assert(std::has_unique_object_representations_v<EventSegmentHeader>);

[[nodiscard]] std::uint32_t event_checksum(const Event& event);

[[nodiscard]] std::string event_segment_name(std::uint64_t first);

struct EventLogOptions {
  std::uint32_t key = 0;  ///< of the journal; 0 while it has none
  std::uint64_t segment_bytes = 64ULL << 20U;
  std::uint32_t slab_bytes = 64U << 10U;
  /// Of events in memory, whether written or not.
  std::uint64_t memory_bytes = 16ULL << 20U;
  /// Older segments go once the newer ones have this much, or are all younger than this. An age is
  /// counted back from the newest event.
  std::uint64_t keep_bytes = 4ULL << 30U;
  std::uint64_t keep_us = 7 * us_per_day;
};

/// Events are put in by one thread at a time, files are written by one thread at a time; next(),
/// first() and readers are for any.
class EventLog {
 public:
  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Finds the end: the last slab behind which there is no sound one. `disk` outlives the log.
  Result<void> open(Disk& disk, const EventLogOptions& options);

  /// Of a journal that has been created since.
  void set_key(std::uint32_t key) { options_.key = key; }

  /// Number of the oldest event kept, and of the next one to come; the same if there is none.
  [[nodiscard]] std::uint64_t first() const;
  [[nodiscard]] std::uint64_t next() const;

  /// For messages.
  [[nodiscard]] const std::string& path() const { return disk_->path(); }

  // ---- for the thread that puts events in

  /// The tail to put them into.
  [[nodiscard]] EventTail& tail() { return *tail_; }

  /// The newest event of a log that was opened or cut, if there is one.
  [[nodiscard]] const std::optional<Event>& last() const { return last_; }

  /// The last command of which every event is here.
  [[nodiscard]] Sequence complete() const { return complete_before(tail_->cursor()); }

  /// Puts in events that follow the last one, and writes files where there is no more room; for a
  /// thread that does both. After an error next() says how many are in; the others may be tried
  /// again.
  Result<void> append(std::span<const Event> events);

  /// Forgets the events from this number on.
  Result<void> cut(std::uint64_t next);

  /// Drops everything; the next event has this number.
  Result<void> restart(std::uint64_t next);

  // ---- for the thread that writes files

  /// Writes some of the slabs that are full; how many.
  Result<std::uint64_t> write_some();

  /// Writes everything, the slab that is being filled too, and makes it durable. What was put in
  /// meanwhile may be missing.
  Result<void> write_all();

  /// Time of the newest event that was put in.
  [[nodiscard]] Time newest_time() const { return tail_->newest(); }

  /// Drops the oldest segments beyond the size that is kept, and those of which every event is too
  /// old by now.
  Result<void> forget_old();

  /// The last command of which every event was made durable by write_all().
  [[nodiscard]] Sequence durable() const {
    return Sequence{durable_.load(std::memory_order_acquire)};
  }

  /// Goes on in the other tail, which was begun with the event that comes next.
  Result<void> switch_tail();

  /// The tail that is not in use.
  [[nodiscard]] EventTail& spare_tail() { return *tails_[tail_ == tails_[0].get() ? 1 : 0]; }

 private:
  friend class EventReader;

  struct Segment {
    std::uint64_t first;
    std::uint32_t slabs = 0;  ///< that are written
  };

  /// Where a slab lies in its file.
  [[nodiscard]] std::uint64_t offset_of(std::uint32_t slab) const {
    return disk_block + std::uint64_t{slab} * options_.slab_bytes;
  }

  /// The segment that holds the event; nothing if none does.
  [[nodiscard]] std::optional<Segment> segment_of(std::uint64_t number) const;

  static Sequence complete_before(const EventCursor& cursor) {
    // Of the last command there may be more to come.
    return Sequence{cursor.sequence == 0 ? 0 : cursor.sequence - 1};
  }

  [[nodiscard]] std::uint32_t slabs_max() const {
    return static_cast<std::uint32_t>((options_.segment_bytes - disk_block) / options_.slab_bytes);
  }

  Result<void> find_segments();
  Result<void> drop_unconnected();
  Result<std::uint32_t> slabs_up_to(const Segment& segment, std::uint64_t end);
  Result<void> find_end();
  Result<void> go_back_to(std::uint64_t end);
  /// Looks for the sound slabs of a segment that have events before `end`; leaves the last of them
  /// in scratch_.
  Result<void> read_slabs(Segment& segment, std::uint64_t end);
  Result<void> remove_last();
  /// Begins the tail with the events in scratch_ that come before `end`.
  void take_over(const EventSlabHeader& header, std::uint64_t end);
  Result<void> blank_slabs(std::uint32_t from);

  Result<void> room_for_slab();
  Result<void> begin_segment(std::uint64_t first);
  Result<void> drop_oldest();
  Result<bool> oldest_is_too_old();
  /// Writes what the slab that is being filled holds; `end` is set to what its last event leaves.
  Result<bool> write_open_slab(EventCursor& end);

  Disk* disk_ = nullptr;
  EventLogOptions options_;
  std::array<std::unique_ptr<EventTail>, 2> tails_;
  EventTail* tail_ = nullptr;
  AlignedBuffer scratch_;       ///< one slab
  std::unique_ptr<File> file_;  ///< of the last segment
  /// Of segments_, tail_, and the slabs of the tail that may be used again.
  mutable std::mutex mutex_;
  std::vector<Segment> segments_;
  std::optional<Event> last_;
  std::atomic<std::uint64_t> durable_{0};
};

/// Reads events by their numbers. One thread uses it.
class EventReader {
 public:
  explicit EventReader(const EventLog& log) : log_(log) {}

  /// Fills `into` from the event `from` on, as far as there are events; how many, at least one if
  /// there is one. DiskError::not_found if `from` is not kept any more.
  [[nodiscard]] Result<std::size_t> read(std::uint64_t from, std::span<Event> into);

 private:
  /// Gets the slab that holds the event, from memory or from its file.
  Result<void> load(std::uint64_t number);
  Result<void> load_from_file(std::uint64_t number);
  /// The slab of a segment that holds the event, by halving.
  Result<std::uint32_t> find_slab(std::uint64_t number, std::uint32_t slabs);
  Result<EventSlabHeader> read_header(std::uint32_t slab);
  Result<void> read_slab(std::uint32_t slab, std::uint64_t number);
  [[nodiscard]] Error damaged(std::uint64_t number) const;

  const EventLog& log_;
  EventTail::Copy slab_;
  /// Of the slab's events the next one to be taken, and where its record begins.
  EventCursor cursor_{0, 0, Time{0}};
  std::size_t taken_ = 0;
  std::unique_ptr<File> file_;
  std::uint64_t segment_ = 0;     ///< first event of the file's
  std::uint32_t slab_after_ = 0;  ///< in the file, the one that was read last
  std::vector<std::byte> buffer_;
};

}  // namespace millrace
