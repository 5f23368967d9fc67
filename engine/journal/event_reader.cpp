// Reading the log of events: what is in memory from there, what is older from the files.
#include <algorithm>
#include <utility>

#include "engine/journal/event_log.h"

namespace millrace {

Result<std::size_t> EventReader::read(std::uint64_t from, std::span<Event> into) {
  std::size_t count = 0;
  bool loaded = false;
  while (count < into.size()) {
    const std::uint64_t number = from + count;
    if (cursor_.next > number || slab_.before.next > number) {
      cursor_ = slab_.before;
      taken_ = 0;
    }
    Bytes rest = Bytes(slab_.records).subspan(taken_);
    if (cursor_.next > number || rest.empty()) {
      // One answer is of one slab, as far as it is known.
      if (count > 0 || number >= log_.next()) {
        break;
      }
      if (std::exchange(loaded, true)) {
        return damaged(number);
      }
      if (auto found = load(number); !found.ok()) {
        return found.error();
      }
      continue;
    }
    Event event{};
    if (!take_event(rest, cursor_, event)) {
      return damaged(number);
    }
    taken_ = slab_.records.size() - rest.size();
    if (event.number == number) {
      event.checksum = event_checksum(event);
      into[count++] = event;
    }
  }
  return count;
}

Result<void> EventReader::load(std::uint64_t number) {
  {
    const std::uint64_t position = slab_.position;
    const std::uint64_t begin = slab_.before.next;
    const std::lock_guard lock(log_.mutex_);
    if (log_.tail_->copy(number, slab_)) {
      if (slab_.position != position || slab_.before.next != begin || cursor_.next > number) {
        cursor_ = slab_.before;
        taken_ = 0;
      }
      return {};
    }
  }
  return load_from_file(number);
}

Result<void> EventReader::load_from_file(std::uint64_t number) {
  const std::optional<EventLog::Segment> segment = log_.segment_of(number);
  if (!segment) {
    return Error{DiskError::not_found, "event " + std::to_string(number) + " is not kept"};
  }
  if (file_ == nullptr || segment_ != segment->first) {
    Result<std::unique_ptr<File>> file =
        log_.disk_->open(event_segment_name(segment->first), Access::read);
    if (!file.ok()) {
      return file.error();
    }
    file_ = std::move(file.value());
    segment_ = segment->first;
    slab_after_ = 0;
  }
  if (slab_after_ < segment->slabs) {
    const Result<EventSlabHeader> header = read_header(slab_after_);
    if (!header.ok()) {
      return header.error();
    }
    if (header.value().first <= number && number < header.value().first + header.value().count) {
      return read_slab(slab_after_, number);
    }
  }
  const Result<std::uint32_t> slab = find_slab(number, segment->slabs);
  return slab.ok() ? read_slab(slab.value(), number) : Result<void>(slab.error());
}

Result<EventSlabHeader> EventReader::read_header(std::uint32_t slab) {
  EventSlabHeader header{};
  const Result<std::size_t> got =
      file_->read(log_.offset_of(slab), std::as_writable_bytes(std::span(&header, 1)));
  return got.ok() ? Result<EventSlabHeader>(header) : Result<EventSlabHeader>(got.error());
}

Result<std::uint32_t> EventReader::find_slab(std::uint64_t number, std::uint32_t slabs) {
  // The last one that begins at or before the event.
  std::uint32_t begin = 0;
  std::uint32_t end = slabs;
  while (end - begin > 1) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    const Result<EventSlabHeader> header = read_header(middle);
    if (!header.ok()) {
      return header.error();
    }
    (header.value().first <= number ? begin : end) = middle;
  }
  return begin;
}

Result<void> EventReader::read_slab(std::uint32_t slab, std::uint64_t number) {
  buffer_.resize(log_.options_.slab_bytes);
  const Result<std::size_t> got = file_->read(log_.offset_of(slab), buffer_);
  if (!got.ok()) {
    return got.error();
  }
  EventSlabHeader header{};
  if (!slab_is_sound(Bytes(buffer_).first(got.value()), log_.options_.key, header) ||
      header.first > number || number >= header.first + header.count) {
    return damaged(number);
  }
  slab_.position = ~std::uint64_t{0};
  slab_.before = {header.first, header.sequence, header.time};
  const auto records = Bytes(buffer_).subspan(sizeof(header), header.bytes);
  slab_.records.assign(records.begin(), records.end());
  cursor_ = slab_.before;
  taken_ = 0;
  slab_after_ = slab + 1;
  return {};
}

Error EventReader::damaged(std::uint64_t number) const {
  return Error{DiskError::damaged,
               (file_ != nullptr ? file_->path() : log_.disk_->path()) + ": event " +
                   std::to_string(number) +
                   " is damaged; remove the directory to have the events made again from the "
                   "journal"};
}

}  // namespace millrace
