// Events that the log lacks, made again from the batches of a replay.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/batch.h"
#include "engine/core/types.h"
#include "engine/journal/event_log.h"
#include "engine/journal/result.h"

namespace millrace {

class EventCatchUp {
 public:
  explicit EventCatchUp(EventLog& log) : log_(log) {}

  /// Appends what the log lacks of the batch. Batches come in sequence; those that the log has are
  /// passed over, but for its newest event, which must be the same.
  void take(const Batch& batch);

  /// Ends a replay: the log goes on behind the last command, wherever it was. `next` is the number
  /// that the next event will have.
  Result<void> settle(std::uint64_t next);

  /// What went wrong, if anything; nothing is appended from then on.
  [[nodiscard]] const std::optional<Error>& failed() const { return failed_; }

  [[nodiscard]] std::uint64_t appended() const { return appended_; }

  /// Events that are lost for the log, since the journal does not go back that far.
  [[nodiscard]] std::uint64_t missing() const { return missing_; }

  /// Events that the log had and the journal has not, and which were taken back.
  [[nodiscard]] std::uint64_t taken_back() const { return taken_back_; }

 private:
  void compare(const Event& event);
  Result<void> skip_to(std::uint64_t number);

  EventLog& log_;
  std::vector<Event> events_;
  std::optional<Error> failed_;
  std::uint64_t appended_ = 0;
  std::uint64_t missing_ = 0;
  std::uint64_t taken_back_ = 0;
};

}  // namespace millrace
