// Reading the log of events.
#include <algorithm>
#include <utility>

#include "engine/journal/event_log.h"

namespace millrace {

Result<std::size_t> EventReader::read(std::uint64_t from, std::span<Event> into) {
  const std::uint64_t next = log_.next();
  if (from >= next) {
    return std::size_t{0};
  }
  if (file_ == nullptr || from < segment_.first || from >= segment_.end) {
    file_.reset();
    const std::optional<EventLog::Segment> segment = log_.segment_of(from);
    if (!segment) {
      return Error{DiskError::not_found, "event " + std::to_string(from) + " is not kept"};
    }
    Result<std::unique_ptr<File>> file =
        log_.disk().open(event_segment_name(segment->first), Access::read);
    if (!file.ok()) {
      return file.error();
    }
    file_ = std::move(file.value());
    segment_ = *segment;
  }
  const std::size_t count =
      std::min({std::uint64_t{into.size()}, next - from, segment_.end - from});
  const Result<std::size_t> got =
      file_->read(segment_.place_of(from), std::as_writable_bytes(into.first(count)));
  if (!got.ok()) {
    return got.error();
  }
  for (std::size_t at = 0; at < count; ++at) {
    if (got.value() < (at + 1) * sizeof(Event) || into[at].number != from + at ||
        into[at].checksum != event_checksum(into[at])) {
      return Error{DiskError::damaged, file_->path() + ": event " + std::to_string(from + at) +
                                           " is damaged; remove the directory to have the events "
                                           "made again from the journal"};
    }
  }
  return count;
}

}  // namespace millrace
