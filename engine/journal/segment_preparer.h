// Makes segments of zeros ahead of use, on a thread of its own: overwriting written blocks needs no
// metadata, which halves the latency of a durable write.
//
// Zeros are written beside the journal and wait in front of its writes. So a number of spare
// segments is made while little happens, and a time of many orders lives on them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/journal/file.h"
#include "engine/journal/whole_file.h"

namespace millrace {

struct SegmentStock {
  std::uint64_t segment_bytes;
  /// Spare segments, besides the next one, to make and to keep.
  std::uint32_t spares;
  /// On a thread. Without one, take() does the work and there are no spares.
  bool threaded;
};

class SegmentPreparer {
 public:
  /// `spares` are there already: keep_spares().
  SegmentPreparer(Disk& disk, SegmentStock stock, std::vector<std::string> spares);
  ~SegmentPreparer();
  SegmentPreparer(const SegmentPreparer&) = delete;
  SegmentPreparer& operator=(const SegmentPreparer&) = delete;

  /// Begins to prepare a segment in the background. At most one is under way.
  void request(std::uint64_t ordinal);

  /// Tells how much of the present segment is used. Without a spare, the next one is zeroed twice
  /// as fast and, unless the journal is quiet, no faster: a durable write flushes what the disk has
  /// cached, so zeros in one burst would hold up every answer behind them.
  void pace(std::uint64_t used_bytes);

  /// The prepared segment, opened for durable writes. A preparation that found the disk full is
  /// tried once more: nothing of the journal was in it, and room may have been made since.
  [[nodiscard]] Result<std::unique_ptr<File>> take(std::uint64_t ordinal);

 private:
  void run();

  // Called with the lock, which they let go while they work.
  void serve(std::unique_lock<std::mutex>& lock);
  void make_spare(std::unique_lock<std::mutex>& lock);

  [[nodiscard]] bool is_wanted() const { return wanted_ != 0 && !ready_; }

  [[nodiscard]] bool lacks_spares() const {
    return !spares_failed_ && spares_.size() < stock_.spares;
  }

  [[nodiscard]] std::optional<std::string> pop_spare();
  [[nodiscard]] Result<std::unique_ptr<File>> prepare(std::uint64_t ordinal);
  Result<void> write_zeros(const std::string& name, const Throttle& may_go_on);
  Result<void> fill_with_zeros(const std::string& name, const Throttle& may_go_on);
  [[nodiscard]] bool may_write(std::uint64_t end);

  Disk& disk_;
  const SegmentStock stock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t wanted_ = 0;                            ///< guarded by mutex_; 0 is none
  std::optional<Result<std::unique_ptr<File>>> ready_;  ///< guarded by mutex_; of wanted_
  std::uint64_t allowed_ = 0;                           ///< guarded by mutex_; bytes of zeros
  std::uint64_t awaited_ = 0;                           ///< guarded by mutex_; of allowed_
  std::uint64_t used_ = 0;           ///< guarded by mutex_; bytes, of all segments
  std::uint64_t used_before_ = 0;    ///< guarded by mutex_; of used_, in segments that are full
  std::vector<std::string> spares_;  ///< guarded by mutex_
  bool spares_failed_ = false;       ///< guarded by mutex_; until the next request
  bool stopping_ = false;            ///< guarded by mutex_
  std::thread thread_;
};

/// The spares of a directory. Those of another size, and those there are too many of, are removed.
[[nodiscard]] Result<std::vector<std::string>> keep_spares(Disk& disk, SegmentStock stock);

}  // namespace millrace
