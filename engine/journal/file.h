// The only door to a disk. A Disk is one directory; journal and snapshots see nothing else of the
// machine, so that tests put a simulated one in its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/journal/result.h"

namespace millrace {

/// Offsets, sizes and buffers of durable and streamed writes are multiples of this.
inline constexpr std::size_t disk_block = 4096;

constexpr std::uint64_t round_to_block(std::uint64_t bytes) {
  return (bytes + disk_block - 1) / disk_block * disk_block;
}

/// How a file will be used.
enum class Access : std::uint8_t {
  read,
  /// Each write is durable when it returns.
  durable,
  /// Writes are durable after sync(). For files that get their final name only then.
  stream,
};

using Bytes = std::span<const std::byte>;

/// An open file; closed by its destructor.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  /// Writes the parts one after the other from `offset` on, as one operation. The offset, every
  /// part's address and every part's size are multiples of disk_block; at most write_parts_max.
  virtual Result<void> write(std::uint64_t offset, std::span<const Bytes> parts) = 0;

  /// Makes every streamed write durable.
  virtual Result<void> sync() = 0;

  /// Reads up to the end of the file; returns the bytes read. Any offset and size will do.
  [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset,
                                                 std::span<std::byte> into) = 0;

  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;

  /// Takes the space for `bytes` from the start of an empty file, where the file system can. The
  /// caller writes the zeros itself: only written blocks are overwritten without metadata.
  virtual Result<void> reserve(std::uint64_t bytes) = 0;

  /// Hints: bytes that will be read soon, and bytes that will not be read again.
  virtual void read_ahead(std::uint64_t offset, std::uint64_t bytes) = 0;
  virtual void forget(std::uint64_t offset, std::uint64_t bytes) = 0;

  /// Whether writes bypass the page cache (O_DIRECT). Where the file system refuses it, they go
  /// through the cache and are synced; slower, and as durable.
  [[nodiscard]] virtual bool direct() const = 0;

  /// For messages: the file with its directory.
  [[nodiscard]] virtual const std::string& path() const = 0;
};

inline constexpr std::size_t write_parts_max = 512;

/// One directory. Calls may come from several threads; one File is used by one thread at a time.
class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  /// Creates a file that must not exist yet.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> create(std::string_view name,
                                                             Access access) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open(std::string_view name,
                                                           Access access) = 0;
  /// Names of the directory's files, sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> list() = 0;
  virtual Result<void> remove(std::string_view name) = 0;
  /// Replaces a file that has the new name.
  virtual Result<void> rename(std::string_view from, std::string_view to) = 0;
  /// Makes creations, removals and renamings durable.
  virtual Result<void> sync_directory() = 0;
  [[nodiscard]] virtual Result<std::uint64_t> free_bytes() = 0;
  /// Keeps other processes from writing here for as long as this Disk lives; `busy` if one does.
  virtual Result<void> lock() = 0;

  /// For messages: the directory.
  [[nodiscard]] virtual const std::string& path() const = 0;
};

}  // namespace millrace
