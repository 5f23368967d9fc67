// The log of events: its end after a crash, what it keeps, and what it says of the rest.
#include "engine/journal/event_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/support/sim_disk.h"

namespace millrace {
namespace {

using test::SimDisk;

constexpr std::uint64_t second = us_per_second;

Event event_of(std::uint64_t number) {
  Event event = blank_event(EventKind::order_allocated);
  event.number = number;
  event.sequence = Sequence{number};
  event.time = Time{number * second};
  event.order = {1, number};
  return event;
}

std::vector<Event> events_from(std::uint64_t first, std::uint64_t count) {
  std::vector<Event> events;
  for (std::uint64_t number = first; number < first + count; ++number) {
    events.push_back(event_of(number));
  }
  return events;
}

/// Ten events a segment.
EventLogOptions options() {
  return {.key = 7, .segment_bytes = 11 * sizeof(Event)};
}

void append(EventLog& log, std::uint64_t count) {
  std::vector<Event> events = events_from(log.next(), count);
  const Result<void> appended = log.append(events);
  ASSERT_TRUE(appended.ok()) << appended.error().text;
}

/// Opens the log of a disk, which must be sound.
void open(EventLog& log, Disk& disk, const EventLogOptions& with = options()) {
  const Result<void> opened = log.open(disk, with);
  ASSERT_TRUE(opened.ok()) << opened.error().text;
}

/// Reads everything that is kept and holds it against what was written.
void expect_all(const EventLog& log) {
  EventReader reader(log);
  std::vector<Event> some(4);
  for (std::uint64_t next = log.first(); next < log.next();) {
    const Result<std::size_t> got = reader.read(next, some);
    ASSERT_TRUE(got.ok()) << got.error().text;
    ASSERT_GT(got.value(), 0U);
    for (const Event& event : std::span(some).first(got.value())) {
      Event expected = event_of(next++);
      expected.checksum = event_checksum(expected);
      EXPECT_EQ(std::memcmp(&event, &expected, sizeof(event)), 0) << event.number;
    }
  }
  EXPECT_EQ(reader.read(log.next(), some).value(), 0U);
}

TEST(EventLog, GoesOnWhereItEnded) {
  SimDisk disk;
  {
    EventLog log;
    open(log, disk);
    EXPECT_EQ(log.next(), 1U);
    append(log, 25);
    append(log, 1);
    expect_all(log);
  }
  EventLog log;
  open(log, disk);
  EXPECT_EQ(log.next(), 27U);
  EXPECT_EQ(log.complete(), Sequence{25});
  append(log, 14);
  expect_all(log);
  EXPECT_EQ(disk.list().value().size(), 4U);
}

TEST(EventLog, EndsAtTheFirstEventThatACrashTore) {
  SimDisk disk;
  EventLog log;
  open(log, disk, {.key = 7, .segment_bytes = 1000 * sizeof(Event)});
  append(log, 700);
  for (std::size_t lost = 0; lost < 14; ++lost) {
    // One block of the last segment never reached the disk.
    const std::unique_ptr<SimDisk> after =
        disk.crash([lost](const std::string&, std::size_t block) { return block != lost; }, {});
    EventLog found;
    open(found, *after, {.key = 7, .segment_bytes = 1000 * sizeof(Event)});
    // The header takes the first place; without it there is no segment.
    const std::uint64_t sound = lost * disk_block / sizeof(Event);
    EXPECT_EQ(found.next(), lost == 0 ? 1 : sound) << lost;
    append(found, 800 - found.next());
    expect_all(found);
  }
}

TEST(EventLog, LosesNothingOfSegmentsThatAreFull) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 35);
  const std::unique_ptr<SimDisk> after = disk.crash();
  EventLog found;
  open(found, *after);
  EXPECT_EQ(found.first(), 1U);
  EXPECT_EQ(found.next(), 31U);
  expect_all(found);
}

TEST(EventLog, MakesDurableWhatWasWritten) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 35);
  EXPECT_EQ(log.make_durable().value(), Sequence{34});
  append(log, 2);
  const std::unique_ptr<SimDisk> after = disk.crash();
  EventLog found;
  open(found, *after);
  EXPECT_EQ(found.next(), 36U);
}

TEST(EventLog, DropsTheOldestBeyondASize) {
  SimDisk disk;
  EventLog log;
  EventLogOptions some = options();
  some.keep_bytes = 3 * some.segment_bytes;
  open(log, disk, some);
  append(log, 95);
  EXPECT_EQ(log.first(), 61U);
  expect_all(log);
  Event event{};
  EventReader reader(log);
  const Result<std::size_t> got = reader.read(60, std::span(&event, 1));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, DiskError::not_found);
}

TEST(EventLog, DropsWhatIsTooOld) {
  SimDisk disk;
  EventLog log;
  EventLogOptions young = options();
  young.keep_us = 15 * second;
  open(log, disk, young);
  append(log, 51);
  // When event 51 begins a segment, the newest event is of second 50, and those of 35 on are young.
  EXPECT_EQ(log.first(), 31U);
  expect_all(log);
}

TEST(EventLog, SaysThatItIsOfAnotherJournal) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 5);
  EventLog other;
  const Result<void> opened = other.open(disk, {.key = 8});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, DiskError::wrong_network);
}

TEST(EventLog, SaysWhichEventIsDamaged) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 25);
  disk.flip(event_segment_name(11), 3 * sizeof(Event) + 30, std::byte{1});
  EventReader reader(log);
  std::vector<Event> some(10);
  EXPECT_TRUE(reader.read(1, some).ok());
  const Result<std::size_t> got = reader.read(11, some);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, DiskError::damaged);
  EXPECT_NE(got.error().text.find("event 13 "), std::string::npos) << got.error().text;
}

TEST(EventLog, TakesBackWhatTheJournalDoesNotHave) {
  for (const std::uint64_t keep : {0U, 5U, 10U, 11U, 25U}) {
    SimDisk disk;
    EventLog log;
    open(log, disk);
    append(log, 35);
    ASSERT_TRUE(log.cut(keep + 1).ok());
    EXPECT_EQ(log.next(), keep + 1);
    expect_all(log);
    // What was cut off does not come back where the new events end.
    append(log, 2);
    EventLog found;
    open(found, disk);
    EXPECT_EQ(found.next(), keep + 3) << keep;
    expect_all(found);
  }
}

TEST(EventLog, CanBeginAnywhere) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 25);
  ASSERT_TRUE(log.restart(101).ok());
  EXPECT_EQ(log.first(), 101U);
  append(log, 12);
  EventLog found;
  open(found, disk);
  EXPECT_EQ(found.first(), 101U);
  EXPECT_EQ(found.next(), 113U);
  expect_all(found);
}

TEST(EventLog, TriesAgainAfterAFailure) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 8);
  disk.fail(SimDisk::Operation::stream_write, 1, DiskError::no_space);
  std::vector<Event> events = events_from(9, 10);
  EXPECT_FALSE(log.append(events).ok());
  EXPECT_EQ(log.next(), 11U);
  disk.heal();
  append(log, 10);
  expect_all(log);
}

}  // namespace
}  // namespace millrace
