// Pruning never removes what a recovery from one of the kept snapshots needs.
#include <gtest/gtest.h>

#include "engine/journal/reader.h"
#include "engine/journal/snapshot.h"
#include "engine/journal/writer.h"
#include "tests/journal/journal_fixture.h"

namespace millrace::test {
namespace {

using Operation = SimDisk::Operation;

class Prune : public testing::Test {
 protected:
  /// Forty frames over many segments, with a snapshot after each frame named here.
  void write(std::span<const int> snapshot_after) {
    RecordSource source(31);
    open_writer(disk_, 12 * block, writer_);
    for (int frame = 0; frame < 40; ++frame) {
      sent_.push_back(source.make(2, 6000));
      ASSERT_TRUE(append(writer_, std::span(sent_).last(1)));
      if (std::find(snapshot_after.begin(), snapshot_after.end(), frame) != snapshot_after.end()) {
        take_snapshot(disk_, writer_);
      }
    }
  }

  static void take_snapshot(SimDisk& disk, const JournalWriter& writer) {
    const SnapshotInfo info{Sequence{writer.next().value - 1}, Time{0}, test_network, 0,
                            writer.previous()};
    SnapshotWriter snapshot;
    ASSERT_TRUE(snapshot.open(disk, info).ok());
    const std::vector<std::byte> bytes(1000, std::byte{7});
    snapshot.section("table", bytes);
    ASSERT_TRUE(snapshot.finish().ok());
  }

  /// The journal goes on from the snapshot, with every frame sent after it.
  void expect_recovery(SimDisk& disk, const SnapshotFile& snapshot) {
    const Result<SnapshotInfo> info = verify_snapshot(disk, snapshot.name);
    ASSERT_TRUE(info.ok()) << info.error().text;
    const std::uint64_t from = info.value().sequence.value + 1;
    const ReadBack back = read_back(disk, {.from = Sequence{from},
                                           .previous = info.value().previous,
                                           .network = test_network,
                                           .chunk_bytes = test_chunk_bytes});
    ASSERT_TRUE(back.tail) << text_of(back.error);
    std::vector<Record> expected;
    std::copy_if(sent_.begin(), sent_.end(), std::back_inserter(expected),
                 [from](const Record& record) { return record.first_sequence >= from; });
    EXPECT_EQ(back.records, expected);
  }

  /// No segment is left that the snapshot of this sequence covers: only the first one may begin
  /// before what follows it.
  static void expect_nothing_superfluous(SimDisk& disk, Sequence covered) {
    JournalReader reader;
    ASSERT_TRUE(reader.open(disk, {}).ok());
    FrameView frame{};
    std::uint64_t first_segment = 0;
    while (reader.next(frame).value()) {
      first_segment = first_segment == 0 ? frame.segment : first_segment;
      if (frame.segment != first_segment) {
        EXPECT_GT(frame.header->first_sequence.value, covered.value + 1);
        return;
      }
    }
  }

  static std::vector<std::uint64_t> segments(SimDisk& disk) {
    std::vector<std::uint64_t> ordinals;
    for (const std::string& name : disk.list().value()) {
      if (const auto ordinal = segment_ordinal(name)) {
        ordinals.push_back(*ordinal);
      }
    }
    return ordinals;
  }

  SimDisk disk_;
  JournalWriter writer_;
  std::vector<Record> sent_;
};

TEST_F(Prune, KeepsTwoSnapshotsAndWhatFollowsThem) {
  write(std::array{3, 10, 20, 30});
  const std::size_t before = segments(disk_).size();
  const Result<Pruned> pruned = prune(disk_, 2);
  ASSERT_TRUE(pruned.ok()) << pruned.error().text;
  EXPECT_EQ(pruned.value().snapshots, 2U);
  EXPECT_GT(pruned.value().segments, 0U);
  EXPECT_EQ(segments(disk_).size(), before - pruned.value().segments);
  const std::vector<SnapshotFile> left = list_snapshots(disk_).value();
  ASSERT_EQ(left.size(), 2U);
  for (const SnapshotFile& snapshot : left) {
    ASSERT_NO_FATAL_FAILURE(expect_recovery(disk_, snapshot));
  }
  expect_nothing_superfluous(disk_, left.back().sequence);
  EXPECT_EQ(prune(disk_, 2).value().segments, 0U);
}

TEST_F(Prune, AtEveryPlaceOfTheSnapshots) {
  // Frames of a single command put the snapshots on and beside the segments' first sequences.
  for (int older = 0; older < 40; ++older) {
    SCOPED_TRACE("older snapshot after frame " + std::to_string(older));
    SimDisk disk;
    JournalWriter writer;
    RecordSource source(32, Sequence{1}, 1);
    open_writer(disk, 12 * block, writer);
    sent_.clear();
    for (int frame = 0; frame < 40; ++frame) {
      sent_.push_back(source.make(2, 6000));
      ASSERT_TRUE(append(writer, std::span(sent_).last(1)));
      if (frame == older || frame == 39) {
        take_snapshot(disk, writer);
      }
    }
    for (const std::uint32_t keep : {2U, 1U}) {
      ASSERT_TRUE(prune(disk, keep).ok());
      const std::vector<SnapshotFile> left = list_snapshots(disk).value();
      for (const SnapshotFile& snapshot : left) {
        ASSERT_NO_FATAL_FAILURE(expect_recovery(disk, snapshot));
      }
      if (left.size() == keep) {
        ASSERT_NO_FATAL_FAILURE(expect_nothing_superfluous(disk, left.back().sequence));
      }
      JournalWriter again;
      ASSERT_NO_FATAL_FAILURE(open_writer(disk, 12 * block, again));
    }
  }
}

TEST_F(Prune, DoesNothingWithTooFewSnapshots) {
  write(std::array{30});
  const std::vector<std::uint64_t> before = segments(disk_);
  const Result<Pruned> pruned = prune(disk_, 2);
  ASSERT_TRUE(pruned.ok());
  EXPECT_EQ(pruned.value().segments, 0U);
  EXPECT_EQ(segments(disk_), before);
}

TEST_F(Prune, DoesNothingBeforeTheNewestIsVerified) {
  write(std::array{3, 10, 20, 30});
  const std::string newest = list_snapshots(disk_).value().front().name;
  disk_.flip(newest, disk_block + 300, std::byte{4});
  const std::vector<std::string> before = disk_.list().value();
  const Result<Pruned> pruned = prune(disk_, 2);
  ASSERT_FALSE(pruned.ok());
  EXPECT_EQ(pruned.error().code, DiskError::damaged);
  EXPECT_EQ(disk_.list().value(), before);
}

TEST_F(Prune, StoppedHalfWayLeavesNoHole) {
  write(std::array{3, 10, 20, 30});
  bool whole = false;
  for (std::uint64_t after = 0; !whole; ++after) {
    for (std::uint64_t kept = 0; kept < 64; ++kept) {
      const auto disk = disk_.copy();
      disk->fail(Operation::sync_directory, after, DiskError::io);
      whole = prune(*disk, 2).ok();
      disk->heal();
      // Changes of the directory may reach the disk in any order before it is synced.
      const auto crashed =
          disk->crash({}, [kept](std::size_t change) { return ((kept >> change) & 1U) != 0; });
      for (SimDisk* end : {disk.get(), crashed.get()}) {
        const std::vector<SnapshotFile> left = list_snapshots(*end).value();
        ASSERT_GE(left.size(), 2U);
        ASSERT_NO_FATAL_FAILURE(expect_recovery(*end, left[0]));
        ASSERT_NO_FATAL_FAILURE(expect_recovery(*end, left[1]));
        EXPECT_TRUE(read_back(*end).tail) << text_of(read_back(*end).error);
        ASSERT_TRUE(prune(*end, 2).ok());
      }
    }
  }
}

TEST_F(Prune, LeavesTheSegmentInUse) {
  write(std::array{38, 39});
  take_snapshot(disk_, writer_);
  ASSERT_TRUE(prune(disk_, 1).ok());
  EXPECT_GE(segments(disk_).size(), 1U);
  ASSERT_NO_FATAL_FAILURE(expect_recovery(disk_, list_snapshots(disk_).value().front()));
  sent_.push_back(RecordSource(33, writer_.next()).make(1, 100));
  ASSERT_TRUE(append(writer_, std::span(sent_).last(1)));
  ASSERT_NO_FATAL_FAILURE(expect_recovery(disk_, list_snapshots(disk_).value().front()));
}

}  // namespace
}  // namespace millrace::test
