// What growth costs the engine: ns an order, 256 a batch, with more SKUs, more nodes, and more
// orders held.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <fstream>

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

/// Memory of this process that is real, in bytes.
double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Bytes an open order takes, its place in every table included: what becomes real as orders come,
/// up to as many as the tables are made for.
void memory(benchmark::State& state) {
  const auto orders = static_cast<std::uint32_t>(state.range(0));
  EngineFixture fixture(WorkloadOptions{}, orders, Touch::as_used);
  const double before = resident_bytes();
  for ([[maybe_unused]] const auto turn : state) {
    fixture.place(orders);
  }
  fixture.check(orders);
  state.counters["bytes_order"] = (resident_bytes() - before) / orders;
}

BENCHMARK(memory)->Arg(8 << 20)->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(uniform_skus)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->Apply(usual);
BENCHMARK(nodes)->Arg(16)->Arg(64)->Arg(512)->Apply(usual);
BENCHMARK(orders_held)->Arg(1 << 20)->Arg(20 << 20)->Apply(usual);

}  // namespace
}  // namespace millrace::bench
