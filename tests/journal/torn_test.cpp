// A crash in the midst of a durable write: any subset of its blocks may be on disk. Whatever subset
// it is, everything acknowledged before is read back, and the journal goes on.
#include <gtest/gtest.h>

#include <functional>

#include "engine/journal/reader.h"
#include "engine/journal/writer.h"
#include "tests/journal/journal_fixture.h"

namespace millrace::test {
namespace {

struct Story {
  std::string name;
  std::uint64_t segment_blocks;
  /// Groups as blocks of each frame. The crash is in the last durable write of the last group.
  std::vector<std::vector<std::uint32_t>> groups;
  /// Frames of the last group that the write in question holds.
  std::size_t last_write_frames;
  /// Whether it begins with a segment header.
  bool with_header;
};

std::ostream& operator<<(std::ostream& out, const Story& story) {
  return out << story.name;
}

class TornWrite : public testing::TestWithParam<Story> {
 protected:
  void SetUp() override {
    RecordSource source(11);
    JournalWriter writer;
    open_writer(disk_, GetParam().segment_blocks * block, writer);
    for (const std::vector<std::uint32_t>& group : GetParam().groups) {
      std::vector<Record> records;
      records.reserve(group.size());
      for (const std::uint32_t blocks : group) {
        records.push_back(source.make_blocks(blocks));
      }
      ASSERT_TRUE(append(writer, records));
      sent_.insert(sent_.end(), records.begin(), records.end());
    }
    const std::vector<std::uint32_t>& last = GetParam().groups.back();
    blocks_of_frames_.assign(last.end() - static_cast<std::ptrdiff_t>(GetParam().last_write_frames),
                             last.end());
  }

  /// Frames that must come back when these blocks of the last write are on disk.
  [[nodiscard]] std::size_t frames_kept(std::uint64_t kept) const {
    std::size_t acknowledged = sent_.size() - blocks_of_frames_.size();
    std::uint64_t at = 0;
    if (GetParam().with_header && ((kept >> at++) & 1U) == 0) {
      return acknowledged;
    }
    for (const std::uint32_t blocks : blocks_of_frames_) {
      for (std::uint32_t part = 0; part < blocks; ++part) {
        if (((kept >> at++) & 1U) == 0) {
          return acknowledged;
        }
      }
      ++acknowledged;
    }
    return acknowledged;
  }

  SimDisk disk_;
  std::vector<Record> sent_;
  std::vector<std::uint32_t> blocks_of_frames_;
};

void expect_records(SimDisk& disk, std::span<const Record> expected) {
  const ReadBack back = read_back(disk);
  ASSERT_TRUE(back.tail) << text_of(back.error);
  ASSERT_EQ(back.records, std::vector<Record>(expected.begin(), expected.end()));
}

TEST_P(TornWrite, LosesNothingAcknowledged) {
  const std::size_t blocks = disk_.last_write_blocks();
  ASSERT_LE(blocks, 12U);
  const std::uint64_t all = (std::uint64_t{1} << blocks) - 1;
  for (std::uint64_t kept = 0; kept <= all; ++kept) {
    SCOPED_TRACE("blocks kept " + std::to_string(kept) + " of " + std::to_string(all));
    const auto disk =
        disk_.crash_in_last_write([kept](std::size_t at) { return ((kept >> at) & 1U) != 0; });
    const std::span<const Record> expected = std::span(sent_).first(frames_kept(kept));
    ASSERT_NO_FATAL_FAILURE(expect_records(*disk, expected));
    const ReadBack back = read_back(*disk);
    if (kept == 0 || kept == all) {
      EXPECT_FALSE(back.tail->torn);
    } else if (frames_kept(kept) < frames_kept(all) && (kept >> (blocks - 1)) != 0) {
      // The last block is there and its frame is not.
      ASSERT_TRUE(back.tail->torn);
      EXPECT_EQ(back.tail->torn->offset % block, 0U);
      EXPECT_GT(back.tail->torn->bytes, 0U);
    }

    const auto truncated = disk->copy();
    ASSERT_TRUE(truncate_tail(*truncated, *back.tail).ok());
    ASSERT_NO_FATAL_FAILURE(expect_records(*truncated, expected));
    ASSERT_FALSE(read_back(*truncated).tail->torn);

    JournalWriter writer;
    ASSERT_NO_FATAL_FAILURE(open_writer(*disk, GetParam().segment_blocks * block, writer));
    ASSERT_FALSE(read_back(*disk).tail->torn);
    RecordSource more(kept + 1, writer.next());
    std::vector<Record> now(expected.begin(), expected.end());
    for (int group = 0; group < 3; ++group) {
      now.push_back(more.make_blocks(2));
      ASSERT_TRUE(append(writer, std::span(now).last(1)));
    }
    ASSERT_NO_FATAL_FAILURE(expect_records(*disk, now));
  }
}

TEST_P(TornWrite, MayBeTruncatedInSeveralAttempts) {
  const std::size_t blocks = disk_.last_write_blocks();
  const std::uint64_t all = (std::uint64_t{1} << blocks) - 1;
  for (std::uint64_t kept = 1; kept < all; ++kept) {
    for (const std::uint64_t zeroed : {std::uint64_t{0}, std::uint64_t{5}, ~std::uint64_t{1}}) {
      const auto disk =
          disk_.crash_in_last_write([kept](std::size_t at) { return ((kept >> at) & 1U) != 0; });
      const std::span<const Record> expected = std::span(sent_).first(frames_kept(kept));
      // The crash comes while the tail is truncated.
      disk->fail(SimDisk::Operation::durable_write, 0, DiskError::io,
                 [zeroed](std::size_t at) { return ((zeroed >> (at % 64)) & 1U) != 0; });
      const ReadBack torn = read_back(*disk);
      static_cast<void>(truncate_tail(*disk, *torn.tail).ok());
      const auto again = disk->crash();
      ASSERT_NO_FATAL_FAILURE(expect_records(*again, expected));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Journal, TornWrite,
    testing::Values(Story{"behind_others", 40, {{1}, {2, 1}, {2, 1, 3}}, 3, false},
                    Story{"one_frame", 40, {{1}, {8}}, 1, false},
                    Story{"the_very_first", 40, {{1, 2, 1, 2}}, 4, true},
                    Story{"first_of_a_segment", 10, {{4}, {4}, {3, 1, 2}}, 3, true},
                    Story{"second_half_of_a_group", 10, {{5}, {3, 2, 3}}, 2, true},
                    Story{"up_to_the_end_of_the_segment", 10, {{3}, {4, 2}}, 2, false}),
    [](const testing::TestParamInfo<Story>& story) { return story.param.name; });

}  // namespace
}  // namespace millrace::test
