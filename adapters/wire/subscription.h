// What a follower of events says and is told: Subscribe, EventCredit and Events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "adapters/wire/flaw.h"
#include "adapters/wire/frame_buffer.h"
#include "engine/core/event.h"
#include "engine/core/types.h"

namespace millrace {

/// Values of one filter.
inline constexpr std::size_t filter_values_max = 4096;

/// Asks for events from one on. A filter without values lets every event pass; an event passes if
/// it passes all of them.
struct Subscribe {
  std::uint64_t request = 0;
  std::uint64_t from = 0;    ///< 0: the oldest that is kept
  std::uint32_t credit = 0;  ///< events the server may send before it is granted more
  std::vector<ChannelIndex> channels = {};
  std::vector<NodeIndex> nodes = {};
  std::vector<EventKind> kinds = {};
  std::vector<OrderId> orders = {};
};

/// As decode, for a frame that decode_request found to be a subscription.
[[nodiscard]] Flaw decode_subscribe(std::span<const std::byte> frame, std::size_t bytes_max,
                                    Subscribe& out);

/// As decode, for what a subscriber sends: the events of an EventCredit.
[[nodiscard]] Flaw decode_event_credit(std::span<const std::byte> frame, std::size_t bytes_max,
                                       std::uint32_t& events);

void encode_subscribe(FrameBuffer& out, const Subscribe& subscribe);
void encode_event_credit(FrameBuffer& out, std::uint64_t request, std::uint32_t events);

/// What stands beside the events of a frame.
struct EventsHead {
  std::uint64_t next;    ///< everything before it was looked at
  std::uint64_t oldest;  ///< kept
  std::uint64_t end;     ///< the next one to come
};

void encode_events(FrameBuffer& out, std::uint64_t request, const EventsHead& head,
                   std::span<const Event> events);

}  // namespace millrace
