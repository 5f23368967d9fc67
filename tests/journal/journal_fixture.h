// What the journal's tests share: frames made of numbers, a journal written in one call and read
// back in another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/journal/aligned.h"
#include "engine/journal/reader.h"
#include "engine/journal/writer.h"
#include "tests/support/random.h"
#include "tests/support/sim_disk.h"

namespace millrace::test {

inline constexpr std::uint64_t test_network = 0x1122334455667788;
inline constexpr std::uint32_t test_key = 0x0badcafe;
inline constexpr std::uint64_t block = disk_block;

/// What a frame says, apart from where it lies.
struct Record {
  std::uint64_t first_sequence = 0;
  std::uint32_t commands = 0;
  std::uint32_t messages = 0;
  std::uint64_t time = 0;
  std::vector<std::byte> payload;

  friend bool operator==(const Record&, const Record&) = default;
};

/// Makes records that follow each other.
class RecordSource {
 public:
  explicit RecordSource(std::uint64_t seed, Sequence next = Sequence{1},
                        std::uint32_t commands_max = 300)
      : random_(seed), next_(next.value), commands_max_(commands_max) {}

  /// A record whose payload has `messages` messages of up to `message_bytes_max` bytes each.
  [[nodiscard]] Record make(std::uint32_t messages, std::uint32_t message_bytes_max);
  /// A record that takes exactly so many blocks on disk.
  [[nodiscard]] Record make_blocks(std::uint32_t blocks);

 private:
  [[nodiscard]] Record finish(std::vector<std::byte> payload, std::uint32_t messages);

  Random random_;
  std::uint64_t next_;
  std::uint32_t commands_max_;
};

/// Records as the writer takes them.
class Group {
 public:
  explicit Group(std::span<const Record> records);

  [[nodiscard]] std::span<const PendingFrame> frames() const { return frames_; }

 private:
  std::vector<AlignedBuffer> memory_;
  std::vector<PendingFrame> frames_;
};

/// A journal read to its end or to its damage.
struct ReadBack {
  std::vector<Record> records;
  std::optional<JournalTail> tail;
  std::optional<Error> error;
};

/// Small reads, so that frames straddle them and thousands of journals are read in a second.
inline constexpr std::size_t test_chunk_bytes = 16U << 10U;

[[nodiscard]] ReadBack read_back(Disk& disk,
                                 const ReaderOptions& options = {.chunk_bytes = test_chunk_bytes});

[[nodiscard]] WriterOptions writer_options(std::uint64_t segment_bytes);

/// Recovers the disk, which must not be damaged, and opens the writer where its journal ends.
void open_writer(Disk& disk, std::uint64_t segment_bytes, JournalWriter& writer);

/// Appends the records as one group; true if the writer took them.
[[nodiscard]] bool append(JournalWriter& writer, std::span<const Record> records);

/// A message of the error, or "no error".
[[nodiscard]] std::string text_of(const std::optional<Error>& error);

}  // namespace millrace::test
