// Reading records of events.
#include "engine/journal/event_record.h"

namespace millrace {

namespace {

template <class Record>
bool take(std::span<const std::byte>& records, Record& record) {
  if (records.size() < sizeof(record)) {
    return false;
  }
  std::memcpy(&record, records.data(), sizeof(record));
  records = records.subspan(sizeof(record));
  return true;
}

bool take_plain(std::span<const std::byte>& records, EventCursor& cursor, Event& event) {
  PlainRecord plain{};
  if (!take(records, plain)) {
    return false;
  }
  event.kind = static_cast<EventKind>(plain.kind);
  event.detail = plain.detail;
  event.node = plain.node;
  event.channel = plain.channel;
  event.day = plain.day;
  event.units = plain.units;
  event.amount = plain.amount;
  event.order = plain.order;
  ++cursor.sequence;
  return true;
}

bool take_brief(std::span<const std::byte>& records, EventCursor& cursor, Event& event) {
  BriefRecord brief{};
  if (!take(records, brief)) {
    return false;
  }
  event.kind = static_cast<EventKind>(brief.kind);
  event.detail = brief.detail;
  event.reason = brief.reason;
  event.node = brief.node;
  event.channel = brief.channel;
  event.units = brief.units;
  event.units_waiting = brief.units_waiting;
  event.amount = brief.amount;
  event.day = brief.day;
  event.order = brief.order;
  cursor.sequence += brief.form == brief_outcome_form ? 1 : 0;
  return true;
}

bool take_whole(std::span<const std::byte>& records, EventCursor& cursor, Event& event) {
  WholeRecord whole{};
  if (!take(records, whole) || whole.event.number != cursor.next) {
    return false;
  }
  event = whole.event;
  cursor.sequence = event.sequence.value;
  cursor.time = event.time;
  return true;
}

}  // namespace

bool take_event(std::span<const std::byte>& records, EventCursor& cursor, Event& event) {
  event = Event{};
  if (!records.empty() && std::to_integer<std::uint8_t>(records.front()) == time_form) {
    TimeRecord time{};
    if (!take(records, time)) {
      return false;
    }
    cursor.time = time.time;
  }
  if (records.empty()) {
    return false;
  }
  bool taken = false;
  switch (std::to_integer<std::uint8_t>(records.front())) {
    case brief_outcome_form:
    case brief_told_form:
      taken = take_brief(records, cursor, event);
      break;
    case whole_form:
      taken = take_whole(records, cursor, event);
      break;
    case time_form:
      break;
    default:
      taken = take_plain(records, cursor, event);
  }
  if (taken) {
    event.number = cursor.next++;
    event.sequence = Sequence{cursor.sequence};
    event.time = cursor.time;
  }
  return taken;
}

}  // namespace millrace
