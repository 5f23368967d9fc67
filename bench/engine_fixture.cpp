// The fixture of the stage benchmarks.
#include "bench/engine_fixture.h"

#include "engine/core/check.h"

namespace millrace::bench {

namespace {

constexpr std::uint32_t distinct = 1U << 20U;

}  // namespace

EngineFixture::EngineFixture(const WorkloadOptions& options, std::uint32_t orders_max, Touch touch)
    : network_(reference_network(options)), orders_(reference_orders(options, 0, distinct)) {
  line_of_.push_back(0);
  for (const OrderHead& head : orders_.heads) {
    line_of_.push_back(line_of_.back() + head.line_count);
  }
  Limits limits = reference_limits(options, orders_max);
  limits.touch = touch;
  engine_ = std::make_unique<Engine>(network_, limits);
  stock_up(*engine_, options);
}

void EngineFixture::cut(Batch& batch, std::uint32_t orders) {
  batch.clear();
  if (next_ + orders > distinct) {
    next_ = 0;
    ++round_;
    for (OrderHead& head : orders_.heads) {
      head.id.high ^= round_ * 0x9e3779b97f4a7c15ULL;
    }
  }
  Message message{};
  message.kind = CommandKind::place_order;
  message.count = orders;
  message.heads = orders_.heads.data() + next_;
  message.details = orders_.lines.data() + line_of_[next_];
  message.detail_count = line_of_[next_ + orders] - line_of_[next_];
  message.time = Time{1'800'000'000 * us_per_second};
  batch.add(message, Sequence{engine_->last_sequence().value + 1});
  next_ += orders;
}

void EngineFixture::place(std::uint32_t orders) {
  Batch batch{BatchLimits{}};
  for (std::uint32_t placed = 0; placed < orders; placed += 1024) {
    cut(batch, 1024);
    engine_->apply(batch);
  }
}

void EngineFixture::check(std::uint64_t orders) const {
  const Stats stats = engine_->stats();
  CHECK(stats.orders == orders);
  CHECK(stats.orders_allocated + stats.orders_split + stats.orders_refused == orders);
  // Nine in ten leave from one node; the shares are the workload's, whatever the seed.
  CHECK(stats.orders_allocated * 20 > orders * 17);
  CHECK(stats.orders_refused * 50 < orders + 50);
}

}  // namespace millrace::bench
