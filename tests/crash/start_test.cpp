// A server that is started on a journal which it must not take over.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "adapters/tcp/client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace millrace::test {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_journal = 4;

class Start : public ::testing::Test {
 protected:
  /// A server on the test's journal, with a log of its own.
  ServerProcess server(const std::string& name, std::vector<std::string> more = {}) {
    const std::filesystem::path own = scratch_.path() / name;
    std::filesystem::create_directories(own);
    std::vector<std::string> flags{"--network", MILLRACE_SOURCE_DIR "/docs/sample-network",
                                   "--journal", journal_.native()};
    flags.insert(flags.end(), more.begin(), more.end());
    return {MILLRACE_BINARY, own, flags};
  }

  /// The exit code of `millrace replay` on the test's journal, and what it printed.
  [[nodiscard]] std::pair<int, std::string> replay(const std::string& flags) const {
    const std::filesystem::path out = scratch_.path() / "replay";
    const std::string line = std::string(MILLRACE_BINARY " replay --network ") +
                             MILLRACE_SOURCE_DIR "/docs/sample-network --journal " +
                             journal_.native() + " " + flags + " >" + out.native() + " 2>&1";
    const int status = std::system(line.c_str());
    std::ifstream file(out);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            {std::istreambuf_iterator<char>(file), {}}};
  }

  TempDirectory scratch_;
  std::filesystem::path journal_ = scratch_.path() / "journal";
};

TEST_F(Start, ASecondServerLooksAtNothingAndEnds) {
  ServerProcess first = server("first");
  first.spawn();
  const auto port = first.wait_ready();
  ASSERT_TRUE(port) << first.log();
  // Whoever recovers speaks of it, so silence shows that nothing was read.
  const std::filesystem::path unsound = journal_ / "snapshot-0000000000000001.mrs";
  std::ofstream(unsound) << "no snapshot";

  ServerProcess second = server("second");
  second.spawn();
  EXPECT_EQ(second.wait_exit(), exit_journal) << second.log();
  const std::string log = second.log();
  EXPECT_NE(log.find("another process writes here"), std::string::npos) << log;
  EXPECT_EQ(log.find(unsound.filename().native()), std::string::npos) << log;

  auto client = Client::connect("127.0.0.1", *port, ClientOptions{});
  ASSERT_TRUE(client.ok()) << client.error().text;
  ASSERT_TRUE(client->stats(true).ok());
  client->close();
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait_exit(), 0) << first.log();
}

TEST_F(Start, LimitsMayBeRaisedAndNeverLowered) {
  const auto serve = [this](const std::string& name, std::vector<std::string> limits) {
    ServerProcess started = server(name, std::move(limits));
    started.spawn();
    if (started.wait_ready()) {
      started.signal(SIGTERM);
    }
    const int code = started.wait_exit();
    return std::pair(code, started.log());
  };
  const auto [first, first_log] = serve("first", {"--orders-max", "1000"});
  ASSERT_EQ(first, 0) << first_log;
  const auto [lower, lower_log] = serve("lower", {"--orders-max", "999"});
  EXPECT_EQ(lower, exit_usage) << lower_log;
  EXPECT_NE(lower_log.find("\"journal.other_limits\""), std::string::npos) << lower_log;
  EXPECT_NE(lower_log.find("orders_max 1000, not 999: it may be raised"), std::string::npos)
      << lower_log;
  const auto [other, other_log] =
      serve("other", {"--orders-max", "1000", "--commands-max", "2000000"});
  EXPECT_EQ(other, exit_usage) << other_log;
  EXPECT_NE(other_log.find("commands_max 1048576, not 2000000: it must stay"), std::string::npos)
      << other_log;
  const auto [raised, raised_log] = serve("raised", {"--orders-max", "5000000"});
  EXPECT_EQ(raised, 0) << raised_log;

  const auto [plain, plain_said] = replay("");
  EXPECT_EQ(plain, 0) << plain_said;
  const auto [small, small_said] = replay("--commands-max 7");
  EXPECT_EQ(small, exit_usage);
  EXPECT_NE(small_said.find("commands_max 1048576, not 7"), std::string::npos) << small_said;
  const auto [shards, shards_said] = replay("--shards 3");
  EXPECT_EQ(shards, exit_usage);
  EXPECT_NE(shards_said.find("--shards"), std::string::npos) << shards_said;
}

}  // namespace
}  // namespace millrace::test
