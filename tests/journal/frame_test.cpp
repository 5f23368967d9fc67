// The small parts of the format: checksums, names, the walk over a payload.
#include "engine/journal/frame.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#include "engine/journal/scan.h"
#include "engine/journal/snapshot.h"

namespace millrace::test {
namespace {

Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(Crc32c, AgreesWithTheStandardVectors) {
  EXPECT_EQ(crc32c(0, bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c(0, {}), 0U);
  // RFC 3720, B.4
  std::array<std::byte, 32> zeros{};
  EXPECT_EQ(crc32c(0, zeros), 0x8A9136AAU);
  std::array<std::byte, 32> ones{};
  ones.fill(std::byte{0xFF});
  EXPECT_EQ(crc32c(0, ones), 0x62A8AB43U);
}

TEST(Crc32c, GoesOnWhereItStopped) {
  const std::string_view text =
      "the quick brown fox jumps over the lazy dog, and on and on it goes";
  const std::uint32_t whole = crc32c(0, bytes_of(text));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(crc32c(crc32c(0, bytes_of(text.substr(0, cut))), bytes_of(text.substr(cut))), whole);
  }
}

TEST(Names, SegmentsCarryTheirOrdinal) {
  EXPECT_EQ(segment_name(42), "journal-0000000000000042.mrj");
  EXPECT_EQ(segment_ordinal("journal-0000000000000042.mrj"), 42U);
  for (const char* other : {"journal-0000000000000000.mrj", "journal-000000000000042.mrj",
                            "journal-0000000000000042.mrj.tmp", "journal-00000000000000x2.mrj",
                            "snapshot-0000000000000042.mrs", "journal-+000000000000042.mrj", ""}) {
    EXPECT_FALSE(segment_ordinal(other)) << other;
  }
}

TEST(Names, SnapshotsCarryTheirSequence) {
  EXPECT_EQ(snapshot_name(Sequence{7}), "snapshot-0000000000000007.mrs");
  EXPECT_EQ(snapshot_sequence("snapshot-0000000000000007.mrs"), Sequence{7});
  EXPECT_FALSE(snapshot_sequence("snapshot-0000000000000007.mrs.tmp"));
  EXPECT_FALSE(snapshot_sequence("journal-0000000000000042.mrj"));
}

TEST(MessageCursor, WalksPaddedMessages) {
  std::vector<std::byte> payload(8 + 16 + 8);
  const std::uint32_t one = 1;
  const std::uint32_t twelve = 12;
  const std::uint32_t four = 4;
  std::memcpy(payload.data(), &one, 4);
  std::memcpy(payload.data() + 8, &twelve, 4);
  std::memcpy(payload.data() + 24, &four, 4);
  MessageCursor cursor(payload);
  EXPECT_EQ(cursor.next()->size(), 8U);
  EXPECT_EQ(cursor.next()->data(), payload.data() + 8);
  EXPECT_EQ(cursor.next()->size(), 8U);
  EXPECT_FALSE(cursor.next());
  EXPECT_TRUE(cursor.done());
}

TEST(MessageCursor, StopsAtALengthThatLeadsOut) {
  for (const std::uint32_t length : {0U, 5U, 0xFFFFFFFFU, 0xFFFFFFFCU}) {
    std::vector<std::byte> payload(8);
    std::memcpy(payload.data(), &length, 4);
    MessageCursor cursor(payload);
    EXPECT_FALSE(cursor.next()) << length;
    EXPECT_FALSE(cursor.done());
  }
}

TEST(AllZero, FindsTheOnlyByteThatIsNot) {
  std::vector<std::byte> bytes(disk_block);
  EXPECT_TRUE(all_zero(bytes));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    bytes[at] = std::byte{1};
    EXPECT_FALSE(all_zero(bytes)) << at;
    bytes[at] = std::byte{0};
  }
}

}  // namespace
}  // namespace millrace::test
