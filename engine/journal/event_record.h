// How events lie in the log: short records one behind the other, which say only what does not
// follow from the record before. The plain order, which is nearly all of the stream, takes 32
// bytes. docs/events.md has the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "engine/core/event.h"
#include "engine/core/types.h"

namespace millrace {

/// Where a stream of records is: what the next record goes by.
struct EventCursor {
  std::uint64_t next = 1;      ///< number of the event to come
  std::uint64_t sequence = 0;  ///< of the event before it
  Time time{0};                ///< likewise
};

/// The first byte of a record. Below these it is the kind of an event in a PlainRecord.
inline constexpr std::uint8_t brief_outcome_form = 252;
inline constexpr std::uint8_t brief_told_form = 253;
inline constexpr std::uint8_t whole_form = 254;
inline constexpr std::uint8_t time_form = 255;

/// An outcome of the command after that of the event before, without SKU, reason and waiting units.
struct PlainRecord {
  std::uint8_t kind;
  std::uint8_t detail;
  NodeIndex node;
  ChannelIndex channel;
  Day day;
  Units units;
  std::uint32_t amount;
  OrderId order;
};

static_assert(sizeof(PlainRecord) == 32);
static_assert(std::has_unique_object_representations_v<PlainRecord>);

/// An event without SKU: an outcome as above, or one more of the same command.
struct BriefRecord {
  std::uint8_t form;
  std::uint8_t kind;
  std::uint8_t detail;
  std::uint8_t reason;
  NodeIndex node;
  ChannelIndex channel;
  Units units;
  Units units_waiting;
  std::uint32_t amount;
  Day day;
  std::uint16_t reserved;
  OrderId order;
};

static_assert(sizeof(BriefRecord) == 40);
static_assert(std::has_unique_object_representations_v<BriefRecord>);

/// Any event, its number, sequence and time included.
struct WholeRecord {
  std::uint64_t form;
  Event event;
};

static_assert(sizeof(WholeRecord) == 88);

/// The events behind it happened then.
struct TimeRecord {
  std::uint64_t form;
  Time time;
};

static_assert(sizeof(TimeRecord) == 16);

/// The most that one event takes.
inline constexpr std::size_t event_record_max = sizeof(TimeRecord) + sizeof(WholeRecord);

namespace record {

template <class Record>
std::byte* put(std::byte* at, const Record& record) {
  std::memcpy(at, &record, sizeof(record));
  return at + sizeof(record);
}

inline std::byte* put_time(std::byte* at, EventCursor& cursor, Time time) {
  if (time == cursor.time) {
    return at;
  }
  cursor.time = time;
  return put(at, TimeRecord{time_form, time});
}

/// Appends an outcome of the command after that of the event before.
inline std::byte* put_plain(std::byte* at, EventCursor& cursor, const PlainRecord& plain) {
  ++cursor.next;
  ++cursor.sequence;
  return put(at, plain);
}

}  // namespace record

/// Appends the event, whose number is that of the cursor, and moves the cursor on. Its checksum
/// is not kept.
inline std::byte* put_event(std::byte* at, EventCursor& cursor, const Event& event) {
  at = record::put_time(at, cursor, event.time);
  const bool outcome = event.sequence.value == cursor.sequence + 1;
  const bool told = event.sequence.value == cursor.sequence;
  const auto kind = static_cast<std::uint8_t>(event.kind);
  if (event.sku.value != 0 || event.detail > 0xFF || (!outcome && !told)) {
    WholeRecord whole{whole_form, event};
    whole.event.checksum = 0;
    cursor = {event.number + 1, event.sequence.value, event.time};
    return record::put(at, whole);
  }
  const auto detail = static_cast<std::uint8_t>(event.detail);
  if (outcome && event.units_waiting == Units{0} && event.reason == 0) {
    return record::put_plain(at, cursor,
                             {kind, detail, event.node, event.channel, event.day, event.units,
                              event.amount, event.order});
  }
  cursor.next = event.number + 1;
  cursor.sequence = event.sequence.value;
  return record::put(at, BriefRecord{outcome ? brief_outcome_form : brief_told_form, kind, detail,
                                     event.reason, event.node, event.channel, event.units,
                                     event.units_waiting, event.amount, event.day, 0, event.order});
}

/// Takes the next event from the front of `records` and moves both on; false if they are at their
/// end, or are no records.
[[nodiscard]] bool take_event(std::span<const std::byte>& records, EventCursor& cursor,
                              Event& event);

}  // namespace millrace
