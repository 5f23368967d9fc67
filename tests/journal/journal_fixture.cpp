// Records to frames and back.
#include "tests/journal/journal_fixture.h"

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

namespace millrace::test {

Record RecordSource::make(std::uint32_t messages, std::uint32_t message_bytes_max) {
  std::vector<std::byte> payload;
  for (std::uint32_t message = 0; message < messages; ++message) {
    const auto length = static_cast<std::uint32_t>(1 + random_.below(message_bytes_max));
    const std::size_t start = payload.size();
    payload.resize(start + (sizeof(length) + length + 7) / 8 * 8);
    std::memcpy(payload.data() + start, &length, sizeof(length));
    for (std::size_t at = 0; at < length; ++at) {
      payload[start + sizeof(length) + at] = static_cast<std::byte>(random_.below(256));
    }
  }
  return finish(std::move(payload), messages);
}

Record RecordSource::make_blocks(std::uint32_t blocks) {
  const auto bytes = static_cast<std::uint32_t>(blocks * disk_block - sizeof(FrameHeader));
  std::vector<std::byte> payload(bytes);
  for (std::byte& byte : payload) {
    byte = static_cast<std::byte>(random_.below(256));
  }
  const std::uint32_t length = bytes - 4;
  std::memcpy(payload.data(), &length, sizeof(length));
  return finish(std::move(payload), 1);
}

Record RecordSource::finish(std::vector<std::byte> payload, std::uint32_t messages) {
  const auto commands = static_cast<std::uint32_t>(1 + random_.below(commands_max_));
  Record record{next_, commands, messages, 1'700'000'000'000'000 + next_, std::move(payload)};
  next_ += commands;
  return record;
}

Group::Group(std::span<const Record> records) {
  for (const Record& record : records) {
    AlignedBuffer& memory = memory_.emplace_back(frame_bytes(record.payload.size()));
    // Whatever was in the padding before must not reach the disk.
    std::memset(memory.data(), 0xEE, memory.size());
    std::memcpy(memory.data() + sizeof(FrameHeader), record.payload.data(), record.payload.size());
    frames_.push_back({.data = memory.data(),
                       .payload_bytes = static_cast<std::uint32_t>(record.payload.size()),
                       .first_sequence = Sequence{record.first_sequence},
                       .commands = record.commands,
                       .messages = record.messages,
                       .time = Time{record.time}});
  }
}

ReadBack read_back(Disk& disk, const ReaderOptions& options) {
  ReadBack back;
  JournalReader reader;
  const Result<void> opened = reader.open(disk, options);
  if (!opened.ok()) {
    back.error = opened.error();
    return back;
  }
  while (true) {
    FrameView frame{};
    const Result<bool> more = reader.next(frame);
    if (!more.ok()) {
      back.error = more.error();
      return back;
    }
    if (!more.value()) {
      back.tail = reader.tail();
      return back;
    }
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(frame.payload.data()) % 8, 0U);
    back.records.push_back({frame.header->first_sequence.value,
                            frame.header->commands,
                            frame.header->messages,
                            frame.header->time.us,
                            {frame.payload.begin(), frame.payload.end()}});
  }
}

WriterOptions writer_options(std::uint64_t segment_bytes) {
  return {.network = test_network,
          .segment_bytes = segment_bytes,
          .prepare_ahead = false,
          .key = test_key};
}

void open_writer(Disk& disk, std::uint64_t segment_bytes, JournalWriter& writer) {
  const ReadBack back = read_back(disk);
  ASSERT_TRUE(back.tail) << text_of(back.error);
  const Result<void> opened = writer.open(disk, writer_options(segment_bytes), *back.tail);
  ASSERT_TRUE(opened.ok()) << opened.error().text;
}

bool append(JournalWriter& writer, std::span<const Record> records) {
  const Group group(records);
  return writer.append(group.frames()).ok();
}

std::string text_of(const std::optional<Error>& error) {
  return error ? error->text : "no error";
}

}  // namespace millrace::test
