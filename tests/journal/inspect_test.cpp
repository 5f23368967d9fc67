// The inspection counts what is there and says what is wrong.
#include "engine/journal/inspect.h"

#include <gtest/gtest.h>

#include "tests/journal/journal_fixture.h"

namespace millrace::test {
namespace {

class Inspect : public testing::Test {
 protected:
  void SetUp() override {
    RecordSource source(41);
    JournalWriter writer;
    open_writer(disk_, 10 * block, writer);
    for (int group = 0; group < 10; ++group) {
      const std::vector<Record> records{source.make(3, 900), source.make(1, 5000)};
      ASSERT_TRUE(append(writer, records));
      sent_.insert(sent_.end(), records.begin(), records.end());
    }
    writes_ = writer.stats().writes;
    bytes_ = writer.stats().bytes;
  }

  SimDisk disk_;
  std::vector<Record> sent_;
  std::uint64_t writes_ = 0;
  std::uint64_t bytes_ = 0;
};

TEST_F(Inspect, AddsUp) {
  std::size_t visited = 0;
  const Inspection found = inspect_journal(disk_, {}, [&visited](const FrameView&) {
    ++visited;
    return true;
  });
  ASSERT_FALSE(found.damage) << found.damage->text;
  EXPECT_EQ(visited, sent_.size());
  ASSERT_TRUE(found.tail);
  std::uint64_t frames = 0;
  std::uint64_t messages = 0;
  std::uint64_t writes = 0;
  std::uint64_t bytes = 0;
  std::uint64_t next = 1;
  for (const SegmentSummary& segment : found.segments) {
    EXPECT_EQ(segment.first_sequence.value, next);
    next = segment.last_sequence.value + 1;
    frames += segment.frames;
    messages += segment.messages;
    writes += segment.writes;
    bytes += segment.bytes_used;
  }
  EXPECT_EQ(next, found.tail->next.value);
  EXPECT_EQ(frames, sent_.size());
  EXPECT_EQ(messages, 4 * sent_.size() / 2);
  EXPECT_EQ(writes, writes_);
  EXPECT_EQ(bytes, bytes_);
  EXPECT_EQ(found.first_epoch, 1U);
  EXPECT_EQ(found.last_epoch, 1U);
}

TEST_F(Inspect, CountsUpToTheDamage) {
  disk_.flip(segment_name(2), block + 70, std::byte{1});
  const Inspection found = inspect_journal(disk_, {});
  ASSERT_TRUE(found.damage);
  EXPECT_FALSE(found.tail);
  EXPECT_EQ(found.segments.size(), 1U);
}

TEST_F(Inspect, FindsMessagesThatDoNotFillTheirFrame) {
  // A writer with a fault in it would make a frame whose checksum fits all the same.
  Record record = RecordSource(42).make(2, 100);
  record.messages = 3;
  SimDisk disk;
  JournalWriter writer;
  open_writer(disk, 10 * block, writer);
  ASSERT_TRUE(append(writer, std::span(&record, 1)));
  const Inspection found = inspect_journal(disk, {});
  ASSERT_TRUE(found.damage);
  EXPECT_NE(found.damage->text.find("at offset 4096"), std::string::npos);
}

TEST_F(Inspect, StopsWhenTheVisitorHasEnough) {
  const Inspection found =
      inspect_journal(disk_, {}, [](const FrameView& frame) { return frame.segment < 2; });
  EXPECT_EQ(found.segments.size(), 2U);
  EXPECT_FALSE(found.tail);
  EXPECT_FALSE(found.damage);
}

}  // namespace
}  // namespace millrace::test
