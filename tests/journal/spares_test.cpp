// Spare segments: made while the journal is quiet, used without another zero being written, kept
// from one start to the next.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "engine/journal/frame.h"
#include "tests/journal/journal_fixture.h"

namespace millrace::test {
namespace {

constexpr std::uint64_t segment_bytes = 12 * block;

WriterOptions with_spares(std::uint32_t spares) {
  WriterOptions options = writer_options(segment_bytes);
  options.prepare_ahead = true;
  options.spare_segments = spares;
  return options;
}

std::vector<std::string> spares_of(SimDisk& disk) {
  std::vector<std::string> names = disk.list().value();
  std::erase_if(names, [](const std::string& name) {
    return !name.starts_with("journal-spare-") || name.ends_with(temporary_suffix);
  });
  return names;
}

bool has_segment(SimDisk& disk, std::uint64_t ordinal) {
  const std::vector<std::string> names = disk.list().value();
  return std::find(names.begin(), names.end(), segment_name(ordinal)) != names.end();
}

/// Until the next segment is there, and so many spares.
void await(SimDisk& disk, std::uint64_t ordinal, std::size_t spares) {
  while (!has_segment(disk, ordinal) || spares_of(disk).size() < spares) {
    std::this_thread::yield();
  }
}

/// Fills one segment but for its header.
void fill_segment(JournalWriter& writer, RecordSource& source, std::vector<Record>& sent) {
  sent.push_back(source.make_blocks(11));
  ASSERT_TRUE(append(writer, std::span(sent).last(1)));
}

TEST(SpareSegments, AreUsedBeforeAnotherZeroIsWritten) {
  SimDisk disk;
  RecordSource source(1);
  std::vector<Record> sent;
  {
    JournalWriter writer;
    ASSERT_TRUE(writer.open(disk, with_spares(3), {}).ok());
    await(disk, 2, 3);
    disk.fail(SimDisk::Operation::stream_write, 0, DiskError::io);
    for (int segment = 1; segment <= 5; ++segment) {
      ASSERT_NO_FATAL_FAILURE(fill_segment(writer, source, sent));
    }
    const std::vector<Record> more{source.make_blocks(11)};
    EXPECT_FALSE(append(writer, more));  // The sixth would have to be zeroed.
  }
  EXPECT_EQ(spares_of(disk), std::vector<std::string>{});
  const auto after_power_cut = disk.crash();
  EXPECT_EQ(read_back(*after_power_cut).records, sent);
}

TEST(SpareSegments, AreMadeAgain) {
  SimDisk disk;
  RecordSource source(2);
  std::vector<Record> sent;
  JournalWriter writer;
  ASSERT_TRUE(writer.open(disk, with_spares(2), {}).ok());
  for (std::uint64_t segment = 1; segment <= 4; ++segment) {
    ASSERT_NO_FATAL_FAILURE(fill_segment(writer, source, sent));
    await(disk, segment + 1, 2);
  }
  EXPECT_EQ(read_back(disk).records, sent);
}

TEST(SpareSegments, OfTheRightSizeAreKeptAtAStart) {
  SimDisk disk;
  RecordSource source(3);
  std::vector<Record> sent;
  {
    JournalWriter writer;
    ASSERT_TRUE(writer.open(disk, with_spares(3), {}).ok());
    await(disk, 2, 3);
    ASSERT_NO_FATAL_FAILURE(fill_segment(writer, source, sent));
  }
  const std::vector<std::string> made = spares_of(disk);
  ASSERT_EQ(made.size(), 3);
  const ReadBack back = read_back(disk);
  ASSERT_TRUE(back.tail);
  {
    const auto fewer = disk.copy();
    JournalWriter writer;
    ASSERT_TRUE(writer.open(*fewer, with_spares(0), *back.tail).ok());
    EXPECT_EQ(spares_of(*fewer), std::vector<std::string>{});
  }
  {
    const auto wider = disk.copy();
    wider->fail(SimDisk::Operation::stream_write, 0, DiskError::io);
    WriterOptions options = with_spares(3);
    options.segment_bytes = 2 * segment_bytes;
    JournalWriter writer;
    ASSERT_TRUE(writer.open(*wider, options, *back.tail).ok());
    EXPECT_EQ(spares_of(*wider), std::vector<std::string>{});
  }
  disk.fail(SimDisk::Operation::stream_write, 0, DiskError::io);
  JournalWriter writer;
  ASSERT_TRUE(writer.open(disk, with_spares(3), *back.tail).ok());
  for (int segment = 2; segment <= 4; ++segment) {
    ASSERT_NO_FATAL_FAILURE(fill_segment(writer, source, sent));
  }
  EXPECT_EQ(read_back(disk).records, sent);
}

TEST(SpareSegments, AreGivenUpWhereTheDiskIsFull) {
  SimDisk disk;
  disk.set_capacity(3 * segment_bytes);
  RecordSource source(4);
  std::vector<Record> sent;
  JournalWriter writer;
  ASSERT_TRUE(writer.open(disk, with_spares(8), {}).ok());
  for (int segment = 1; segment <= 3; ++segment) {
    ASSERT_NO_FATAL_FAILURE(fill_segment(writer, source, sent));
  }
  EXPECT_EQ(read_back(disk).records, sent);
}

}  // namespace
}  // namespace millrace::test
