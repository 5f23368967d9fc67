// How every stage benchmark measures: batch by batch, with a name for instruction counters to hold
// on to.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace millrace::bench {

/// What is measured and nothing else: instruction counters begin and end at this name.
template <class Work>
[[gnu::noinline]] void measured(Work& work) {
  work();
}

/// Times work() by itself, once an iteration, after an untimed prepare(). Reports the tenth and the
/// fiftieth percentile of the iterations in ns an order: other tenants of a machine only ever make
/// an iteration slower, so the low quantiles tell builds apart.
template <class Prepare, class Work>
void measure(benchmark::State& state, std::uint64_t orders_each, Prepare prepare, Work work) {
  std::vector<double> ns;
  for ([[maybe_unused]] const auto turn : state) {
    prepare();
    const auto began = std::chrono::steady_clock::now();
    measured(work);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    state.SetIterationTime(took.count());
    ns.push_back(took.count() * 1e9 / static_cast<double>(orders_each));
  }
  std::sort(ns.begin(), ns.end());
  state.counters["ns_p10"] = ns[ns.size() / 10];
  state.counters["ns_p50"] = ns[ns.size() / 2];
  state.counters["orders"] =
      static_cast<double>(state.iterations()) * static_cast<double>(orders_each);
}

/// Enough iterations for quantiles, and few enough for an instruction counter.
inline void usual(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(2000);
}

inline void counted(benchmark::internal::Benchmark* benchmark) {
  benchmark->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(100)->Arg(256);
}

}  // namespace millrace::bench
