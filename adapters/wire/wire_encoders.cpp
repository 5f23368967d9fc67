// The wire's format for the runtime.
#include "adapters/wire/wire_encoders.h"

#include "adapters/wire/codec.h"

namespace millrace {

void WireEncoders::release(const ReleaseWave& wave, std::span<const std::uint32_t> slots,
                           std::vector<std::byte>& out) const {
  scratch_.clear();
  encode(scratch_, 0, std::span(&wave, 1), slots);
  out.assign(scratch_.bytes().begin(), scratch_.bytes().end());
}

void WireEncoders::tick(std::vector<std::byte>& out) const {
  const Tick tick{};
  FrameBuffer frame;
  encode(frame, 0, std::span(&tick, 1));
  out.assign(frame.bytes().begin(), frame.bytes().end());
}

bool WireEncoders::decode(std::span<const std::byte> frame, Message& out) const {
  return millrace::decode(frame, limits_, FrameSource::journal, out) == Flaw::none;
}

}  // namespace millrace
