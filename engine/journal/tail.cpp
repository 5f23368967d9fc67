// Truncates a torn tail by zeroing it, so that the blocks are as good as freshly prepared ones.
#include "engine/journal/tail.h"

#include <algorithm>
#include <memory>

#include "engine/journal/aligned.h"
#include "engine/journal/frame.h"
#include "engine/journal/scan.h"

namespace millrace {
namespace {

constexpr std::size_t chunk_bytes = 1U << 20U;

Result<void> zero_behind(Disk& disk, const std::string& name, std::uint64_t offset) {
  const Result<std::unique_ptr<File>> reader = disk.open(name, Access::read);
  if (!reader.ok()) {
    return reader.error();
  }
  const Result<std::unique_ptr<File>> writer = disk.open(name, Access::durable);
  if (!writer.ok()) {
    return writer.error();
  }
  const Result<std::uint64_t> size = reader.value()->size();
  if (!size.ok()) {
    return size.error();
  }
  AlignedBuffer found(chunk_bytes);
  const AlignedBuffer zeros(chunk_bytes);
  const std::uint64_t end = size.value() / disk_block * disk_block;
  while (offset < end) {
    const std::size_t bytes = std::min<std::uint64_t>(chunk_bytes, end - offset);
    const Result<std::size_t> got = reader.value()->read(offset, found.span().first(bytes));
    if (!got.ok()) {
      return got.error();
    }
    if (!all_zero(found.span().first(bytes))) {
      const Bytes part = zeros.span().first(bytes);
      Result<void> written = writer.value()->write(offset, {&part, 1});
      if (!written.ok()) {
        return written;
      }
    }
    offset += bytes;
  }
  return {};
}

}  // namespace

Result<void> truncate_tail(Disk& disk, const JournalTail& tail) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) {
    return names.error();
  }
  for (const std::string& name : names.value()) {
    const std::optional<std::uint64_t> ordinal = segment_ordinal(name);
    if (!ordinal || *ordinal < tail.segment) {
      continue;
    }
    Result<void> zeroed = zero_behind(disk, name, *ordinal == tail.segment ? tail.offset : 0);
    if (!zeroed.ok()) {
      return zeroed;
    }
  }
  return {};
}

}  // namespace millrace
