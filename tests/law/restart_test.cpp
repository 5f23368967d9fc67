// The one law through restarts: a snapshot and the tail behind it give the live state, and so does
// the whole journal, whatever the limits were while it grew.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/journal/archive_file.h"
#include "engine/journal/segment.h"
#include "engine/journal/snapshot.h"
#include "engine/runtime/filing.h"
#include "engine/runtime/snapshotter.h"
#include "tests/law/live_journal.h"

namespace millrace::law {
namespace {

std::size_t segments_of(test::SimDisk& disk) {
  return list_segments(disk).value().size();
}

TEST(LiveSnapshot, AndTheTailBehindItGiveTheLiveState) {
  std::cout << "seed=" << base_seed() << "\n";
  const Network network = test::small_network();
  Live live(network, Shape{2, 7, 4});
  live.round(base_seed());
  const Result<SnapshotReport> first = live.snapshot(100);
  ASSERT_TRUE(first.ok()) << first.error().text;
  ASSERT_FALSE(first.value().name.empty());
  live.expect_same_state(true);
  live.round(base_seed() + 1);
  live.expect_same_state(true);
  live.expect_same_state(false);
  // The second one is taken from the first.
  ASSERT_TRUE(live.snapshot(100).ok());
  live.round(base_seed() + 2);
  live.expect_same_state(true);
  live.expect_same_state(false);

  const std::size_t before = segments_of(live.disk());
  const Result<SnapshotReport> last = live.snapshot(1);
  ASSERT_TRUE(last.ok()) << last.error().text;
  EXPECT_EQ(last.value().snapshots_removed, 2U);
  EXPECT_GT(last.value().segments_removed, 0U);
  EXPECT_EQ(segments_of(live.disk()), before - last.value().segments_removed);
  live.expect_same_state(true);
  EXPECT_FALSE(live.recover_with(limits_of(Shape{2, 7, 4}), false).ok());
  live.round(base_seed() + 3);
  live.expect_same_state(true);
}

TEST(LiveSnapshot, GivesUpWhereverItIsToldTo) {
  const Network network = test::small_network();
  Live live(network, Shape{0, 7, 1});
  live.round(base_seed());
  ASSERT_TRUE(live.snapshot(2).ok());
  live.round(base_seed() + 1);
  const std::string name = snapshot_name(live.stats().sequence);
  bool while_written = false;
  bool while_read_back = false;
  std::size_t given_up = 0;
  for (bool done = false; !done; ++given_up) {
    const std::unique_ptr<test::SimDisk> disk = live.disk().copy();
    const std::vector<std::string> before = disk->list().value();
    std::size_t asked = 0;
    const Result<SnapshotReport> report =
        live.snapshot_of(*disk, {}, [&] { return asked++ >= given_up; });
    done = report.ok();
    if (!done) {
      EXPECT_EQ(report.error().code, DiskError::stopped) << report.error().text;
      const std::string& text = report.error().text;
      EXPECT_LE(asked, given_up + 2) << text;
      while_written |= text.find(name + std::string(temporary_suffix)) != std::string::npos;
      while_read_back |= text.find(name + ":") != std::string::npos;
    }
    const std::vector<std::string> names = disk->list().value();
    const bool proven = std::find(names.begin(), names.end(), name) != names.end();
    EXPECT_TRUE(proven || names == before);
    EXPECT_TRUE(std::none_of(names.begin(), names.end(),
                             [](const auto& each) { return each.ends_with(temporary_suffix); }));
  }
  EXPECT_GT(given_up, 20U);
  EXPECT_TRUE(while_written);
  EXPECT_TRUE(while_read_back);
}

/// Stops a snapshotter from within its snapshot, at the first message that is replayed.
class StoppingEncoders final : public Encoders {
 public:
  explicit StoppingEncoders(const Encoders& encoders) : encoders_(encoders) {}

  void release(const ReleaseWave& wave, std::span<const std::uint32_t> slots,
               std::vector<std::byte>& out) const override {
    encoders_.release(wave, slots, out);
  }

  void tick(std::vector<std::byte>& out) const override { encoders_.tick(out); }

  [[nodiscard]] bool decode(std::span<const std::byte> frame, Message& out) const override {
    if (!stopped_.load()) {
      target_.wait(nullptr);
      target_.load()->stop();
      stopped_.store(true);
      stopped_.notify_all();
    }
    return encoders_.decode(frame, out);
  }

  void stop_in_the_midst(Snapshotter& snapshotter) {
    target_.store(&snapshotter);
    target_.notify_all();
    stopped_.wait(false);
  }

 private:
  const Encoders& encoders_;
  std::atomic<Snapshotter*> target_{nullptr};
  mutable std::atomic<bool> stopped_{false};
};

TEST(LiveSnapshot, IsGivenUpWithTheSnapshotter) {
  const Network network = test::small_network();
  const Shape shape{0, 7, 1};
  Live live(network, shape);
  live.round(base_seed());
  StoppingEncoders encoders(live.encoders());
  SnapshotterOptions options;
  options.every_commands = 1;
  bool told = false;
  options.on_snapshot = [&](const SnapshotReport&) { told = true; };
  options.on_failure = [&](const Error&) { told = true; };
  {
    Snapshotter snapshotter(
        live.disk(), network, limits_of(shape), encoders, [&] { return live.stats().sequence; },
        Sequence{0}, std::move(options));
    encoders.stop_in_the_midst(snapshotter);
  }
  EXPECT_FALSE(told);
  EXPECT_TRUE(list_snapshots(live.disk()).value().empty());
}

// Asked to stop at the thousandth time: at its own pace a snapshot of so little is done by then.
TEST(LiveSnapshot, WaitsAtItsPaceAndStopsThenToo) {
  const Network network = test::small_network();
  Live live(network, Shape{0, 7, 1});
  live.round(base_seed());
  int asked = 0;
  const auto stop = [&asked] { return ++asked > 1'000; };
  SnapshotOptions options;
  options.bytes_per_second = 1;
  const Result<SnapshotReport> slow = live.snapshot(options, stop);
  ASSERT_FALSE(slow.ok());
  EXPECT_EQ(slow.error().code, DiskError::stopped);
  EXPECT_TRUE(list_snapshots(live.disk()).value().empty());
  asked = 0;
  options.bytes_per_second = 0;
  EXPECT_TRUE(live.snapshot(options, stop).ok());
}

TEST(LiveSnapshot, ThatIsUnsoundIsNamedIfNothingElseHelps) {
  const Network network = test::small_network();
  const Shape shape{0, 7, 1};
  Live live(network, shape);
  live.round(base_seed());
  const Result<SnapshotReport> report = live.snapshot(1);
  ASSERT_TRUE(report.ok());
  ASSERT_GT(report.value().segments_removed, 0U);
  live.disk().flip(report.value().name, disk_block + 100, std::byte{1});
  const Result<Recovered> recovered = live.recover_with(limits_of(shape), true);
  ASSERT_FALSE(recovered.ok());
  const std::string& text = recovered.error().text;
  EXPECT_NE(text.find("no segment reaches back to sequence 1"), std::string::npos) << text;
  EXPECT_NE(text.find(report.value().name), std::string::npos) << text;
  EXPECT_NE(text.find("damaged"), std::string::npos) << text;
}

/// Files of the archive, of snapshots that put away what they could.
std::vector<std::string> archive_files(test::SimDisk& disk) {
  std::vector<std::string> files;
  for (const std::string& name : disk.list().value()) {
    if (archive_sequence(name)) {
      files.push_back(name);
    }
  }
  return files;
}

TEST(LiveArchive, IsNamedWhereItIsMissingOrDamaged) {
  const Network network = test::small_network();
  const Shape shape{0, 7, 1};
  Live live(network, shape);
  live.round(base_seed());
  ASSERT_GT(live.snapshot(1).value().segments_removed, 0U);
  live.expect_same_state(true);
  const std::vector<std::string> files = archive_files(live.disk());
  ASSERT_EQ(files.size(), 1U);
  const auto expect_named = [&](const std::string& what) {
    const Result<Recovered> recovered = live.recover_with(limits_of(shape), true);
    ASSERT_FALSE(recovered.ok());
    EXPECT_NE(recovered.error().text.find(files[0] + what), std::string::npos)
        << recovered.error().text;
  };
  live.disk().flip(files[0], 20, std::byte{1});
  expect_named(": offset 0: the header is damaged");
  ASSERT_TRUE(live.disk().remove(files[0]).ok());
  expect_named("");
}

TEST(LiveArchive, IsReadThroughBeforeAnythingIsLetGoFor) {
  const Network network = test::small_network();
  Live live(network, Shape{0, 7, 1});
  live.round(base_seed());
  const std::vector<std::string> before = live.disk().list().value();
  bool flipped = false;
  // A disk that loses a bit of the first block, as soon as the file has its name.
  const auto damage = [&] {
    const std::vector<std::string> files = archive_files(live.disk());
    if (!flipped && !files.empty()) {
      live.disk().flip(files[0], disk_block + 40, std::byte{1});
      flipped = true;
    }
    return false;
  };
  const Result<SnapshotReport> report = live.snapshot(1, damage);
  ASSERT_FALSE(report.ok());
  EXPECT_TRUE(flipped);
  EXPECT_EQ(report.error().code, DiskError::damaged) << report.error().text;
  EXPECT_EQ(live.disk().list().value(), before);
  ASSERT_TRUE(live.snapshot(1).ok());
  live.expect_same_state(true);
}

TEST(LiveArchive, IsMadeAgainFromTheJournal) {
  const Network network = test::small_network();
  const Shape shape{2, 7, 4};
  Live live(network, shape);
  live.round(base_seed());
  const Result<SnapshotReport> first = live.snapshot(100);
  ASSERT_TRUE(first.ok()) << first.error().text;
  EXPECT_GT(first.value().orders_put_away, 0U);
  live.round(base_seed() + 1);
  ASSERT_TRUE(live.disk().remove(archive_files(live.disk()).front()).ok());
  live.expect_same_state(false);
  // The snapshot is of no use without its file, and the journal is whole.
  const Result<Recovered> recovered = live.recover_with(limits_of(shape), true);
  ASSERT_TRUE(recovered.ok()) << recovered.error().text;
  EXPECT_EQ(recovered.value().passed_over.size(), 1U);
  const Result<SnapshotReport> second = live.snapshot(1);
  ASSERT_TRUE(second.ok()) << second.error().text;
  EXPECT_GE(second.value().orders_put_away, first.value().orders_put_away);
  live.expect_same_state(true);
  live.round(base_seed() + 2);
  live.expect_same_state(true);
}

TEST(LiveArchive, LetsTheLiveEngineGoOnWithLess) {
  const Network network = test::small_network();
  const Shape shape{1, 7, 2};
  Live live(network, shape);
  live.put_away_meanwhile();
  live.round(base_seed());
  live.round(base_seed() + 1);
  live.round(base_seed() + 2);
  EXPECT_GT(live.stats().orders_put_away, 0U);
  EXPECT_EQ(live.stats().orders_put_away + live.stats().orders_in_memory, live.stats().orders);
  live.expect_lawful();
  live.expect_same_state(true);
}

constexpr Limits tight{.skus_max = 8,
                       .orders_max = 3'000,
                       .slices_max = 700,
                       .backorders_max = 1,
                       .commands_max = 5'000,
                       .shards = 2};

TEST(LiveLimits, AreRaisedAtARestartAndReplayedAsTheyWere) {
  constexpr std::uint64_t seed = 20'240'660;  // With which all four run out.
  const Network network = test::small_network();
  Live live(network, Shape{0, 7, 1}, tight);
  live.round(seed);
  std::map<Refusal, std::size_t> refusals = live.refusals();
  for (const Refusal each : {Refusal::skus_exhausted, Refusal::orders_exhausted,
                             Refusal::slices_exhausted, Refusal::backorders_exhausted}) {
    EXPECT_GT(refusals[each], 0U) << test::name_of(each);
  }
  live.expect_same_state(false);
  const std::size_t before = segments_of(live.disk());

  Limits wide = limits_of(Shape{0, 7, 1});
  live.set_limits(wide);
  // Room is no reason to decide again what was refused.
  live.expect_same_state(false);
  ASSERT_TRUE(live.snapshot(100).ok());
  live.round(seed + 1);
  EXPECT_GT(live.stats().orders, tight.orders_max);
  EXPECT_GT(segments_of(live.disk()), before);
  live.expect_same_state(true);
  live.expect_same_state(false);

  wide.orders_max += 1;
  live.set_limits(wide);
  live.round(seed + 2);
  live.expect_same_state(true);
  live.expect_same_state(false);
  EXPECT_EQ(newest_bounds(live.disk()).value(), bounds_of(wide));
}

TEST(LiveLimits, HaveRoomAgainForWhatIsPutAway) {
  const Network network = test::small_network();
  Live live(network, Shape{0, 7, 1}, tight);
  live.round(20'240'660);
  ASSERT_EQ(live.stats().orders, tight.orders_max);
  EXPECT_EQ(limits_beside_archive(live.disk(), tight).value().orders_max, tight.orders_max);
  const std::uint64_t put_away = live.snapshot(100).value().orders_put_away;
  ASSERT_GT(put_away, 0U);
  const Limits beside = limits_beside_archive(live.disk(), tight).value();
  EXPECT_EQ(beside.orders_max, tight.orders_max + put_away);
  EXPECT_EQ(beside.orders_away, put_away);
  EXPECT_GT(beside.slices_max, tight.slices_max);
  live.set_limits(beside);
  live.round(20'240'661);
  EXPECT_GT(live.stats().orders, tight.orders_max);
  live.expect_same_state(true);
  live.expect_same_state(false);
  // What the journal has now stands, whatever is wanted.
  EXPECT_EQ(limits_beside_archive(live.disk(), {.orders_max = 1}).value().orders_max,
            beside.orders_max);
}

TEST(LiveLimits, AreNeitherLoweredNorMadeOthers) {
  const Network network = test::small_network();
  Live live(network, Shape{0, 7, 1}, tight);
  live.round(base_seed());
  // Of a journal that nothing but its snapshot reaches back into, too.
  ASSERT_GT(live.snapshot(1).value().segments_removed, 0U);
  const auto refusal = [&](const Limits& limits) {
    const Result<Recovered> recovered = live.recover_with(limits, true);
    EXPECT_EQ(recovered.ok() ? DiskError::io : recovered.error().code, DiskError::wrong_limits);
    return recovered.ok() ? "" : recovered.error().text;
  };
  Limits lower = tight;
  lower.orders_max = 2'999;
  EXPECT_EQ(refusal(lower),
            "sim: the journal was written with orders_max 3000, not 2999: it may be raised, never "
            "lowered");
  Limits other = tight;
  other.commands_max = 5'001;
  EXPECT_EQ(refusal(other),
            "sim: the journal was written with commands_max 5000, not 5001: it must stay");
}

}  // namespace
}  // namespace millrace::law
