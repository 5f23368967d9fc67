// What the segments of a directory say of themselves.
#include "engine/journal/segment.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace millrace {

Result<std::vector<std::uint64_t>> list_segments(Disk& disk) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) {
    return names.error();
  }
  std::vector<std::uint64_t> ordinals;
  for (const std::string& name : names.value()) {
    if (const std::optional<std::uint64_t> ordinal = segment_ordinal(name)) {
      ordinals.push_back(*ordinal);
    }
  }
  std::sort(ordinals.begin(), ordinals.end());
  return ordinals;
}

Result<FirstBlock> read_first_block(Disk& disk, const std::string& name) {
  const Result<std::unique_ptr<File>> file = disk.open(name, Access::read);
  if (!file.ok()) {
    return file.error();
  }
  FirstBlock block{file.value()->path(), AlignedBuffer(disk_block), 0};
  const Result<std::size_t> got = file.value()->read(0, block.buffer.span());
  if (!got.ok()) {
    return got.error();
  }
  block.bytes = got.value();
  return block;
}

Result<std::optional<SegmentHeader>> read_segment_header(Disk& disk, std::uint64_t ordinal) {
  const Result<FirstBlock> block = read_first_block(disk, segment_name(ordinal));
  if (!block.ok()) {
    return block.error();
  }
  if (!segment_header_fits(block.value().span())) {
    return std::optional<SegmentHeader>();
  }
  SegmentHeader header{};
  std::memcpy(&header, block.value().buffer.data(), sizeof(header));
  return std::optional(header);
}

namespace {

/// The header of the newest segment that has one.
Result<std::optional<SegmentHeader>> newest_header(Disk& disk) {
  const Result<std::vector<std::uint64_t>> ordinals = list_segments(disk);
  if (!ordinals.ok()) {
    return ordinals.error();
  }
  for (std::size_t index = ordinals.value().size(); index-- > 0;) {
    const auto header = read_segment_header(disk, ordinals.value()[index]);
    if (!header.ok()) {
      return header.error();
    }
    if (header.value() && header.value()->version == journal_version) {
      return header;
    }
  }
  return std::optional<SegmentHeader>();
}

}  // namespace

Result<std::optional<Bounds>> newest_bounds(Disk& disk) {
  const auto header = newest_header(disk);
  if (!header.ok()) {
    return header.error();
  }
  return header.value() ? std::optional(header.value()->bounds) : std::optional<Bounds>();
}

Result<std::optional<std::uint32_t>> journal_key(Disk& disk) {
  const auto header = newest_header(disk);
  if (!header.ok()) {
    return header.error();
  }
  return header.value() ? std::optional(header.value()->key) : std::optional<std::uint32_t>();
}

Result<std::optional<Sequence>> oldest_command(Disk& disk) {
  const Result<std::vector<std::uint64_t>> ordinals = list_segments(disk);
  if (!ordinals.ok()) {
    return ordinals.error();
  }
  if (ordinals.value().empty()) {
    return std::optional<Sequence>();
  }
  const auto header = read_segment_header(disk, ordinals.value().front());
  if (!header.ok()) {
    return header.error();
  }
  return header.value() ? std::optional(header.value()->first_sequence) : std::optional<Sequence>();
}

Result<void> check_bounds(const std::string& path, BoundsChange change) {
  for (const BoundSpec& spec : bound_specs) {
    const std::uint32_t before = change.journaled.*spec.value;
    const std::uint32_t now = change.wanted.*spec.value;
    if (now < before || (now != before && !spec.may_rise)) {
      return Error{DiskError::wrong_limits,
                   path + ": the journal was written with " + std::string(spec.name) + " " +
                       std::to_string(before) + ", not " + std::to_string(now) +
                       (spec.may_rise ? ": it may be raised, never lowered" : ": it must stay")};
    }
  }
  return {};
}

}  // namespace millrace
