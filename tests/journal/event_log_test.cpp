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
constexpr std::uint32_t slab = 4096;
/// A record of a time and one of an outcome.
constexpr std::uint64_t a_slab = (slab - sizeof(EventSlabHeader) - event_record_max) / 48 + 1;

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

/// Two slabs a segment, four in memory.
EventLogOptions options() {
  return {.key = 7,
          .segment_bytes = disk_block + 2 * slab,
          .slab_bytes = slab,
          .memory_bytes = 4 * slab};
}

void append(EventLog& log, std::uint64_t count) {
  const std::vector<Event> events = events_from(log.next(), count);
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
  std::vector<Event> some(40);
  for (std::uint64_t next = log.first(); next < log.next();) {
    const Result<std::size_t> got = reader.read(next, some);
    ASSERT_TRUE(got.ok()) << got.error().text;
    ASSERT_GT(got.value(), 0U);
    for (const Event& event : std::span(some).first(got.value())) {
      Event expected = event_of(next++);
      expected.checksum = event_checksum(expected);
      ASSERT_EQ(std::memcmp(&event, &expected, sizeof(event)), 0) << event.number;
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
    append(log, 5 * a_slab);
    append(log, 1);
    expect_all(log);
    ASSERT_TRUE(log.write_all().ok());
    EXPECT_EQ(log.durable(), Sequence{5 * a_slab});
  }
  EventLog log;
  open(log, disk);
  EXPECT_EQ(log.next(), 5 * a_slab + 2);
  EXPECT_EQ(log.complete(), Sequence{5 * a_slab});
  ASSERT_TRUE(log.last());
  EXPECT_EQ(log.last()->number, 5 * a_slab + 1);
  append(log, 2 * a_slab);
  expect_all(log);
  ASSERT_TRUE(log.write_all().ok());
  EXPECT_EQ(disk.list().value().size(), 4U);
}

TEST(EventLog, IsTheSameHoweverOftenItIsWritten) {
  SimDisk often_disk;
  SimDisk once_disk;
  EventLog often;
  EventLog once;
  open(often, often_disk);
  open(once, once_disk);
  for (int round = 0; round < 70; ++round) {
    append(often, 7);
    ASSERT_TRUE(often.write_all().ok());
  }
  append(once, 490);
  ASSERT_TRUE(once.write_all().ok());
  ASSERT_EQ(often_disk.list().value(), once_disk.list().value());
  for (const std::string& name : once_disk.list().value()) {
    EXPECT_EQ(often_disk.bytes(name), once_disk.bytes(name)) << name;
  }
}

TEST(EventLog, EndsAtTheFirstSlabThatACrashTore) {
  EventLogOptions wide = options();
  wide.segment_bytes = disk_block + 100 * slab;
  SimDisk disk;
  EventLog log;
  open(log, disk, wide);
  append(log, 9 * a_slab + 3);
  ASSERT_TRUE(log.write_some().ok());
  ASSERT_EQ(log.tail().unwritten(), 9U);
  for (std::size_t lost = 0; lost < 10; ++lost) {
    // One block of the last segment never reached the disk.
    const std::unique_ptr<SimDisk> after =
        disk.crash([lost](const std::string&, std::size_t block) { return block != lost; }, {});
    EventLog found;
    open(found, *after, wide);
    // The header takes the first block; without it there is no segment.
    EXPECT_EQ(found.next(), lost == 0 ? 1 : (lost - 1) * a_slab + 1) << lost;
    append(found, 10 * a_slab - found.next());
    expect_all(found);
  }
}

TEST(EventLog, LosesNothingOfSegmentsThatAreFull) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 9 * a_slab);
  const std::unique_ptr<SimDisk> after = disk.crash();
  EventLog found;
  open(found, *after);
  EXPECT_EQ(found.first(), 1U);
  EXPECT_GE(found.next(), 4 * a_slab + 1);
  EXPECT_EQ((found.next() - 1) % (2 * a_slab), 0U);
  expect_all(found);
}

TEST(EventLog, DropsTheOldestBeyondASize) {
  SimDisk disk;
  EventLog log;
  EventLogOptions some = options();
  some.keep_bytes = 3 * some.segment_bytes;
  open(log, disk, some);
  append(log, 20 * a_slab);
  ASSERT_TRUE(log.write_all().ok());
  // Twenty slabs are ten segments, of which the newest and three more are kept.
  EXPECT_EQ(log.first(), 12 * a_slab + 1);
  EXPECT_EQ(disk.list().value().size(), 4U);
  expect_all(log);
  Event event{};
  EventReader reader(log);
  const Result<std::size_t> got = reader.read(12 * a_slab, std::span(&event, 1));
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, DiskError::not_found);
}

TEST(EventLog, DropsWhatIsTooOld) {
  SimDisk disk;
  EventLog log;
  EventLogOptions young = options();
  young.keep_us = 3 * a_slab * second;
  open(log, disk, young);
  append(log, 10 * a_slab + 1);
  ASSERT_TRUE(log.write_all().ok());
  // When the sixth segment begins, the newest event is of second 10 a_slab, and those of the last
  // three slabs are young.
  EXPECT_EQ(log.first(), 6 * a_slab + 1);
  expect_all(log);
}

TEST(EventLog, DropsWhatHasGrownOldWhileItWasQuiet) {
  SimDisk disk;
  EventLog log;
  EventLogOptions young = options();
  young.keep_us = 100 * a_slab * second;
  open(log, disk, young);
  append(log, 9 * a_slab);
  ASSERT_TRUE(log.write_all().ok());
  ASSERT_TRUE(log.forget_old().ok());
  EXPECT_EQ(log.first(), 1U);
  // One event, much later, begins no segment.
  Event later = event_of(log.next());
  later.time = Time{1'000 * a_slab * second};
  ASSERT_TRUE(log.append(std::span(&later, 1)).ok());
  EXPECT_EQ(log.first(), 1U);
  ASSERT_TRUE(log.forget_old().ok());
  EXPECT_EQ(log.first(), 8 * a_slab + 1);
}

TEST(EventLog, SaysThatItIsOfAnotherJournal) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 5);
  ASSERT_TRUE(log.write_all().ok());
  EventLog other;
  EventLogOptions theirs = options();
  theirs.key = 8;
  const Result<void> opened = other.open(disk, theirs);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, DiskError::wrong_network);
}

TEST(EventLog, SaysWhichEventIsDamaged) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 9 * a_slab);
  disk.flip(event_segment_name(2 * a_slab + 1), disk_block + slab + 300, std::byte{1});
  EventReader reader(log);
  std::vector<Event> some(10);
  EXPECT_TRUE(reader.read(2 * a_slab + 5, some).ok());
  const Result<std::size_t> got = reader.read(3 * a_slab + 2, some);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, DiskError::damaged);
  const std::string wanted = "event " + std::to_string(3 * a_slab + 2) + " ";
  EXPECT_NE(got.error().text.find(wanted), std::string::npos) << got.error().text;
}

TEST(EventLog, TakesBackWhatTheJournalDoesNotHave) {
  for (const std::uint64_t keep : {std::uint64_t{0}, std::uint64_t{5}, a_slab, a_slab + 1,
                                   2 * a_slab, 2 * a_slab + 1, 5 * a_slab + 7}) {
    SimDisk disk;
    EventLog log;
    open(log, disk);
    append(log, 7 * a_slab + 3);
    ASSERT_TRUE(log.cut(keep + 1).ok());
    EXPECT_EQ(log.next(), keep + 1);
    expect_all(log);
    {
      // What was cut off does not come back, be the new events written or not.
      const std::unique_ptr<SimDisk> after = disk.copy();
      EventLog found;
      open(found, *after);
      EXPECT_EQ(found.next(), keep + 1) << keep;
    }
    append(log, 2);
    ASSERT_TRUE(log.write_all().ok());
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
  append(log, 4 * a_slab);
  ASSERT_TRUE(log.restart(1001).ok());
  EXPECT_EQ(log.first(), 1001U);
  append(log, 12);
  ASSERT_TRUE(log.write_all().ok());
  EventLog found;
  open(found, disk);
  EXPECT_EQ(found.first(), 1001U);
  EXPECT_EQ(found.next(), 1013U);
  expect_all(found);
}

TEST(EventLog, GoesOnInItsOtherTail) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 2 * a_slab + 4);
  log.spare_tail().begin({log.next(), log.next() - 1, Time{1}});
  EventTail& other = log.spare_tail();
  for (const Event& event : events_from(log.next(), a_slab)) {
    ASSERT_TRUE(other.put(event));
  }
  other.publish();
  EXPECT_EQ(log.next(), 2 * a_slab + 5);
  ASSERT_TRUE(log.switch_tail().ok());
  EXPECT_EQ(log.next(), 3 * a_slab + 5);
  expect_all(log);
  append(log, 4 * a_slab);
  expect_all(log);
  ASSERT_TRUE(log.write_all().ok());
  EventLog found;
  open(found, disk);
  EXPECT_EQ(found.next(), 7 * a_slab + 5);
  expect_all(found);
}

TEST(EventLog, TriesAgainAfterAFailure) {
  SimDisk disk;
  EventLog log;
  open(log, disk);
  append(log, 3 * a_slab);
  disk.fail(SimDisk::Operation::stream_write, 1, DiskError::no_space);
  const std::vector<Event> events = events_from(log.next(), 9 * a_slab);
  EXPECT_FALSE(log.append(events).ok());
  expect_all(log);
  disk.heal();
  append(log, 9 * a_slab);
  ASSERT_TRUE(log.write_all().ok());
  expect_all(log);
}

}  // namespace
}  // namespace millrace
