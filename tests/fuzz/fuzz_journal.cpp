// libFuzzer target: edits to a small sound journal with a snapshot. Reading must neither crash nor
// contradict itself, and what a recovery leaves must read the same again.
//
// Input: edits of 6 bytes each (struct Edit), applied in order.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/check.h"
#include "engine/journal/inspect.h"
#include "engine/journal/snapshot.h"
#include "engine/journal/writer.h"
#include "tests/support/sim_disk.h"

namespace millrace::test {
namespace {

constexpr std::uint64_t segment_bytes = 6 * disk_block;

struct Edit {
  std::uint8_t what;
  std::uint8_t file;    ///< index in the directory, modulo its size
  std::uint8_t block;   ///< modulo the file's blocks
  std::uint8_t offset;  ///< in the block
  std::uint8_t value;
  std::uint8_t other;  ///< a file for copies, where in a block for edits beyond its headers
};

static_assert(sizeof(Edit) == 6);

/// Three segments with a few groups, and a snapshot.
void write_journal(SimDisk& disk) {
  JournalWriter writer;
  WriterOptions options;
  options.network = 7;
  options.segment_bytes = segment_bytes;
  options.prepare_ahead = false;
  options.key = 1;
  CHECK(writer.open(disk, options, {}).ok());
  for (std::size_t group = 0; group < 5; ++group) {
    std::vector<AlignedBuffer> memory;
    std::vector<PendingFrame> frames;
    Sequence next = writer.next();
    for (std::size_t frame = 0; frame <= group % 3; ++frame) {
      const std::uint32_t payload_bytes = frame == 1 ? 5000 : 8;
      AlignedBuffer& buffer = memory.emplace_back(frame_bytes(payload_bytes));
      const std::uint32_t length = payload_bytes - 4;
      std::memcpy(buffer.data() + sizeof(FrameHeader), &length, sizeof(length));
      frames.push_back({buffer.data(), payload_bytes, next, 3, 1, Time{group}});
      next.value += 3;
    }
    CHECK(writer.append(frames).ok());
  }
  SnapshotWriter snapshot;
  CHECK(snapshot.open(disk, {Sequence{3}, Time{0}, 7, 0, 0}).ok());
  const std::vector<std::byte> rows(300, std::byte{9});
  snapshot.section("rows", rows);
  snapshot.section("none", {});
  CHECK(snapshot.finish().ok());
}

/// Gives every header in the bytes a checksum that fits.
void mend(std::vector<std::byte>& bytes) {
  for (std::size_t at = 0; at + disk_block <= bytes.size(); at += disk_block) {
    FrameHeader frame;
    std::memcpy(&frame, bytes.data() + at, sizeof(frame));
    if (plausible(frame, 0, bytes.size() - at)) {
      frame.crc = frame_crc(frame, {bytes.data() + at + sizeof(frame), frame.payload_bytes});
      std::memcpy(bytes.data() + at, &frame, sizeof(frame));
    }
    SegmentHeader segment;
    std::memcpy(&segment, bytes.data() + at, sizeof(segment));
    if (segment.magic == segment_magic) {
      segment.crc = segment_crc(segment);
      std::memcpy(bytes.data() + at, &segment, sizeof(segment));
    }
    SnapshotHeader snapshot;
    std::memcpy(&snapshot, bytes.data() + at, sizeof(snapshot));
    if (snapshot.magic == snapshot_magic) {
      snapshot.crc = snapshot_crc(snapshot);
      std::memcpy(bytes.data() + at, &snapshot, sizeof(snapshot));
    }
  }
}

struct Seen {
  std::vector<std::uint64_t> hashes;
  Inspection found;
};

Seen read(SimDisk& disk) {
  Seen seen;
  std::uint64_t next = 0;
  ReaderOptions options;
  options.chunk_bytes = 2 * disk_block;
  seen.found = inspect_journal(disk, options, [&](const FrameView& frame) {
    CHECK(next == 0 || frame.header->first_sequence.value == next);
    next = frame.header->first_sequence.value + frame.header->commands;
    CHECK(checksum_fits(*frame.header, frame.payload.data()));
    seen.hashes.push_back(frame_hash(*frame.header));
    return true;
  });
  return seen;
}

void recover_and_go_on(SimDisk& disk, const Seen& before) {
  JournalWriter writer;
  WriterOptions options;
  options.network = before.found.tail->network;
  options.segment_bytes = segment_bytes;
  options.prepare_ahead = false;
  options.key = 1;
  if (!writer.open(disk, options, *before.found.tail).ok()) {
    return;
  }
  const Seen between = read(disk);
  CHECK(between.hashes == before.hashes);
  CHECK(between.found.tail);
  CHECK(!between.found.tail->torn);
  AlignedBuffer memory(disk_block);
  const std::uint64_t message = 4;
  std::memcpy(memory.data() + sizeof(FrameHeader), &message, sizeof(message));
  const PendingFrame frame{memory.data(), 8, writer.next(), 1, 1, Time{1}};
  CHECK(writer.append({&frame, 1}).ok());
  const Seen after = read(disk);
  CHECK(!after.found.damage);
  CHECK(after.hashes.size() == before.hashes.size() + 1);
}

/// Changes one file; every choice of bytes is some edit.
void apply(SimDisk& disk, const Edit& edit) {
  const std::vector<std::string> names = disk.list().value();
  if (names.empty()) {
    return;
  }
  const std::string& name = names[edit.file % names.size()];
  std::vector<std::byte> bytes = disk.bytes(name);
  const std::size_t blocks = bytes.size() / disk_block;
  if (blocks == 0) {
    return;
  }
  const std::size_t begin = edit.block % blocks * disk_block;
  switch (edit.what % 8) {
    case 0:
    case 1:  // Most edits should fall into a header and its first message.
      bytes[begin + edit.offset] = std::byte{edit.value};
      break;
    case 2:
      bytes[begin + 16UL * edit.other] ^= std::byte{edit.value};
      break;
    case 3:
      std::memset(bytes.data() + begin, 0, disk_block);
      break;
    case 4: {
      const std::vector<std::byte> from = disk.bytes(names[edit.other % names.size()]);
      if (from.size() >= disk_block) {
        const std::size_t at = edit.value % (from.size() / disk_block) * disk_block;
        std::memcpy(bytes.data() + begin, from.data() + at, disk_block);
      }
      break;
    }
    case 5:
      mend(bytes);
      break;
    case 6:
      bytes.resize(begin + edit.value % 2);
      break;
    case 7:
      if (edit.value % 8 == 0) {
        CHECK(disk.remove(name).ok());
        return;
      }
      disk.set_bytes(segment_name(1 + edit.value % 4), bytes);
      return;
    default:
      break;
  }
  disk.set_bytes(name, std::move(bytes));
}

}  // namespace
}  // namespace millrace::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace millrace;
  using namespace millrace::test;
  static const std::unique_ptr<SimDisk> sound = [] {
    SimDisk disk;
    write_journal(disk);
    return disk.copy();
  }();
  const std::unique_ptr<SimDisk> disk = sound->copy();
  for (; size >= sizeof(Edit); data += sizeof(Edit), size -= sizeof(Edit)) {
    Edit edit;
    std::memcpy(&edit, data, sizeof(edit));
    apply(*disk, edit);
  }
  for (const SnapshotFile& snapshot : list_snapshots(*disk).value()) {
    static_cast<void>(verify_snapshot(*disk, snapshot.name).ok());
  }
  const Seen seen = read(*disk);
  CHECK(seen.found.tail || seen.found.damage);
  // Only what the reader itself accepts to its end may be gone on from.
  if (seen.found.tail) {
    recover_and_go_on(*disk, seen);
  }
  return 0;
}
