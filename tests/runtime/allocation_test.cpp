// Once it is warm, the pipeline decides, journals, answers and releases waves without taking
// memory: every allocation of the process is counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <semaphore>

#include "adapters/disk/posix.h"
#include "adapters/wire/codec.h"
#include "adapters/wire/wire_encoders.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/pipeline.h"
#include "tests/support/small_network.h"
#include "tests/support/temp_directory.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* memory = nullptr;
  if (::posix_memalign(&memory, std::max(alignment, sizeof(void*)), bytes) != 0) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) {
  return counted(bytes, alignof(std::max_align_t));
}

void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*bytes*/, std::align_val_t /*alignment*/) noexcept {
  std::free(memory);
}

namespace millrace::test {
namespace {

constexpr std::uint32_t frame_orders = 256;
constexpr std::uint64_t session = 1;

/// Counts what became of the orders, and lets go of the next frame.
class Sink final : public ReplySink {
 public:
  void deliver(const Batch& batch) override {
    for (const Message& message : batch.in()) {
      if (message.kind == CommandKind::release_wave) {
        ++waves;
      }
      for (std::uint32_t at = 0; at < message.count && message.origin.session == session; ++at) {
        const Outcome& outcome = batch.outcomes[message.first_command + at];
        held += static_cast<std::uint64_t>(outcome.status == Status::allocated);
      }
      if (message.origin.session == session) {
        answered.release();
      }
    }
  }

  std::uint64_t held = 0;
  std::uint64_t waves = 0;
  std::counting_semaphore<> answered{0};
};

class Client {
 public:
  Client(Pipeline& pipeline, Sink& sink) : port_(pipeline.open_port()), sink_(sink) {}

  /// Sends a frame that is ready to go, and waits for its answer.
  void send(const FrameBuffer& frame) {
    Inbound inbound{};
    ASSERT_EQ(decode(frame.bytes(), BatchLimits{}, FrameSource::client, inbound.message),
              Flaw::none);
    inbound.message.origin = Origin{session, 0};
    inbound.bytes = frame.data();
    port_->submit(std::span(&inbound, 1));
    sink_.answered.acquire();
  }

  /// Sends rounds of new orders, each from the same memory.
  void send_orders(std::uint64_t rounds) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      frame_.clear();
      const OrdersToFill room = encode_orders(frame_, 0, frame_orders, frame_orders, false);
      for (std::uint32_t at = 0; at < frame_orders; ++at) {
        OrderHead head{};
        head.id = {1, ++last_id_};
        head.postal = make_postal("10001", 5);
        head.country = make_country('U', 'S');
        head.line_count = 1;
        room.heads[at] = head;
        room.lines[at] = {Sku{1}, Units{1}, 100};
      }
      send(frame_);
    }
  }

 private:
  std::unique_ptr<Port> port_;
  Sink& sink_;
  FrameBuffer frame_;
  std::uint64_t last_id_ = 0;
};

void stock_up(Client& client, const Network& network) {
  const DefineSku define{CommandId{2, 1}, Sku{1}, 100, 0, 0};
  FrameBuffer frame;
  encode(frame, 0, std::span(&define, 1));
  client.send(frame);
  for (std::uint16_t node = 0; node < network.node_count(); ++node) {
    const ReceiveStock receipt{CommandId{3, node + 1ULL}, Sku{1}, Units{1'000'000'000},
                               NodeIndex{node}, 0};
    frame.clear();
    encode(frame, 0, std::span(&receipt, 1));
    client.send(frame);
  }
}

TEST(Allocations, NoneForAnOrderOnceThePipelineIsWarm) {
  const Network network = small_network([](Network& figures) {
    for (Node& node : figures.nodes) {
      node.daily_shipments_max = 1'000'000'000;
    }
    figures.wave.orders_max = 50;
  });
  Engine engine(network, Limits{.skus_max = 16, .orders_max = 1U << 17U, .slices_max = 1U << 18U});
  const TempDirectory scratch;
  auto disk = open_posix_disk(scratch.path().native());
  ASSERT_TRUE(disk.ok());
  JournalWriter writer;
  // The next segment may be finished at any moment, which allocates, though not for an order.
  ASSERT_TRUE(
      writer.open(*disk.value(), WriterOptions{.prepare_ahead = false}, JournalTail{}).ok());
  Sink sink;
  ManualClock clock(monday_morning);
  const WireEncoders encoders(widest_batch);
  Pipeline pipeline(engine, &writer, sink, clock, encoders, PipelineOptions{});
  pipeline.start();
  Client client(pipeline, sink);
  stock_up(client, network);
  client.send_orders(100);
  const std::uint64_t before = allocations.load();
  client.send_orders(200);
  const std::uint64_t after = allocations.load();
  pipeline.stop();
  EXPECT_EQ(sink.held, 300U * frame_orders);
  EXPECT_GT(sink.waves, 300U * frame_orders / 50 - 10);
  // One for each batch would be 200, for each wave 1,000; a wave that is late once may need a frame
  // more than there were before.
  EXPECT_LT(after - before, 8U);
}

}  // namespace
}  // namespace millrace::test
