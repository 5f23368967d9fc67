// A disk that fills up while the server runs: no acknowledgement without a durable frame, a clear
// last line, a non-zero exit, and recovery once there is room. On a small tmpfs of its own.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mount.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/tcp/client.h"
#include "tests/support/order_stream.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"

namespace millrace::test {
namespace {

constexpr const char* sample_network = MILLRACE_SOURCE_DIR "/docs/sample-network";

using std::chrono::milliseconds;

constexpr int exit_disk = 5;
constexpr milliseconds patience{60'000};

/// A tmpfs of a given size, mounted for the time of a test.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path at) : at_(std::move(at)) {
    std::filesystem::create_directories(at_);
    mounted_ = ::mount("tmpfs", at_.c_str(), "tmpfs", 0, "size=24m") == 0;
    why_ = mounted_ ? "" : std::strerror(errno);
  }

  ~SmallDisk() {
    if (mounted_) {
      ::umount2(at_.c_str(), MNT_DETACH);
    }
  }

  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool grow() { return ::mount("tmpfs", at_.c_str(), "tmpfs", MS_REMOUNT, "size=200m") == 0; }

  [[nodiscard]] bool mounted() const { return mounted_; }

  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  std::filesystem::path at_;
  bool mounted_ = false;
  std::string why_;
};

ClientOptions client_options() {
  ClientOptions options;
  options.timeout = patience;
  return options;
}

/// Starts the server and streams orders until it ends, which it must do for want of room. One that
/// is full already may end before a client comes: a wave that was pending is proposed again at the
/// start, and its release is the first frame that finds no room.
void run_until_full(ServerProcess& server, OrderStream& stream, bool is_full) {
  const std::size_t said = server.log().size();
  server.spawn();
  const auto port = server.wait_ready();
  ASSERT_TRUE(port || is_full) << server.log();
  if (port) {
    auto client = Client::connect("127.0.0.1", *port, client_options());
    ASSERT_TRUE(client.ok()) << client.error().text;
    for (;;) {
      while (client->unanswered_requests() < 4) {
        stream.put_frame(*client, 256);
      }
      const auto reply = client->wait(patience);
      if (!reply.ok()) {
        break;
      }
      ASSERT_TRUE(reply.value()) << "neither an answer nor the end of the connection";
      const auto problem = stream.take(**reply);
      ASSERT_FALSE(problem) << *problem;
      ASSERT_LT(stream.orders().size(), 1'000'000U) << "the disk never filled";
    }
  }
  EXPECT_EQ(server.wait_exit(), exit_disk) << server.log();
  const std::string log = server.log();
  EXPECT_NE(log.find("journal.write_failed", said), std::string::npos) << log;
  EXPECT_NE(log.find("No space left", said), std::string::npos) << log;
  stream.lose_connection();
}

void run_until_snapshot(ServerProcess& server) {
  server.spawn();
  ASSERT_TRUE(server.wait_ready()) << server.log();
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (server.log().find("snapshot.taken") == std::string::npos &&
         std::chrono::steady_clock::now() < give_up) {
    ::poll(nullptr, 0, 10);
  }
  EXPECT_NE(server.log().find("snapshot.taken"), std::string::npos) << server.log();
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait_exit(), 0) << server.log();
}

/// The number is --snapshot-every-commands.
class FullDisk : public testing::TestWithParam<std::uint64_t> {};

INSTANTIATE_TEST_SUITE_P(Snapshots, FullDisk, testing::Values(0, 5'000),
                         testing::PrintToStringParamName());

TEST_P(FullDisk, StopsWithoutAcknowledgingAndRecoversOnceThereIsRoom) {
  TempDirectory scratch;
  SmallDisk disk(scratch.path() / "disk");
  if (!disk.mounted()) {
    GTEST_SKIP() << "cannot mount a tmpfs here: " << disk.why();
  }
  const LoadResult network = load_network(sample_network);
  ASSERT_TRUE(network.is_ok());
  ServerProcess server(
      MILLRACE_BINARY, scratch.path(),
      {"--network", sample_network, "--journal", (scratch.path() / "disk" / "journal").native(),
       "--segment-bytes", "4M", "--snapshot-every-commands", std::to_string(GetParam())});
  OrderStream stream(network.files, 7);
  if (GetParam() > 0) {
    // The network's own commands are enough for a snapshot, and with it the disk fills sooner.
    run_until_snapshot(server);
  }
  run_until_full(server, stream, false);
  ASSERT_FALSE(HasFatalFailure());
  // With no room it starts, since what is there can be read, and ends again at the first command
  // that finds none.
  const std::size_t said = server.log().size();
  run_until_full(server, stream, true);
  ASSERT_FALSE(HasFatalFailure());
  const std::string log = server.log();
  EXPECT_NE(log.find("journal.recovered", said), std::string::npos) << log;
  EXPECT_NE(log.find("journal.write_failed", said), std::string::npos) << log;

  // With room everything is there.
  ASSERT_TRUE(disk.grow());
  server.spawn();
  const auto port = server.wait_ready();
  ASSERT_TRUE(port) << server.log();
  auto client = Client::connect("127.0.0.1", *port, client_options());
  ASSERT_TRUE(client.ok()) << client.error().text;
  std::size_t acknowledged = 0;
  for (const SentOrder& order : stream.orders()) {
    if (!order.answer) {
      continue;
    }
    ++acknowledged;
    const auto found = client->get_order(order.head.id);
    ASSERT_TRUE(found.ok()) << found.error().text;
    ASSERT_EQ(found->view.outcome, *order.answer);
  }
  EXPECT_GT(acknowledged, 1000U);
  const auto stats = client->stats(true);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->invariant_violations, 0U);
}

}  // namespace
}  // namespace millrace::test
