// Order files as frames: in order, of one kind each, whole, and an order before its cancellation.
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "tools/load/frame.h"

namespace millrace::load {
namespace {

/// `pattern` has a letter a command: o an order of two lines, c a cancellation of the order before.
OrderFile file_of(const std::string& pattern) {
  OrderFile file;
  for (const char letter : pattern) {
    if (letter == 'o') {
      file.entries.push_back({false, static_cast<std::uint32_t>(file.heads.size())});
      file.first_line.push_back(static_cast<std::uint32_t>(file.lines.size()));
      OrderHead head{};
      head.id = {1, file.heads.size() + 1};
      head.line_count = 2;
      file.heads.push_back(head);
      file.lines.resize(file.lines.size() + 2);
    } else {
      file.entries.push_back({true, static_cast<std::uint32_t>(file.cancels.size())});
      CancelOrder cancel{};
      cancel.order = file.heads.back().id;
      file.cancels.push_back(cancel);
    }
  }
  return file;
}

/// The frames of one connection, a letter a command, a blank between.
std::string frames_of(FileSource& source, std::uint32_t connection, FrameBounds bounds) {
  std::string out;
  Frame frame;
  while (source.next(connection, bounds, frame)) {
    out += (out.empty() ? "" : " ") +
           std::string(frame.count(), frame.kind == FrameKind::cancels ? 'c' : 'o');
    EXPECT_EQ(frame.lines.size(), 2 * frame.heads.size());
    frame.clear();
  }
  return out;
}

TEST(FileSource, AFrameIsCutWhereTheKindChangesOrABoundIsReached) {
  FileSource by_kind(file_of("ooocoocc"), "f", std::nullopt, 1);
  EXPECT_EQ(frames_of(by_kind, 0, {100, 100}), "ooo c oo cc");
  FileSource by_commands(file_of("ooooo"), "f", std::nullopt, 1);
  EXPECT_EQ(frames_of(by_commands, 0, {2, 100}), "oo oo o");
  FileSource by_lines(file_of("ooooo"), "f", std::nullopt, 1);
  EXPECT_EQ(frames_of(by_lines, 0, {100, 7}), "ooo oo");
  FileSource too_narrow(file_of("oo"), "f", std::nullopt, 1);
  EXPECT_EQ(frames_of(too_narrow, 0, {100, 1}), "o o") << "the server is to refuse it, not us";
}

TEST(FileSource, ConnectionsShareTheOrdersAndKeepCancellationsBehindThem) {
  FileSource source(file_of("ococococococococ"), "f", std::nullopt, 3);
  std::set<std::uint64_t> placed;
  std::set<std::uint64_t> cancelled;
  for (std::uint32_t connection = 0; connection < 3; ++connection) {
    Frame frame;
    while (source.next(connection, {10, 100}, frame)) {
      for (const std::uint64_t index : frame.indexes) {
        EXPECT_TRUE(frame.kind == FrameKind::cancels ? placed.contains(index)
                                                     : placed.insert(index).second);
        if (frame.kind == FrameKind::cancels) {
          EXPECT_TRUE(cancelled.insert(index).second);
        }
      }
      frame.clear();
    }
  }
  EXPECT_EQ(placed.size(), 8U);
  EXPECT_EQ(cancelled.size(), 8U);
}

TEST(FileSource, ATotalEndsBeforeTheNextOrder) {
  FileSource source(file_of("ooccoo"), "f", 2, 1);
  EXPECT_EQ(source.order_count(), 2U);
  EXPECT_EQ(frames_of(source, 0, {100, 100}), "oo cc");
}

TEST(FileSource, ACancellationOfAStrangerHasNoOrderNumber) {
  OrderFile file = file_of("oc");
  file.cancels[0].order = {9, 9};
  FileSource source(std::move(file), "f", std::nullopt, 1);
  Frame frame;
  ASSERT_TRUE(source.next(0, {100, 100}, frame));
  frame.clear();
  ASSERT_TRUE(source.next(0, {100, 100}, frame));
  EXPECT_EQ(frame.indexes.at(0), no_order);
}

}  // namespace
}  // namespace millrace::load
