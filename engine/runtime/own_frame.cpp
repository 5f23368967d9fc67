// Frames of the process's own.
#include "engine/runtime/own_frame.h"

#include <memory>
#include <span>
#include <utility>

#include "engine/core/check.h"

namespace millrace {
namespace {

struct OwnFrame : InboundBuffer {
  std::vector<std::byte> bytes;

  static void free(InboundBuffer* self) { delete static_cast<OwnFrame*>(self); }
};

}  // namespace

void submit_own(Port& port, const Encoders& encoders, std::vector<std::byte> frame, Origin origin) {
  auto own = std::make_unique<OwnFrame>();
  own->bytes = std::move(frame);
  own->recycle = &OwnFrame::free;
  own->references.store(1, std::memory_order_relaxed);
  Inbound inbound{};
  CHECK(encoders.decode(own->bytes, inbound.message));
  inbound.message.origin = origin;
  inbound.bytes = own->bytes.data();
  inbound.buffer = own.release();
  port.submit(std::span(&inbound, 1));
}

}  // namespace millrace
