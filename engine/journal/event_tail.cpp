// The newest events, in memory.
#include "engine/journal/event_tail.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "engine/core/check.h"
#include "engine/core/event_stream.h"
#include "engine/journal/frame.h"

namespace millrace {

namespace {

std::uint32_t slab_crc(EventSlabHeader header, Bytes records) {
  header.crc = 0;
  return crc32c(crc32c(0, std::as_bytes(std::span(&header, 1))), records);
}

}  // namespace

EventSlabHeader slab_header(std::uint32_t key, const EventCursor& before, std::uint32_t count,
                            Bytes records) {
  EventSlabHeader header{};
  header.magic = event_slab_magic;
  header.key = key;
  header.bytes = static_cast<std::uint32_t>(records.size());
  header.first = before.next;
  header.sequence = before.sequence;
  header.time = before.time;
  header.count = count;
  header.crc = slab_crc(header, records);
  return header;
}

bool slab_is_sound(Bytes slab, std::uint32_t key, EventSlabHeader& header) {
  if (slab.size() < sizeof(header)) {
    return false;
  }
  std::memcpy(&header, slab.data(), sizeof(header));
  return header.magic == event_slab_magic && header.key == key &&
         header.bytes <= slab.size() - sizeof(header) &&
         header.crc == slab_crc(header, slab.subspan(sizeof(header), header.bytes));
}

/// Puts the events of a walk over a batch in; there is room for them.
class EventTail::Filler {
 public:
  Filler(EventTail& tail, Sequence first)
      : tail_(tail), follows_(tail.cursor_.sequence + 1 == first.value) {}

  void operator()(const Event& event) {
    CHECK(tail_.put(event));
    follows_ = true;
  }

  /// An order's outcome without the way over an Event, where a plain record can hold it.
  bool plain(const OrderHead& head, const Verdict& verdict, const Outcome& outcome, Time now) {
    if (!follows_ || outcome.backordered != Units{0} || outcome.refusal != Refusal::none) {
      return false;
    }
    if (static_cast<std::size_t>(tail_.end_ - tail_.at_) < event_record_max) {
      CHECK(tail_.next_slab());
    }
    tail_.at_ = record::put_time(tail_.at_, tail_.cursor_, now);
    tail_.at_ = record::put_plain(tail_.at_, tail_.cursor_,
                                  {static_cast<std::uint8_t>(order_kind(head, verdict, outcome)),
                                   outcome.shipments, outcome.node, head.channel,
                                   outcome.promise_day, outcome.allocated, outcome.cost, head.id});
    return true;
  }

 private:
  EventTail& tail_;
  bool follows_;  ///< whether the next command is the one after that of the event before
};

EventTail::EventTail(std::size_t slab_bytes, std::size_t slab_count)
    : slab_bytes_(slab_bytes), memory_(slab_bytes * slab_count), slabs_(slab_count) {
  CHECK(slab_bytes % disk_block == 0);
  CHECK(slab_count >= 2);
  begin({});
}

// ---- putting events in

void EventTail::begin(const EventCursor& before) {
  written_ = 0;
  open_ = 0;
  freed_seen_ = 0;
  freed_.store(0, std::memory_order_relaxed);
  cursor_ = before;
  slabs_[0].before = before;
  slabs_[0].filled.store(0, std::memory_order_relaxed);
  at_ = memory_of(0) + sizeof(EventSlabHeader);
  end_ = memory_of(0) + slab_bytes_;
  head_.store(0, std::memory_order_release);
  newest_us_.store(before.time.us, std::memory_order_relaxed);
  next_.store(before.next, std::memory_order_release);
}

void EventTail::begin_with(Bytes records, const EventCursor& after) {
  CHECK(at_ == memory_of(0) + sizeof(EventSlabHeader));
  std::memcpy(at_, records.data(), records.size());
  at_ += records.size();
  cursor_ = after;
  publish();
}

bool EventTail::has_room(std::uint64_t events) {
  const std::uint64_t per_slab = (slab_bytes_ - sizeof(EventSlabHeader)) / event_record_max;
  const std::uint64_t last = open_ + 1 + events / per_slab;
  if (last - freed_seen_ >= slabs_.size()) {
    freed_seen_ = freed_.load(std::memory_order_acquire);
  }
  return last - freed_seen_ < slabs_.size();
}

bool EventTail::next_slab() {
  if (open_ + 1 - freed_seen_ >= slabs_.size()) {
    freed_seen_ = freed_.load(std::memory_order_acquire);
    if (open_ + 1 - freed_seen_ >= slabs_.size()) {
      return false;
    }
  }
  Slab& full = slabs_[open_ % slabs_.size()];
  full.after = cursor_;
  full.filled.store(filled(), std::memory_order_release);
  ++open_;
  Slab& next = slabs_[open_ % slabs_.size()];
  next.before = cursor_;
  next.filled.store(0, std::memory_order_relaxed);
  at_ = memory_of(open_) + sizeof(EventSlabHeader);
  end_ = memory_of(open_) + slab_bytes_;
  head_.store(open_, std::memory_order_release);
  return true;
}

bool EventTail::put(const Event& event) {
  CHECK(event.number == cursor_.next);
  if (static_cast<std::size_t>(end_ - at_) < event_record_max && !next_slab()) {
    return false;
  }
  at_ = put_event(at_, cursor_, event);
  return true;
}

void EventTail::publish() {
  slabs_[open_ % slabs_.size()].filled.store(filled(), std::memory_order_release);
  newest_us_.store(cursor_.time.us, std::memory_order_relaxed);
  next_.store(cursor_.next, std::memory_order_release);
}

bool EventTail::take(const Batch& batch) {
  if (!has_room(batch.journaled_count + batch.events.told().size())) {
    return false;
  }
  CHECK(batch.first_sequence.value + batch.events.before().told == cursor_.next);
  Filler filler(*this, batch.first_sequence);
  EventWalk<Filler>(batch, filler).run();
  publish();
  return true;
}

// ---- reading beside it

std::uint64_t EventTail::first() const {
  return before(freed_.load(std::memory_order_relaxed)).next;
}

bool EventTail::copy(std::uint64_t number, Copy& into) const {
  const std::uint64_t freed = freed_.load(std::memory_order_relaxed);
  std::uint64_t position = head_.load(std::memory_order_acquire);
  while (before(position).next > number) {
    if (position == freed) {
      return false;
    }
    --position;
  }
  const Slab& slab = slabs_[position % slabs_.size()];
  const std::size_t filled = slab.filled.load(std::memory_order_acquire);
  const bool same = into.position == position && into.before.next == slab.before.next;
  const std::size_t known = same ? into.records.size() : 0;
  into.position = position;
  into.before = slab.before;
  into.records.resize(filled);
  std::memcpy(into.records.data() + known, image(position).data() + sizeof(EventSlabHeader) + known,
              filled - known);
  return true;
}

// ---- writing files

const EventCursor& EventTail::seal(std::uint64_t position, std::uint32_t key) {
  const Slab& slab = slabs_[position % slabs_.size()];
  const Bytes records =
      image(position).subspan(sizeof(EventSlabHeader), slab.filled.load(std::memory_order_acquire));
  const EventSlabHeader header = slab_header(
      key, slab.before, static_cast<std::uint32_t>(slab.after.next - slab.before.next), records);
  std::memcpy(memory_of(position), &header, sizeof(header));
  return slab.after;
}

void EventTail::wrote(std::uint64_t position, std::uint64_t keep) {
  written_ = position;
  const std::uint64_t freed = position > keep ? position - keep : 0;
  freed_.store(std::max(freed, freed_.load(std::memory_order_relaxed)), std::memory_order_release);
}

}  // namespace millrace
