// Files of orders that were put away.
#include "engine/journal/archive_file.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/journal/frame.h"
#include "engine/journal/numbered_name.h"

namespace millrace {
namespace {

constexpr NumberedName archive_names{"archive-", 16, ".mra"};

std::uint32_t header_crc(ArchiveHeader header) {
  header.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&header, 1)));
}

std::uint64_t checksum_of(std::span<const ArchiveBlock> index) {
  Hasher hasher;
  hasher.add_words(std::as_bytes(index));
  return hasher.value();
}

Error damaged(const File& file, const std::string& what) {
  return Error{DiskError::damaged, file.path() + ": " + what};
}

/// Reads exactly so many bytes.
Result<void> read_all(File& file, std::uint64_t offset, std::span<std::byte> into) {
  const Result<std::size_t> got = file.read(offset, into);
  if (!got.ok()) {
    return got.error();
  }
  return got.value() == into.size() ? Result<void>() : damaged(file, "ends too early");
}

Result<ArchiveHeader> read_header(File& file) {
  ArchiveHeader header{};
  if (auto read = read_all(file, 0, std::as_writable_bytes(std::span(&header, 1))); !read.ok()) {
    return read.error();
  }
  if (header.magic != archive_magic || header.crc != header_crc(header)) {
    return damaged(file, "offset 0: the header is damaged");
  }
  if (header.version != archive_version) {
    return Error{DiskError::wrong_version, file.path() + ": written by another version"};
  }
  const Result<std::uint64_t> size = file.size();
  if (!size.ok()) {
    return size.error();
  }
  return size.value() == header.info.bytes ? Result<ArchiveHeader>(header)
                                           : damaged(file, "has another size than was written");
}

Result<std::vector<ArchiveBlock>> read_index(File& file, const ArchiveHeader& header) {
  std::vector<ArchiveBlock> index(header.blocks);
  if (auto read = read_all(file, header.index_offset, std::as_writable_bytes(std::span(index)));
      !read.ok()) {
    return read.error();
  }
  if (checksum_of(index) != header.info.checksum) {
    return damaged(file,
                   "offset " + std::to_string(header.index_offset) + ": the index is damaged");
  }
  return index;
}

/// The index of a file that is the one meant.
Result<std::vector<ArchiveBlock>> open_index(File& file, const ArchiveFileInfo& info) {
  const Result<ArchiveHeader> header = read_header(file);
  if (!header.ok()) {
    return header.error();
  }
  if (header.value().info != info) {
    return damaged(file, "is not the file that the snapshot names");
  }
  return read_index(file, header.value());
}

Result<std::vector<std::byte>> read_block(File& file, const ArchiveBlock& block) {
  std::vector<std::byte> bytes(block.bytes);
  if (auto read = read_all(file, block.offset, bytes); !read.ok()) {
    return read.error();
  }
  if (crc32c(0, bytes) != block.crc) {
    return damaged(file, "offset " + std::to_string(block.offset) + ": the block is damaged");
  }
  return bytes;
}

/// The entry of an id within a block; false if it is not there.
bool find_in(std::span<const std::byte> block, OrderId id, std::vector<std::byte>& entry) {
  while (block.size() >= sizeof(ArchiveEntryHead)) {
    ArchiveEntryHead head;
    std::memcpy(&head, block.data(), sizeof(head));
    block = block.subspan(sizeof(head));
    CHECK(head.bytes <= block.size());
    if (head.id == id) {
      entry.assign(block.begin(), block.begin() + head.bytes);
      return true;
    }
    block = block.subspan(head.bytes);
  }
  return false;
}

class OpenFile final : public ArchiveFile {
 public:
  OpenFile(std::unique_ptr<File> file, const ArchiveFileInfo& info, std::vector<ArchiveBlock> index,
           ArchiveFailure on_failure)
      : file_(std::move(file)),
        info_(info),
        index_(std::move(index)),
        on_failure_(std::move(on_failure)) {}

  [[nodiscard]] const ArchiveFileInfo& info() const override { return info_; }

  void read(OrderId id, std::vector<std::byte>& entry) const override {
    const std::uint64_t hash = hash_id(id);
    auto block = std::lower_bound(
        index_.begin(), index_.end(), hash,
        [](const ArchiveBlock& each, std::uint64_t wanted) { return each.first_hash < wanted; });
    // Entries with the first hash of a block may begin in the one before it.
    block -= block == index_.begin() ? 0 : 1;
    for (; block != index_.end() && block->first_hash <= hash; ++block) {
      const Result<std::vector<std::byte>> bytes = read_block(*file_, *block);
      if (!bytes.ok()) {
        fail(bytes.error());
      }
      if (find_in(bytes.value(), id, entry)) {
        return;
      }
    }
    fail(damaged(*file_, "does not have an order that was put into it"));
  }

 private:
  [[noreturn]] void fail(const Error& error) const {
    if (on_failure_) {
      on_failure_(error);
    }
    std::fprintf(stderr, "%s\n", error.text.c_str());
    std::abort();
  }

  std::unique_ptr<File> file_;
  ArchiveFileInfo info_;
  std::vector<ArchiveBlock> index_;
  ArchiveFailure on_failure_;
};

}  // namespace

std::string archive_name(Sequence sequence) {
  return archive_names.of(sequence.value);
}

std::optional<Sequence> archive_sequence(std::string_view name) {
  const std::optional<std::uint64_t> number = archive_names.number_in(name);
  return number ? std::optional(Sequence{*number}) : std::nullopt;
}

Result<void> ArchiveWriter::open(Disk& disk, Sequence sequence, Throttle throttle) {
  sequence_ = sequence;
  return file_.open(disk, archive_names, sequence.value, std::move(throttle));
}

void ArchiveWriter::add(OrderId id, Bytes entry) {
  CHECK(entry.size() % 8 == 0);
  const std::uint64_t hash = hash_id(id);
  CHECK(hash >= last_hash_);
  last_hash_ = hash;
  block_hash_ = block_.empty() ? hash : block_hash_;
  const ArchiveEntryHead head{id, static_cast<std::uint32_t>(entry.size()), 0};
  const auto bytes = std::as_bytes(std::span(&head, 1));
  block_.insert(block_.end(), bytes.begin(), bytes.end());
  block_.insert(block_.end(), entry.begin(), entry.end());
  ++orders_;
  if (block_.size() >= archive_block_bytes) {
    end_block();
  }
}

void ArchiveWriter::end_block() {
  if (block_.empty()) {
    return;
  }
  index_.push_back(
      {block_hash_, file_.bytes(), static_cast<std::uint32_t>(block_.size()), crc32c(0, block_)});
  file_.put(block_);
  block_.clear();
}

Result<ArchiveFileInfo> ArchiveWriter::finish() {
  end_block();
  ArchiveHeader header{};
  header.magic = archive_magic;
  header.version = archive_version;
  header.header_bytes = sizeof(header);
  header.blocks = static_cast<std::uint32_t>(index_.size());
  header.index_offset = file_.bytes();
  file_.put(std::as_bytes(std::span(index_)));
  file_.fill_block();
  header.info = {sequence_, orders_, file_.bytes(), checksum_of(index_)};
  header.crc = header_crc(header);
  if (const auto finished = file_.finish(std::as_bytes(std::span(&header, 1))); !finished.ok()) {
    return finished.error();
  }
  return header.info;
}

std::shared_ptr<const ArchiveFile> DiskArchive::open(const ArchiveFileInfo& info,
                                                     std::string& problem) {
  Result<std::unique_ptr<File>> file = disk_.open(archive_name(info.sequence), Access::read);
  if (!file.ok()) {
    problem = file.error().text;
    return nullptr;
  }
  Result<std::vector<ArchiveBlock>> index = open_index(*file.value(), info);
  if (!index.ok()) {
    problem = index.error().text;
    return nullptr;
  }
  return std::make_shared<OpenFile>(std::move(file.value()), info, std::move(index.value()),
                                    on_failure_);
}

Result<void> ArchiveCursor::open(Disk& disk, const ArchiveFileInfo& info) {
  Result<std::unique_ptr<File>> file = disk.open(archive_name(info.sequence), Access::read);
  if (!file.ok()) {
    return file.error();
  }
  file_ = std::move(file.value());
  Result<std::vector<ArchiveBlock>> index = open_index(*file_, info);
  if (!index.ok()) {
    return index.error();
  }
  index_ = std::move(index.value());
  return settle();
}

Result<void> ArchiveCursor::next() {
  at_ += sizeof(head_) + head_.bytes;
  return settle();
}

Result<void> ArchiveCursor::settle() {
  if (at_end() && next_block_ < index_.size()) {
    Result<std::vector<std::byte>> block = read_block(*file_, index_[next_block_]);
    if (!block.ok()) {
      return block.error();
    }
    block_ = std::move(block.value());
    ++next_block_;
    at_ = 0;
  }
  if (!at_end()) {
    CHECK(at_ + sizeof(head_) <= block_.size());
    std::memcpy(&head_, &block_[at_], sizeof(head_));
    CHECK(at_ + sizeof(head_) + head_.bytes <= block_.size());
    hash_ = hash_id(head_.id);
  }
  return {};
}

std::size_t files_to_merge(std::span<const ArchiveFileInfo> files) {
  constexpr std::size_t together = 8;
  constexpr std::uint64_t smallest_bytes = 1U << 20U;
  std::size_t merged = 0;
  std::size_t same = 0;
  std::size_t tier = 0;
  for (std::size_t newest = 1; newest <= files.size(); ++newest) {
    std::size_t own = 0;
    for (std::uint64_t most = smallest_bytes; files[files.size() - newest].bytes > most; ++own) {
      most *= together;
    }
    same = own > tier ? 1 : same + 1;
    tier = std::max(tier, own);
    // The next makes one more.
    merged = same + 1 >= together ? newest : merged;
  }
  return merged;
}

Result<void> verify_archive(Disk& disk, const ArchiveFileInfo& info, const Throttle& throttle) {
  const Result<std::unique_ptr<File>> file = disk.open(archive_name(info.sequence), Access::read);
  if (!file.ok()) {
    return file.error();
  }
  const Result<std::vector<ArchiveBlock>> index = open_index(*file.value(), info);
  if (!index.ok()) {
    return index.error();
  }
  for (const ArchiveBlock& block : index.value()) {
    if (const auto bytes = read_block(*file.value(), block); !bytes.ok()) {
      return bytes.error();
    }
    if (throttle && !throttle(block.offset + block.bytes)) {
      return Error{DiskError::stopped, file.value()->path() + ": told to stop"};
    }
  }
  return {};
}

}  // namespace millrace
