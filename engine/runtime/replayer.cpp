// Replay in two halves. The halves meet at a few places, each of which holds a frame's messages and
// the batch made of them; a half that finds no place to work on sleeps until the other moved on.
#include "engine/runtime/replayer.h"

#include <pthread.h>

#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "engine/core/check.h"
#include "engine/journal/frame.h"
#include "engine/journal/segment.h"
#include "engine/runtime/recovery.h"
#include "engine/topology.h"

namespace millrace {

namespace {

constexpr std::uint64_t frames_between_reports = 256;

std::string where(std::uint64_t segment, std::uint64_t offset) {
  return segment_name(segment) + " offset " + std::to_string(offset);
}

Error damaged(const FrameView& frame, const char* what) {
  return Error{DiskError::damaged, where(frame.segment, frame.offset) + ": " + what};
}

}  // namespace

Result<void> go_by(const Bounds& bounds, const Disk& disk, const Limits& limits, Engine& engine) {
  Result<void> room = check_bounds(disk.path(), {bounds, bounds_of(limits)});
  if (room.ok()) {
    engine.set_bounds(bounds);
  }
  return room;
}

Replayer::Replayer(Disk& disk, const Limits& limits, const Encoders& encoders,
                   const ReplayOptions& options, Recovered& out)
    : disk_(disk),
      limits_(limits),
      encoders_(encoders),
      options_(options),
      out_(out),
      engine_(*out.engine),
      next_(Sequence{engine_.last_sequence().value + 1}) {}

Result<void> Replayer::run(JournalReader& reader) {
  std::thread first_half([this, &reader] {
    while (prepare(reader)) {
    }
    const std::uint64_t end = prepared_.load(std::memory_order_relaxed);
    end_.store(end, std::memory_order_release);
    // One more than there is, so that whoever sleeps wakes and finds the end.
    prepared_.store(end + 1, std::memory_order_release);
    prepared_.notify_one();
  });
  (void)::pthread_setname_np(first_half.native_handle(), "mr-read");
  for (;;) {
    const std::uint64_t done = applied_.load(std::memory_order_relaxed);
    prepared_.wait(done, std::memory_order_acquire);
    if (done == end_.load(std::memory_order_acquire)) {
      break;
    }
    // Told to stop, it still applies what is prepared: the first half may wait for a place.
    apply_next();
  }
  first_half.join();
  if (stopped_) {
    return Error{DiskError::stopped, where(stopped_segment_, stopped_offset_) + ": told to stop"};
  }
  return std::move(failure_);
}

// ---- the first half

void Replayer::fail(Error error) {
  failure_ = std::move(error);
}

Replayer::Place& Replayer::open_place() {
  const std::uint64_t at = prepared_.load(std::memory_order_relaxed);
  std::uint64_t applied = applied_.load(std::memory_order_acquire);
  while (at - applied >= places_max) {
    applied_.wait(applied, std::memory_order_acquire);
    applied = applied_.load(std::memory_order_acquire);
  }
  std::unique_ptr<Place>& place = places_[at % places_max];
  if (place == nullptr) {
    place = std::make_unique<Place>();
  }
  return *place;
}

void Replayer::hand_over() {
  engine_.run_stage(StageId::validate, open_place().batch);
  prepared_.fetch_add(1, std::memory_order_release);
  prepared_.notify_one();
}

// Bounds are of every stage, so the second half must have come to the end of the segment before.
bool Replayer::enter_segment(const JournalReader& reader, std::uint64_t segment) {
  segment_ = segment;
  std::uint64_t applied = applied_.load(std::memory_order_acquire);
  while (applied != prepared_.load(std::memory_order_relaxed)) {
    applied_.wait(applied, std::memory_order_acquire);
    applied = applied_.load(std::memory_order_acquire);
  }
  if (auto bounded = go_by(reader.bounds(), disk_, limits_, engine_); !bounded.ok()) {
    fail(bounded.error());
    return false;
  }
  return true;
}

bool Replayer::prepare(JournalReader& reader) {
  FrameView frame{};
  const auto more = reader.next(frame);
  if (!more.ok()) {
    fail(more.error());
    return false;
  }
  if (!more.value()) {
    out_.tail = reader.tail();
    return false;
  }
  const FrameHeader& header = *frame.header;
  if (header.first_sequence.value + header.commands - 1 > options_.until.value || stopped_) {
    return false;
  }
  if (frame.segment != segment_ && !enter_segment(reader, frame.segment)) {
    return false;
  }
  if (header.first_sequence != next_) {
    fail(damaged(frame, "the frame does not follow the last command"));
    return false;
  }
  if (!prepare_messages(frame)) {
    return false;
  }
  Place& place = open_place();
  place.ends_frame = true;
  place.previous = frame_hash(header);
  place.commands = header.commands;
  place.bytes_done = reader.bytes_done();
  place.segment = frame.segment;
  place.offset = frame.offset;
  place.last = Sequence{next_.value - 1};
  hand_over();
  return true;
}

/// Puts the frame's messages in place, the last of them not yet handed over. A frame that was cut
/// with larger limits goes in parts, which no outcome can tell.
bool Replayer::prepare_messages(const FrameView& frame) {
  MessageCursor cursor = frame.messages();
  Place* place = &open_place();
  while (const std::optional<Bytes> bytes = cursor.next()) {
    // The reader's memory is another frame's by the time the second half looks.
    std::byte* copy = place->bytes.data() + place->filled;
    std::memcpy(copy, bytes->data(), bytes->size());
    Message message{};
    if (!encoders_.decode({copy, bytes->size()}, message)) {
      fail(damaged(frame, "a message that this build cannot read"));
      return false;
    }
    message.time = frame.header->time;
    if (!place->batch.fits(message.count, message.detail_count)) {
      place->ends_frame = false;
      hand_over();
      place = &open_place();
      std::memcpy(place->bytes.data(), bytes->data(), bytes->size());
      CHECK(encoders_.decode({place->bytes.data(), bytes->size()}, message));
      message.time = frame.header->time;
    }
    place->filled += bytes->size();
    place->batch.add(message, next_);
    next_.value += message.count;
  }
  if (!cursor.done()) {
    fail(damaged(frame, "bytes that are no message"));
    return false;
  }
  if (next_.value - frame.header->first_sequence.value != frame.header->commands) {
    fail(damaged(frame, "not as many commands as its header says"));
    return false;
  }
  return true;
}

// ---- the second half

void Replayer::apply_next() {
  const std::uint64_t at = applied_.load(std::memory_order_relaxed);
  Place& place = *places_[at % places_max];
  for (const StageSpec& spec : topology) {
    if (spec.kind == StageKind::pure && spec.id != StageId::validate) {
      engine_.run_stage(spec.id, place.batch);
    }
  }
  if (options_.on_batch) {
    options_.on_batch(place.batch);
  }
  if (place.ends_frame) {
    CHECK(engine_.last_sequence() == place.last);
    out_.previous = place.previous;
    ReplayProgress& progress = out_.replayed;
    ++progress.frames;
    progress.commands += place.commands;
    progress.bytes_done = place.bytes_done;
    if (progress.frames % frames_between_reports == 0) {
      report(place);
    }
  }
  place.batch.clear();
  place.filled = 0;
  applied_.store(at + 1, std::memory_order_release);
  applied_.notify_one();
}

void Replayer::report(const Place& place) {
  if (options_.progress) {
    options_.progress(out_.replayed);
  }
  if (!stopped_ && options_.stop && options_.stop()) {
    stopped_segment_ = place.segment;
    stopped_offset_ = place.offset;
    stopped_.store(true, std::memory_order_release);
  }
}

}  // namespace millrace
