// Making events again.
#include "engine/runtime/event_catch_up.h"

#include <algorithm>
#include <cstring>

#include "engine/core/event_stream.h"

namespace millrace {

void EventCatchUp::compare(const Event& event) {
  if (std::memcmp(&*log_.last(), &event, sizeof(event)) != 0) {
    failed_ = Error{DiskError::wrong_network,
                    log_.path() + ": event " + std::to_string(event.number) +
                        " is not what the journal says; remove the directory to have the events "
                        "made again"};
  }
}

Result<void> EventCatchUp::skip_to(std::uint64_t number) {
  missing_ += number - log_.next();
  return log_.restart(number);
}

void EventCatchUp::take(const Batch& batch) {
  if (failed_ || batch.journaled_count == 0) {
    return;
  }
  const std::uint64_t first = batch.first_sequence.value + batch.events.before().told;
  const std::uint64_t end = first + batch.journaled_count + batch.events.told().size();
  if (end < log_.next()) {
    return;
  }
  if (first > log_.next()) {
    if (const auto skipped = skip_to(first); !skipped.ok()) {
      failed_ = skipped.error();
      return;
    }
  }
  events_.clear();
  const std::uint64_t next = log_.next();
  for_events(batch, [&](const Event& event) {
    if (event.number >= next) {
      events_.push_back(event);
    } else if (log_.last() && event.number == log_.last()->number) {
      compare(event);
    }
  });
  if (failed_ || events_.empty()) {
    return;
  }
  if (const auto appended = log_.append(events_); !appended.ok()) {
    failed_ = appended.error();
    return;
  }
  appended_ += events_.size();
}

Result<void> EventCatchUp::settle(std::uint64_t next) {
  if (failed_) {
    return *failed_;
  }
  if (next > log_.next()) {
    return skip_to(next);
  }
  if (next == log_.next()) {
    return {};
  }
  taken_back_ = log_.next() - next;
  return next > log_.first() ? log_.cut(next) : log_.restart(next);
}

}  // namespace millrace
