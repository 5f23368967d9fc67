// The log of events.
#include "engine/journal/event_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/frame.h"

namespace millrace {
namespace {

constexpr std::string_view name_prefix = "events-";
constexpr std::string_view name_suffix = ".mre";
constexpr std::size_t name_digits = 20;
/// Events looked at together where the end is searched.
constexpr std::size_t events_a_look = 4096;

std::uint32_t header_crc(EventSegmentHeader header) {
  header.crc = 0;
  return crc32c(0, std::as_bytes(std::span(&header, 1)));
}

std::optional<std::uint64_t> first_of(std::string_view name) {
  if (name.size() != name_prefix.size() + name_digits + name_suffix.size() ||
      !name.starts_with(name_prefix) || !name.ends_with(name_suffix)) {
    return std::nullopt;
  }
  std::uint64_t first = 0;
  const char* const begin = name.data() + name_prefix.size();
  const auto [end, error] = std::from_chars(begin, begin + name_digits, first);
  return error == std::errc() && end == begin + name_digits ? std::optional(first) : std::nullopt;
}

/// The header of a segment; nothing if it has none, as after a crash.
Result<std::optional<EventSegmentHeader>> read_header(Disk& disk, const std::string& name) {
  const Result<std::unique_ptr<File>> file = disk.open(name, Access::read);
  if (!file.ok()) {
    return file.error();
  }
  EventSegmentHeader header{};
  const Result<std::size_t> got =
      file.value()->read(0, std::as_writable_bytes(std::span(&header, 1)));
  if (!got.ok()) {
    return got.error();
  }
  const bool sound = got.value() == sizeof(header) && header.magic == event_segment_magic &&
                     header.header_bytes == sizeof(header) && header.crc == header_crc(header);
  return sound ? std::optional(header) : std::optional<EventSegmentHeader>();
}

}  // namespace

std::uint32_t event_checksum(const Event& event) {
  return crc32c(0, std::as_bytes(std::span(&event, 1)).first(offsetof(Event, checksum)));
}

std::string event_segment_name(std::uint64_t first) {
  std::array<char, 48> name{};
  const int length = std::snprintf(name.data(), name.size(), "events-%020llu.mre",
                                   static_cast<unsigned long long>(first));
  return {name.data(), static_cast<std::size_t>(length)};
}

// ---- opening

Result<void> EventLog::open(Disk& disk, const EventLogOptions& options) {
  CHECK(disk_ == nullptr);
  CHECK(options.segment_bytes >= 2 * sizeof(Event));
  disk_ = &disk;
  options_ = options;
  if (auto found = find_segments(); !found.ok()) {
    return found;
  }
  return segments_.empty() ? Result<void>() : find_end();
}

/// Takes over the newest segments that follow each other, and removes the others: a gap cannot be
/// subscribed over, and a segment without a header holds nothing that is not made again.
Result<void> EventLog::find_segments() {
  const Result<std::vector<std::string>> names = disk_->list();
  if (!names.ok()) {
    return names.error();
  }
  for (const std::string& name : names.value()) {
    const std::optional<std::uint64_t> first = first_of(name);
    if (!first) {
      continue;
    }
    const auto header = read_header(*disk_, name);
    if (!header.ok()) {
      return header.error();
    }
    if (header.value() && header.value()->version != event_log_version) {
      return Error{DiskError::wrong_version, disk_->path() + "/" + name + ": format version " +
                                                 std::to_string(header.value()->version) +
                                                 "; remove the directory to have it made again"};
    }
    if (header.value() && header.value()->key != options_.key) {
      return Error{DiskError::wrong_network,
                   disk_->path() + "/" + name +
                       ": the events of another journal; remove the directory to have them made "
                       "again from this one"};
    }
    if (header.value() && header.value()->first == *first) {
      const Segment segment{*first, *first + header.value()->events_max};
      while (!segments_.empty() && segments_.back().end != segment.first) {
        if (auto dropped = drop_oldest(); !dropped.ok()) {
          return dropped;
        }
      }
      segments_.push_back(segment);
    } else if (auto removed = disk_->remove(name); !removed.ok()) {
      return removed;
    }
  }
  return {};
}

Result<void> EventLog::find_end() {
  const Segment segment = segments_.back();
  Result<std::unique_ptr<File>> file = disk_->open(event_segment_name(segment.first), Access::read);
  if (!file.ok()) {
    return file.error();
  }
  std::vector<Event> events(events_a_look);
  std::uint64_t next = segment.first;
  for (bool sound = true; sound && next < segment.end;) {
    const std::size_t count = std::min<std::uint64_t>(events.size(), segment.end - next);
    const Result<std::size_t> got = file.value()->read(
        segment.place_of(next), std::as_writable_bytes(std::span(events).first(count)));
    if (!got.ok()) {
      return got.error();
    }
    sound = got.value() == count * sizeof(Event);
    for (const Event& event : std::span(events).first(got.value() / sizeof(Event))) {
      if (event.number != next || event.checksum != event_checksum(event)) {
        sound = false;
        break;
      }
      last_ = event;
      ++next;
    }
  }
  if (next == segment.first && segments_.size() > 1) {
    // The last event is that of the segment before.
    segments_.pop_back();
    if (auto removed = disk_->remove(event_segment_name(segment.first)); !removed.ok()) {
      return removed;
    }
    return find_end();
  }
  Result<std::unique_ptr<File>> writable =
      disk_->open(event_segment_name(segment.first), Access::cached);
  if (!writable.ok()) {
    return writable.error();
  }
  file_ = std::move(writable.value());
  first_ = segments_.front().first;
  next_ = next;
  complete_ = last_ ? last_->sequence.value - 1 : 0;
  return {};
}

// ---- writing

Result<void> EventLog::append(std::span<Event> events) {
  CHECK(events.empty() || events.front().number == next());
  while (!events.empty()) {
    if (file_ == nullptr || next() == segments_.back().end) {
      if (auto begun = begin_segment(); !begun.ok()) {
        return begun;
      }
    }
    const std::size_t count = std::min<std::uint64_t>(events.size(), segments_.back().end - next());
    for (Event& event : events.first(count)) {
      event.checksum = event_checksum(event);
    }
    if (auto written = write(events.first(count)); !written.ok()) {
      return written;
    }
    events = events.subspan(count);
  }
  return {};
}

Result<void> EventLog::write(std::span<const Event> events) {
  const std::array<Bytes, 1> parts{std::as_bytes(events)};
  if (auto written = file_->write(segments_.back().place_of(next()), parts); !written.ok()) {
    return written;
  }
  last_ = events.back();
  // Of the last command there may be more to come.
  complete_.store(last_->sequence.value - 1, std::memory_order_release);
  next_.store(last_->number + 1, std::memory_order_release);
  return {};
}

Result<void> EventLog::begin_segment() {
  if (file_ != nullptr) {
    // Only the last segment may be torn by a crash.
    if (auto synced = file_->sync(); !synced.ok()) {
      return synced;
    }
  }
  const std::uint64_t events_max = options_.segment_bytes / sizeof(Event) - 1;
  const Segment segment{next(), next() + events_max};
  const std::string name = event_segment_name(segment.first);
  Result<std::unique_ptr<File>> file = disk_->create(name, Access::cached);
  if (!file.ok()) {
    return file.error();
  }
  EventSegmentHeader header{};
  header.magic = event_segment_magic;
  header.version = event_log_version;
  header.header_bytes = sizeof(header);
  header.key = options_.key;
  header.first = segment.first;
  header.events_max = events_max;
  header.crc = header_crc(header);
  const std::array<Bytes, 1> parts{std::as_bytes(std::span(&header, 1))};
  auto written = file.value()->write(0, parts);
  written = written.ok() ? disk_->sync_directory() : written;
  if (!written.ok()) {
    (void)disk_->remove(name);
    return written;
  }
  file_ = std::move(file.value());
  {
    const std::lock_guard lock(mutex_);
    segments_.push_back(segment);
  }
  first_ = segments_.front().first;
  return retain();
}

Result<void> EventLog::retain() {
  const auto too_many = [&] {
    return (segments_.size() - 1) * options_.segment_bytes > options_.keep_bytes;
  };
  const auto too_old = [&]() -> Result<bool> {
    // The first event of the second segment is as old as anything in the first is young.
    Event event{};
    EventReader reader(*this);
    const Result<std::size_t> got = reader.read(segments_[1].first, std::span(&event, 1));
    if (!got.ok()) {
      return got.error();
    }
    return got.value() == 1 && last_ && event.time.us + options_.keep_us < last_->time.us;
  };
  while (segments_.size() > 1) {
    if (!too_many()) {
      const Result<bool> old = too_old();
      if (!old.ok()) {
        return old.error();
      }
      if (!old.value()) {
        break;
      }
    }
    if (auto dropped = drop_oldest(); !dropped.ok()) {
      return dropped;
    }
  }
  return {};
}

Result<void> EventLog::drop_oldest() {
  const std::string name = event_segment_name(segments_.front().first);
  {
    const std::lock_guard lock(mutex_);
    segments_.erase(segments_.begin());
  }
  first_.store(segments_.empty() ? next() : segments_.front().first, std::memory_order_release);
  return disk_->remove(name);
}

Result<void> EventLog::cut(std::uint64_t next) {
  CHECK(next >= first());
  if (next >= this->next()) {
    return {};
  }
  if (next == first()) {
    return restart(next);
  }
  while (segments_.back().first >= next) {
    const std::string name = event_segment_name(segments_.back().first);
    const std::lock_guard lock(mutex_);
    segments_.pop_back();
    if (auto removed = disk_->remove(name); !removed.ok()) {
      return removed;
    }
  }
  Result<std::unique_ptr<File>> file =
      disk_->open(event_segment_name(segments_.back().first), Access::cached);
  if (!file.ok()) {
    return file.error();
  }
  file_ = std::move(file.value());
  if (auto blanked = blank_from(segments_.back().place_of(next)); !blanked.ok()) {
    return blanked;
  }
  Event last{};
  next_ = next;
  EventReader reader(*this);
  const Result<std::size_t> got = reader.read(next - 1, std::span(&last, 1));
  if (!got.ok()) {
    return got.error();
  }
  last_ = last;
  complete_ = last.sequence.value - 1;
  return {};
}

/// What is left behind the end must not be taken for events that come later.
Result<void> EventLog::blank_from(std::uint64_t place) {
  const Result<std::uint64_t> size = file_->size();
  if (!size.ok()) {
    return size.error();
  }
  const std::vector<Event> blanks(events_a_look);
  while (place < size.value()) {
    const Bytes all = std::as_bytes(std::span(blanks));
    const std::array<Bytes, 1> parts{
        all.first(std::min<std::uint64_t>(all.size(), size.value() - place))};
    if (auto written = file_->write(place, parts); !written.ok()) {
      return written;
    }
    place += parts[0].size();
  }
  return {};
}

Result<void> EventLog::restart(std::uint64_t next) {
  file_.reset();
  last_.reset();
  while (!segments_.empty()) {
    if (auto dropped = drop_oldest(); !dropped.ok()) {
      return dropped;
    }
  }
  complete_ = 0;
  next_ = next;
  first_ = next;
  return {};
}

Result<Sequence> EventLog::make_durable() const {
  const Sequence durable = complete();
  std::unique_ptr<File> file;
  {
    const std::lock_guard lock(mutex_);
    if (segments_.empty()) {
      return durable;
    }
    Result<std::unique_ptr<File>> opened =
        disk_->open(event_segment_name(segments_.back().first), Access::cached);
    if (!opened.ok()) {
      return opened.error();
    }
    file = std::move(opened.value());
  }
  // Segments before the last are synced before the next one begins.
  if (const auto synced = file->sync(); !synced.ok()) {
    return synced.error();
  }
  return durable;
}

std::optional<EventLog::Segment> EventLog::segment_of(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    if (number >= segment->first) {
      return number < segment->end ? std::optional(*segment) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace millrace
