// Files of orders that were put away: written once, beside a snapshot, sorted by the hash of the
// id, and read a block at a time. docs/journal-format.md shows the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/core/archive.h"
#include "engine/core/types.h"
#include "engine/journal/file.h"
#include "engine/journal/result.h"
#include "engine/journal/whole_file.h"

namespace millrace {

inline constexpr std::uint32_t archive_magic = 0x4641524D;  // "MRAF"
inline constexpr std::uint16_t archive_version = 1;
/// A block ends with the entry that fills so many bytes.
inline constexpr std::uint32_t archive_block_bytes = 4096;

/// Stands at the start of the file; the blocks begin at the next disk block.
struct ArchiveHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint32_t crc;     ///< CRC-32C of the header with this field zero
  std::uint32_t blocks;  ///< entries of the index
  ArchiveFileInfo info;
  std::uint64_t index_offset;  ///< the index stands behind the last block
  std::uint64_t reserved;
};

static_assert(sizeof(ArchiveHeader) == 64);
static_assert(std::has_unique_object_representations_v<ArchiveHeader>);

struct ArchiveBlock {
  std::uint64_t first_hash;  ///< of the id of its first entry
  std::uint64_t offset;
  std::uint32_t bytes;
  std::uint32_t crc;  ///< CRC-32C of the block
};

static_assert(sizeof(ArchiveBlock) == 24);
static_assert(std::has_unique_object_representations_v<ArchiveBlock>);

/// Stands before each entry, whose size is a multiple of 8.
struct ArchiveEntryHead {
  OrderId id;
  std::uint32_t bytes;  ///< of the entry
  std::uint32_t reserved;
};

static_assert(sizeof(ArchiveEntryHead) == 24);

[[nodiscard]] std::string archive_name(Sequence sequence);
[[nodiscard]] std::optional<Sequence> archive_sequence(std::string_view name);

/// Writes one file. It has its name only once finish() returned.
class ArchiveWriter {
 public:
  Result<void> open(Disk& disk, Sequence sequence, Throttle throttle = {});
  /// Entries in rising hash of their ids; a failure is kept and told by finish().
  void add(OrderId id, Bytes entry);

  [[nodiscard]] bool failed() const { return file_.failed(); }

  Result<ArchiveFileInfo> finish();

 private:
  void end_block();

  Sequence sequence_{0};
  WholeFileWriter file_;
  std::vector<std::byte> block_;
  std::uint64_t block_hash_ = 0;
  std::uint64_t last_hash_ = 0;
  std::vector<ArchiveBlock> index_;
  std::uint64_t orders_ = 0;
};

/// Reads the entries of a file one after the other, in rising hash of their ids.
class ArchiveCursor {
 public:
  ArchiveCursor() = default;

  /// Stands on the first entry then, if there is one.
  Result<void> open(Disk& disk, const ArchiveFileInfo& info);
  Result<void> next();

  [[nodiscard]] bool at_end() const { return at_ >= block_.size(); }

  [[nodiscard]] std::uint64_t hash() const { return hash_; }

  [[nodiscard]] OrderId id() const { return head_.id; }

  [[nodiscard]] Bytes entry() const {
    return Bytes(block_).subspan(at_ + sizeof(head_), head_.bytes);
  }

 private:
  Result<void> settle();

  std::unique_ptr<File> file_;
  std::vector<ArchiveBlock> index_;
  std::size_t next_block_ = 0;
  std::vector<std::byte> block_;
  std::size_t at_ = 0;  ///< of the entry's head within the block
  ArchiveEntryHead head_{};
  std::uint64_t hash_ = 0;
};

/// How many of the newest files become one with the next, so that there are never many. They are
/// given from the oldest to the newest. Files of one size wait until there are eight of them; what
/// is older than a larger one counts as that does.
[[nodiscard]] std::size_t files_to_merge(std::span<const ArchiveFileInfo> files);

/// What is done about an entry that cannot be read any more; it does not return.
using ArchiveFailure = std::function<void(const Error&)>;

/// Opens files of a directory, which must outlive them.
class DiskArchive final : public Archive {
 public:
  explicit DiskArchive(Disk& disk, ArchiveFailure on_failure = {})
      : disk_(disk), on_failure_(std::move(on_failure)) {}

  [[nodiscard]] std::shared_ptr<const ArchiveFile> open(const ArchiveFileInfo& info,
                                                        std::string& problem) override;

 private:
  Disk& disk_;
  ArchiveFailure on_failure_;
};

/// Reads a file through and checks every checksum, and that it is the one meant.
[[nodiscard]] Result<void> verify_archive(Disk& disk, const ArchiveFileInfo& info,
                                          const Throttle& throttle = {});

/// The files that a snapshot needs; nothing of a snapshot by a build that knew none.
[[nodiscard]] Result<std::optional<std::vector<ArchiveFileInfo>>> archive_of(
    Disk& disk, const std::string& snapshot);

/// What the newest snapshot's engine did not have in memory; nothing if there is none that says.
[[nodiscard]] Result<PutAway> newest_put_away(Disk& disk);

/// Reads all of them through.
[[nodiscard]] Result<void> verify_archive_of(Disk& disk, const std::string& snapshot);

/// Removes the files that no snapshot needs, and what a crash left unfinished.
[[nodiscard]] Result<std::uint32_t> prune_archive(Disk& disk);

}  // namespace millrace
