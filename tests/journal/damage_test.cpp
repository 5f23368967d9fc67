// Bytes on disk that are not what was written: nothing is lost without a word, and damage that no
// crash can make stops the recovery with the file and the offset.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/journal/reader.h"
#include "engine/journal/writer.h"
#include "tests/journal/journal_fixture.h"

namespace millrace::test {
namespace {

/// Two segments of 9 blocks in use and a prepared one:
///   1: header, A(1), B(2 + 1), C(2), unused(2)      2: header, D(3), E(1 + 2), unused(2)
class Damage : public testing::Test {
 protected:
  static constexpr std::uint64_t segment_blocks = 9;

  void SetUp() override {
    RecordSource source(21);
    JournalWriter writer;
    open_writer(disk_, segment_blocks * block, writer);
    const std::vector<std::vector<std::uint32_t>> groups{{1}, {2, 1}, {2}, {3}, {1, 2}};
    for (const std::vector<std::uint32_t>& group : groups) {
      std::vector<Record> records;
      records.reserve(group.size());
      for (const std::uint32_t blocks : group) {
        records.push_back(source.make_blocks(blocks));
      }
      ASSERT_TRUE(append(writer, records));
      sent_.insert(sent_.end(), records.begin(), records.end());
    }
    disk_.set_bytes(segment_name(3), std::vector<std::byte>(segment_blocks * block));
    ASSERT_EQ(read_back(disk_).records, sent_);
  }

  void expect_damage(SimDisk& disk, const std::string& file, std::uint64_t offset,
                     DiskError code = DiskError::damaged) {
    const ReadBack back = read_back(disk, {.network = test_network});
    ASSERT_TRUE(back.error);
    EXPECT_EQ(back.error->code, code) << back.error->text;
    const std::string where = file + " at offset " + std::to_string(offset) + ":";
    EXPECT_NE(back.error->text.find(where), std::string::npos) << back.error->text;
  }

  /// A copy of the disk whose second segment has another, intact header.
  template <class Change>
  [[nodiscard]] std::unique_ptr<SimDisk> patched(Change change) {
    std::unique_ptr<SimDisk> disk = disk_.copy();
    std::vector<std::byte> bytes = disk->bytes(segment_name(2));
    SegmentHeader header{};
    std::memcpy(&header, bytes.data(), sizeof(header));
    change(header);
    header.crc = segment_crc(header);
    std::memcpy(bytes.data(), &header, sizeof(header));
    disk->set_bytes(segment_name(2), bytes);
    return disk;
  }

  struct Place {
    std::uint64_t segment;
    std::size_t block;
  };

  /// Puts one block over another.
  static void copy_block(SimDisk& disk, Place from, Place to) {
    const std::vector<std::byte> source = disk.bytes(segment_name(from.segment));
    std::vector<std::byte> target = disk.bytes(segment_name(to.segment));
    std::copy_n(source.begin() + static_cast<std::ptrdiff_t>(from.block * block), block,
                target.begin() + static_cast<std::ptrdiff_t>(to.block * block));
    disk.set_bytes(segment_name(to.segment), target);
  }

  static void zero_block(SimDisk& disk, Place at) {
    std::vector<std::byte> target = disk.bytes(segment_name(at.segment));
    std::fill_n(target.begin() + static_cast<std::ptrdiff_t>(at.block * block), block,
                std::byte{0});
    disk.set_bytes(segment_name(at.segment), target);
  }

  /// First block of the frame that a block of a segment belongs to.
  static std::size_t frame_of(std::uint64_t segment, std::size_t at) {
    static constexpr std::array<std::size_t, segment_blocks> first{0, 1, 2, 2, 4, 5, 5, 7, 8};
    static constexpr std::array<std::size_t, segment_blocks> second{0, 1, 1, 1, 4, 5, 5, 7, 8};
    return segment == 1 ? first[at] : second[at];
  }

  SimDisk disk_;
  std::vector<Record> sent_;
};

TEST_F(Damage, EveryFlippedByteIsFoundOrDoesNoHarm) {
  Random random(5);
  for (std::uint64_t segment = 1; segment <= 3; ++segment) {
    const std::string name = segment_name(segment);
    for (std::uint64_t offset = 0; offset < segment_blocks * block; ++offset) {
      const std::byte mask{static_cast<std::uint8_t>(1U << random.below(8))};
      disk_.flip(name, offset, mask);
      const ReadBack back = read_back(disk_);
      disk_.flip(name, offset, mask);
      SCOPED_TRACE(name + " offset " + std::to_string(offset));

      const std::size_t at = offset / block;
      const bool header = at == 0 && offset < sizeof(SegmentHeader);
      const bool unused = segment == 3 || at >= 7 || (at == 0 && !header);
      const bool last_group = segment == 2 && at >= 4 && at < 7;
      if (segment < 3 && !unused && !last_group) {
        ASSERT_TRUE(back.error);
        ASSERT_EQ(back.error->code, DiskError::damaged);
        const std::uint64_t frame = frame_of(segment, at) * block;
        // A header that does not fit leaves only the end of the segment before to name.
        const bool named = back.error->text.find(name + " at offset " + std::to_string(frame) +
                                                 ":") != std::string::npos;
        ASSERT_TRUE(named) << back.error->text;
        continue;
      }
      ASSERT_TRUE(back.tail) << text_of(back.error);
      std::size_t expected = sent_.size();
      if (last_group) {
        expected -= at == 4 ? 2 : 1;
      }
      ASSERT_EQ(back.records.size(), expected);
      ASSERT_TRUE(std::equal(back.records.begin(), back.records.end(), sent_.begin()));
      // Bytes behind the end that are not zero could be a torn write and are shown as one; those
      // between the last frame and the next segment, or behind a header, are never looked at.
      const bool behind_the_end = last_group || segment == 3 || (segment == 2 && at >= 7);
      ASSERT_EQ(back.tail->torn.has_value(), behind_the_end);
    }
  }
}

TEST_F(Damage, ALostBlockIsFound) {
  for (std::uint64_t segment = 1; segment <= 2; ++segment) {
    const std::size_t blocks = segment == 1 ? 7 : 4;
    for (std::size_t at = 0; at < blocks; ++at) {
      SCOPED_TRACE("segment " + std::to_string(segment) + " block " + std::to_string(at));
      const auto disk = disk_.copy();
      zero_block(*disk, {segment, at});
      expect_damage(*disk, segment_name(segment), frame_of(segment, at) * block);
    }
  }
}

TEST_F(Damage, AFrameInTheWrongPlaceIsFound) {
  const auto repeated = disk_.copy();
  copy_block(*repeated, {1, 1}, {1, 4});  // A again, where B's second frame was
  expect_damage(*repeated, segment_name(1), 4 * block);

  const auto behind = disk_.copy();
  copy_block(*behind, {1, 1}, {2, 7});  // A again, behind the end
  expect_damage(*behind, segment_name(2), 7 * block);
}

TEST_F(Damage, AFrameThatDoesNotContinueIsFoundThoughItsChecksumFits) {
  const auto expect_found = [this](auto&& change) {
    const auto disk = disk_.copy();
    std::vector<std::byte> bytes = disk->bytes(segment_name(1));
    std::byte* const frame = bytes.data() + 5 * block;  // C
    FrameHeader header{};
    std::memcpy(&header, frame, sizeof(header));
    change(header);
    header.crc = frame_crc(header, {frame + sizeof(header), header.payload_bytes});
    std::memcpy(frame, &header, sizeof(header));
    disk->set_bytes(segment_name(1), bytes);
    expect_damage(*disk, segment_name(1), 5 * block);
  };
  expect_found([](FrameHeader& header) { ++header.first_sequence.value; });
  expect_found([](FrameHeader& header) { --header.first_sequence.value; });
  expect_found([](FrameHeader& header) {
    ++header.first_sequence.value;
    ++header.group_first.value;
  });
  expect_found([](FrameHeader& header) { ++header.previous; });
  expect_found([](FrameHeader& header) { --header.epoch; });
  expect_found([](FrameHeader& header) { --header.group_first.value; });
  expect_found([](FrameHeader& header) { ++header.key; });
  expect_found([](FrameHeader& header) { header.commands = 0; });
  expect_found([](FrameHeader& header) { header.version = journal_version + 1; });
}

TEST_F(Damage, FramesOfAnotherJournalAreNotOurs) {
  SimDisk other;
  JournalWriter writer;
  WriterOptions options = writer_options(segment_blocks * block);
  options.key = test_key + 1;
  ASSERT_TRUE(writer.open(other, options, {}).ok());
  RecordSource source(22);
  std::vector<Record> records;
  for (int frame = 0; frame < 6; ++frame) {
    records.push_back(source.make_blocks(1));
    ASSERT_TRUE(append(writer, std::span(records).last(1)));
  }
  // A client that knows the format may send a message that holds a frame; it cannot know the key.
  std::vector<std::byte> target = disk_.bytes(segment_name(2));
  const std::vector<std::byte> forged = other.bytes(segment_name(1));
  std::copy_n(forged.begin() + static_cast<std::ptrdiff_t>(6 * block), block,
              target.begin() + static_cast<std::ptrdiff_t>(8 * block));
  disk_.set_bytes(segment_name(2), target);
  const ReadBack back = read_back(disk_);
  ASSERT_TRUE(back.tail) << text_of(back.error);
  EXPECT_EQ(back.records, sent_);
  ASSERT_TRUE(back.tail->torn);
  EXPECT_EQ(back.tail->torn->offset, 8 * block);
  EXPECT_EQ(back.tail->torn->bytes, block);
}

TEST_F(Damage, ALaterSegmentsHeaderAloneIsProof) {
  // Whoever began segment 3 had everything before it acknowledged.
  SegmentHeader header{};
  std::vector<std::byte> bytes = disk_.bytes(segment_name(2));
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.ordinal = 3;
  header.first_sequence.value += 1000;
  header.crc = segment_crc(header);
  std::fill(bytes.begin(), bytes.end(), std::byte{0});
  disk_.set_bytes(segment_name(2), bytes);
  std::memcpy(bytes.data(), &header, sizeof(header));
  disk_.set_bytes(segment_name(3), bytes);
  const ReadBack back = read_back(disk_);
  ASSERT_TRUE(back.error);
  EXPECT_EQ(back.error->code, DiskError::damaged);
}

TEST_F(Damage, AMissingSegmentIsNamed) {
  ASSERT_TRUE(disk_.remove(segment_name(2)).ok());
  expect_damage(disk_, segment_name(2), 0);
}

TEST_F(Damage, AMissingFirstSegmentIsNoticedByWhoNeedsIt) {
  ASSERT_TRUE(disk_.remove(segment_name(1)).ok());
  const ReadBack back = read_back(disk_, {.from = Sequence{1}});
  ASSERT_TRUE(back.error);
  EXPECT_EQ(back.error->code, DiskError::not_found);
  // Segments that were pruned are no damage to who has a snapshot.
  EXPECT_TRUE(read_back(disk_).tail);
}

TEST_F(Damage, ASegmentCutShortIsFound) {
  std::vector<std::byte> bytes = disk_.bytes(segment_name(1));
  bytes.resize(8 * block);
  disk_.set_bytes(segment_name(1), bytes);
  expect_damage(disk_, segment_name(1), 8 * block);
  bytes.resize(7 * block + 1);
  disk_.set_bytes(segment_name(1), bytes);
  expect_damage(disk_, segment_name(1), 7 * block + 1);
  disk_.set_bytes(segment_name(1), {});
  expect_damage(disk_, segment_name(1), 0);
}

TEST_F(Damage, ASegmentUnderAnotherNameIsFound) {
  disk_.set_bytes(segment_name(3), disk_.bytes(segment_name(2)));
  expect_damage(disk_, segment_name(3), 0);
}

TEST_F(Damage, AnotherNetworkAndAnotherVersionAreSaid) {
  expect_damage(*patched([](SegmentHeader& header) { header.network += 1; }), segment_name(2), 0,
                DiskError::wrong_network);
  expect_damage(*patched([](SegmentHeader& header) { header.version = journal_version + 1; }),
                segment_name(2), 0, DiskError::wrong_version);
  expect_damage(*patched([](SegmentHeader& header) { header.previous += 1; }), segment_name(2), 0);
  expect_damage(*patched([](SegmentHeader& header) { header.key += 1; }), segment_name(2), 0);
  const ReadBack back = read_back(disk_, {.network = test_network + 1});
  ASSERT_TRUE(back.error);
  EXPECT_EQ(back.error->code, DiskError::wrong_network);
}

TEST_F(Damage, AJournalOfFormatVersionOneIsNoTornTail) {
  // Its header was 16 bytes shorter. Were it taken for none, all behind it would be truncated.
  SimDisk disk;
  std::vector<std::byte> bytes = disk_.bytes(segment_name(1));
  SegmentHeader header{};
  std::memcpy(&header, bytes.data(), sizeof(header));
  header.version = 1;
  header.header_bytes = 64;
  header.bounds = {};
  header.crc = 0;
  header.crc = crc32c(0, std::as_bytes(std::span(&header, 1)).first(64));
  std::memcpy(bytes.data(), &header, sizeof(header));
  disk.set_bytes(segment_name(1), bytes);
  expect_damage(disk, segment_name(1), 0, DiskError::wrong_version);
}

TEST_F(Damage, LimitsThatFallAreSaid) {
  expect_damage(*patched([](SegmentHeader& header) { header.bounds.orders_max -= 1; }),
                segment_name(2), 0);
  expect_damage(*patched([](SegmentHeader& header) { header.bounds.commands_max += 1; }),
                segment_name(2), 0);
  expect_damage(*patched([](SegmentHeader& header) { header.bounds.slices_max = bound_most + 1; }),
                segment_name(2), 0);
  EXPECT_TRUE(
      read_back(*patched([](SegmentHeader& header) { header.bounds.orders_max += 1; })).tail);
}

TEST_F(Damage, ADiskThatCannotReadIsNoEndOfTheJournal) {
  const auto reads = [](SimDisk& disk) {
    const std::uint64_t before = disk.count(SimDisk::Operation::read);
    EXPECT_TRUE(read_back(disk).tail);
    return disk.count(SimDisk::Operation::read) - before;
  };
  const std::uint64_t count = reads(disk_);
  for (std::uint64_t after = 0; after < count; ++after) {
    disk_.fail(SimDisk::Operation::read, after, DiskError::io);
    const ReadBack back = read_back(disk_);
    ASSERT_TRUE(back.error) << "read " << after << " of " << count;
    EXPECT_EQ(back.error->code, DiskError::io);
    disk_.heal();
  }
}

TEST_F(Damage, NothingIsTouchedByReading) {
  disk_.flip(segment_name(1), 2 * block + 100, std::byte{1});
  const auto before = disk_.copy();
  ASSERT_TRUE(read_back(disk_).error);
  EXPECT_EQ(disk_.count(SimDisk::Operation::durable_write), 5U);
  for (const std::string& name : disk_.list().value()) {
    EXPECT_EQ(disk_.bytes(name), before->bytes(name));
  }
}

}  // namespace
}  // namespace millrace::test
