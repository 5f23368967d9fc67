// Reads a journal through and adds it up.
#include "engine/journal/inspect.h"

namespace millrace {
namespace {

void add(Inspection& sum, const FrameView& frame, const Bounds& bounds) {
  const FrameHeader& header = *frame.header;
  if (sum.segments.empty()) {
    sum.first_epoch = header.epoch;
  }
  sum.last_epoch = header.epoch;
  if (sum.segments.empty() || sum.segments.back().ordinal != frame.segment) {
    SegmentSummary segment{};
    segment.ordinal = frame.segment;
    segment.first_sequence = header.first_sequence;
    segment.first_time = header.time;
    segment.bytes_used = disk_block;
    segment.bounds = bounds;
    sum.segments.push_back(segment);
  }
  SegmentSummary& segment = sum.segments.back();
  segment.last_sequence = Sequence{header.first_sequence.value + header.commands - 1};
  segment.last_time = header.time;
  segment.frames += 1;
  segment.writes += header.group_first == header.first_sequence ? 1 : 0;
  segment.messages += header.messages;
  segment.commands += header.commands;
  segment.payload_bytes += header.payload_bytes;
  segment.bytes_used += frame_bytes(header.payload_bytes);
}

std::optional<Error> judge_messages(const Disk& disk, const FrameView& frame) {
  MessageCursor cursor = frame.messages();
  std::uint32_t count = 0;
  while (cursor.next()) {
    ++count;
  }
  if (cursor.done() && count == frame.header->messages) {
    return std::nullopt;
  }
  return Error{DiskError::damaged, disk.path() + "/" + segment_name(frame.segment) + " at offset " +
                                       std::to_string(frame.offset) +
                                       ": the frame's messages do not fill it as they should"};
}

}  // namespace

Inspection inspect_journal(Disk& disk, const ReaderOptions& options, const FrameVisitor& visit) {
  Inspection sum;
  JournalReader reader;
  const Result<void> opened = reader.open(disk, options);
  if (!opened.ok()) {
    sum.damage = opened.error();
    return sum;
  }
  while (true) {
    FrameView frame{};
    const Result<bool> more = reader.next(frame);
    if (!more.ok()) {
      sum.damage = more.error();
      return sum;
    }
    if (!more.value()) {
      sum.tail = reader.tail();
      return sum;
    }
    add(sum, frame, reader.bounds());
    sum.damage = judge_messages(disk, frame);
    if (sum.damage || (visit && !visit(frame))) {
      return sum;
    }
  }
}

}  // namespace millrace
