// Decide and hold: the allocate stage on orders of so many lines in a network of so many nodes,
// half of the cells empty, with stock prices and without.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/measure.h"
#include "bench/reference_workload.h"
#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/engine.h"

namespace millrace::bench {
namespace {

constexpr std::uint32_t batch_orders = 256;
constexpr std::uint32_t iterations = 200;
constexpr Time now{1'800'000'000 * us_per_second};

WorkloadOptions options_of(std::uint32_t nodes) {
  WorkloadOptions options;
  options.nodes = nodes;
  options.skus = 20'000;
  options.units_per_cell = 10'000;
  return options;
}

Network network_of(const WorkloadOptions& options, bool prices) {
  Network network = reference_network(options);
  network.routing.look_ahead = prices;
  network.compile();
  return network;
}

class RouteFixture {
 public:
  RouteFixture(std::uint32_t lines, std::uint32_t nodes, bool prices)
      : options_(options_of(nodes)),
        lines_an_order_(lines),
        network_(network_of(options_, prices)),
        engine_(network_, reference_limits(options_, (iterations + 1) * batch_orders * 4)) {
    stock_up(engine_, options_);
    if (prices) {
      forecast();
    }
  }

  void cut() {
    finish();
    batch_.clear();
    heads_.assign(batch_orders, OrderHead{});
    lines_.clear();
    for (OrderHead& head : heads_) {
      head.id = OrderId{7, ++orders_};
      const Region& region = network_.regions[mix64(orders_) % network_.regions.size()];
      head.country = region.country;
      head.postal = region.prefix;
      head.policy = static_cast<std::uint8_t>(Policy::allow_split);
      head.line_count = static_cast<std::uint8_t>(lines_an_order_);
      for (std::uint32_t line = 0; line < lines_an_order_; ++line) {
        const auto index = static_cast<std::uint32_t>(mix64(orders_ * 64 + line) % options_.skus);
        lines_.push_back(OrderLine{Sku{index + 1ULL}, Units{1}, 0});
      }
    }
    Message message{};
    message.kind = CommandKind::place_order;
    message.count = batch_orders;
    message.heads = heads_.data();
    message.details = lines_.data();
    message.detail_count = static_cast<std::uint32_t>(lines_.size());
    message.time = now;
    batch_.add(message, Sequence{engine_.last_sequence().value + 1});
    engine_.run_stage(StageId::validate, batch_);
  }

  void allocate() { engine_.run_stage(StageId::allocate, batch_); }

  void finish() {
    if (batch_.message_count > 0) {
      engine_.run_stage(StageId::wave, batch_);
    }
  }

  /// Every order was decided, and few of them refused: one SKU in 128 is nowhere.
  void check() const {
    const Stats stats = engine_.stats();
    CHECK(stats.orders == orders_);
    CHECK(stats.orders_allocated + stats.orders_split + stats.orders_refused == orders_);
    CHECK(stats.orders_refused * 8 < orders_);
  }

 private:
  void forecast() {
    std::vector<StockChange> forecasts;
    for (std::uint32_t index = 0; index < options_.skus; ++index) {
      StockChange change{};
      change.command = CommandId{9, index + 1};
      change.sku = Sku{index + 1ULL};
      change.moment = Time{now.us + 30 * us_per_day};
      change.units = Units{static_cast<std::uint32_t>(mix64(index) % 100'000'000)};
      change.action = static_cast<std::uint8_t>(StockAction::set_forecast);
      forecasts.push_back(change);
    }
    for (std::size_t at = 0; at < forecasts.size(); at += 1'000) {
      batch_.clear();
      Message message{};
      message.kind = CommandKind::stock_change;
      message.count = 1'000;
      message.heads = forecasts.data() + at;
      message.time = now;
      batch_.add(message, Sequence{engine_.last_sequence().value + 1});
      engine_.apply(batch_);
    }
    batch_.clear();
  }

  WorkloadOptions options_;
  std::uint32_t lines_an_order_;
  Network network_;
  Engine engine_;
  Batch batch_{BatchLimits{}};
  std::vector<OrderHead> heads_;
  std::vector<OrderLine> lines_;
  std::uint64_t orders_ = 0;
};

void decide(benchmark::State& state) {
  RouteFixture fixture(static_cast<std::uint32_t>(state.range(0)),
                       static_cast<std::uint32_t>(state.range(1)), state.range(2) != 0);
  measure(
      state, batch_orders, [&] { fixture.cut(); }, [&] { fixture.allocate(); });
  fixture.check();
}

BENCHMARK(decide)
    ->ArgNames({"lines", "nodes", "prices"})
    ->ArgsProduct({{1, 2, 3, 5, 10}, {10, 16, 64, 512}, {0, 1}})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(iterations);

}  // namespace
}  // namespace millrace::bench
