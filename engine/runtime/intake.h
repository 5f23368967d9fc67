// The intake stage: drains the queue, stamps sequence and time, and cuts batches: by size, or when
// the queue is empty. It never waits for more.
#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/batch.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/encoders.h"
#include "engine/runtime/port.h"
#include "engine/runtime/ring.h"
#include "engine/runtime/signal.h"

namespace millrace {

using InboundQueue = moodycamel::ConcurrentQueue<Inbound>;

class Intake {
 public:
  struct Start {
    Sequence next{1};  ///< sequence of the first command
    Time time{0};      ///< no batch is stamped earlier
  };

  Intake(Clock& clock, const Encoders& encoders, Start start);

  /// A door for one thread; it wakes `signal` when something comes in.
  [[nodiscard]] std::unique_ptr<Port> open_port(Signal& signal);

  /// Fills the place with what is queued; false if there is nothing. `deadline` is when the wave
  /// stage wants to see the time: a tick is added once it has passed.
  bool fill(RingPlace& place, Time deadline);

  /// Microseconds until `deadline` asks for a tick, at most a second.
  [[nodiscard]] std::uint64_t idle_us(Time deadline);

  /// Whether nothing is queued. Only a hint while ports submit.
  [[nodiscard]] bool empty() const;

 private:
  static constexpr std::size_t bulk = 256;

  [[nodiscard]] const Inbound* peek();
  void take(const Inbound& inbound, RingPlace& place, Time now);
  void copy(Message& message, const std::byte* bytes, RingPlace& place);
  void add_tick(RingPlace& place, Time now);
  [[nodiscard]] Time stamp();

  Clock& clock_;
  InboundQueue queue_;
  moodycamel::ConsumerToken consumer_;
  std::array<Inbound, bulk> drained_{};
  std::size_t drained_at_ = 0;
  std::size_t drained_count_ = 0;
  Sequence next_;
  Time last_;       ///< stamped on the last batch
  Time journaled_;  ///< stamped on the last batch that the core saw the time of
  std::vector<std::byte> tick_frame_;
  Message tick_{};
};

}  // namespace millrace
