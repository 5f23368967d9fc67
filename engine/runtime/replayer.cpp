// Replay on two threads. They meet at a few places, each of which holds a frame's messages and the
// batch made of them; a thread that finds no place to work on sleeps until the other moved on.
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

constexpr bool replays_every_stage() {
  for (const StageSpec& spec : topology) {
    const bool known =
        spec.id == StageId::validate || spec.id == StageId::allocate || spec.id == StageId::wave;
    if ((spec.kind == StageKind::pure) != known) {
      return false;
    }
  }
  return true;
}

static_assert(replays_every_stage());

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
  std::thread other([this] { allocate(); });
  (void)::pthread_setname_np(other.native_handle(), "mr-replay");
  while (prepare(reader)) {
    finish_some();
  }
  finish_all();
  CHECK(!failure_.ok() || engine_.last_sequence().value + 1 == next_.value);
  ended_.store(true, std::memory_order_relaxed);
  // One more than there is, so that the other wakes and finds the end.
  prepared_.fetch_add(1, std::memory_order_release);
  prepared_.notify_one();
  other.join();
  return std::move(failure_);
}

// ---- the other thread

void Replayer::allocate() {
  for (std::uint64_t at = 0;; ++at) {
    prepared_.wait(at, std::memory_order_acquire);
    if (ended_.load(std::memory_order_relaxed)) {
      return;
    }
    engine_.run_stage(StageId::allocate, places_[at % places_max]->batch);
    allocated_.store(at + 1, std::memory_order_release);
    allocated_.notify_one();
  }
}

// ---- the calling thread

void Replayer::fail(Error error) {
  failure_ = std::move(error);
}

Replayer::Place& Replayer::open_place() {
  const std::uint64_t at = prepared_.load(std::memory_order_relaxed);
  while (at - finished_ >= places_max) {
    allocated_.wait(finished_, std::memory_order_acquire);
    finish_some();
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

void Replayer::finish_some() {
  const std::uint64_t allocated = allocated_.load(std::memory_order_acquire);
  for (; finished_ != allocated; ++finished_) {
    finish(*places_[finished_ % places_max]);
  }
}

void Replayer::finish_all() {
  while (finished_ != prepared_.load(std::memory_order_relaxed)) {
    allocated_.wait(finished_, std::memory_order_acquire);
    finish_some();
  }
}

void Replayer::finish(Place& place) {
  engine_.run_stage(StageId::wave, place.batch);
  if (options_.on_batch) {
    options_.on_batch(place.batch);
  }
  if (place.ends_frame) {
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
}

void Replayer::report(const Place& place) {
  if (options_.progress) {
    options_.progress(out_.replayed);
  }
  if (failure_.ok() && options_.stop && options_.stop()) {
    fail({DiskError::stopped, where(place.segment, place.offset) + ": told to stop"});
  }
}

// Bounds are of every stage, so all of the segment before must be applied.
bool Replayer::enter_segment(const JournalReader& reader, std::uint64_t segment) {
  segment_ = segment;
  finish_all();
  if (auto bounded = go_by(reader.bounds(), disk_, limits_, engine_); !bounded.ok()) {
    fail(bounded.error());
    return false;
  }
  return failure_.ok();
}

bool Replayer::prepare(JournalReader& reader) {
  if (!failure_.ok()) {
    return false;
  }
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
  if (header.first_sequence.value + header.commands - 1 > options_.until.value) {
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
  hand_over();
  return true;
}

/// Puts the frame's messages in place, the last of them not yet handed over. A frame that was cut
/// with larger limits goes in parts, which no outcome can tell.
bool Replayer::prepare_messages(const FrameView& frame) {
  MessageCursor cursor = frame.messages();
  Place* place = &open_place();
  while (const std::optional<Bytes> bytes = cursor.next()) {
    // The reader's memory is another frame's by the time this is applied.
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

}  // namespace millrace
