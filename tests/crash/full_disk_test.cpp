// A disk that fills up while the server runs: no acknowledgement without a durable frame, a clear
// last line, a non-zero exit, and recovery once there is room. On a small tmpfs of its own.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/tcp/client.h"
#include "tests/support/order_stream.h"
#include "tests/support/server_process.h"

namespace millrace::test {
namespace {

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

TEST(FullDisk, StopsWithoutAcknowledgingAndRecoversOnceThereIsRoom) {
  ScratchDirectory scratch;
  SmallDisk disk(scratch.path() / "disk");
  if (!disk.mounted()) {
    GTEST_SKIP() << "cannot mount a tmpfs here: " << disk.why();
  }
  const LoadResult network = load_network(MILLRACE_SOURCE_DIR "/docs/sample-network");
  ASSERT_TRUE(network.is_ok());
  ServerProcess server(MILLRACE_BINARY, scratch.path(),
                       {"--network", MILLRACE_SOURCE_DIR "/docs/sample-network", "--journal",
                        (scratch.path() / "disk" / "journal").native(), "--segment-bytes", "4M",
                        "--snapshot-every-commands", "0"});
  OrderStream stream(network.files, 7);
  ClientOptions options;
  options.timeout = patience;
  server.spawn();
  auto port = server.wait_ready();
  ASSERT_TRUE(port) << server.log();
  {
    auto client = Client::connect("127.0.0.1", *port, options);
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
  EXPECT_NE(log.find("journal.write_failed"), std::string::npos) << log;
  EXPECT_NE(log.find("No space left"), std::string::npos) << log;
  stream.lose_connection();

  // With no room it does not start either, and says so; with room everything is there.
  ASSERT_TRUE(disk.grow());
  server.spawn();
  port = server.wait_ready();
  ASSERT_TRUE(port) << server.log();
  auto client = Client::connect("127.0.0.1", *port, options);
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
