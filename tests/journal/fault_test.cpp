// A disk that fails or fills up: the writer stops for good, nothing is acknowledged after that, and
// a recovery finds everything that was acknowledged before.
#include <gtest/gtest.h>

#include "engine/journal/reader.h"
#include "engine/journal/snapshot.h"
#include "engine/journal/writer.h"
#include "tests/journal/journal_fixture.h"

namespace millrace::test {
namespace {

using Operation = SimDisk::Operation;

constexpr std::uint64_t segment_bytes = 12 * block;

/// Streams random groups at a disk until the writer stops or the groups run out.
struct Stream {
  explicit Stream(std::uint64_t seed) : random(seed), source(seed) {}

  void run(SimDisk& disk, int groups, const WriterOptions& options) {
    JournalWriter writer;
    const Result<void> opened = writer.open(disk, options, {});
    if (!opened.ok()) {
      error = opened.error();
      return;
    }
    for (int group = 0; group < groups; ++group) {
      std::vector<Record> records;
      for (std::uint64_t count = 1 + random.below(4); count > 0; --count) {
        records.push_back(source.make(1, static_cast<std::uint32_t>(1 + random.below(9000))));
      }
      sent.insert(sent.end(), records.begin(), records.end());
      const Group pending(records);
      const Result<void> appended = writer.append(pending.frames());
      if (!appended.ok()) {
        error = appended.error();
        expect_stopped(disk, writer, pending);
        return;
      }
      acknowledged = sent.size();
    }
  }

  static void expect_stopped(SimDisk& disk, JournalWriter& writer, const Group& pending) {
    disk.heal();
    const std::uint64_t writes = disk.count(Operation::durable_write);
    const Result<void> refused = writer.append(pending.frames());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, DiskError::stopped);
    EXPECT_EQ(disk.count(Operation::durable_write), writes);
  }

  /// What was acknowledged is there, and nothing is there that was not sent.
  void expect_recovered(SimDisk& disk) const {
    const ReadBack back = read_back(disk);
    ASSERT_TRUE(back.tail) << text_of(back.error);
    ASSERT_GE(back.records.size(), acknowledged);
    ASSERT_LE(back.records.size(), sent.size());
    EXPECT_TRUE(std::equal(back.records.begin(), back.records.end(), sent.begin()));
    JournalWriter writer;
    ASSERT_NO_FATAL_FAILURE(open_writer(disk, segment_bytes, writer));
    RecordSource more(99, writer.next());
    std::vector<Record> now = back.records;
    for (int frame = 0; frame < 5; ++frame) {
      now.push_back(more.make(2, 9000));
      ASSERT_TRUE(append(writer, std::span(now).last(1)));
    }
    EXPECT_EQ(read_back(disk).records, now);
  }

  Random random;
  RecordSource source;
  std::vector<Record> sent;
  std::size_t acknowledged = 0;
  std::optional<Error> error;
};

class Fault : public testing::TestWithParam<Operation> {};

TEST_P(Fault, StopsTheWriterAndLosesNothing) {
  constexpr int groups = 15;
  SimDisk whole;
  Stream unharmed(1);
  unharmed.run(whole, groups, writer_options(segment_bytes));
  ASSERT_FALSE(unharmed.error);
  const std::uint64_t count = whole.count(GetParam());
  ASSERT_GT(count, 3U);
  for (std::uint64_t after = 0; after < count; ++after) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE("seed=" + std::to_string(seed) + " after=" + std::to_string(after));
      SimDisk disk;
      Random chance(seed);
      const std::uint64_t kept = chance.next();
      disk.fail(GetParam(), after, DiskError::io,
                [kept](std::size_t at) { return ((kept >> (at % 64)) & 1U) != 0; });
      Stream stream(1);
      stream.run(disk, groups, writer_options(segment_bytes));
      ASSERT_TRUE(stream.error);
      EXPECT_EQ(stream.error->code, DiskError::io);
      EXPECT_NE(stream.error->text.find("sim"), std::string::npos);
      disk.heal();
      // The process may start again on the same machine, or after a power cut.
      const auto after_power_cut = disk.crash(
          [kept](const std::string&, std::size_t at) { return ((kept >> (at % 61)) & 1U) != 0; },
          [kept](std::size_t change) { return ((kept >> (change % 59)) & 1U) != 0; });
      ASSERT_NO_FATAL_FAILURE(stream.expect_recovered(*after_power_cut));
      ASSERT_NO_FATAL_FAILURE(stream.expect_recovered(disk));
    }
  }
}

std::string operation_name(const testing::TestParamInfo<Operation>& info) {
  constexpr std::array<const char*, SimDisk::operations> names{
      "durable_write", "stream_write", "sync", "sync_directory", "read", "rename"};
  return names[static_cast<std::size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Journal, Fault,
                         testing::Values(Operation::durable_write, Operation::stream_write,
                                         Operation::sync, Operation::sync_directory,
                                         Operation::rename),
                         operation_name);

TEST(FullDisk, StopsTheWriterAndLosesNothing) {
  for (const bool ahead : {false, true}) {
    for (std::uint64_t room = 0; room < 5 * segment_bytes; room += 3 * block) {
      SCOPED_TRACE("room " + std::to_string(room));
      SimDisk disk;
      disk.set_capacity(room);
      Stream stream(2);
      WriterOptions options = writer_options(segment_bytes);
      options.prepare_ahead = ahead;
      stream.run(disk, 100, options);
      ASSERT_TRUE(stream.error);
      EXPECT_EQ(stream.error->code, DiskError::no_space);
      EXPECT_EQ(stream.acknowledged > 0, room >= segment_bytes);
      disk.heal();
      const auto after_power_cut = disk.crash();
      ASSERT_NO_FATAL_FAILURE(stream.expect_recovered(*after_power_cut));
      ASSERT_NO_FATAL_FAILURE(stream.expect_recovered(disk));
    }
  }
}

TEST(FullDisk, RoomMadeInTimeIsEnough) {
  SimDisk disk;
  disk.set_capacity(segment_bytes);
  JournalWriter writer;
  WriterOptions options = writer_options(segment_bytes);
  options.prepare_ahead = true;
  ASSERT_TRUE(writer.open(disk, options, {}).ok());
  RecordSource source(3);
  std::vector<Record> sent{source.make_blocks(11)};
  ASSERT_TRUE(append(writer, sent));
  disk.set_capacity(2 * segment_bytes);
  sent.push_back(source.make_blocks(11));
  ASSERT_TRUE(append(writer, std::span(sent).last(1)));
  EXPECT_EQ(read_back(disk).records, sent);
}

TEST(FullDisk, OfASnapshotThatFailedIsFullNoMore) {
  constexpr std::size_t snapshot_bytes = 9U << 20U;
  SimDisk disk;
  JournalWriter writer;
  open_writer(disk, segment_bytes, writer);
  RecordSource source(5);
  std::vector<Record> sent{source.make_blocks(11)};
  ASSERT_TRUE(append(writer, sent));
  disk.set_capacity(segment_bytes + snapshot_bytes - block);
  SnapshotWriter snapshot;
  ASSERT_TRUE(snapshot.open(disk, {Sequence{1}, Time{1}, test_network, 0, 0}).ok());
  const std::vector<std::byte> rows(snapshot_bytes);
  snapshot.section("rows", rows);
  EXPECT_EQ(snapshot.finish().error().code, DiskError::no_space);
  // There is room for a segment, unless what is left of the snapshot takes it.
  disk.set_capacity(2 * segment_bytes);
  sent.push_back(source.make_blocks(11));
  ASSERT_TRUE(append(writer, std::span(sent).last(1)));
  EXPECT_EQ(read_back(disk).records, sent);
}

TEST(Start, RemovesWhatIsUnfinished) {
  SimDisk disk;
  for (const char* name :
       {"journal-0000000000000002.mrj.tmp", "snapshot-0000000000000007.mrs.tmp"}) {
    ASSERT_TRUE(disk.create(name, Access::stream).ok());
  }
  JournalWriter writer;
  open_writer(disk, segment_bytes, writer);
  EXPECT_EQ(disk.list().value(), std::vector<std::string>{segment_name(1)});
}

TEST(PowerCut, AfterAnyGroupFindsItAndAllBefore) {
  SimDisk disk;
  RecordSource source(4);
  std::vector<Record> sent;
  JournalWriter writer;
  open_writer(disk, segment_bytes, writer);
  for (int group = 0; group < 60; ++group) {
    sent.push_back(source.make(2, 9000));
    ASSERT_TRUE(append(writer, std::span(sent).last(1)));
    const auto after = disk.crash();
    const ReadBack back = read_back(*after);
    ASSERT_TRUE(back.tail) << text_of(back.error);
    ASSERT_EQ(back.records, sent);
  }
}

TEST(PowerCut, AgainAndAgainAtRandomMoments) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed=" + std::to_string(seed));
    Random random(seed);
    auto disk = std::make_unique<SimDisk>();
    std::vector<Record> sent;
    std::size_t acknowledged = 0;
    for (int life = 0; life < 12; ++life) {
      const ReadBack back = read_back(*disk);
      ASSERT_TRUE(back.tail) << text_of(back.error);
      ASSERT_GE(back.records.size(), acknowledged);
      ASSERT_LE(back.records.size(), sent.size());
      sent.resize(back.records.size());
      ASSERT_EQ(back.records, sent);
      acknowledged = sent.size();

      JournalWriter writer;
      ASSERT_NO_FATAL_FAILURE(open_writer(*disk, (10 + random.below(9)) * block, writer));
      RecordSource source(random.next(), writer.next());
      const std::uint64_t kept = random.next();
      disk->fail(Operation::durable_write, random.below(12), DiskError::io,
                 [kept](std::size_t at) { return ((kept >> (at % 64)) & 1U) != 0; });
      while (true) {
        std::vector<Record> group;
        for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
          group.push_back(source.make(1, static_cast<std::uint32_t>(1 + random.below(20000))));
        }
        sent.insert(sent.end(), group.begin(), group.end());
        if (!append(writer, group)) {
          break;
        }
        acknowledged = sent.size();
      }
      disk = disk->crash();
    }
  }
}

}  // namespace
}  // namespace millrace::test
