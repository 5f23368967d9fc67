// SIGKILL at random moments: whatever was acknowledged is there once after the restart, whatever
// was not is there once or not at all, and the books add up.
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/tcp/client.h"
#include "tests/support/order_stream.h"
#include "tests/support/server_process.h"

namespace millrace::test {
namespace {

using std::chrono::milliseconds;

constexpr int kills_wanted = 50;
constexpr milliseconds patience{60'000};

std::uint64_t seed() {
  const char* const given = std::getenv("MILLRACE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

class Kill : public ::testing::Test {
 protected:
  Kill()
      : network_(load_network(MILLRACE_SOURCE_DIR "/docs/sample-network")),
        seed_(seed()),
        stream_(network_.files, seed_),
        // Small segments and frequent snapshots, so that kills also meet rotation and pruning.
        server_(MILLRACE_BINARY, scratch_.path(),
                {"--network", MILLRACE_SOURCE_DIR "/docs/sample-network", "--journal",
                 (scratch_.path() / "journal").native(), "--segment-bytes", "4M",
                 "--snapshot-every-commands", "20000", "--orders-max", "2000000"}) {}

  void SetUp() override {
    std::printf("seed=%llu\n", static_cast<unsigned long long>(seed_));
    ASSERT_TRUE(network_.is_ok());
  }

  /// A machine that is busy with other things may be slow, so the patience is long.
  static ClientResult<Client> connect(std::uint16_t port) {
    ClientOptions options;
    options.timeout = patience;
    return Client::connect("127.0.0.1", port, options);
  }

  /// Streams frames until so many orders are acknowledged, or the connection breaks.
  void stream_until(Client& client, std::size_t acknowledged_wanted) {
    std::size_t acknowledged = 0;
    while (acknowledged < acknowledged_wanted) {
      while (client.unanswered_requests() < 8) {
        stream_.put_frame(client, 1 + stream_.random()() % 200);
      }
      const auto reply = client.wait(patience);
      if (!reply.ok() || !reply.value()) {
        ADD_FAILURE() << "no answer: " << (reply.ok() ? "timeout" : reply.error().text);
        return;
      }
      const auto problem = stream_.take(**reply);
      ASSERT_FALSE(problem) << *problem;
      acknowledged += (*reply)->outcomes.size();
    }
  }

  /// Asks for every order ever sent and holds it against what was answered.
  void check_every_order(Client& client) {
    constexpr std::size_t step = 2000;
    const std::vector<SentOrder>& orders = stream_.orders();
    std::uint64_t there = 0;
    std::uint64_t acknowledged_lost = 0;
    for (std::size_t first = 0; first < orders.size(); first += step) {
      std::vector<GetOrder> queries;
      for (std::size_t at = first; at < std::min(first + step, orders.size()); ++at) {
        queries.push_back(GetOrder{orders[at].head.id});
      }
      client.put<GetOrder>(queries);
      const auto reply = client.wait(patience);
      ASSERT_TRUE(reply.ok() && reply.value()) << "no answer";
      ASSERT_EQ((*reply)->orders.size(), queries.size());
      for (std::size_t at = 0; at < queries.size(); ++at) {
        const OrderView& view = (*reply)->orders[at];
        const auto& answer = orders[first + at].answer;
        there += static_cast<std::uint64_t>(view.sequence.value != 0);
        if (!answer) {
          continue;
        }
        acknowledged_lost += static_cast<std::uint64_t>(view.sequence.value == 0);
        ASSERT_EQ(view.outcome, *answer) << "order " << first + at << " seed=" << seed_;
      }
    }
    EXPECT_EQ(acknowledged_lost, 0U);
    const auto stats = client.stats(true);
    ASSERT_TRUE(stats.ok());
    EXPECT_EQ(stats->invariant_violations, 0U);
    // As many records as orders that answer: none is there twice.
    EXPECT_EQ(stats->orders, there);
  }

  /// Sends again what has no answer; a repeat of what was carried out changes nothing.
  void settle_unanswered(Client& client) {
    stream_.put_unanswered(client);
    while (client.unanswered_requests() > 0) {
      const auto reply = client.wait(patience);
      ASSERT_TRUE(reply.ok() && reply.value()) << "no answer";
      const auto problem = stream_.take(**reply);
      ASSERT_FALSE(problem) << *problem;
    }
  }

  ScratchDirectory scratch_;
  LoadResult network_;
  std::uint64_t seed_;
  OrderStream stream_;
  ServerProcess server_;
};

TEST_F(Kill, AcknowledgedOrdersSurviveFiftyKills) {
  int kills = 0;
  for (; kills < kills_wanted; ++kills) {
    server_.spawn();
    if (kills % 5 == 4) {
      // A kill while it starts: during recovery, truncation or the opening of the journal.
      ::poll(nullptr, 0, static_cast<int>(stream_.random()() % 150));
      server_.signal(SIGKILL);
      server_.wait_exit();
      server_.spawn();
    }
    const auto port = server_.wait_ready();
    ASSERT_TRUE(port) << server_.log();
    auto connected = connect(*port);
    ASSERT_TRUE(connected.ok()) << connected.error().text << "\n" << server_.log();
    Client& client = *connected;
    if (kills % 10 == 0) {
      check_every_order(client);
    }
    settle_unanswered(client);
    stream_until(client, stream_.random()() % 4000);
    if (HasFatalFailure()) {
      return;
    }
    // Frames are on the way: some are decided, some on disk, some in the socket.
    server_.signal(SIGKILL);
    EXPECT_EQ(server_.wait_exit(), -SIGKILL);
    stream_.lose_connection();
  }
  server_.spawn();
  const auto port = server_.wait_ready();
  ASSERT_TRUE(port) << server_.log();
  auto connected = connect(*port);
  ASSERT_TRUE(connected.ok()) << connected.error().text << "\n" << server_.log();
  Client& client = *connected;
  check_every_order(client);
  settle_unanswered(client);
  check_every_order(client);
  client.close();
  server_.signal(SIGTERM);
  EXPECT_EQ(server_.wait_exit(), 0) << server_.log();
  EXPECT_NE(server_.log().find("snapshot.taken"), std::string::npos)
      << "no snapshot was taken, so none was recovered from";
  std::printf("kills=%d orders=%zu\n", kills, stream_.orders().size());
}

}  // namespace
}  // namespace millrace::test
