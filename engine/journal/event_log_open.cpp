// The log of events: finding its end after a stop or a crash, and taking events back.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/event_log.h"
#include "engine/journal/event_segment.h"

namespace millrace {

Result<void> EventLog::open(Disk& disk, const EventLogOptions& options) {
  CHECK(disk_ == nullptr);
  CHECK(options.segment_bytes >= disk_block + options.slab_bytes);
  CHECK(options.slab_bytes >= sizeof(EventSlabHeader) + event_record_max);
  disk_ = &disk;
  options_ = options;
  for (auto& tail : tails_) {
    tail = std::make_unique<EventTail>(
        options.slab_bytes, std::max<std::uint64_t>(2, options.memory_bytes / options.slab_bytes));
  }
  tail_ = tails_[0].get();
  scratch_ = AlignedBuffer(options.slab_bytes);
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
    const std::optional<std::uint64_t> first = event_segment_first(name);
    if (!first) {
      continue;
    }
    const auto header = read_event_segment_header(*disk_, name);
    if (!header.ok()) {
      return header.error();
    }
    if (header.value() && (header.value()->version != event_log_version ||
                           header.value()->slab_bytes != options_.slab_bytes)) {
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
      segments_.push_back({*first, header.value()->slabs_max});
    } else if (auto removed = disk_->remove(name); !removed.ok()) {
      return removed;
    }
  }
  return drop_unconnected();
}

/// The segments before the last are synced before the next one begins, so each ends where the next
/// one begins, unless one between them is gone.
Result<void> EventLog::drop_unconnected() {
  for (std::size_t at = segments_.size(); at-- > 1;) {
    Segment& segment = segments_[at - 1];
    const Result<std::uint32_t> slabs = slabs_up_to(segment, segments_[at].first);
    if (!slabs.ok()) {
      return slabs.error();
    }
    segment.slabs = slabs.value();
    if (slabs.value() > 0) {
      continue;
    }
    for (; at > 0; --at) {
      if (auto dropped = drop_oldest(); !dropped.ok()) {
        return dropped;
      }
    }
    break;
  }
  return {};
}

/// How many slabs lead to the event `end`; 0 if they do not.
Result<std::uint32_t> EventLog::slabs_up_to(const Segment& segment, std::uint64_t end) {
  const Result<std::unique_ptr<File>> file =
      disk_->open(event_segment_name(segment.first), Access::read);
  if (!file.ok()) {
    return file.error();
  }
  const Result<std::uint64_t> size = file.value()->size();
  if (!size.ok()) {
    return size.error();
  }
  if (size.value() < disk_block + sizeof(EventSlabHeader)) {
    return 0U;
  }
  const auto slabs =
      static_cast<std::uint32_t>((size.value() - disk_block - 1) / options_.slab_bytes + 1);
  EventSlabHeader header{};
  const Result<std::size_t> got =
      file.value()->read(offset_of(slabs - 1), std::as_writable_bytes(std::span(&header, 1)));
  if (!got.ok()) {
    return got.error();
  }
  const bool leads = got.value() == sizeof(header) && header.magic == event_slab_magic &&
                     header.key == options_.key && header.first + header.count == end;
  return leads ? slabs : 0U;
}

Result<void> EventLog::read_slabs(Segment& segment, std::uint64_t end) {
  const Result<std::unique_ptr<File>> file =
      disk_->open(event_segment_name(segment.first), Access::read);
  if (!file.ok()) {
    return file.error();
  }
  const std::uint32_t slabs_there = segment.slabs;
  segment.slabs = 0;
  std::uint64_t next = segment.first;
  AlignedBuffer slab(options_.slab_bytes);
  for (std::uint32_t at = 0; at < slabs_there && next < end; ++at) {
    const Result<std::size_t> got = file.value()->read(offset_of(at), slab.span());
    if (!got.ok()) {
      return got.error();
    }
    EventSlabHeader header{};
    if (!slab_is_sound(std::as_const(slab).span().first(got.value()), options_.key, header) ||
        header.first != next || header.count == 0) {
      break;
    }
    next += header.count;
    segment.slabs = at + 1;
    std::swap(slab, scratch_);
  }
  return {};
}

Result<void> EventLog::find_end() {
  return go_back_to(~std::uint64_t{0});
}

/// Begins the tail with the last slab that has events before `end`, which is written again once it
/// is full.
Result<void> EventLog::go_back_to(std::uint64_t end) {
  file_.reset();
  while (segments_.size() > 1 && segments_.back().first >= end) {
    if (auto removed = remove_last(); !removed.ok()) {
      return removed;
    }
  }
  Segment& segment = segments_.back();
  if (auto read = read_slabs(segment, end); !read.ok()) {
    return read;
  }
  if (segment.slabs == 0 && segments_.size() > 1) {
    // The last event is that of the segment before.
    const auto removed = remove_last();
    return removed.ok() ? go_back_to(end) : removed;
  }
  Result<std::unique_ptr<File>> file =
      disk_->open(event_segment_name(segment.first), Access::stream);
  if (!file.ok()) {
    return file.error();
  }
  file_ = std::move(file.value());
  if (segment.slabs == 0) {
    const std::lock_guard lock(mutex_);
    tail_->begin({segment.first, 0, Time{0}});
    return blank_slabs(0);
  }
  EventSlabHeader header{};
  std::memcpy(&header, scratch_.data(), sizeof(header));
  const std::lock_guard lock(mutex_);
  take_over(header, end);
  --segment.slabs;
  return blank_slabs(segment.slabs + 1);
}

void EventLog::take_over(const EventSlabHeader& header, std::uint64_t end) {
  const EventCursor before{header.first, header.sequence, header.time};
  const Bytes records =
      std::as_const(scratch_).span().subspan(sizeof(EventSlabHeader), header.bytes);
  Bytes rest = records;
  EventCursor cursor = before;
  Event event{};
  while (cursor.next < end && take_event(rest, cursor, event)) {
    last_ = event;
  }
  tail_->begin(before);
  tail_->begin_with(records.first(records.size() - rest.size()), cursor);
}

Result<void> EventLog::remove_last() {
  const std::string name = event_segment_name(segments_.back().first);
  {
    const std::lock_guard lock(mutex_);
    segments_.pop_back();
  }
  return disk_->remove(name);
}

/// What is left behind the end must not be taken for slabs that come later.
Result<void> EventLog::blank_slabs(std::uint32_t from) {
  const Result<std::uint64_t> size = file_->size();
  if (!size.ok()) {
    return size.error();
  }
  const AlignedBuffer blank(disk_block);
  const std::array<Bytes, 1> parts{blank.span()};
  for (std::uint32_t slab = from; offset_of(slab) < size.value(); ++slab) {
    if (auto written = file_->write(offset_of(slab), parts); !written.ok()) {
      return written;
    }
  }
  return {};
}

Result<void> EventLog::cut(std::uint64_t next) {
  CHECK(next >= first());
  if (next >= this->next()) {
    return {};
  }
  last_.reset();
  if (segments_.empty() || next <= segments_.front().first) {
    return restart(next);
  }
  // So that all of it is in the files.
  if (auto written = write_all(); !written.ok()) {
    return written;
  }
  for (Segment& segment : segments_) {
    segment.slabs = slabs_max();
  }
  const auto back = go_back_to(next);
  return back.ok() ? write_all() : back;
}

}  // namespace millrace
