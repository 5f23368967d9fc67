// Makes segments of zeros ahead of use, on a thread of its own: overwriting written blocks needs no
// metadata, which halves the latency of a durable write.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/journal/file.h"

namespace millrace {

class SegmentPreparer {
 public:
  /// Without a thread, take() does the work.
  SegmentPreparer(Disk& disk, std::uint64_t segment_bytes, bool threaded);
  ~SegmentPreparer();
  SegmentPreparer(const SegmentPreparer&) = delete;
  SegmentPreparer& operator=(const SegmentPreparer&) = delete;

  /// Begins to prepare a segment in the background. At most one is under way.
  void request(std::uint64_t ordinal);

  /// Tells how much of the present segment is used. The next one is zeroed twice as fast and no
  /// faster: a durable write flushes what the disk has cached, so zeros in one burst would hold up
  /// every answer behind them.
  void pace(std::uint64_t used_bytes);

  /// The prepared segment, opened for durable writes. A preparation that found the disk full is
  /// tried once more: nothing of the journal was in it, and room may have been made since.
  [[nodiscard]] Result<std::unique_ptr<File>> take(std::uint64_t ordinal);

 private:
  void run();
  [[nodiscard]] Result<std::unique_ptr<File>> prepare(std::uint64_t ordinal);
  Result<void> write_zeros(const std::string& name);
  [[nodiscard]] bool may_write(std::uint64_t end);

  Disk& disk_;
  const std::uint64_t segment_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t wanted_ = 0;                            ///< guarded by mutex_; 0 is none
  std::optional<Result<std::unique_ptr<File>>> ready_;  ///< guarded by mutex_; of wanted_
  std::uint64_t allowed_ = 0;                           ///< guarded by mutex_; bytes of zeros
  std::uint64_t awaited_ = 0;                           ///< guarded by mutex_; of allowed_
  bool stopping_ = false;                               ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace millrace
