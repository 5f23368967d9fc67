// Where orders lie that were put away: files that are written once, each with the orders of one
// snapshot. The engine sees no more of them than this; engine/journal/archive_file.h has the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/core/types.h"

namespace millrace {

/// Which file, and how its bytes are told from others of the same name.
struct ArchiveFileInfo {
  Sequence sequence;  ///< of the snapshot that it was written with; it names the file
  std::uint64_t orders;
  std::uint64_t bytes;
  std::uint64_t checksum;  ///< of its index, which has one of every block

  friend bool operator==(const ArchiveFileInfo&, const ArchiveFileInfo&) = default;
};

static_assert(sizeof(ArchiveFileInfo) == 32);
static_assert(std::has_unique_object_representations_v<ArchiveFileInfo>);

/// Of the orders that are not in memory: the sum of their hashes, for the digest, and how many they
/// are.
struct PutAway {
  std::uint64_t hashes;
  std::uint64_t orders;
  std::uint64_t slices;
  std::uint64_t notes;
};

static_assert(sizeof(PutAway) == 32);
static_assert(std::has_unique_object_representations_v<PutAway>);

/// Files that one engine can name.
inline constexpr std::uint32_t archive_files_max = 1U << 20U;

/// A file that is open, and was found to be the one it should be.
class ArchiveFile {
 public:
  ArchiveFile() = default;
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;
  virtual ~ArchiveFile() = default;

  [[nodiscard]] virtual const ArchiveFileInfo& info() const = 0;

  /// The entry of an order that was written to it. Damage that shows only now ends the process:
  /// without the order there is no lawful answer.
  virtual void read(OrderId id, std::vector<std::byte>& entry) const = 0;
};

/// All files there are.
class Archive {
 public:
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  virtual ~Archive() = default;

  /// Nothing, and what is wrong, if the file is missing, damaged or another.
  [[nodiscard]] virtual std::shared_ptr<const ArchiveFile> open(const ArchiveFileInfo& info,
                                                                std::string& problem) = 0;
};

/// An order that lies in a file, as it was when it was written.
struct FiledOrder {
  Slot slot;
  std::uint32_t reserved;
  std::uint64_t hash;  ///< of its entry
};

/// Orders that an engine may let go of, as long as they are still as they were written.
struct Filing {
  std::shared_ptr<const ArchiveFile> file;
  std::vector<FiledOrder> orders;
  /// Files of which everything stands in this one, too: nobody need read them any more.
  std::vector<ArchiveFileInfo> replaces = {};
};

}  // namespace millrace
