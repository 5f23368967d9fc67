// What the runtime must write in the wire's format without knowing it: the releases that the wave
// stage proposes, and the tick that makes time visible. adapters/wire supplies them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/batch.h"
#include "engine/core/command.h"

namespace millrace {

class Encoders {
 public:
  Encoders() = default;
  Encoders(const Encoders&) = delete;
  Encoders& operator=(const Encoders&) = delete;
  virtual ~Encoders() = default;

  /// Replaces `out` by a frame of one release; `wave.slot_count` slots. From one thread at a time.
  virtual void release(const ReleaseWave& wave, std::span<const std::uint32_t> slots,
                       std::vector<std::byte>& out) const = 0;
  /// Replaces `out` by a frame of one tick.
  virtual void tick(std::vector<std::byte>& out) const = 0;
  /// Makes a view of a whole journaled frame at an 8-byte aligned address; false if it is none.
  [[nodiscard]] virtual bool decode(std::span<const std::byte> frame, Message& out) const = 0;
};

/// Messages of the process's own have sessions from here on; no answer of theirs leaves it.
inline constexpr std::uint64_t own_sessions = 0xffff'0000'0000'0000ULL;
/// Of the engine's ticks and releases.
inline constexpr std::uint64_t own_session = ~std::uint64_t{0};

}  // namespace millrace
