// The log of events: putting in, writing, keeping.
#include "engine/journal/event_log.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/event_segment.h"
#include "engine/journal/frame.h"

namespace millrace {
namespace {

/// Slabs of one write.
constexpr std::uint64_t slabs_a_write = 16;
/// Of the slabs in memory one in so many stays for those who follow closely, once it is written.
constexpr std::uint64_t kept_share = 4;

}  // namespace

std::uint32_t event_checksum(const Event& event) {
  return crc32c(0, std::as_bytes(std::span(&event, 1)).first(offsetof(Event, checksum)));
}

std::uint64_t EventLog::first() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? tail_->first() : segments_.front().first;
}

std::uint64_t EventLog::next() const {
  const std::lock_guard lock(mutex_);
  return tail_->next();
}

// ---- putting in

Result<void> EventLog::append(std::span<const Event> events) {
  for (const Event& event : events) {
    while (!tail_->put(event)) {
      tail_->publish();
      if (const auto written = write_some(); !written.ok()) {
        return written.error();
      }
    }
    last_ = event;
  }
  tail_->publish();
  return {};
}

Result<void> EventLog::switch_tail() {
  while (tail_->unwritten() < tail_->open()) {
    if (const auto written = write_some(); !written.ok()) {
      return written.error();
    }
  }
  EventCursor end;
  const Result<bool> written = write_open_slab(end);
  if (!written.ok()) {
    return written.error();
  }
  const std::lock_guard lock(mutex_);
  if (written.value()) {
    // It stays as it is, though it may not be full.
    ++segments_.back().slabs;
  }
  tail_ = &spare_tail();
  return {};
}

// ---- writing

Result<void> EventLog::room_for_slab() {
  if (file_ != nullptr && segments_.back().slabs < slabs_max()) {
    return {};
  }
  return begin_segment(tail_->before(tail_->unwritten()).next);
}

Result<std::uint64_t> EventLog::write_some() {
  const std::uint64_t from = tail_->unwritten();
  if (from == tail_->open()) {
    return std::uint64_t{0};
  }
  if (auto room = room_for_slab(); !room.ok()) {
    return room.error();
  }
  const std::uint64_t count = std::min(
      {tail_->open() - from, slabs_a_write, std::uint64_t{slabs_max() - segments_.back().slabs}});
  std::array<Bytes, slabs_a_write> parts;
  for (std::uint64_t at = 0; at < count; ++at) {
    tail_->seal(from + at, options_.key);
    parts[at] = tail_->image(from + at);
  }
  if (auto written = file_->write(offset_of(segments_.back().slabs), std::span(parts).first(count));
      !written.ok()) {
    return written.error();
  }
  const std::lock_guard lock(mutex_);
  segments_.back().slabs += static_cast<std::uint32_t>(count);
  tail_->wrote(from + count, tail_->slab_count() / kept_share);
  return count;
}

Result<bool> EventLog::write_open_slab(EventCursor& end) {
  end = tail_->before(tail_->unwritten());
  if (tail_->next() == end.next) {
    return false;
  }
  if (auto room = room_for_slab(); !room.ok()) {
    return room.error();
  }
  // What is put in meanwhile must not change under the checksum.
  EventTail::Copy copy;
  CHECK(tail_->copy(end.next, copy));
  std::span<const std::byte> records(copy.records);
  Event event{};
  while (take_event(records, end, event)) {
  }
  CHECK(records.empty());
  const EventSlabHeader header =
      slab_header(options_.key, copy.before,
                  static_cast<std::uint32_t>(end.next - copy.before.next), copy.records);
  std::memset(scratch_.data(), 0, scratch_.size());
  std::memcpy(scratch_.data(), &header, sizeof(header));
  std::memcpy(scratch_.data() + sizeof(header), copy.records.data(), copy.records.size());
  const std::array<Bytes, 1> parts{
      std::as_const(scratch_).span().first(round_to_block(sizeof(header) + copy.records.size()))};
  if (auto written = file_->write(offset_of(segments_.back().slabs), parts); !written.ok()) {
    return written.error();
  }
  return true;
}

Result<void> EventLog::write_all() {
  for (;;) {
    const auto written = write_some();
    if (!written.ok()) {
      return written.error();
    }
    if (written.value() == 0) {
      break;
    }
  }
  EventCursor end;
  if (const auto written = write_open_slab(end); !written.ok()) {
    return written.error();
  }
  if (file_ != nullptr) {
    if (auto synced = file_->sync(); !synced.ok()) {
      return synced;
    }
  }
  durable_.store(complete_before(end).value, std::memory_order_release);
  return {};
}

Result<void> EventLog::begin_segment(std::uint64_t first) {
  if (file_ != nullptr) {
    // Only the last segment may be torn by a crash.
    if (auto synced = file_->sync(); !synced.ok()) {
      return synced;
    }
  }
  const std::string name = event_segment_name(first);
  Result<std::unique_ptr<File>> file = disk_->create(name, Access::stream);
  if (!file.ok()) {
    return file.error();
  }
  AlignedBuffer block(disk_block);
  const EventSegmentHeader header =
      event_segment_header(options_.key, first, options_.slab_bytes, slabs_max());
  std::memcpy(block.data(), &header, sizeof(header));
  const std::array<Bytes, 1> parts{std::as_const(block).span()};
  auto written = file.value()->write(0, parts);
  written = written.ok() ? disk_->sync_directory() : written;
  if (!written.ok()) {
    (void)disk_->remove(name);
    return written;
  }
  file_ = std::move(file.value());
  {
    const std::lock_guard lock(mutex_);
    segments_.push_back({first});
  }
  return forget_old();
}

// ---- keeping

/// The last event of the oldest segment is older than the newest by more than is kept.
Result<bool> EventLog::oldest_is_too_old() {
  const Result<std::unique_ptr<File>> file =
      disk_->open(event_segment_name(segments_[1].first), Access::read);
  if (!file.ok()) {
    return file.error();
  }
  EventSlabHeader header{};
  const Result<std::size_t> got =
      file.value()->read(disk_block, std::as_writable_bytes(std::span(&header, 1)));
  if (!got.ok()) {
    return got.error();
  }
  const Time newest = std::max(newest_time(), tail_->before(tail_->unwritten()).time);
  return got.value() == sizeof(header) && header.magic == event_slab_magic &&
         header.time.us + options_.keep_us < newest.us;
}

Result<void> EventLog::forget_old() {
  while (segments_.size() > 1) {
    if ((segments_.size() - 1) * options_.segment_bytes <= options_.keep_bytes) {
      const Result<bool> old = oldest_is_too_old();
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
  return disk_->remove(name);
}

std::optional<EventLog::Segment> EventLog::segment_of(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    if (number >= segment->first) {
      return *segment;
    }
  }
  return std::nullopt;
}

Result<void> EventLog::restart(std::uint64_t next) {
  file_.reset();
  last_.reset();
  while (!segments_.empty()) {
    if (auto dropped = drop_oldest(); !dropped.ok()) {
      return dropped;
    }
  }
  const std::lock_guard lock(mutex_);
  tail_->begin({next, 0, Time{0}});
  return {};
}

}  // namespace millrace
