// The pure stages by themselves, on one thread: ns an order over the reference workload. Each run
// checks its own answers: every order is decided, and the split of decisions is the workload's.
#include <benchmark/benchmark.h>

#include <memory>

#include "bench/reference_workload.h"
#include "engine/core/check.h"

namespace millrace::bench {
namespace {

constexpr std::uint32_t distinct = 1U << 20U;

/// An engine with stock, a million orders, and batches cut from them again and again with new ids.
class Fixture {
 public:
  explicit Fixture(const WorkloadOptions& options)
      : network_(reference_network(options)), orders_(reference_orders(options, 0, distinct)) {
    for (std::size_t order = 0; order < orders_.heads.size(); ++order) {
      line_of_.push_back(line_of_.empty() ? 0
                                          : line_of_.back() + orders_.heads[order - 1].line_count);
    }
    line_of_.push_back(static_cast<std::uint32_t>(orders_.lines.size()));
    engine_ = std::make_unique<Engine>(network_, reference_limits(options, 1U << 23U));
    stock_up(*engine_, options);
  }

  /// Cuts the next batch; the ids are made new by the round.
  void cut(Batch& batch, std::uint32_t frame, std::uint32_t frames) {
    batch.clear();
    for (std::uint32_t at = 0; at < frames; ++at) {
      if (next_ + frame > distinct) {
        next_ = 0;
        ++round_;
        for (OrderHead& head : orders_.heads) {
          head.id.high ^= round_ * 0x9e3779b97f4a7c15ULL;
        }
      }
      Message message{};
      message.kind = CommandKind::place_order;
      message.count = frame;
      message.heads = orders_.heads.data() + next_;
      message.details = orders_.lines.data() + line_of_[next_];
      message.detail_count = line_of_[next_ + frame] - line_of_[next_];
      message.time = Time{1'800'000'000 * us_per_second};
      batch.add(message, Sequence{engine_->last_sequence().value + 1 + std::uint64_t{at} * frame});
      next_ += frame;
    }
  }

  Engine& engine() { return *engine_; }

 private:
  Network network_;
  Orders orders_;
  std::vector<std::uint32_t> line_of_;
  std::unique_ptr<Engine> engine_;
  std::uint32_t next_ = 0;
  std::uint64_t round_ = 0;
};

/// A name for instruction counters to begin and end at.
[[gnu::noinline]] void apply_counted(Engine& engine, Batch& batch) {
  engine.apply(batch);
}

void run(benchmark::State& state, const WorkloadOptions& options) {
  const auto frame = static_cast<std::uint32_t>(state.range(0));
  Fixture fixture(options);
  Batch batch{BatchLimits{}};
  std::uint64_t orders = 0;
  for ([[maybe_unused]] const auto turn : state) {
    state.PauseTiming();
    fixture.cut(batch, frame, 1);
    state.ResumeTiming();
    apply_counted(fixture.engine(), batch);
    orders += frame;
  }
  const Stats stats = fixture.engine().stats();
  CHECK(stats.orders == orders);
  CHECK(stats.orders_allocated + stats.orders_split + stats.orders_refused == orders);
  state.SetItemsProcessed(static_cast<std::int64_t>(orders));
  const auto share = [&](std::uint64_t part) {
    return static_cast<double>(part) / static_cast<double>(orders);
  };
  state.counters["split"] = share(stats.orders_split);
  state.counters["refused"] = share(stats.orders_refused);
  state.counters["ns_order"] = benchmark::Counter(
      static_cast<double>(orders), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void reference(benchmark::State& state) {
  run(state, WorkloadOptions{});
}

void uniform_million(benchmark::State& state) {
  WorkloadOptions options;
  options.skus = 1'000'000;
  options.zipf = 0;
  run(state, options);
}

BENCHMARK(reference)->Arg(256)->Arg(1024)->Iterations(4000)->Unit(benchmark::kMicrosecond);
// Short enough to run under an instruction counter.
BENCHMARK(reference)->Name("counted")->Arg(256)->Iterations(100);
BENCHMARK(uniform_million)->Arg(1024)->Iterations(4000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace millrace::bench
