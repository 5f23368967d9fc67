// SIGKILL at random moments: whatever was acknowledged is there once after the restart, whatever
// was not is there once or not at all, and the books add up.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/tcp/client.h"
#include "engine/journal/file.h"
#include "engine/journal/frame.h"
#include "tests/support/order_stream.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace millrace::test {
namespace {

constexpr const char* sample_network = MILLRACE_SOURCE_DIR "/docs/sample-network";

using std::chrono::milliseconds;

constexpr int kills_wanted = 50;
constexpr milliseconds patience{60'000};
constexpr std::uint64_t snapshot_every = 20'000;

std::uint64_t seed() {
  const char* const given = std::getenv("MILLRACE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

/// The number after a key in the last line of an event; 0 if there is none.
std::uint64_t logged(const std::string& log, const std::string& event, const std::string& key) {
  const std::size_t line = log.rfind("\"event\":\"" + event + "\"");
  if (line == std::string::npos) {
    return 0;
  }
  const std::string name = "\"" + key + "\":";
  const std::size_t at = log.find(name, line);
  return at == std::string::npos ? 0 : std::strtoull(log.c_str() + at + name.size(), nullptr, 10);
}

class Kill : public ::testing::Test {
 protected:
  Kill()
      : network_(load_network(sample_network)),
        seed_(seed()),
        stream_(network_.files, seed_),
        // Small segments and frequent snapshots, so that kills also meet rotation and pruning.
        server_(
            MILLRACE_BINARY, scratch_.path(),
            {"--network", sample_network, "--journal", (scratch_.path() / "journal").native(),
             "--segment-bytes", "4M", "--spare-segments", "2", "--snapshot-every-commands", std::to_string(snapshot_every),
             "--orders-max", "1000000", "--slices-max", "8000000", "--touch-memory=false",
             // Cancelled orders go into the archive with the next snapshot.
             "--keep-finished-days", "0"}) {}

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

  /// Streams frames until so many commands are acknowledged, or the connection breaks.
  void stream_until(Client& client, std::size_t acknowledged_wanted) {
    std::size_t acknowledged = 0;
    while (acknowledged < acknowledged_wanted) {
      while (client.unanswered_requests() < 8) {
        if (stream_.random()() % 4 == 0) {
          stream_.put_command_frame(client, 1 + stream_.random()() % 20);
        } else {
          stream_.put_frame(client, 1 + stream_.random()() % 200);
        }
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

  /// Asks for these orders and holds them against what was answered; how many are there.
  std::uint64_t check_orders(Client& client, const std::vector<std::size_t>& indices) {
    constexpr std::size_t step = 2000;
    const std::vector<SentOrder>& orders = stream_.orders();
    std::uint64_t there = 0;
    for (std::size_t first = 0; first < indices.size(); first += step) {
      std::vector<GetOrder> queries;
      for (std::size_t at = first; at < std::min(first + step, indices.size()); ++at) {
        queries.push_back(GetOrder{orders[indices[at]].head.id});
      }
      client.put<GetOrder>(queries);
      const auto reply = client.wait(patience);
      if (!reply.ok() || !reply.value() || (*reply)->orders.size() != queries.size()) {
        ADD_FAILURE() << "no answer";
        return there;
      }
      for (std::size_t at = 0; at < queries.size(); ++at) {
        const OrderView& view = (*reply)->orders[at];
        const auto& answer = orders[indices[first + at]].answer;
        there += static_cast<std::uint64_t>(view.sequence.value != 0);
        EXPECT_TRUE(!answer || view.sequence.value != 0)
            << "order " << indices[first + at] << " is lost, seed=" << seed_;
        EXPECT_TRUE(!answer || view.outcome == *answer)
            << "order " << indices[first + at] << " seed=" << seed_;
      }
    }
    return there;
  }

  /// Sends these acknowledged commands once more: the same body under the same id gets the same
  /// answer, if the first one is remembered.
  template <class Command>
  void check_commands(Client& client, const std::vector<std::size_t>& indices) {
    constexpr std::size_t step = 1000;
    std::vector<std::size_t> some;
    for (const std::size_t index : indices) {
      if (std::holds_alternative<Command>(stream_.commands()[index].body)) {
        some.push_back(index);
      }
    }
    for (std::size_t first = 0; first < some.size(); first += step) {
      std::vector<Command> bodies;
      for (std::size_t at = first; at < std::min(first + step, some.size()); ++at) {
        bodies.push_back(std::get<Command>(stream_.commands()[some[at]].body));
      }
      client.put<Command>(bodies);
      const auto reply = client.wait(patience);
      ASSERT_TRUE(reply.ok() && reply.value()) << "no answer";
      ASSERT_EQ((*reply)->outcomes.size(), bodies.size());
      for (std::size_t at = 0; at < bodies.size(); ++at) {
        EXPECT_EQ((*reply)->outcomes[at], stream_.commands()[some[first + at]].answer)
            << "command " << some[first + at] << " seed=" << seed_;
      }
    }
  }

  void check_audit(Client& client, std::optional<std::uint64_t> orders = {}) {
    const auto stats = client.stats(true);
    ASSERT_TRUE(stats.ok());
    EXPECT_EQ(stats->invariant_violations, 0U);
    if (orders) {
      // As many records as orders that answer: none is there twice.
      EXPECT_EQ(stats->orders, *orders);
    }
  }

  void check_everything(Client& client) {
    std::vector<std::size_t> orders(stream_.orders().size());
    std::iota(orders.begin(), orders.end(), std::size_t{0});
    const std::uint64_t there = check_orders(client, orders);
    std::vector<std::size_t> commands;
    for (std::size_t index = 0; index < stream_.commands().size(); ++index) {
      if (stream_.commands()[index].answer) {
        commands.push_back(index);
      }
    }
    check_commands<CancelOrder>(client, commands);
    check_commands<ReceiveStock>(client, commands);
    check_audit(client, there);
  }

  /// What was acknowledged since the last check, and some of what was before.
  void check_new(Client& client) {
    constexpr std::size_t older = 500;
    std::vector<std::size_t> orders = stream_.new_answered_orders();
    std::vector<std::size_t> commands = stream_.new_answered_commands();
    for (std::size_t more = 0; more < older && !stream_.orders().empty(); ++more) {
      orders.push_back(stream_.random()() % stream_.orders().size());
    }
    for (std::size_t more = 0; more < older && !stream_.commands().empty(); ++more) {
      const std::size_t index = stream_.random()() % stream_.commands().size();
      if (stream_.commands()[index].answer) {
        commands.push_back(index);
      }
    }
    (void)check_orders(client, orders);
    check_commands<CancelOrder>(client, commands);
    check_commands<ReceiveStock>(client, commands);
    check_audit(client);
  }

  /// Sends again what has no answer; a repeat of what was carried out changes nothing.
  void settle_unanswered(Client& client) {
    stream_.put_unanswered(client);
    take_answers(client);
  }

  /// Waits for the answers to everything sent.
  void take_answers(Client& client) {
    while (client.unanswered_requests() > 0) {
      const auto reply = client.wait(patience);
      ASSERT_TRUE(reply.ok() && reply.value()) << "no answer";
      const auto problem = stream_.take(**reply);
      ASSERT_FALSE(problem) << *problem;
    }
  }

  /// Waits until no more commands follow the last snapshot than the interval; its sequence.
  std::uint64_t await_snapshot(Sequence last) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    // A kill may have come between a snapshot and its line in the log.
    const std::uint64_t found = logged(server_.log(), "journal.recovered", "sequence") -
                                logged(server_.log(), "journal.recovered", "commands_replayed");
    std::uint64_t taken = 0;
    do {
      taken = std::max(found, logged(server_.log(), "snapshot.taken", "sequence"));
    } while (taken + snapshot_every <= last.value && ::poll(nullptr, 0, 10) == 0 &&
             std::chrono::steady_clock::now() < give_up);
    EXPECT_GT(taken + snapshot_every, last.value) << server_.log();
    return taken;
  }

  TempDirectory scratch_;
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
    check_new(client);
    if (kills % 10 == 0) {
      check_everything(client);
      // However quick the rounds are, some of the later starts are from a snapshot.
      const auto stats = client.stats(false);
      ASSERT_TRUE(stats.ok());
      await_snapshot(stats->sequence);
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
  check_everything(client);
  settle_unanswered(client);
  check_everything(client);
  const auto stats = client.stats(false);
  ASSERT_TRUE(stats.ok());
  EXPECT_GT(stats->orders_put_away, 0U);
  std::printf("orders put away=%llu in memory=%llu\n",
              static_cast<unsigned long long>(stats->orders_put_away),
              static_cast<unsigned long long>(stats->orders_in_memory));
  client.close();
  server_.signal(SIGTERM);
  EXPECT_EQ(server_.wait_exit(), 0) << server_.log();
  EXPECT_NE(server_.log().find("snapshot.taken"), std::string::npos)
      << "no snapshot was taken, so none was recovered from";
  std::printf("kills=%d orders=%zu commands=%zu\n", kills, stream_.orders().size(),
              stream_.commands().size());
}

TEST_F(Kill, ARestartReplaysOnlyWhatFollowsTheLastSnapshot) {
  server_.spawn();
  const auto port = server_.wait_ready();
  ASSERT_TRUE(port) << server_.log();
  auto connected = connect(*port);
  ASSERT_TRUE(connected.ok()) << connected.error().text;
  // So often that more snapshots are taken than are kept, however far the stream is ahead.
  Sequence last{0};
  std::uint64_t snapshot = 0;
  for (int round = 0; round < 4; ++round) {
    stream_until(*connected, snapshot_every);
    take_answers(*connected);
    ASSERT_FALSE(HasFatalFailure());
    const auto stats = connected->stats(false);
    ASSERT_TRUE(stats.ok());
    last = stats->sequence;
    snapshot = await_snapshot(last);
  }
  server_.signal(SIGKILL);
  server_.wait_exit();
  stream_.lose_connection();

  server_.spawn();
  ASSERT_TRUE(server_.wait_ready()) << server_.log();
  const std::uint64_t recovered = logged(server_.log(), "journal.recovered", "sequence");
  EXPECT_GE(recovered, last.value);
  EXPECT_EQ(logged(server_.log(), "journal.recovered", "commands_replayed"), recovered - snapshot);
  // Nothing but what was on its way at the kill comes on top of the interval.
  EXPECT_LT(recovered - snapshot, 2 * snapshot_every);
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "journal" / segment_name(1)))
      << "the first segment is older than every snapshot kept";
}

}  // namespace
}  // namespace millrace::test
