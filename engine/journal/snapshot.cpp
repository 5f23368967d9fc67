// Writing and listing snapshots.
#include "engine/journal/snapshot.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/frame.h"
#include "engine/journal/numbered_name.h"

namespace millrace {
namespace {

constexpr NumberedName snapshot_names{"snapshot-", 16, ".mrs"};
}  // namespace

std::string snapshot_name(Sequence sequence) {
  return snapshot_names.of(sequence.value);
}

std::optional<Sequence> snapshot_sequence(std::string_view name) {
  const std::optional<std::uint64_t> number = snapshot_names.number_in(name);
  return number ? std::optional(Sequence{*number}) : std::nullopt;
}

std::uint32_t snapshot_crc(const SnapshotHeader& header) {
  SnapshotHeader blank = header;
  blank.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&blank, 1)));
}

std::uint32_t section_crc(const SectionHeader& header) {
  SectionHeader blank = header;
  blank.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&blank, 1)));
}

Result<void> SnapshotWriter::open(Disk& disk, const SnapshotInfo& info, Throttle throttle) {
  info_ = info;
  return file_.open(disk, snapshot_names, info.sequence.value, std::move(throttle));
}

void SnapshotWriter::section(std::string_view name, std::span<const std::byte> bytes) {
  CHECK(!name.empty());
  CHECK(name.size() <= section_name_max);
  if (file_.failed()) {
    return;
  }
  SectionHeader header{.magic = section_magic,
                       .crc = 0,
                       .index = sections_++,
                       .chunk_bytes = snapshot_chunk_bytes,
                       .byte_count = bytes.size(),
                       .name = {},
                       .reserved = {}};
  std::copy(name.begin(), name.end(), header.name.begin());
  header.crc = section_crc(header);
  file_.put(std::as_bytes(std::span(&header, 1)));
  while (!bytes.empty()) {
    const Bytes chunk = bytes.first(std::min<std::size_t>(bytes.size(), snapshot_chunk_bytes));
    file_.put(chunk);
    file_.put_zeros((8 - chunk.size() % 8) % 8);
    const ChunkTrailer trailer{crc32c(0, chunk), static_cast<std::uint32_t>(chunk.size())};
    file_.put(std::as_bytes(std::span(&trailer, 1)));
    bytes = bytes.subspan(chunk.size());
  }
}

Result<void> SnapshotWriter::finish() {
  file_.fill_block();
  SnapshotHeader header{.magic = snapshot_magic,
                        .version = snapshot_version,
                        .header_bytes = sizeof(SnapshotHeader),
                        .crc = 0,
                        .sections = sections_,
                        .sequence = info_.sequence,
                        .time = info_.time,
                        .network = info_.network,
                        .digest = info_.digest,
                        .previous = info_.previous,
                        .file_bytes = file_.bytes()};
  header.crc = snapshot_crc(header);
  return file_.finish(std::as_bytes(std::span(&header, 1)));
}

Result<std::vector<SnapshotFile>> list_snapshots(Disk& disk) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) {
    return names.error();
  }
  std::vector<SnapshotFile> found;
  for (const std::string& name : names.value()) {
    if (const std::optional<Sequence> sequence = snapshot_sequence(name)) {
      found.push_back({name, *sequence});
    }
  }
  std::sort(found.begin(), found.end(),
            [](const SnapshotFile& a, const SnapshotFile& b) { return a.sequence > b.sequence; });
  return found;
}

}  // namespace millrace
