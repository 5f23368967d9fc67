// The codec by itself, on one thread: ns an order, three lines each, for building a request, for
// taking it apart, and for building its answer. Each run checks what it made.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "adapters/wire/codec.h"
#include "engine/core/check.h"

namespace millrace::bench {
namespace {

constexpr std::size_t lines_per_order = 3;

void count_orders(benchmark::State& state, std::size_t orders_a_round) {
  const auto orders = static_cast<double>(state.iterations()) * static_cast<double>(orders_a_round);
  state.counters["ns_order"] =
      benchmark::Counter(orders, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Writes the orders in place, as a load generator does.
void fill(FrameBuffer& frame, std::size_t count, std::uint64_t request) {
  const OrdersToFill room = encode_orders(frame, request, count, count * lines_per_order, false);
  for (std::size_t at = 0; at < count; ++at) {
    OrderHead head{};
    head.id = {request, at + 1};
    head.postal = make_postal("10001", 5);
    head.country = make_country('U', 'S');
    head.line_count = lines_per_order;
    room.heads[at] = head;
  }
  for (std::size_t at = 0; at < room.lines.size(); ++at) {
    room.lines[at] = {Sku{at + 1}, Units{1}, 100};
  }
}

void build_orders(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  FrameBuffer frame;
  std::uint64_t request = 0;
  for (auto _ : state) {
    frame.clear();
    fill(frame, count, ++request);
    benchmark::DoNotOptimize(frame.data());
    benchmark::ClobberMemory();
  }
  Message message{};
  CHECK(decode(frame.bytes(), BatchLimits{}, FrameSource::client, message) == Flaw::none);
  CHECK(message.count == count);
  count_orders(state, count);
}

void decode_orders(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  FrameBuffer frame;
  fill(frame, count, 1);
  const BatchLimits limits;
  std::uint64_t lines = 0;
  for (auto _ : state) {
    Message message{};
    CHECK(decode(frame.bytes(), limits, FrameSource::client, message) == Flaw::none);
    lines += message.detail_count;
  }
  CHECK(lines == static_cast<std::uint64_t>(state.iterations()) * count * lines_per_order);
  count_orders(state, count);
}

void build_outcomes(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const auto batch = std::make_unique<Batch>(BatchLimits{});
  for (std::uint32_t left = batch->limits.commands_max; left >= count;
       left -= static_cast<std::uint32_t>(count)) {
    Message message{};
    message.kind = CommandKind::place_order;
    message.count = static_cast<std::uint32_t>(count);
    batch->add(message, Sequence{1});
  }
  FrameBuffer answers;
  for (auto _ : state) {
    answers.clear();
    for (std::uint32_t index = 0; index < batch->message_count; ++index) {
      encode_answer(answers, *batch, index);
    }
    benchmark::DoNotOptimize(answers.data());
    benchmark::ClobberMemory();
  }
  Reply reply;
  CHECK(decode_reply(first_frame(answers.bytes()), reply) == Flaw::none);
  CHECK(reply.outcomes.size() == count);
  count_orders(state, batch->command_count);
}

BENCHMARK(build_orders)->Arg(1)->Arg(16)->Arg(256)->Arg(1024);
BENCHMARK(decode_orders)->Arg(1)->Arg(16)->Arg(256)->Arg(1024);
BENCHMARK(build_outcomes)->Arg(1)->Arg(16)->Arg(256)->Arg(1024);

}  // namespace
}  // namespace millrace::bench
