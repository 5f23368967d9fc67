// From a session to the ring: ns an order for a message's way through the queue and intake, which
// copies it into a batch.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "adapters/wire/codec.h"
#include "adapters/wire/wire_encoders.h"
#include "bench/measure.h"
#include "bench/reference_workload.h"
#include "engine/core/check.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/intake.h"
#include "engine/runtime/ring.h"
#include "engine/runtime/signal.h"

namespace millrace::bench {
namespace {

constexpr std::uint32_t orders_a_round = 4096;
constexpr Time never{~std::uint64_t{0}};

void intake(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  const Orders orders = reference_orders(WorkloadOptions{}, 0, count);
  FrameBuffer frame;
  encode(frame, 1, orders.heads, orders.lines, false);
  Inbound inbound{};
  CHECK(decode(frame.bytes(), BatchLimits{}, FrameSource::client, inbound.message) == Flaw::none);
  inbound.bytes = frame.data();
  const std::vector<Inbound> messages(orders_a_round / count, inbound);

  SystemClock clock;
  const WireEncoders encoders{BatchLimits{}};
  Intake stage(clock, encoders, Intake::Start{Sequence{1}, Time{0}});
  Signal signal;
  const std::unique_ptr<Port> port = stage.open_port(signal);
  Ring ring(BatchLimits{}, 16);
  std::uint64_t batches = 0;
  std::uint64_t taken = 0;
  measure(
      state, messages.size() * count, [] {},
      [&] {
        port->submit(messages);
        for (std::uint64_t left = messages.size() * count; left > 0;) {
          RingPlace& place = ring[batches++];
          CHECK(stage.fill(place, never));
          left -= place.batch.command_count;
          taken += place.batch.command_count;
          place.batch.clear();
          place.payload_bytes = 0;
        }
      });
  CHECK(taken == static_cast<std::uint64_t>(state.iterations()) * messages.size() * count);
}

BENCHMARK(intake)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(intake)->Name("counted/intake")->Apply(counted);

}  // namespace
}  // namespace millrace::bench
