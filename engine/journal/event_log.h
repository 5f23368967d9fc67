// The stream of events on disk: 80-byte structs one after the other in segment files, so that the
// place of an event follows from its number. Every one carries its own checksum. All of it is
// derived from the journal and can be made again, so nothing waits for the disk: writes go through
// the page cache, which is also where those who follow closely read from.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/types.h"
#include "engine/journal/file.h"

namespace millrace {

inline constexpr std::uint32_t event_segment_magic = 0x5645524D;  // "MREV"
inline constexpr std::uint16_t event_log_version = 1;

/// Takes the place of one event at the start of a segment.
struct EventSegmentHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint32_t crc;         ///< CRC-32C of the header with this field zero
  std::uint32_t key;         ///< the journal's
  std::uint64_t first;       ///< number of the first event, as in the file's name
  std::uint64_t events_max;  ///< so many events, then the next segment begins
  std::uint64_t reserved[6];
};

static_assert(sizeof(EventSegmentHeader) == sizeof(Event));
static_assert(std::has_unique_object_representations_v<EventSegmentHeader>);

[[nodiscard]] std::uint32_t event_checksum(const Event& event);

[[nodiscard]] std::string event_segment_name(std::uint64_t first);

struct EventLogOptions {
  std::uint32_t key = 0;  ///< of the journal; 0 while it has none
  std::uint64_t segment_bytes = 64ULL << 20U;
  /// Older segments go once the newer ones have this much, or are all younger than this. An age is
  /// counted back from the newest event.
  std::uint64_t keep_bytes = 4ULL << 30U;
  std::uint64_t keep_us = 7 * us_per_day;
};

/// Written by one thread at a time; everything const may be called from any.
class EventLog {
 public:
  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  /// Finds the end: the last event behind which there is no sound one. `disk` outlives the log.
  Result<void> open(Disk& disk, const EventLogOptions& options);

  /// Of a journal that has been created since.
  void set_key(std::uint32_t key) { options_.key = key; }

  /// Number of the oldest event kept, and of the next one to come; the same if there is none.
  [[nodiscard]] std::uint64_t first() const { return first_.load(std::memory_order_acquire); }

  [[nodiscard]] std::uint64_t next() const { return next_.load(std::memory_order_acquire); }

  /// The newest event, if there is one. For the writer.
  [[nodiscard]] const std::optional<Event>& last() const { return last_; }

  /// The last command of which every event is here.
  [[nodiscard]] Sequence complete() const {
    return Sequence{complete_.load(std::memory_order_acquire)};
  }

  /// Writes the events, which follow the last one, and fills in their checksums. After an error the
  /// first of them may be written and next() says how many; the others may be tried again.
  Result<void> append(std::span<Event> events);

  /// Forgets the events from this number on.
  Result<void> cut(std::uint64_t next);

  /// Drops everything; the next event has this number.
  Result<void> restart(std::uint64_t next);

  /// Makes what was written so far durable; returns the last command of which every event is. From
  /// any thread.
  [[nodiscard]] Result<Sequence> make_durable() const;

  /// A segment by its first event, and the number that the one after it begins with.
  struct Segment {
    std::uint64_t first;
    std::uint64_t end;

    /// Where in its file the event lies.
    [[nodiscard]] std::uint64_t place_of(std::uint64_t number) const {
      return (number - first + 1) * sizeof(Event);
    }
  };

  /// The segment that holds the event; nothing if it is not kept.
  [[nodiscard]] std::optional<Segment> segment_of(std::uint64_t number) const;

  [[nodiscard]] Disk& disk() const { return *disk_; }

 private:
  Result<void> find_segments();
  Result<void> find_end();
  Result<void> begin_segment();
  Result<void> drop_oldest();
  Result<void> retain();
  Result<void> write(std::span<const Event> events);
  Result<void> blank_from(std::uint64_t place);

  Disk* disk_ = nullptr;
  EventLogOptions options_;
  std::unique_ptr<File> file_;  ///< of the last segment
  mutable std::mutex mutex_;    ///< of segments_
  std::vector<Segment> segments_;
  std::atomic<std::uint64_t> first_{1};
  std::atomic<std::uint64_t> next_{1};
  std::atomic<std::uint64_t> complete_{0};
  std::optional<Event> last_;
};

/// Reads events by their numbers. One thread uses it.
class EventReader {
 public:
  explicit EventReader(const EventLog& log) : log_(log) {}

  /// Fills `into` from the event `from` on, as far as there are events and the segment goes, and
  /// checks each; returns how many. DiskError::not_found if `from` is not kept any more.
  [[nodiscard]] Result<std::size_t> read(std::uint64_t from, std::span<Event> into);

 private:
  const EventLog& log_;
  std::unique_ptr<File> file_;
  EventLog::Segment segment_{0, 0};
};

}  // namespace millrace
