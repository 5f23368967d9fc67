// Answers: ns an order for making the frames that go back to the clients.
#include <benchmark/benchmark.h>

#include "adapters/wire/codec.h"
#include "bench/measure.h"
#include "engine/core/batch.h"
#include "engine/core/check.h"

namespace millrace::bench {
namespace {

constexpr std::uint32_t orders_a_batch = 1024;

void answers(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Batch batch{BatchLimits{}};
  while (batch.command_count < orders_a_batch) {
    Message message{};
    message.kind = CommandKind::place_order;
    message.count = count;
    batch.add(message, Sequence{1});
  }
  FrameBuffer out;
  measure(
      state, batch.command_count, [&] { out.clear(); },
      [&] {
        for (std::uint32_t index = 0; index < batch.message_count; ++index) {
          encode_answer(out, batch, index);
        }
      });
  Reply reply;
  CHECK(decode_reply(first_frame(out.bytes()), reply) == Flaw::none);
  CHECK(reply.outcomes.size() == count);
}

BENCHMARK(answers)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(answers)->Name("counted/answers")->Apply(counted);

}  // namespace
}  // namespace millrace::bench
