// The pure stages on one thread, together and each by itself: ns an order over the reference
// workload.
#include <benchmark/benchmark.h>

#include "bench/engine_fixture.h"
#include "bench/measure.h"

namespace millrace::bench {
namespace {

void together(benchmark::State& state, const WorkloadOptions& options) {
  const auto orders = static_cast<std::uint32_t>(state.range(0));
  EngineFixture fixture(options);
  Batch batch{BatchLimits{}};
  measure(
      state, orders, [&] { fixture.cut(batch, orders); }, [&] { fixture.engine().apply(batch); });
  fixture.check(static_cast<std::uint64_t>(state.iterations()) * orders);
}

void engine(benchmark::State& state) {
  together(state, WorkloadOptions{});
}

void engine_uniform(benchmark::State& state) {
  WorkloadOptions options;
  options.skus = 1'000'000;
  options.zipf = 0;
  together(state, options);
}

/// Measures one stage; the others run untimed around it.
void alone(benchmark::State& state, StageId stage) {
  const auto orders = static_cast<std::uint32_t>(state.range(0));
  EngineFixture fixture(WorkloadOptions{});
  Batch batch{BatchLimits{}};
  const auto others = [&](bool before) {
    for (const StageId other : {StageId::validate, StageId::allocate, StageId::wave}) {
      if (batch.message_count > 0 && other != stage && (other < stage) == before) {
        fixture.engine().run_stage(other, batch);
      }
    }
  };
  measure(
      state, orders,
      [&] {
        others(false);
        fixture.cut(batch, orders);
        others(true);
      },
      [&] { fixture.engine().run_stage(stage, batch); });
  others(false);
  fixture.check(static_cast<std::uint64_t>(state.iterations()) * orders);
}

void validate(benchmark::State& state) {
  alone(state, StageId::validate);
}

void allocate(benchmark::State& state) {
  alone(state, StageId::allocate);
}

void wave(benchmark::State& state) {
  alone(state, StageId::wave);
}

BENCHMARK(engine)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(engine_uniform)->Arg(1024)->Apply(usual);
BENCHMARK(validate)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(allocate)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(wave)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(engine)->Name("counted/engine")->Apply(counted);
BENCHMARK(validate)->Name("counted/validate")->Apply(counted);
BENCHMARK(allocate)->Name("counted/allocate")->Apply(counted);
BENCHMARK(wave)->Name("counted/wave")->Apply(counted);

}  // namespace
}  // namespace millrace::bench
