// Files of orders that were put away become one where there are many, beside a running engine, and
// no answer tells. Whatever fails on the way, the orders are where a start finds them.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/journal/archive_file.h"
#include "engine/journal/snapshot.h"
#include "tests/law/live_journal.h"

namespace millrace::law {
namespace {

using Operation = test::SimDisk::Operation;

std::size_t archive_files(test::SimDisk& disk) {
  const std::vector<std::string> names = disk.list().value();
  return static_cast<std::size_t>(std::count_if(
      names.begin(), names.end(), [](const auto& name) { return archive_sequence(name); }));
}

/// As many files of the archive as stay apart; the next makes one of them.
constexpr std::size_t files_apart = 7;

/// Rounds with a snapshot of each, until the next merges all.
void fill(Live& live) {
  for (std::size_t round = 0; round < files_apart; ++round) {
    live.round(base_seed() + round);
    const Result<SnapshotReport> report = live.snapshot(1);
    ASSERT_TRUE(report.ok()) << report.error().text;
    ASSERT_GT(report.value().orders_put_away, 0U);
    EXPECT_EQ(report.value().archive_files_merged, 0U);
  }
  live.round(base_seed() + files_apart);
  ASSERT_EQ(archive_files(live.disk()), files_apart);
}

TEST(LiveArchiveMerge, MakesOneFileOfMany) {
  const Network network = test::small_network();
  Live live(network, Shape{0, 256, 1});
  fill(live);
  const std::unique_ptr<test::SimDisk> older = live.disk().copy();
  const Result<SnapshotReport> report = live.snapshot(1);
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_EQ(report.value().archive_files_merged, files_apart);
  EXPECT_EQ(report.value().archive_files_removed, files_apart);
  EXPECT_EQ(archive_files(live.disk()), 1U);
  EXPECT_TRUE(verify_archive_of(live.disk(), report.value().name).ok());
  live.expect_same_state(true);
  // Orders come back from the merged file, and go on.
  live.round(base_seed() + 100);
  live.expect_same_state(true);
  live.expect_lawful();
  // A snapshot before it still has its own files, as long as it is kept.
  const Result<SnapshotReport> kept = live.snapshot_of(*older, {.keep = 100}, {});
  ASSERT_TRUE(kept.ok()) << kept.error().text;
  EXPECT_EQ(kept.value().archive_files_merged, files_apart);
  EXPECT_EQ(archive_files(*older), files_apart + 1);
}

TEST(LiveArchiveMerge, GoesOnBesideALiveEngine) {
  const Network network = test::small_network();
  Live live(network, Shape{1, 256, 2});
  live.put_away_meanwhile();
  std::size_t most = 0;
  for (std::uint64_t round = 0; round < 5; ++round) {
    live.round(base_seed() + round);
    most = std::max(most, archive_files(live.disk()));
  }
  // Of ten snapshots, of which two are kept.
  EXPECT_GE(most, 5U);
  EXPECT_LE(archive_files(live.disk()), files_apart);
  live.expect_lawful();
  live.expect_same_state(true);
}

TEST(LiveArchiveMerge, FailsWithoutLoss) {
  const Network network = test::small_network();
  Live live(network, Shape{0, 256, 1});
  fill(live);
  // (Who cannot read what was put away ends: that is no failure to go on from.)
  for (const Operation operation :
       {Operation::stream_write, Operation::sync, Operation::rename, Operation::sync_directory}) {
    bool done = false;
    for (std::uint64_t after = 0; !done; after = after < 8 ? after + 1 : 2 * after) {
      const std::unique_ptr<test::SimDisk> disk = live.disk().copy();
      disk->fail(operation, after, DiskError::io);
      done = live.snapshot_of(*disk, {.keep = 1}, {}).ok();
      disk->heal();
      // What a crash right then leaves of it is enough, and so is what stands.
      live.expect_same_state_on(*disk->crash());
      live.expect_same_state_on(*disk);
      const Result<SnapshotReport> again = live.snapshot_of(*disk, {.keep = 1}, {});
      ASSERT_TRUE(again.ok()) << again.error().text;
      live.expect_same_state_on(*disk);
    }
  }
}

TEST(LiveArchiveMerge, IsCutShortAtAnyMoment) {
  const Network network = test::small_network();
  Live live(network, Shape{0, 256, 1});
  fill(live);
  bool done = false;
  std::size_t merging = 0;
  for (std::size_t moment = 0; !done; moment += 1 + moment / 8) {
    const std::unique_ptr<test::SimDisk> disk = live.disk().copy();
    std::unique_ptr<test::SimDisk> crashed;
    std::size_t asked = 0;
    const Result<SnapshotReport> report = live.snapshot_of(*disk, {.keep = 1}, [&] {
      if (asked++ == moment) {
        // Everything that was not synced is gone, or all of it is there.
        crashed = moment % 2 == 0 ? disk->crash() : disk->copy();
      }
      return false;
    });
    ASSERT_TRUE(report.ok()) << report.error().text;
    done = crashed == nullptr;
    if (!done) {
      merging += archive_files(*crashed) > files_apart ? 1 : 0;
      live.expect_same_state_on(*crashed);
      const Result<SnapshotReport> again = live.snapshot_of(*crashed, {.keep = 1}, {});
      ASSERT_TRUE(again.ok()) << again.error().text;
      live.expect_same_state_on(*crashed);
    }
  }
  EXPECT_GT(merging, 0U);
}

}  // namespace
}  // namespace millrace::law
