// The stream of events through SIGKILL under load: a subscriber that goes on from its own position
// sees every event once, and a log that is thrown away comes back with the same bytes.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/tcp/client.h"
#include "adapters/tcp/event_follower.h"
#include "engine/journal/file.h"
#include "tests/support/order_stream.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace millrace::test {
namespace {

constexpr const char* sample_network = MILLRACE_SOURCE_DIR "/docs/sample-network";
constexpr std::chrono::milliseconds patience{60'000};
constexpr int kills_wanted = 12;

std::uint64_t seed() {
  const char* const given = std::getenv("MILLRACE_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

using Files = std::map<std::string, std::string>;

class EventsThroughKills : public ::testing::Test {
 protected:
  EventsThroughKills()
      : network_(load_network(sample_network)), seed_(seed()), stream_(network_.files, seed_) {
    std::printf("seed=%llu\n", static_cast<unsigned long long>(seed_));
  }

  [[nodiscard]] std::filesystem::path journal() const { return scratch_.path() / "journal"; }

  [[nodiscard]] ServerProcess server(const std::vector<std::string>& more) const {
    std::vector<std::string> flags{"--network",
                                   sample_network,
                                   "--journal",
                                   journal().native(),
                                   "--segment-bytes",
                                   "4M",
                                   "--orders-max",
                                   "1000000",
                                   "--slices-max",
                                   "8000000",
                                   "--events-segment-bytes",
                                   "1M",
                                   "--touch-memory=false"};
    flags.insert(flags.end(), more.begin(), more.end());
    return {MILLRACE_BINARY, scratch_.path(), flags};
  }

  static ClientResult<EventFollower> follow(std::uint16_t port, std::uint64_t from) {
    FollowOptions options;
    options.client.timeout = patience;
    options.subscribe.from = from;
    return EventFollower::connect("127.0.0.1", port, options);
  }

  /// Takes events until the connection breaks.
  void take_until_broken(EventFollower& follower) {
    while (true) {
      const auto taken = follower.next(patience);
      if (!taken) {
        EXPECT_EQ(taken.error().kind, ClientError::Kind::closed) << taken.error().text;
        return;
      }
      keep(*taken);
    }
  }

  void keep(const std::optional<TakenEvents>& taken) {
    if (taken) {
      for (const Event& event : taken->events) {
        ASSERT_EQ(event.number, seen_.size() + 1) << "seed=" << seed_;
        seen_.push_back(event);
      }
    }
  }

  /// Takes what there is now.
  void take_rest(std::uint16_t port, std::uint64_t from, std::vector<Event>& all) {
    auto follower = follow(port, from);
    ASSERT_TRUE(follower.ok()) << follower.error().text;
    for (std::uint64_t end = ~std::uint64_t{0}; follower->position() < end;) {
      const auto taken = follower->next(patience);
      ASSERT_TRUE(taken.ok() && taken->has_value());
      end = std::min(end, (*taken)->end);
      all.insert(all.end(), (*taken)->events.begin(), (*taken)->events.end());
    }
  }

  void stream_some(Client& client, std::size_t commands) {
    std::size_t answered = 0;
    while (answered < commands) {
      while (client.unanswered_requests() < 8) {
        if (stream_.random()() % 4 == 0) {
          stream_.put_command_frame(client, 1 + stream_.random()() % 20);
        } else {
          stream_.put_frame(client, 1 + stream_.random()() % 200);
        }
      }
      const auto reply = client.wait(patience);
      ASSERT_TRUE(reply.ok() && reply->has_value());
      const auto problem = stream_.take(**reply);
      ASSERT_FALSE(problem) << *problem;
      answered += (*reply)->outcomes.size();
    }
  }

  /// One life of the server: it starts, is followed and loaded, and is killed.
  void live_and_die(ServerProcess& process) {
    process.spawn();
    const auto port = process.wait_ready();
    ASSERT_TRUE(port) << process.log();
    auto follower = follow(*port, seen_.size() + 1);
    ASSERT_TRUE(follower.ok()) << follower.error().text;
    std::thread following([&] { take_until_broken(*follower); });
    auto client = Client::connect("127.0.0.1", *port, {.timeout = patience});
    EXPECT_TRUE(client.ok());
    if (client.ok()) {
      stream_some(*client, stream_.random()() % 20'000);
    }
    process.signal(SIGKILL);
    EXPECT_EQ(process.wait_exit(), -SIGKILL);
    stream_.lose_connection();
    following.join();
  }

  [[nodiscard]] Files event_files() const {
    Files files;
    for (const auto& entry : std::filesystem::directory_iterator(journal() / "events")) {
      std::ifstream in(entry.path(), std::ios::binary);
      files[entry.path().filename()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return files;
  }

  /// Every command has one event for its outcome, and what it told stands behind it.
  void expect_lawful(const std::vector<Event>& events) const {
    std::uint64_t told = 0;
    for (const Event& event : events) {
      if (event.sequence.value + told < event.number) {
        ++told;
      }
      ASSERT_EQ(event.sequence.value + told, event.number) << "seed=" << seed_;
    }
  }

  TempDirectory scratch_;
  LoadResult network_;
  std::uint64_t seed_;
  OrderStream stream_;
  std::vector<Event> seen_;
};

TEST_F(EventsThroughKills, AreSeenOnceAndTheSameForEver) {
  // A small ring, so that some lives also meet its end; snapshots, so that recoveries are short.
  ServerProcess process = server({"--events-memory", "256K", "--snapshot-every-commands", "30000"});
  for (int kill = 0; kill < kills_wanted; ++kill) {
    live_and_die(process);
    ASSERT_FALSE(HasFatalFailure());
  }
  process.spawn();
  const auto port = process.wait_ready();
  ASSERT_TRUE(port) << process.log();
  auto client = Client::connect("127.0.0.1", *port, {.timeout = patience});
  ASSERT_TRUE(client.ok());
  // The server's own commands go on meanwhile: waves that were pending, and what falls due.
  const auto before = client->stats();
  ASSERT_TRUE(before.ok());
  std::vector<Event> all;
  do {
    take_rest(*port, all.size() + 1, all);
    ASSERT_FALSE(HasFatalFailure());
  } while (all.back().sequence < before->sequence);
  ASSERT_GE(all.size(), seen_.size());
  EXPECT_EQ(std::memcmp(all.data(), seen_.data(), seen_.size() * sizeof(Event)), 0)
      << "what was seen before a kill is another afterwards, seed=" << seed_;
  expect_lawful(all);
  const auto after = client->stats();
  ASSERT_TRUE(after.ok());
  EXPECT_LE(all.back().sequence, after->sequence);
  client->close();
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait_exit(), 0) << process.log();
  std::printf("kills=%d events=%zu seen=%zu\n", kills_wanted, all.size(), seen_.size());
}

/// Whether `later` has every slab of `earlier` that was full. A server's own commands may go on
/// behind them: waves that were pending, and what falls due.
bool goes_on_from(const Files& earlier, const Files& later) {
  constexpr std::size_t slab_bytes = 64U << 10U;
  for (const auto& [name, bytes] : earlier) {
    const auto found = later.find(name);
    const std::size_t slabs =
        bytes.size() < disk_block ? 0 : (bytes.size() - disk_block) / slab_bytes;
    const bool last = name == earlier.rbegin()->first;
    const std::size_t same =
        last ? disk_block + (slabs > 0 ? slabs - 1 : 0) * slab_bytes : bytes.size();
    if (found == later.end() || found->second.compare(0, same, bytes, 0, same) != 0) {
      return false;
    }
  }
  return true;
}

TEST_F(EventsThroughKills, ComeBackWithTheSameBytes) {
  ServerProcess process = server({"--snapshot-every-commands", "0"});
  live_and_die(process);
  ASSERT_FALSE(HasFatalFailure());
  process.spawn();
  ASSERT_TRUE(process.wait_ready()) << process.log();
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait_exit(), 0);
  const Files before = event_files();
  ASSERT_FALSE(before.empty());
  // The whole log, then only its end: the journal has it all.
  for (const bool whole : {true, false}) {
    if (whole) {
      std::filesystem::remove_all(journal() / "events");
    } else {
      std::filesystem::resize_file(journal() / "events" / before.rbegin()->first,
                                   before.rbegin()->second.size() / 3);
    }
    process.spawn();
    ASSERT_TRUE(process.wait_ready()) << process.log();
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait_exit(), 0);
    EXPECT_TRUE(goes_on_from(before, event_files()));
  }
  EXPECT_NE(process.log().find("events.made_again"), std::string::npos);
}

}  // namespace
}  // namespace millrace::test
