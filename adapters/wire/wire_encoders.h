// What the runtime writes and reads in the wire's format: its own releases and ticks, and journaled
// frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "adapters/wire/frame_buffer.h"
#include "engine/core/limits.h"
#include "engine/runtime/encoders.h"

namespace millrace {

class WireEncoders final : public Encoders {
 public:
  explicit WireEncoders(const BatchLimits& limits) : limits_(limits) {}

  void release(const ReleaseWave& wave, std::span<const std::uint32_t> slots,
               std::vector<std::byte>& out) const override;
  void tick(std::vector<std::byte>& out) const override;
  [[nodiscard]] bool decode(std::span<const std::byte> frame, Message& out) const override;

 private:
  BatchLimits limits_;
  mutable FrameBuffer scratch_;  ///< of release()
};

}  // namespace millrace
