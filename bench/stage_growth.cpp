// What growth costs the engine: ns an order, 256 a batch, with more SKUs, more nodes, and more
// orders held.
#include <benchmark/benchmark.h>

#include "bench/engine_fixture.h"
#include "bench/measure.h"

namespace millrace::bench {
namespace {

constexpr std::uint32_t frame = 256;

void grown(benchmark::State& state, const WorkloadOptions& options, std::uint32_t held) {
  EngineFixture fixture(options, held + (1U << 21U));
  fixture.place(held);
  Batch batch{BatchLimits{}};
  measure(
      state, frame, [&] { fixture.cut(batch, frame); }, [&] { fixture.engine().apply(batch); });
}

void uniform_skus(benchmark::State& state) {
  WorkloadOptions options;
  options.zipf = 0;
  options.skus = static_cast<std::uint32_t>(state.range(0));
  grown(state, options, 0);
}

void nodes(benchmark::State& state) {
  WorkloadOptions options;
  options.nodes = static_cast<std::uint32_t>(state.range(0));
  grown(state, options, 0);
}

void orders_held(benchmark::State& state) {
  grown(state, WorkloadOptions{}, static_cast<std::uint32_t>(state.range(0)));
}

BENCHMARK(uniform_skus)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->Apply(usual);
BENCHMARK(nodes)->Arg(16)->Arg(64)->Arg(512)->Apply(usual);
BENCHMARK(orders_held)->Arg(1 << 20)->Arg(20 << 20)->Apply(usual);

}  // namespace
}  // namespace millrace::bench
