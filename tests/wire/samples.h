// Commands and answers with every field different, for tests of the wire.
#pragma once

#include <cstring>
#include <span>
#include <vector>

#include "adapters/wire/codec.h"
#include "adapters/wire/subscription.h"

namespace millrace::samples {

/// A struct whose bytes count up from `first`: no two neighbouring fields are alike.
template <class T>
T counting(unsigned first) {
  unsigned char bytes[sizeof(T)];
  for (std::size_t at = 0; at < sizeof(T); ++at) {
    bytes[at] = static_cast<unsigned char>(first + at);
  }
  T made;
  std::memcpy(&made, bytes, sizeof(T));
  return made;
}

template <class T>
std::vector<T> counting_many(std::size_t count) {
  std::vector<T> made;
  for (std::size_t at = 0; at < count; ++at) {
    made.push_back(counting<T>(static_cast<unsigned>(7 * at + 1)));
  }
  return made;
}

template <class T>
bool same_bytes(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

struct Orders {
  std::vector<OrderHead> heads;
  std::vector<OrderLine> lines;
};

/// `count` orders of 1 to 5 lines.
Orders orders(std::size_t count);

struct Waves {
  std::vector<ReleaseWave> heads;
  std::vector<std::uint32_t> slots;
};

/// `count` waves of 1 to 3 slots.
Waves waves(std::size_t count);

/// One frame of every kind that a client may send after its Hello.
std::vector<FrameBuffer> client_frames();

/// Whether a decoded message keeps within its frame and the limits.
bool is_sound(const Message& message, std::span<const std::byte> frame, const BatchLimits& limits);
bool is_sound(const Request& request, std::span<const std::byte> frame, const BatchLimits& limits);

}  // namespace millrace::samples
