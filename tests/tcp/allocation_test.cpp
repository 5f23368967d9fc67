// Once warm, neither an I/O thread nor the reply path allocates memory, whatever the traffic.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "adapters/tcp/client.h"
#include "tests/tcp/raw_peer.h"

namespace {

std::atomic<std::uint64_t> allocations{0};
thread_local bool watched = false;

void* counted(std::size_t bytes, std::size_t alignment) {
  if (watched) {
    allocations.fetch_add(1);
  }
  void* const memory =
      alignment <= alignof(std::max_align_t)
          ? std::malloc(bytes)
          : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) {
  return counted(bytes, 1);
}

void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace millrace::test {
namespace {

class Allocation : public testing::Test {
 protected:
  void exchange(Client& client, int rounds) {
    for (int round = 0; round < rounds; ++round) {
      for (int frame = 0; frame < 20; ++frame) {
        const std::size_t count = frame % 10 == 0 ? 500 : 1;
        const OrdersToFill orders = client.put_orders(count, count, frame % 3 == 0);
        for (std::size_t at = 0; at < count; ++at) {
          orders.heads[at] = OrderHead{};
          orders.heads[at].line_count = 1;
          orders.lines[at] = {Sku{1}, Units{1}, 1};
        }
      }
      client.put(std::span<const GetAvailability>(reads_));
      while (client.unanswered_requests() + client.unanswered_reads() > 0) {
        const auto reply = client.wait(patience);
        ASSERT_TRUE(reply.ok() && reply->has_value());
      }
    }
  }

  const std::vector<GetAvailability> reads_{4096, GetAvailability{Sku{7}, all_nodes, {}}};
};

TEST_F(Allocation, NoneInSteadyState) {
  Limits limits;
  limits.skus_max = 16;
  limits.shards = 1;
  const Catalogue catalogue(16, Touch::as_used);
  const StockTable stock(limits, 1);
  ServerOptions options;
  options.availability = AvailabilityReader(catalogue, stock, 1);
  options.thread_started = [](std::uint32_t) { watched = true; };
  options.chunk_bytes = 16U << 10U;
  Server server(options, {});
  EchoPipeline pipeline(server.sink(), [] { watched = true; });
  ASSERT_FALSE(server.start([&] { return pipeline.open_port(); }).has_value());
  auto first = Client::connect("127.0.0.1", server.port(), {});
  auto second = Client::connect("127.0.0.1", server.port(), {});
  ASSERT_TRUE(first.ok() && second.ok());
  // How much is on the way at once is chance, so pools may still grow now and then at first.
  std::uint64_t before = 0;
  EXPECT_TRUE(eventually([&] {
    before = allocations.load();
    exchange(*first, 100);
    exchange(*second, 100);
    return allocations.load() == before;
  })) << "still allocating";
  EXPECT_GT(before, 0U);
  server.stop(std::chrono::milliseconds(0));
}

}  // namespace
}  // namespace millrace::test
