// The journal by itself: ns an order for durable appends of whole groups, with a real disk under
// the working directory and with one that forgets, which leaves the work of the processor.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "adapters/disk/posix.h"
#include "adapters/wire/codec.h"
#include "bench/measure.h"
#include "bench/reference_workload.h"
#include "engine/core/check.h"
#include "engine/journal/aligned.h"
#include "engine/journal/writer.h"

namespace millrace::bench {
namespace {

/// A directory that is gone afterwards.
class Scratch {
 public:
  explicit Scratch(std::string pattern) : path_(std::move(pattern)) {
    CHECK(::mkdtemp(path_.data()) != nullptr);
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  ~Scratch() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void append(benchmark::State& state, const char* pattern) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  const Orders orders = reference_orders(WorkloadOptions{}, 0, count);
  FrameBuffer frame;
  encode(frame, 1, orders.heads, orders.lines, false);
  const Scratch scratch(pattern);
  auto disk = open_posix_disk(scratch.path());
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
  append(state, "bench-journal.XXXXXX");
}

void in_memory(benchmark::State& state) {
  append(state, "/dev/shm/bench-journal.XXXXXX");
}

BENCHMARK(durable)->Arg(1)->Arg(16)->Arg(256)->Arg(1024)->Arg(4096)->Apply(usual);
BENCHMARK(in_memory)->Arg(256)->Arg(1024)->Apply(usual);
BENCHMARK(in_memory)->Name("counted/journal")->Apply(counted);

}  // namespace
}  // namespace millrace::bench
