// What is appended is read back: many frames, in groups of any size, over many segments and
// openings.
#include <gtest/gtest.h>

#include "engine/journal/reader.h"
#include "engine/journal/writer.h"
#include "tests/journal/journal_fixture.h"

namespace millrace::test {
namespace {

std::size_t segment_count(SimDisk& disk) {
  std::size_t count = 0;
  for (const std::string& name : disk.list().value()) {
    count += segment_ordinal(name).has_value() ? 1 : 0;
  }
  return count;
}

TEST(Journal, StartsEmpty) {
  SimDisk disk;
  const ReadBack nothing = read_back(disk);
  ASSERT_TRUE(nothing.tail) << text_of(nothing.error);
  EXPECT_EQ(nothing.tail->next, Sequence{1});
  EXPECT_EQ(nothing.tail->segment, 0U);

  JournalWriter writer;
  open_writer(disk, 16 * block, writer);
  const ReadBack prepared = read_back(disk);
  ASSERT_TRUE(prepared.tail) << text_of(prepared.error);
  EXPECT_EQ(prepared.tail->segment, 0U);
  EXPECT_FALSE(prepared.tail->torn);
}

TEST(Journal, GivesBackWhatWasAppended) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed=" + std::to_string(seed));
    SimDisk disk;
    Random random(seed);
    RecordSource source(seed);
    std::vector<Record> sent;
    for (int opening = 0; opening < 4; ++opening) {
      JournalWriter writer;
      open_writer(disk, (8 + random.below(40)) * block, writer);
      for (int group = 0; group < 25; ++group) {
        std::vector<Record> records;
        for (std::uint64_t count = 1 + random.below(6); count > 0; --count) {
          records.push_back(source.make(static_cast<std::uint32_t>(1 + random.below(9)),
                                        static_cast<std::uint32_t>(1 + random.below(3000))));
        }
        ASSERT_TRUE(append(writer, records));
        sent.insert(sent.end(), records.begin(), records.end());
      }
      EXPECT_EQ(writer.next().value, sent.back().first_sequence + sent.back().commands);
    }
    const ReadBack back = read_back(disk);
    ASSERT_TRUE(back.tail) << text_of(back.error);
    EXPECT_FALSE(back.tail->torn);
    EXPECT_EQ(back.tail->epoch, 4U);
    EXPECT_EQ(back.tail->key, test_key);
    EXPECT_EQ(back.records, sent);
  }
}

TEST(Journal, AGroupIsOneWriteUnlessTheSegmentEnds) {
  SimDisk disk;
  RecordSource source(1);
  JournalWriter writer;
  open_writer(disk, 9 * block, writer);
  const std::vector<Record> three{source.make_blocks(1), source.make_blocks(2),
                                  source.make_blocks(1)};
  ASSERT_TRUE(append(writer, three));
  EXPECT_EQ(disk.count(SimDisk::Operation::durable_write), 1U);
  EXPECT_EQ(disk.last_write_blocks(), 5U);  // the segment's header came along

  // Five blocks are used; of the next five, three still fit.
  const std::vector<Record> over{source.make_blocks(3), source.make_blocks(2)};
  ASSERT_TRUE(append(writer, over));
  EXPECT_EQ(disk.count(SimDisk::Operation::durable_write), 3U);
  EXPECT_EQ(disk.last_write_blocks(), 3U);
  EXPECT_EQ(writer.stats().segments, 2U);
  EXPECT_EQ(writer.stats().frames, 5U);

  JournalReader reader;
  ASSERT_TRUE(reader.open(disk, {}).ok());
  std::vector<std::uint64_t> group_firsts;
  FrameView frame{};
  while (reader.next(frame).value()) {
    group_firsts.push_back(frame.header->group_first.value);
  }
  EXPECT_EQ(group_firsts,
            (std::vector<std::uint64_t>{three[0].first_sequence, three[0].first_sequence,
                                        three[0].first_sequence, over[0].first_sequence,
                                        over[1].first_sequence}));
}

TEST(Journal, AFrameMayFillItsSegment) {
  SimDisk disk;
  RecordSource source(2);
  JournalWriter writer;
  open_writer(disk, 4 * block, writer);
  std::vector<Record> sent;
  for (int frame = 0; frame < 5; ++frame) {
    sent.push_back(source.make_blocks(3));
    ASSERT_TRUE(append(writer, std::span(sent).last(1)));
  }
  EXPECT_EQ(segment_count(disk), 5U);
  EXPECT_EQ(read_back(disk).records, sent);
}

TEST(Journal, MoreFramesThanOneWriteTakesAreSeveralWrites) {
  SimDisk disk;
  RecordSource source(3);
  JournalWriter writer;
  open_writer(disk, 4096 * block, writer);
  std::vector<Record> sent;
  for (std::size_t frame = 0; frame < 2 * write_parts_max; ++frame) {
    sent.push_back(source.make(1, 20));
  }
  ASSERT_TRUE(append(writer, sent));
  EXPECT_EQ(disk.count(SimDisk::Operation::durable_write), 3U);
  EXPECT_EQ(read_back(disk).records, sent);
}

TEST(Journal, ReadsFromAnySequence) {
  SimDisk disk;
  RecordSource source(4);
  std::vector<Record> sent;
  JournalWriter writer;
  open_writer(disk, 12 * block, writer);
  std::vector<std::uint64_t> hash_before;
  for (int frame = 0; frame < 40; ++frame) {
    hash_before.push_back(writer.previous());
    sent.push_back(source.make(3, 2000));
    ASSERT_TRUE(append(writer, std::span(sent).last(1)));
  }
  ASSERT_GT(segment_count(disk), 3U);
  for (std::size_t index = 0; index < sent.size(); ++index) {
    const Sequence from{sent[index].first_sequence};
    const ReadBack back = read_back(
        disk, {.from = from, .previous = hash_before[index], .chunk_bytes = test_chunk_bytes});
    ASSERT_TRUE(back.tail) << text_of(back.error);
    EXPECT_EQ(back.records,
              std::vector<Record>(sent.begin() + static_cast<std::ptrdiff_t>(index), sent.end()));
    // The frame that holds a sequence comes first, wherever in it the sequence is.
    const Sequence last{sent[index].first_sequence + sent[index].commands - 1};
    EXPECT_EQ(read_back(disk, {.from = last}).records.front(), sent[index]);
    EXPECT_TRUE(read_back(disk, {.from = from, .previous = hash_before[index] + 1}).error);
    if (last > from) {
      EXPECT_TRUE(read_back(disk, {.from = last, .previous = hash_before[index]}).error);
    }
  }
  const Sequence end = writer.next();
  const ReadBack nothing_new = read_back(disk, {.from = end, .previous = writer.previous()});
  ASSERT_TRUE(nothing_new.tail) << text_of(nothing_new.error);
  EXPECT_TRUE(nothing_new.records.empty());
  EXPECT_TRUE(read_back(disk, {.from = end, .previous = 1}).error);
  EXPECT_TRUE(read_back(disk, {.from = Sequence{end.value + 1}}).error);
}

TEST(Journal, ReadsUpToAnySequenceAndNotBeyond) {
  SimDisk disk;
  RecordSource source(9);
  std::vector<Record> sent;
  JournalWriter writer;
  open_writer(disk, 12 * block, writer);
  for (int frame = 0; frame < 20; ++frame) {
    sent.push_back(source.make_blocks(3));
    ASSERT_TRUE(append(writer, std::span(sent).last(1)));
  }
  for (std::size_t count = 1; count < sent.size(); ++count) {
    const Record& last = sent[count - 1];
    const std::vector<Record> expected(sent.begin(),
                                       sent.begin() + static_cast<std::ptrdiff_t>(count));
    // What lies behind may be half written while it is read, so it must not matter.
    const auto other = disk.copy();
    const std::uint64_t offset = (1 + (count % 3) * 3) * block;
    other->flip(segment_name(1 + count / 3), offset + 100, std::byte{1});
    for (const std::uint64_t until :
         {last.first_sequence, last.first_sequence + last.commands - 1}) {
      const ReadBack back =
          read_back(*other, {.until = Sequence{until}, .chunk_bytes = test_chunk_bytes});
      ASSERT_TRUE(back.tail) << text_of(back.error);
      EXPECT_EQ(back.records, expected);
    }
  }
}

TEST(Journal, PreparesTheNextSegmentAhead) {
  SimDisk disk;
  RecordSource source(5);
  std::vector<Record> sent;
  {
    JournalWriter writer;
    WriterOptions options = writer_options(32 * block);
    options.prepare_ahead = true;
    ASSERT_TRUE(writer.open(disk, options, {}).ok());
    for (int frame = 0; frame < 200; ++frame) {
      sent.push_back(source.make(3, 2000));
      ASSERT_TRUE(append(writer, std::span(sent).last(1)));
    }
  }
  const ReadBack back = read_back(disk);
  EXPECT_EQ(back.records, sent) << text_of(back.error);
  JournalWriter again;
  open_writer(disk, 8 * block, again);
  sent.push_back(source.make_blocks(6));
  ASSERT_TRUE(append(again, std::span(sent).last(1)));
  EXPECT_EQ(read_back(disk).records, sent);
}

TEST(Journal, AnotherProcessKeepsTheWriterOut) {
  SimDisk disk;
  disk.set_busy(true);
  JournalWriter writer;
  const Result<void> opened = writer.open(disk, writer_options(8 * block), {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, DiskError::busy);
  RecordSource source(6);
  EXPECT_FALSE(append(writer, std::vector<Record>{source.make(1, 8)}));
}

TEST(Journal, AWriterWithTheWrongTailTouchesNothing) {
  SimDisk disk;
  RecordSource source(7);
  {
    JournalWriter writer;
    open_writer(disk, 8 * block, writer);
    ASSERT_TRUE(append(writer, std::vector<Record>{source.make(1, 8)}));
  }
  const std::vector<std::byte> before = disk.bytes(segment_name(1));
  JournalWriter writer;
  const Result<void> opened = writer.open(disk, writer_options(8 * block), JournalTail{});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, DiskError::damaged);
  EXPECT_EQ(disk.bytes(segment_name(1)), before);
}

TEST(Journal, AWriterOfAnotherNetworkIsRefused) {
  SimDisk disk;
  RecordSource source(8);
  {
    JournalWriter writer;
    open_writer(disk, 8 * block, writer);
    ASSERT_TRUE(append(writer, std::vector<Record>{source.make(1, 8)}));
  }
  WriterOptions options = writer_options(8 * block);
  options.network = test_network + 1;
  JournalWriter writer;
  const Result<void> opened = writer.open(disk, options, *read_back(disk).tail);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, DiskError::wrong_network);
}

}  // namespace
}  // namespace millrace::test
