// What the pipeline carries of a session: where its answers go, even if it has long been closed and
// its place taken by another.
#pragma once

#include <cstdint>

#include "adapters/wire/flaw.h"

namespace millrace {

struct SessionId {
  std::uint32_t thread;      ///< I/O thread, 8 bits
  std::uint32_t slot;        ///< place in its table, 24 bits
  std::uint32_t generation;  ///< of the place, 24 bits, never 0
};

inline constexpr std::uint32_t io_threads_max = 255;
inline constexpr std::uint32_t generation_mask = 0xffffff;

/// Origin::session: a refused frame carries its flaw along. Never all ones, which are the engine's
/// own messages, and never zero.
constexpr std::uint64_t pack_session(SessionId id, Flaw flaw) {
  return (static_cast<std::uint64_t>(flaw) << 56U) | (std::uint64_t{id.thread} << 48U) |
         (std::uint64_t{id.slot} << 24U) | id.generation;
}

constexpr SessionId unpack_session(std::uint64_t packed) {
  return {static_cast<std::uint32_t>(packed >> 48U) & 0xffU,
          static_cast<std::uint32_t>(packed >> 24U) & 0xffffffU,
          static_cast<std::uint32_t>(packed) & 0xffffffU};
}

constexpr Flaw unpack_flaw(std::uint64_t packed) {
  return static_cast<Flaw>(packed >> 56U);
}

}  // namespace millrace
