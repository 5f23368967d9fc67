// The codec by itself: ns an order for taking a request apart, as a session does, and for building
// one, as a client does.
#include <benchmark/benchmark.h>

#include "adapters/wire/codec.h"
#include "bench/measure.h"
#include "bench/reference_workload.h"
#include "engine/core/check.h"

namespace millrace::bench {
namespace {

/// Frames a round, so that a round is long enough for a clock.
constexpr std::size_t frames = 16;

void decode_orders(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Orders orders = reference_orders(WorkloadOptions{}, 0, count);
  FrameBuffer frame;
  encode(frame, 1, orders.heads, orders.lines, false);
  const BatchLimits limits;
  std::uint64_t lines = 0;
  measure(
      state, frames * count, [] {},
      [&] {
        for (std::size_t at = 0; at < frames; ++at) {
          Message message{};
          CHECK(decode(frame.bytes(), limits, FrameSource::client, message) == Flaw::none);
          lines += message.detail_count;
        }
      });
  CHECK(lines == static_cast<std::uint64_t>(state.iterations()) * frames * orders.lines.size());
}

void build_orders(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Orders orders = reference_orders(WorkloadOptions{}, 0, count);
  FrameBuffer frame;
  measure(
      state, frames * count, [&] { frame.clear(); },
      [&] {
        for (std::size_t at = 0; at < frames; ++at) {
          encode(frame, at, orders.heads, orders.lines, false);
        }
      });
  Message message{};
  CHECK(decode(first_frame(frame.bytes()), BatchLimits{}, FrameSource::client, message) ==
        Flaw::none);
  CHECK(message.count == count);
}

BENCHMARK(decode_orders)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(build_orders)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(decode_orders)->Name("counted/decode")->Apply(counted);
BENCHMARK(build_orders)->Name("counted/build")->Apply(counted);

}  // namespace
}  // namespace millrace::bench
