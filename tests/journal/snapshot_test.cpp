// Snapshots come back as they were, or not at all.
#include "engine/journal/snapshot.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "tests/support/random.h"
#include "tests/support/sim_disk.h"

namespace millrace::test {
namespace {

using Operation = SimDisk::Operation;
using Sections = std::vector<std::pair<std::string, std::vector<std::byte>>>;

constexpr SnapshotInfo test_info{Sequence{1234}, Time{99}, 0xAA, 0xBB, 0xCC};

std::vector<std::byte> random_bytes(Random& random, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) {
    byte = static_cast<std::byte>(random.next());
  }
  return bytes;
}

Sections make_sections(std::uint64_t seed, std::span<const std::size_t> sizes) {
  Random random(seed);
  Sections sections;
  for (const std::size_t size : sizes) {
    sections.emplace_back("section " + std::to_string(sections.size()), random_bytes(random, size));
  }
  return sections;
}

Result<void> write(Disk& disk, const Sections& sections, const SnapshotInfo& info = test_info) {
  SnapshotWriter writer;
  Result<void> opened = writer.open(disk, info);
  if (!opened.ok()) {
    return opened;
  }
  for (const auto& [name, bytes] : sections) {
    writer.section(name, bytes);
  }
  return writer.finish();
}

TEST(Snapshot, ComesBackAsItWas) {
  SimDisk disk;
  constexpr std::size_t chunk = snapshot_chunk_bytes;
  const Sections sections = make_sections(
      1, std::array<std::size_t, 9>{0, 1, 8, 4095, chunk - 1, chunk, chunk + 1, 5 * chunk + 3, 7});
  ASSERT_TRUE(write(disk, sections).ok());

  SnapshotReader reader;
  ASSERT_TRUE(reader.open(disk, snapshot_name(test_info.sequence)).ok());
  EXPECT_EQ(reader.info().sequence, test_info.sequence);
  EXPECT_EQ(reader.info().time, test_info.time);
  EXPECT_EQ(reader.info().network, test_info.network);
  EXPECT_EQ(reader.info().digest, test_info.digest);
  EXPECT_EQ(reader.info().previous, test_info.previous);
  EXPECT_EQ(reader.section_count(), sections.size());
  EXPECT_FALSE(reader.finish().ok());
  for (const auto& [name, bytes] : sections) {
    std::uint64_t byte_count = 0;
    ASSERT_TRUE(reader.begin(name, byte_count));
    ASSERT_EQ(byte_count, bytes.size());
    std::vector<std::byte> back(byte_count);
    ASSERT_TRUE(reader.read(back));
    EXPECT_EQ(back, bytes);
  }
  EXPECT_TRUE(reader.finish().ok());
  EXPECT_TRUE(verify_snapshot(disk, snapshot_name(test_info.sequence)).ok());
}

TEST(Snapshot, IsReadInPiecesOfAnySize) {
  SimDisk disk;
  const Sections sections = make_sections(2, std::array<std::size_t, 1>{3'000'017});
  ASSERT_TRUE(write(disk, sections).ok());
  Random random(3);
  SnapshotReader reader;
  ASSERT_TRUE(reader.open(disk, snapshot_name(test_info.sequence)).ok());
  std::uint64_t left = 0;
  ASSERT_TRUE(reader.begin("section 0", left));
  std::vector<std::byte> back(left);
  while (left > 0) {
    const std::size_t step = std::min<std::uint64_t>(left, random.below(200'000));
    ASSERT_TRUE(reader.read(std::span(back).last(left).first(step)));
    left -= step;
  }
  EXPECT_TRUE(reader.finish().ok());
  EXPECT_EQ(back, sections[0].second);
}

TEST(Snapshot, KeepsTablesOfStructs) {
  SimDisk disk;
  const std::vector<std::uint64_t> rows{1, 2, 3, 5, 8};
  SnapshotWriter writer;
  ASSERT_TRUE(writer.open(disk, test_info).ok());
  writer.table<std::uint64_t>("fibonacci", rows);
  writer.table<std::uint64_t>("again", rows);
  ASSERT_TRUE(writer.finish().ok());
  SnapshotReader reader;
  ASSERT_TRUE(reader.open(disk, snapshot_name(test_info.sequence)).ok());
  std::vector<std::uint64_t> back;
  EXPECT_TRUE(reader.table("fibonacci", back, 5));
  EXPECT_EQ(back, rows);
  EXPECT_FALSE(reader.table("again", back, 4));
}

TEST(Snapshot, OfAnotherFormatSaysWhich) {
  SimDisk disk;
  ASSERT_TRUE(write(disk, make_sections(4, std::array<std::size_t, 1>{10})).ok());
  const std::string name = snapshot_name(test_info.sequence);
  std::vector<std::byte> bytes = disk.bytes(name);
  SnapshotHeader header{};
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.version = 2;
  header.crc = snapshot_crc(header);
  std::memcpy(bytes.data(), &header, sizeof(header));
  disk.set_bytes(name, bytes);
  SnapshotReader reader;
  const Result<void> opened = reader.open(disk, name);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, DiskError::wrong_version);
  EXPECT_NE(opened.error().text.find("format version 2, and this build reads 3"), std::string::npos)
      << opened.error().text;
}

TEST(Snapshot, RefusesWhatItDoesNotHold) {
  SimDisk disk;
  ASSERT_TRUE(write(disk, make_sections(4, std::array<std::size_t, 2>{10, 10})).ok());
  const std::string name = snapshot_name(test_info.sequence);
  std::uint64_t bytes = 0;
  {
    SnapshotReader reader;
    ASSERT_TRUE(reader.open(disk, name).ok());
    EXPECT_FALSE(reader.begin("section 1", bytes));
    EXPECT_NE(reader.finish().error().text.find("instead of section 1"), std::string::npos);
  }
  {
    SnapshotReader reader;
    ASSERT_TRUE(reader.open(disk, name).ok());
    ASSERT_TRUE(reader.begin("section 0", bytes));
    std::vector<std::byte> more(11);
    EXPECT_FALSE(reader.read(more));
  }
  {
    SnapshotReader reader;
    ASSERT_TRUE(reader.open(disk, name).ok());
    ASSERT_TRUE(reader.begin("section 0", bytes));
    EXPECT_FALSE(reader.begin("section 1", bytes));
  }
  SnapshotReader reader;
  EXPECT_EQ(reader.open(disk, snapshot_name(Sequence{1})).error().code, DiskError::not_found);
}

TEST(Snapshot, EveryFlippedByteIsFoundOrDoesNoHarm) {
  SimDisk disk;
  const Sections sections = make_sections(5, std::array<std::size_t, 4>{3, 200, 0, 5000});
  ASSERT_TRUE(write(disk, sections).ok());
  const std::string name = snapshot_name(test_info.sequence);
  // Four section headers, three trailers, and the bytes padded to 8.
  const std::size_t end = disk_block + std::size_t{4} * 64 + std::size_t{3} * 8 + 8 + 200 + 5000;
  const std::size_t size = disk.bytes(name).size();
  ASSERT_EQ(size, round_to_block(end));
  Random random(6);
  for (std::size_t offset = 0; offset < size; ++offset) {
    const std::byte mask{static_cast<std::uint8_t>(1U << random.below(8))};
    disk.flip(name, offset, mask);
    const Result<SnapshotInfo> verified = verify_snapshot(disk, name);
    disk.flip(name, offset, mask);
    const bool gap = offset >= sizeof(SnapshotHeader) && offset < disk_block;
    const bool padding = offset >= disk_block + 64 + 3 && offset < disk_block + 64 + 8;
    ASSERT_EQ(verified.ok(), gap || padding || offset >= end) << "offset " << offset;
    if (!verified.ok()) {
      EXPECT_NE(verified.error().text.find(name), std::string::npos);
    }
  }
}

TEST(Snapshot, SectionsInAnotherOrderAreFound) {
  SimDisk disk;
  ASSERT_TRUE(write(disk, make_sections(9, std::array<std::size_t, 2>{8, 8})).ok());
  const std::string name = snapshot_name(test_info.sequence);
  std::vector<std::byte> bytes = disk.bytes(name);
  const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(disk_block);
  constexpr std::ptrdiff_t section_bytes = 64 + 8 + 8;
  std::swap_ranges(first, first + section_bytes, first + section_bytes);
  disk.set_bytes(name, bytes);
  EXPECT_FALSE(verify_snapshot(disk, name).ok());
}

TEST(Snapshot, CutShortIsFound) {
  SimDisk disk;
  ASSERT_TRUE(write(disk, make_sections(7, std::array<std::size_t, 1>{20'000})).ok());
  const std::string name = snapshot_name(test_info.sequence);
  const std::vector<std::byte> whole = disk.bytes(name);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{63}, disk_block, whole.size() - 1, whole.size() + disk_block}) {
    std::vector<std::byte> cut = whole;
    cut.resize(size);
    disk.set_bytes(name, cut);
    EXPECT_FALSE(verify_snapshot(disk, name).ok()) << size;
  }
  disk.set_bytes(snapshot_name(Sequence{77}), whole);
  EXPECT_FALSE(verify_snapshot(disk, snapshot_name(Sequence{77})).ok());
}

TEST(Snapshot, HasItsNameOnlyWhenItIsWhole) {
  const Sections sections = make_sections(8, std::array<std::size_t, 3>{10'000, 9'000'000, 1});
  SimDisk older;
  SnapshotInfo info = test_info;
  info.sequence = Sequence{1000};
  ASSERT_TRUE(write(older, sections, info).ok());
  for (const Operation operation :
       {Operation::stream_write, Operation::sync, Operation::rename, Operation::sync_directory}) {
    for (std::uint64_t after = 0; after < 6; ++after) {
      const auto disk = older.copy();
      disk->fail(operation, after, DiskError::no_space);
      const Result<void> written = write(*disk, sections);
      disk->heal();
      Random random(after);
      const auto crashed =
          disk->crash([&random](const std::string&, std::size_t) { return random.chance(50); });
      for (SimDisk* end : {disk.get(), crashed.get()}) {
        const std::vector<SnapshotFile> found = list_snapshots(*end).value();
        ASSERT_GE(found.size(), written.ok() ? 2U : 1U);
        EXPECT_EQ(found.back().sequence, Sequence{1000});
        for (const SnapshotFile& file : found) {
          EXPECT_TRUE(verify_snapshot(*end, file.name).ok()) << file.name;
        }
        // The next one is not in the way of what is left.
        EXPECT_TRUE(write(*end, sections).ok());
        EXPECT_EQ(end->list().value().size(), 2U);
      }
    }
  }
}

TEST(Snapshot, SaysHowFarItIs) {
  SimDisk disk;
  std::vector<std::uint64_t> steps;
  const auto note = [&steps](std::uint64_t bytes) {
    steps.push_back(bytes);
    return true;
  };
  SnapshotWriter writer;
  ASSERT_TRUE(writer.open(disk, test_info, note).ok());
  const std::vector<std::byte> bytes(20'000'000);
  writer.section("large", bytes);
  ASSERT_TRUE(writer.finish().ok());
  EXPECT_GE(steps.size(), 4U);
  EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end()));
  steps.clear();
  ASSERT_TRUE(verify_snapshot(disk, snapshot_name(test_info.sequence), note).ok());
  EXPECT_GE(steps.back(), bytes.size());
  EXPECT_TRUE(std::is_sorted(steps.begin(), steps.end()));
}

TEST(Snapshot, ThatFailsOrIsGivenUpLeavesNothing) {
  const Sections sections = make_sections(9, std::array<std::size_t, 2>{9'000'000, 1});
  for (const Operation operation : {Operation::stream_write, Operation::sync, Operation::rename}) {
    SimDisk disk;
    disk.fail(operation, operation == Operation::stream_write ? 2 : 0, DiskError::no_space);
    EXPECT_EQ(write(disk, sections).error().code, DiskError::no_space);
    EXPECT_TRUE(disk.list().value().empty());
  }
  SimDisk disk;
  {
    SnapshotWriter writer;
    ASSERT_TRUE(writer.open(disk, test_info).ok());
    writer.section(sections[0].first, sections[0].second);
    EXPECT_FALSE(disk.list().value().empty());
  }
  EXPECT_TRUE(disk.list().value().empty());
}

TEST(Snapshot, StopsWhereItIsToldTo) {
  const Sections sections = make_sections(10, std::array<std::size_t, 1>{9'000'000});
  SimDisk disk;
  SnapshotWriter writer;
  std::size_t asked = 0;
  ASSERT_TRUE(writer.open(disk, test_info, [&asked](std::uint64_t) { return ++asked < 2; }).ok());
  writer.section(sections[0].first, sections[0].second);
  EXPECT_EQ(writer.finish().error().code, DiskError::stopped);
  EXPECT_EQ(asked, 2U);
  EXPECT_TRUE(disk.list().value().empty());

  ASSERT_TRUE(write(disk, sections).ok());
  const Result<SnapshotInfo> verified =
      verify_snapshot(disk, snapshot_name(test_info.sequence),
                      [](std::uint64_t bytes) { return bytes < 3'000'000; });
  EXPECT_EQ(verified.error().code, DiskError::stopped);
}

}  // namespace
}  // namespace millrace::test
