// Frames of the process's own.
#include "engine/runtime/own_frame.h"

#include <span>

#include "engine/core/check.h"

namespace millrace {

OwnFrames::~OwnFrames() = default;

void OwnFrames::give_back(InboundBuffer* self) {
  auto* const frame = static_cast<Frame*>(self);
  std::atomic<Frame*>& returned = frame->pool->returned_;
  frame->next = returned.load(std::memory_order_relaxed);
  while (!returned.compare_exchange_weak(frame->next, frame, std::memory_order_release,
                                         std::memory_order_relaxed)) {
  }
}

std::vector<std::byte>& OwnFrames::blank() {
  if (blank_ == nullptr) {
    blank_ = returned_.exchange(nullptr, std::memory_order_acquire);
  }
  if (blank_ == nullptr) {
    frames_.push_back(std::make_unique<Frame>());
    blank_ = frames_.back().get();
    blank_->pool = this;
    blank_->recycle = &OwnFrames::give_back;
  }
  return blank_->bytes;
}

void OwnFrames::submit(Port& port, const Encoders& encoders, Origin origin) {
  Frame* const frame = blank_;
  CHECK(frame != nullptr);
  blank_ = frame->next;
  frame->next = nullptr;
  frame->references.store(1, std::memory_order_relaxed);
  Inbound inbound{};
  CHECK(encoders.decode(frame->bytes, inbound.message));
  inbound.message.origin = origin;
  inbound.bytes = frame->bytes.data();
  inbound.buffer = frame;
  port.submit(std::span(&inbound, 1));
}

}  // namespace millrace
