// The journal by itself: ns an order for durable appends of whole groups, with a real disk under
// the working directory and with one that forgets, which leaves the work of the processor.
#include <benchmark/benchmark.h>

#include <cstring>
#include <filesystem>

#include "adapters/disk/posix.h"
#include "adapters/wire/codec.h"
#include "bench/measure.h"
#include "bench/reference_workload.h"
#include "engine/core/check.h"
#include "engine/journal/aligned.h"
#include "engine/journal/writer.h"
#include "tests/support/temp_directory.h"

namespace millrace::bench {
namespace {

void append(benchmark::State& state, const std::filesystem::path& under) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  const Orders orders = reference_orders(WorkloadOptions{}, 0, count);
  FrameBuffer frame;
  encode(frame, 1, orders.heads, orders.lines, false);
  const TempDirectory scratch(under);
  auto disk = open_posix_disk(scratch.path().native());
  CHECK(disk.ok());
  JournalWriter writer;
  CHECK(writer.open(*disk.value(), WriterOptions{}, JournalTail{}).ok());
  AlignedBuffer memory(sizeof(FrameHeader) + frame.size() + disk_block);
  std::memcpy(memory.data() + sizeof(FrameHeader), frame.data(), frame.size());
  measure(
      state, count, [] {},
      [&] {
        const PendingFrame pending{
            memory.data(), static_cast<std::uint32_t>(frame.size()), writer.next(), count, 1,
            Time{0}};
        CHECK(writer.append(std::span(&pending, 1)).ok());
      });
  CHECK(writer.stats().commands == static_cast<std::uint64_t>(state.iterations()) * count);
}

void durable(benchmark::State& state) {
  append(state, std::filesystem::current_path());
}

void in_memory(benchmark::State& state) {
  append(state, "/dev/shm");
}

BENCHMARK(durable)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->Arg(4096)->Apply(usual);
BENCHMARK(in_memory)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(in_memory)->Name("counted/journal")->Apply(counted);

}  // namespace
}  // namespace millrace::bench
