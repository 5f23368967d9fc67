// Files of orders that were put away come back as they were, or say what is wrong with them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "engine/core/hash.h"
#include "engine/journal/archive_file.h"
#include "engine/journal/frame.h"
#include "engine/journal/snapshot.h"
#include "tests/support/random.h"
#include "tests/support/sim_disk.h"

namespace millrace::test {
namespace {

using Entries = std::vector<std::pair<OrderId, std::vector<std::byte>>>;

constexpr Sequence sequence{77};

/// Entries of all sizes, the largest of several blocks, in rising hash.
Entries make_entries(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  Entries entries;
  for (std::size_t at = 0; at < count; ++at) {
    const std::uint64_t words = at % 50 == 7 ? 2'000 : random.between(1, 60);
    std::vector<std::byte> bytes(words * 8);
    for (std::byte& byte : bytes) {
      byte = static_cast<std::byte>(random.next());
    }
    entries.emplace_back(OrderId{random.next(), random.next()}, std::move(bytes));
  }
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return hash_id(a.first) < hash_id(b.first); });
  return entries;
}

Result<ArchiveFileInfo> write(Disk& disk, const Entries& entries, Sequence name = sequence) {
  ArchiveWriter writer;
  if (auto opened = writer.open(disk, name); !opened.ok()) {
    return opened.error();
  }
  for (const auto& [id, bytes] : entries) {
    writer.add(id, bytes);
  }
  return writer.finish();
}

std::string problem_of(SimDisk& disk, const ArchiveFileInfo& info) {
  std::string problem;
  EXPECT_EQ(DiskArchive(disk).open(info, problem), nullptr);
  return problem;
}

void take_snapshot(SimDisk& disk, Sequence at, const std::vector<ArchiveFileInfo>& needed) {
  SnapshotWriter writer;
  ASSERT_TRUE(writer.open(disk, {at, Time{1}, 2, 3, 4}).ok());
  writer.table<ArchiveFileInfo>("archive", needed);
  ASSERT_TRUE(writer.finish().ok());
}

TEST(ArchiveFile, GivesEveryEntryBack) {
  for (const std::size_t count : {1U, 2U, 40U, 3'000U}) {
    SimDisk disk;
    const Entries entries = make_entries(count, count);
    const Result<ArchiveFileInfo> info = write(disk, entries);
    ASSERT_TRUE(info.ok()) << info.error().text;
    EXPECT_EQ(info.value().orders, count);
    EXPECT_EQ(info.value().bytes, disk.bytes(archive_name(sequence)).size());
    std::string problem;
    const auto file = DiskArchive(disk).open(info.value(), problem);
    ASSERT_NE(file, nullptr) << problem;
    std::vector<std::byte> found;
    for (const auto& [id, bytes] : entries) {
      file->read(id, found);
      EXPECT_EQ(found, bytes);
    }
    EXPECT_TRUE(verify_archive(disk, info.value()).ok());
  }
}

TEST(ArchiveFile, ReadsAFewBlocksForAnEntry) {
  SimDisk disk;
  const Entries entries = make_entries(5, 20'000);
  const ArchiveFileInfo info = write(disk, entries).value();
  std::string problem;
  const auto file = DiskArchive(disk).open(info, problem);
  const std::uint64_t before = disk.count(SimDisk::Operation::read);
  std::vector<std::byte> found;
  for (const auto& [id, bytes] : entries) {
    file->read(id, found);
  }
  // The one before, too, where an entry is the first of its block.
  EXPECT_LE(disk.count(SimDisk::Operation::read) - before, 2 * entries.size());
}

TEST(ArchiveFile, NamesWhatIsMissingDamagedOrAnother) {
  SimDisk disk;
  const std::string name = archive_name(sequence);
  const Entries entries = make_entries(3, 500);
  const ArchiveFileInfo info = write(disk, entries).value();

  const auto cut = disk.copy();
  std::vector<std::byte> bytes = cut->bytes(name);
  bytes.resize(bytes.size() - disk_block);
  cut->set_bytes(name, bytes);
  EXPECT_EQ(problem_of(*cut, info), "sim/" + name + ": has another size than was written");

  for (std::size_t at = 0; at < sizeof(ArchiveHeader); ++at) {
    const auto flipped = disk.copy();
    flipped->flip(name, at, std::byte{16});
    EXPECT_NE(problem_of(*flipped, info).find(name), std::string::npos) << "offset " << at;
  }

  const auto gone = disk.copy();
  ASSERT_TRUE(gone->remove(name).ok());
  EXPECT_NE(problem_of(*gone, info).find(name), std::string::npos);

  const auto other = disk.copy();
  ASSERT_TRUE(write(*other, make_entries(4, 500)).ok());
  EXPECT_EQ(problem_of(*other, info), "sim/" + name + ": is not the file that the snapshot names");
}

TEST(ArchiveFile, FindsEveryDamagedByteThatCounts) {
  SimDisk disk;
  const std::string name = archive_name(sequence);
  const Entries entries = make_entries(8, 60);
  const ArchiveFileInfo info = write(disk, entries).value();
  std::size_t used = disk_block;
  for (const auto& [id, bytes] : entries) {
    used += sizeof(ArchiveEntryHead) + bytes.size();
  }
  for (std::size_t at = disk_block; at < used; at += 61) {
    const auto flipped = disk.copy();
    flipped->flip(name, at, std::byte{1});
    const Result<void> verified = verify_archive(*flipped, info);
    ASSERT_FALSE(verified.ok()) << "offset " << at;
    EXPECT_NE(verified.error().text.find(name + ": offset "), std::string::npos);
  }
}

TEST(ArchiveFileDeathTest, EndsTheProcessWhereAnOrderIsDamaged) {
  SimDisk disk;
  const Entries entries = make_entries(8, 3);
  const ArchiveFileInfo info = write(disk, entries).value();
  disk.flip(archive_name(sequence), disk_block + 40, std::byte{1});
  std::string problem;
  std::vector<std::byte> found;
  const auto file = DiskArchive(disk).open(info, problem);
  ASSERT_NE(file, nullptr);
  EXPECT_DEATH(file->read(entries.front().first, found),
               archive_name(sequence) + ": offset 4096: the block is damaged");
  const auto told = DiskArchive(disk, [](const Error& error) {
                      std::fprintf(stderr, "told: %s\n", error.text.c_str());
                      std::_Exit(4);
                    }).open(info, problem);
  EXPECT_EXIT(told->read(entries.front().first, found), testing::ExitedWithCode(4), "told: sim/");
}

TEST(ArchiveFile, HasItsNameOnlyWhenItIsWhole) {
  const Entries entries = make_entries(1, 9'000);
  for (const SimDisk::Operation operation :
       {SimDisk::Operation::stream_write, SimDisk::Operation::sync, SimDisk::Operation::rename}) {
    SimDisk disk;
    disk.fail(operation, 0, DiskError::no_space);
    EXPECT_FALSE(write(disk, entries).ok());
    disk.heal();
    EXPECT_TRUE(disk.list().value().empty());
    EXPECT_TRUE(write(disk, entries).ok());
  }
  SimDisk disk;
  ASSERT_TRUE(write(disk, entries).ok());
  const auto crashed = disk.crash();
  EXPECT_EQ(crashed->list().value(), std::vector{archive_name(sequence)});
  EXPECT_EQ(crashed->bytes(archive_name(sequence)), disk.bytes(archive_name(sequence)));
}

TEST(ArchiveFile, IsReadFromTheFirstEntryToTheLast) {
  for (const std::size_t count : {0U, 1U, 3'000U}) {
    SimDisk disk;
    const Entries entries = make_entries(count, count);
    const ArchiveFileInfo info = write(disk, entries).value();
    ArchiveCursor cursor;
    ASSERT_TRUE(cursor.open(disk, info).ok());
    for (const auto& [id, bytes] : entries) {
      ASSERT_FALSE(cursor.at_end());
      EXPECT_EQ(cursor.id(), id);
      EXPECT_EQ(cursor.hash(), hash_id(id));
      EXPECT_TRUE(
          std::equal(bytes.begin(), bytes.end(), cursor.entry().begin(), cursor.entry().end()));
      ASSERT_TRUE(cursor.next().ok());
    }
    EXPECT_TRUE(cursor.at_end());
  }
}

TEST(ArchiveFile, ThatIsDamagedIsNamedWhereItIsRead) {
  SimDisk disk;
  const Entries entries = make_entries(8, 60);
  const ArchiveFileInfo info = write(disk, entries).value();
  disk.flip(archive_name(sequence), 2 * disk_block + 40, std::byte{1});
  ArchiveCursor cursor;
  Result<void> moved = cursor.open(disk, info);
  while (moved.ok() && !cursor.at_end()) {
    moved = cursor.next();
  }
  ASSERT_FALSE(moved.ok());
  EXPECT_NE(moved.error().text.find(archive_name(sequence) + ": offset "), std::string::npos);
}

TEST(ArchiveMerge, LeavesFewFilesAndWritesNoneTooOften) {
  Random random(20'240'603);
  std::vector<ArchiveFileInfo> files;
  std::uint64_t written = 0;
  std::uint64_t added = 0;
  for (std::uint64_t number = 1; number <= 20'000; ++number) {
    std::uint64_t bytes = random.between(4'096, number % 1'000 == 0 ? 200U << 20U : 3U << 20U);
    added += bytes;
    const std::size_t merged = files_to_merge(files);
    ASSERT_LE(merged, files.size());
    for (std::size_t at = 0; at < merged; ++at) {
      bytes += files.back().bytes;
      files.pop_back();
    }
    written += bytes;
    files.push_back({Sequence{number}, 1, bytes, 0});
    ASSERT_LE(files.size(), 40U) << number;
  }
  EXPECT_LE(written, 8 * added);
  // Files of one size become one when there would be eight of them.
  const std::vector<ArchiveFileInfo> small(8, {Sequence{1}, 1, 4'096, 0});
  EXPECT_EQ(files_to_merge(std::span(small).first(6)), 0U);
  EXPECT_EQ(files_to_merge(std::span(small).first(7)), 7U);
  std::vector<ArchiveFileInfo> mixed = small;
  mixed[2].bytes = 2U << 20U;
  EXPECT_EQ(files_to_merge(mixed), 0U);
}

TEST(ArchivePrune, RemovesNothingWhileASnapshotCannotBeRead) {
  SimDisk disk;
  const ArchiveFileInfo old_file = write(disk, make_entries(1, 5), Sequence{1}).value();
  const ArchiveFileInfo new_file = write(disk, make_entries(2, 5), Sequence{2}).value();
  take_snapshot(disk, Sequence{1}, {old_file});
  take_snapshot(disk, Sequence{2}, {new_file});
  disk.flip(snapshot_name(Sequence{1}), 20, std::byte{1});
  const Result<std::uint32_t> removed = prune_archive(disk);
  ASSERT_TRUE(removed.ok()) << removed.error().text;
  EXPECT_EQ(removed.value(), 0U);
  ASSERT_TRUE(disk.remove(snapshot_name(Sequence{1})).ok());
  EXPECT_EQ(prune_archive(disk).value(), 1U);
}

TEST(ArchivePrune, KeepsWhatASnapshotNeeds) {
  SimDisk disk;
  std::vector<ArchiveFileInfo> infos;
  for (const std::uint64_t name : {1U, 2U, 3U}) {
    infos.push_back(write(disk, make_entries(name, 5), Sequence{name}).value());
  }
  take_snapshot(disk, Sequence{2}, {infos[1]});
  take_snapshot(disk, Sequence{3}, {infos[1], infos[2]});
  ASSERT_TRUE(disk.create(archive_name(Sequence{3}) + ".tmp", Access::stream).ok());
  EXPECT_EQ(prune_archive(disk).value(), 2U);
  EXPECT_TRUE(verify_archive_of(disk, snapshot_name(Sequence{3})).ok());
  EXPECT_FALSE(verify_archive(disk, infos[0]).ok());
  EXPECT_EQ(prune_archive(disk).value(), 0U);
}

TEST(ArchivePrune, RemovesNothingWhereASnapshotDoesNotSay) {
  SimDisk disk;
  ASSERT_TRUE(write(disk, make_entries(1, 5)).ok());
  SnapshotWriter writer;
  ASSERT_TRUE(writer.open(disk, {Sequence{5}, Time{1}, 2, 3, 4}).ok());
  writer.table<std::uint64_t>("stock", std::vector<std::uint64_t>{1});
  ASSERT_TRUE(writer.finish().ok());
  EXPECT_EQ(prune_archive(disk).value(), 0U);
}

}  // namespace
}  // namespace millrace::test
