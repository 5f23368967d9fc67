// Snapshots: the engine's tables as named sections in one file, with checksums and the digest of
// the state. docs/journal-format.md shows the bytes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/journal/file.h"
#include "engine/journal/whole_file.h"

namespace millrace {

inline constexpr std::uint32_t snapshot_magic = 0x5353524D;  // "MRSS"
inline constexpr std::uint32_t section_magic = 0x4353524D;   // "MRSC"
inline constexpr std::uint16_t snapshot_version = 3;
/// Bytes under one checksum.
inline constexpr std::uint32_t snapshot_chunk_bytes = 1U << 20U;
inline constexpr std::size_t section_name_max = 24;

/// Stands at the start of the file; sections begin at the next block.
struct SnapshotHeader {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint32_t crc;  ///< CRC-32C of the header with this field zero
  std::uint32_t sections;
  Sequence sequence;       ///< of the last command in it
  Time time;               ///< the engine's
  std::uint64_t network;   ///< fingerprint
  std::uint64_t digest;    ///< of the engine's state
  std::uint64_t previous;  ///< hash of the frame header that ends with `sequence`
  std::uint64_t file_bytes;
};

static_assert(sizeof(SnapshotHeader) == 64);
static_assert(std::has_unique_object_representations_v<SnapshotHeader>);

/// Stands before a section. The bytes follow in chunks, each with a ChunkTrailer behind it.
struct SectionHeader {
  std::uint32_t magic;
  std::uint32_t crc;    ///< CRC-32C of the header with this field zero
  std::uint32_t index;  ///< of the section in the file, from 0
  std::uint32_t chunk_bytes;
  std::uint64_t byte_count;
  std::array<char, section_name_max> name;  ///< zero padded
  std::uint64_t reserved[2];
};

static_assert(sizeof(SectionHeader) == 64);
static_assert(std::has_unique_object_representations_v<SectionHeader>);

/// Stands behind a chunk, after zeros up to a multiple of 8.
struct ChunkTrailer {
  std::uint32_t crc;  ///< CRC-32C of the chunk, without the zeros
  std::uint32_t byte_count;
};

static_assert(sizeof(ChunkTrailer) == 8);

[[nodiscard]] std::uint32_t snapshot_crc(const SnapshotHeader& header);
[[nodiscard]] std::uint32_t section_crc(const SectionHeader& header);

/// What a snapshot is a snapshot of.
struct SnapshotInfo {
  Sequence sequence;
  Time time;
  std::uint64_t network;
  std::uint64_t digest;
  std::uint64_t previous;
};

[[nodiscard]] std::string snapshot_name(Sequence sequence);
[[nodiscard]] std::optional<Sequence> snapshot_sequence(std::string_view name);

/// Writes one snapshot, of nothing that is not durable in the journal yet: a snapshot from which
/// the journal does not go on is of no use. It has its name only once finish() returned.
class SnapshotWriter final : public SectionWriter {
 public:
  Result<void> open(Disk& disk, const SnapshotInfo& info, Throttle throttle = {});
  /// A failure is kept and told by finish().
  void section(std::string_view name, std::span<const std::byte> bytes) override;
  Result<void> finish();

 private:
  SnapshotInfo info_{};
  WholeFileWriter file_;
  std::uint32_t sections_ = 0;
};

/// Reads one snapshot. Sections come in the order in which they were written.
class SnapshotReader final : public SectionReader {
 public:
  SnapshotReader() = default;

  Result<void> open(Disk& disk, std::string_view name, Throttle throttle = {});

  [[nodiscard]] const SnapshotInfo& info() const { return info_; }

  [[nodiscard]] std::uint32_t section_count() const { return sections_; }

  bool begin(std::string_view name, std::uint64_t& byte_count) override;
  bool read(std::span<std::byte> into) override;

  /// Name and size of the next section, whatever it is; false at the end or at damage.
  bool begin_any(std::string& name, std::uint64_t& byte_count);
  /// Whether every section was read, and nothing was damaged.
  [[nodiscard]] Result<void> finish() const;

 private:
  bool fail(const std::string& what);  ///< always false
  [[nodiscard]] bool read_bytes(std::span<std::byte> into);
  [[nodiscard]] bool end_chunk();

  std::unique_ptr<File> file_;
  Throttle throttle_;
  SnapshotInfo info_{};
  std::uint32_t sections_ = 0;
  std::uint32_t sections_begun_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t offset_ = 0;
  std::uint64_t section_left_ = 0;
  std::uint32_t chunk_bytes_ = 0;
  std::uint32_t chunk_filled_ = 0;
  std::uint32_t chunk_crc_ = 0;
  std::optional<Error> failed_;
};

struct SnapshotFile {
  std::string name;
  Sequence sequence;
};

/// The finished snapshots, newest first.
[[nodiscard]] Result<std::vector<SnapshotFile>> list_snapshots(Disk& disk);

/// Reads a snapshot through and checks every checksum.
[[nodiscard]] Result<SnapshotInfo> verify_snapshot(Disk& disk, std::string_view name,
                                                   const Throttle& throttle = {});

struct Pruned {
  std::uint32_t snapshots = 0;
  std::uint32_t segments = 0;
};

/// Removes snapshots beyond the newest `keep_snapshots`, and the segments that the oldest kept one
/// covers; but of both what it takes to replay every command behind `replayable`. Does nothing
/// while there are fewer, and only once the newest has been read back and verified. May run beside
/// a writer.
[[nodiscard]] Result<Pruned> prune(Disk& disk, std::uint32_t keep_snapshots = 2,
                                   const Throttle& throttle = {},
                                   Sequence replayable = Sequence{~std::uint64_t{0}});

}  // namespace millrace
