// Server, pipeline and engine behind real sockets, for tests of the whole way.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include "adapters/tcp/client.h"
#include "adapters/tcp/server.h"
#include "adapters/wire/wire_encoders.h"
#include "engine/runtime/pipeline.h"
#include "tests/support/small_network.h"

namespace millrace::test {

inline constexpr Sku sku{7};
inline constexpr OrderLine one_unit{sku, Units{1}, 100};

/// Server, pipeline and engine on the small network; nothing is journaled.
class Live {
 public:
  /// `change` may edit the network's figures.
  explicit Live(const ServerOptions& options, const std::function<void(Network&)>& change = {})
      : network_(small_network(change)),
        engine_(network_, {.skus_max = 4096,
                           .orders_max = 1U << 17U,
                           .slices_max = 1U << 18U,
                           .backorders_max = 1U << 12U,
                           .commands_max = 1U << 12U,
                           .shards = 1}),
        server_(with_reads(options, engine_), {}),
        encoders_(options.limits),
        clock_(monday_morning),
        pipeline_(engine_, nullptr, server_.sink(), clock_, encoders_, {}) {
    pipeline_.start();
    EXPECT_FALSE(server_.start([this] { return pipeline_.open_port(); }).has_value());
  }

  ~Live() { stop(); }

  void stop() {
    if (!stopped_) {
      stopped_ = true;
      server_.stop(std::chrono::milliseconds(100));
      pipeline_.stop();
    }
  }

  [[nodiscard]] Client connected(std::uint32_t credit = 0) {
    auto client = Client::connect("127.0.0.1", server_.port(), {.credit = credit});
    EXPECT_TRUE(client.ok()) << client.error().text;
    return std::move(*client);
  }

  void stock_up(std::uint32_t units) {
    Client client = connected();
    EXPECT_TRUE(client.define({{9, 1}, sku, 100, 0, 0}).ok());
    const auto received = client.receive({{9, 2}, sku, Units{units}, NodeIndex{0}, 0});
    ASSERT_TRUE(received.ok());
    EXPECT_EQ(received->status, Status::accepted);
  }

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  [[nodiscard]] const Network& network() const { return network_; }

  [[nodiscard]] const Engine& engine() const { return engine_; }

  [[nodiscard]] ServerCounters counters() const { return server_.counters(); }

  /// An order of one unit that the network can ship.
  [[nodiscard]] OrderHead head(OrderId id) const {
    OrderHead made{};
    made.id = id;
    made.country = network_.regions.front().country;
    made.postal = network_.regions.front().prefix;
    made.line_count = 1;
    return made;
  }

 private:
  static ServerOptions with_reads(ServerOptions options, const Engine& engine) {
    options.availability = engine.availability();
    return options;
  }

  Network network_;
  Engine engine_;
  Server server_;
  WireEncoders encoders_;
  ManualClock clock_;
  Pipeline pipeline_;
  bool stopped_ = false;
};

/// Places orders of one unit with ids of its own on a connection of its own, and counts those that
/// were allocated. `acknowledged` is told as they are answered.
std::uint64_t place_many(Live& live, std::uint64_t client_id, std::uint64_t count,
                         std::atomic<std::uint64_t>* acknowledged = nullptr);

}  // namespace millrace::test
