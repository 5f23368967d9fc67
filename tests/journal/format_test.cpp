// docs/journal-format.md shows a journal and a snapshot in hex; they are these.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "engine/journal/reader.h"
#include "engine/journal/snapshot.h"
#include "engine/journal/writer.h"
#include "tests/journal/journal_fixture.h"

namespace millrace::test {
namespace {

/// As `hexdump -C` shows the bytes, with repeated lines as they are and zero lines left out.
std::string hex_dump(std::span<const std::byte> bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const auto line = bytes.subspan(at, 16);
    if (std::all_of(line.begin(), line.end(), [](std::byte b) { return b == std::byte{0}; })) {
      continue;
    }
    std::array<char, 100> out{};
    int used = std::snprintf(out.data(), out.size(), "%06zx ", at);
    for (const std::byte byte : line) {
      used += std::snprintf(out.data() + used, out.size() - static_cast<std::size_t>(used), " %02x",
                            static_cast<unsigned>(byte));
    }
    text += out.data();
    text += '\n';
  }
  return text;
}

/// The block of docs/journal-format.md behind the line that names it.
std::string documented(const std::string& title) {
  std::ifstream file(std::string(MILLRACE_SOURCE_DIR) + "/docs/journal-format.md");
  std::stringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  const std::size_t named = text.find(title);
  const std::size_t begin = text.find("```text\n", named) + 8;
  return text.substr(begin, text.find("```", begin) - begin);
}

/// A message with these characters.
void put_message(std::vector<std::byte>& payload, std::string_view content) {
  const auto length = static_cast<std::uint32_t>(content.size());
  const std::size_t start = payload.size();
  payload.resize(start + (sizeof(length) + length + 7) / 8 * 8);
  std::memcpy(payload.data() + start, &length, sizeof(length));
  std::memcpy(payload.data() + start + sizeof(length), content.data(), length);
}

TEST(Documentation, ShowsTheBytesOfASegment) {
  SimDisk disk;
  JournalWriter writer;
  open_writer(disk, 4 * block, writer);
  Record first{1, 3, 2, 1'700'000'000'000'000, {}};
  put_message(first.payload, "three little");
  put_message(first.payload, "orders");
  Record second{4, 1, 1, 1'700'000'000'000'100, {}};
  put_message(second.payload, "one");
  ASSERT_TRUE(append(writer, std::vector<Record>{first, second}));
  EXPECT_EQ(documented("journal-0000000000000001.mrj:"), hex_dump(disk.bytes(segment_name(1))));
}

TEST(Documentation, ShowsTheBytesOfASnapshot) {
  SimDisk disk;
  SnapshotWriter writer;
  ASSERT_TRUE(writer
                  .open(disk, {Sequence{4}, Time{1'700'000'000'000'100}, test_network,
                               0xD16E57D16E57D16E, 0xB6559D9F16AB2C24})
                  .ok());
  const std::array<std::uint32_t, 3> rows{10, 20, 30};
  writer.table<std::uint32_t>("stock", rows);
  writer.section("orders", {});
  ASSERT_TRUE(writer.finish().ok());
  EXPECT_EQ(documented("snapshot-0000000000000004.mrs:"),
            hex_dump(disk.bytes(snapshot_name(Sequence{4}))));
}

}  // namespace
}  // namespace millrace::test
