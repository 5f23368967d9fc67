// The intake stage.
#include "engine/runtime/intake.h"

#include <algorithm>
#include <cstring>

#include "engine/core/check.h"

namespace millrace {

namespace {

class QueuePort final : public Port {
 public:
  QueuePort(InboundQueue& queue, Signal& signal) : queue_(queue), token_(queue), signal_(signal) {}

  void submit(std::span<const Inbound> messages) override {
    CHECK(queue_.enqueue_bulk(token_, messages.data(), messages.size()));
    signal_.notify();
  }

 private:
  InboundQueue& queue_;
  moodycamel::ProducerToken token_;
  Signal& signal_;
};

/// The same place in a copy of the bytes it pointed into.
const void* moved(const void* at, const std::byte* from, const std::byte* to) {
  return at == nullptr ? nullptr : to + (static_cast<const std::byte*>(at) - from);
}

}  // namespace

Intake::Intake(Clock& clock, const Encoders& encoders, Start start)
    : clock_(clock),
      consumer_(queue_),
      next_(start.next),
      last_(start.time),
      journaled_(start.time) {
  encoders.tick(tick_frame_);
  CHECK(encoders.decode(tick_frame_, tick_));
  tick_.origin = Origin{own_session, 0};
}

std::unique_ptr<Port> Intake::open_port(Signal& signal) {
  return std::make_unique<QueuePort>(queue_, signal);
}

bool Intake::empty() const {
  return drained_at_ == drained_count_ && queue_.size_approx() == 0;
}

const Inbound* Intake::peek() {
  if (drained_at_ == drained_count_) {
    drained_at_ = 0;
    drained_count_ = queue_.try_dequeue_bulk(consumer_, drained_.data(), drained_.size());
  }
  return drained_at_ < drained_count_ ? &drained_[drained_at_] : nullptr;
}

Time Intake::stamp() {
  // The machine's clock may step back; the journal's never does.
  last_ = std::max(last_, clock_.now());
  return last_;
}

std::uint64_t Intake::idle_us(Time deadline) {
  const Time now = clock_.now();
  if (deadline.us == ~std::uint64_t{0}) {
    return us_per_second;
  }
  // Waves are checked at whole seconds.
  const std::uint64_t due =
      std::max(deadline.us, (journaled_.us / us_per_second + 1) * us_per_second);
  return due <= now.us ? 0 : std::min(due - now.us, us_per_second);
}

bool Intake::fill(RingPlace& place, Time deadline) {
  const Inbound* inbound = peek();
  if (inbound == nullptr && idle_us(deadline) > 0) {
    return false;
  }
  Batch& batch = place.batch;
  const Time now = stamp();
  batch.time = now;
  for (; inbound != nullptr; inbound = peek()) {
    const Message& message = inbound->message;
    if (!batch.fits(message.count, message.detail_count) ||
        place.payload_bytes + message.byte_count > batch.limits.bytes_max) {
      // What an empty batch does not take would be in the way for ever.
      CHECK(batch.message_count > 0);
      break;
    }
    take(*inbound, place, now);
    ++drained_at_;
  }
  const bool overdue = deadline <= now && now.us / us_per_second > journaled_.us / us_per_second;
  if (overdue && batch.journaled_count == 0 && batch.fits(1, 0)) {
    add_tick(place, now);
  }
  if (batch.journaled_count > 0) {
    journaled_ = now;
  }
  return batch.message_count > 0;
}

void Intake::take(const Inbound& inbound, RingPlace& place, Time now) {
  Message message = inbound.message;
  message.time = now;
  if (is_journaled(message.kind)) {
    copy(message, inbound.bytes, place);
    if (inbound.buffer != nullptr) {
      inbound.buffer->drop();
    }
  } else if (inbound.buffer != nullptr) {
    // A query is not journaled, so it may stay where it is until it is answered.
    place.held.push_back(inbound.buffer);
  }
  place.batch.add(message, next_);
  if (is_journaled(message.kind)) {
    next_.value += message.count;
  }
}

void Intake::copy(Message& message, const std::byte* bytes, RingPlace& place) {
  CHECK(message.byte_count % 8 == 0);
  std::byte* const to = place.frame.data() + sizeof(FrameHeader) + place.payload_bytes;
  std::memcpy(to, bytes, message.byte_count);
  message.heads = moved(message.heads, bytes, to);
  message.details = moved(message.details, bytes, to);
  place.payload_bytes += message.byte_count;
}

void Intake::add_tick(RingPlace& place, Time now) {
  Message message = tick_;
  message.time = now;
  copy(message, tick_frame_.data(), place);
  place.batch.add(message, next_);
  next_.value += message.count;
}

}  // namespace millrace
