// Files that are written once, from the start to the end, and have their name only when all of it
// is there and durable: snapshots, and orders that were put away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/journal/aligned.h"
#include "engine/journal/file.h"
#include "engine/journal/numbered_name.h"
#include "engine/journal/result.h"

namespace millrace {

/// Called after each write or read with the bytes done so far; may wait, to leave the disk to
/// others. False ends the work with DiskError::stopped.
using Throttle = std::function<bool(std::uint64_t bytes)>;

/// If it fails or is given up, its temporary file is removed; a crash leaves one for the next that
/// has such a name, or the next start. A failure is kept and told by finish().
class WholeFileWriter {
 public:
  WholeFileWriter() = default;
  WholeFileWriter(const WholeFileWriter&) = delete;
  WholeFileWriter& operator=(const WholeFileWriter&) = delete;
  ~WholeFileWriter();

  /// Removes what was left unfinished under such names, and leaves a block for the header.
  Result<void> open(Disk& disk, const NumberedName& names, std::uint64_t number, Throttle throttle);

  void put(Bytes bytes);
  /// At most a block of them.
  void put_zeros(std::size_t bytes);

  /// Fills the last block with zeros; the file then has its size.
  void fill_block() { put_zeros(round_to_block(filled_) - filled_); }

  /// The file's so far.
  [[nodiscard]] std::uint64_t bytes() const { return flushed_ + filled_; }

  [[nodiscard]] bool failed() const { return failed_.has_value(); }

  /// Puts the header, at most a block, in its place and gives the file its name.
  Result<void> finish(Bytes header);

 private:
  [[nodiscard]] std::string temporary() const;

  Result<void> create(const NumberedName& names);
  Result<void> complete(Bytes header);
  void flush();
  void discard();

  Disk* disk_ = nullptr;
  std::string name_;
  Throttle throttle_;
  std::unique_ptr<File> file_;
  AlignedBuffer buffer_;
  std::size_t filled_ = 0;
  std::uint64_t flushed_ = 0;  ///< file offset of the buffer's start
  std::optional<Error> failed_;
};

}  // namespace millrace
