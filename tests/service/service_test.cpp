// A live server from start to stop: its settings, the files it begins with, and its log.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/tcp/client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace millrace::test {
namespace {

constexpr std::chrono::milliseconds patience{60'000};

class Service : public testing::Test {
 protected:
  Service() { std::filesystem::copy(MILLRACE_SOURCE_DIR "/docs/sample-network", network()); }

  [[nodiscard]] std::filesystem::path network() const { return scratch_.path() / "network"; }

  /// A server on the network and the journal of this test, with little memory.
  [[nodiscard]] ServerProcess server(const std::vector<std::string>& more = {},
                                     const std::string& journal = "journal") const {
    std::vector<std::string> flags{"--network",       network().native(),
                                   "--journal",       (scratch_.path() / journal).native(),
                                   "--orders-max",    "10000",
                                   "--slices-max",    "100000",
                                   "--skus-max",      "20000",
                                   "--segment-bytes", "8M"};
    flags.insert(flags.end(), more.begin(), more.end());
    return {MILLRACE_BINARY, scratch_.path(), std::move(flags)};
  }

  static Client connect(ServerProcess& server) {
    const auto port = server.wait_ready();
    EXPECT_TRUE(port) << server.log();
    auto client = Client::connect("127.0.0.1", port.value_or(1), {.timeout = patience});
    EXPECT_TRUE(client.ok()) << client.error().text << "\n" << server.log();
    return std::move(client.value());
  }

  static void stop(ServerProcess& server) {
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait_exit(), 0) << server.log();
  }

  TempDirectory scratch_;
};

/// The text after a key in the last line of an event; empty if there is none.
std::string logged(const std::string& log, const std::string& event, const std::string& key) {
  const std::size_t line = log.rfind("\"event\":\"" + event + "\"");
  const std::string name = "\"" + key + "\":";
  const std::size_t at = line == std::string::npos ? line : log.find(name, line);
  if (at == std::string::npos || at > log.find('\n', line)) {
    return "";
  }
  const std::size_t begin = at + name.size();
  return log.substr(begin, log.find_first_of(",}", begin) - begin);
}

TEST_F(Service, EditedFilesChangeNothingInAJournalThatIsFilled) {
  // As many remembered commands as the bootstrap needs, and not one more.
  const LoadResult loaded = load_network(network());
  const auto stocked =
      std::count_if(loaded.files.stock.begin(), loaded.files.stock.end(),
                    [](const StockLevel& level) { return level.units > Units{0}; });
  const std::size_t commands = loaded.files.catalogue.size() + static_cast<std::size_t>(stocked);
  ServerProcess serving = server({"--commands-max", std::to_string(commands)});
  serving.spawn();
  ASSERT_TRUE(serving.wait_ready()) << serving.log();
  stop(serving);
  const std::string sequence = logged(serving.log(), "stopped", "sequence");
  const std::string digest = logged(serving.log(), "stopped", "digest");
  ASSERT_FALSE(digest.empty()) << serving.log();

  // A SKU more than fits, with stock.
  std::ofstream(network() / "catalogue.csv", std::ios::app) << "4711,New,100,,A,A08\n";
  std::ofstream(network() / "stock.csv", std::ios::app) << "4711,TCY,5\n";
  serving.spawn();
  ASSERT_TRUE(serving.wait_ready()) << serving.log();
  stop(serving);
  EXPECT_EQ(logged(serving.log(), "stopped", "sequence"), sequence);
  EXPECT_EQ(logged(serving.log(), "stopped", "digest"), digest);

  // The same in a journal that has room to remember more.
  ServerProcess roomy = server({}, "roomy");
  roomy.spawn();
  ASSERT_TRUE(roomy.wait_ready()) << roomy.log();
  stop(roomy);
  const std::string roomy_digest = logged(roomy.log(), "stopped", "digest");
  EXPECT_NE(roomy_digest, digest);
  std::ofstream(network() / "catalogue.csv", std::ios::app) << "4712,New,100,,A,A08\n";
  std::ofstream(network() / "stock.csv", std::ios::app) << "4712,TCY,5\n";
  roomy.spawn();
  ASSERT_TRUE(roomy.wait_ready()) << roomy.log();
  stop(roomy);
  EXPECT_EQ(logged(roomy.log(), "stopped", "digest"), roomy_digest);
}

/// Zeroes a part of what was written to the segment from its end on, as a crash before the write
/// would have left it; the first block is the segment's header.
void lose_the_end(const std::filesystem::path& segment, double share) {
  constexpr std::size_t block = 4096;
  std::string bytes(std::filesystem::file_size(segment), '\0');
  std::ifstream(segment, std::ios::binary).read(bytes.data(), std::ssize(bytes));
  const std::size_t blocks = bytes.find_last_not_of('\0') / block;
  const std::size_t lost =
      std::max<std::size_t>(1, static_cast<std::size_t>(share * static_cast<double>(blocks)));
  std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>((blocks + 1 - lost) * block));
  file << std::string(lost * block, '\0');
}

TEST_F(Service, ABootstrapThatWasCutOffIsCompletedAndDoneOnce) {
  const LoadResult loaded = load_network(network());
  ASSERT_TRUE(loaded.is_ok());
  const std::filesystem::path journal = scratch_.path() / "journal";
  ServerProcess serving = server();
  serving.spawn();
  ASSERT_TRUE(serving.wait_ready()) << serving.log();
  stop(serving);
  const std::uint64_t whole = std::stoull(logged(serving.log(), "stopped", "sequence"));
  std::filesystem::copy(journal, scratch_.path() / "whole");
  // Nothing but the end, a part, and everything.
  for (const double share : {0.0, 0.4, 1.0}) {
    SCOPED_TRACE(share);
    std::filesystem::remove_all(journal);
    std::filesystem::copy(scratch_.path() / "whole", journal);
    lose_the_end(journal / "journal-0000000000000001.mrj", share);
    serving.spawn();
    Client client = connect(serving);
    const std::uint64_t recovered =
        std::stoull(logged(serving.log(), "journal.recovered", "sequence"));
    EXPECT_LT(recovered, whole);
    EXPECT_EQ(recovered == 0, share == 1.0);
    const auto stats = client.stats(true);
    ASSERT_TRUE(stats.ok());
    EXPECT_EQ(stats->skus, loaded.files.catalogue.size());
    EXPECT_EQ(stats->invariant_violations, 0U);
    for (std::size_t at = 0; at < loaded.files.stock.size(); at += 997) {
      const StockLevel& level = loaded.files.stock[at];
      const auto stock = client.get_stock(loaded.files.catalogue[level.item].sku);
      ASSERT_TRUE(stock.ok());
      const auto cell = std::ranges::find(stock->cells, level.node, &StockCell::node);
      ASSERT_EQ(cell != stock->cells.end(), level.units > Units{0});
      EXPECT_TRUE(cell == stock->cells.end() || cell->on_hand == level.units);
    }
    stop(serving);
    const std::string sequence = logged(serving.log(), "stopped", "sequence");
    serving.spawn();
    ASSERT_TRUE(serving.wait_ready()) << serving.log();
    stop(serving);
    EXPECT_EQ(logged(serving.log(), "stopped", "sequence"), sequence);
  }
}

TEST_F(Service, WhatHappensOnConnectionsIsCountedInTheLog) {
  ServerProcess serving = server({"--log-counters-every", "20ms"});
  serving.spawn();
  Client client = connect(serving);
  for (int frame = 0; frame < 3; ++frame) {
    client.put(std::span<const CancelOrder>{});
    const auto reply = client.wait(patience);
    ASSERT_TRUE(reply.ok() && reply->has_value());
    EXPECT_EQ((*reply)->error, ErrorCode::empty);
  }
  client.put_get_stats(false);
  ASSERT_TRUE(client.wait(patience).ok());
  const auto until = std::chrono::steady_clock::now() + patience;
  while (logged(serving.log(), "connections", "empty") != "3" &&
         std::chrono::steady_clock::now() < until) {
    ::poll(nullptr, 0, 5);
  }
  EXPECT_EQ(logged(serving.log(), "connections", "open"), "1") << serving.log();
  EXPECT_EQ(logged(serving.log(), "connections", "empty"), "3");
  EXPECT_EQ(logged(serving.log(), "frame_refused", "code"), "\"empty\"");

  // Frames alone are not worth a line.
  const auto lines = [&] {
    std::size_t count = 0;
    const std::string log = serving.log();
    for (std::size_t at = log.find("\"connections\""); at != std::string::npos;
         at = log.find("\"connections\"", at + 1)) {
      ++count;
    }
    return count;
  };
  const std::size_t before = lines();
  for (int frame = 0; frame < 10; ++frame) {
    ASSERT_TRUE(client.stats(false).ok());
    ::poll(nullptr, 0, 10);
  }
  EXPECT_EQ(lines(), before);
  client.close();
  stop(serving);
  EXPECT_EQ(logged(serving.log(), "connections", "open"), "0");
  EXPECT_EQ(logged(serving.log(), "connections", "accepted"), "1");
  EXPECT_EQ(logged(serving.log(), "connections", "refused"), "3");
  EXPECT_EQ(logged(serving.log(), "connections", "frames"), "15");
  EXPECT_EQ(logged(serving.log(), "connections", "slow_readers"), "0");
  EXPECT_EQ(logged(serving.log(), "connections", "answers_dropped"), "0");
}

TEST_F(Service, StartsWithTheSmallestFrames) {
  const LoadResult loaded = load_network(network());
  ASSERT_TRUE(loaded.is_ok());
  ServerProcess small = server({"--frame-bytes-max", "4096"});
  small.spawn();
  Client client = connect(small);
  const auto stats = client.stats(true);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->skus, loaded.files.catalogue.size());
  EXPECT_EQ(stats->invariant_violations, 0U);
  small.signal(SIGTERM);
  EXPECT_EQ(small.wait_exit(), 0) << small.log();
}

}  // namespace
}  // namespace millrace::test
