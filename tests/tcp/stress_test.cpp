// Many clients at once, some of them rude: those that behave get every answer, in order.
#include <random>
#include <thread>

#include "adapters/tcp/client.h"
#include "tests/support/random.h"
#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

using Stress = ServerTest;

/// Sends frames of random size and checks every answer; says what went wrong.
std::string behave(std::uint16_t port, std::uint64_t seed) {
  Random random(seed);
  auto connected = Client::connect("127.0.0.1", port, {.credit = 2000});
  if (!connected) {
    return connected.error().text;
  }
  Client& client = *connected;
  std::vector<std::pair<std::uint64_t, std::size_t>> expected;
  std::size_t answered = 0;
  while (answered < 400) {
    while (expected.size() < 400 && client.unanswered_commands() < 2000 && random.chance(80)) {
      const std::size_t count = random.chance(5) ? random.between(1, 2000) : random.between(1, 20);
      const std::uint64_t first = random.below(1'000'000);
      const OrdersToFill orders = client.put_orders(count, count, random.chance(20));
      for (std::size_t at = 0; at < count; ++at) {
        orders.heads[at] = OrderHead{};
        orders.heads[at].id = {1, first + at};
        orders.heads[at].line_count = 1;
        orders.lines[at] = {Sku{1}, Units{1}, 1};
      }
      expected.emplace_back(first, count);
    }
    if (client.unanswered_requests() == 0) {
      continue;
    }
    const auto reply = client.wait(patience);
    if (!reply) {
      return reply.error().text;
    }
    if (!reply->has_value()) {
      return "no answer";
    }
    const auto [first, count] = expected[answered++];
    if ((*reply)->request != answered || (*reply)->outcomes.size() != count ||
        (*reply)->outcomes[count - 1].detail != first + count - 1) {
      return "a wrong answer";
    }
  }
  return "";
}

/// Sends garbage, halves of frames and floods, and leaves in any way there is.
void misbehave(std::uint16_t port, std::uint64_t seed) {
  Random random(seed);
  for (int round = 0; round < 30; ++round) {
    RawPeer peer(port, random.chance(50) ? 2048 : 0);
    if (random.chance(80) && !peer.greet(static_cast<std::uint32_t>(random.below(100)))) {
      continue;
    }
    FrameBuffer stream;
    for (std::uint64_t frames = random.below(40); frames > 0; --frames) {
      stream.append(orders_frame(1, 1, random.between(1, 300)).bytes());
      if (random.chance(10)) {
        stream.data()[random.below(stream.size())] ^= std::byte{0xff};
      }
    }
    const std::size_t cut = random.chance(50) ? stream.size() : random.below(stream.size() + 1);
    (void)peer.send_some(stream.bytes().first(cut));
    if (random.chance(30)) {
      peer.reset();
    } else if (random.chance(30)) {
      peer.finish_sending();
    }
  }
}

TEST_F(Stress, TheRudeDoNotDisturbTheOthers) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed=" + std::to_string(seed));
  options_.io_threads = 2;
  options_.chunk_bytes = 16U << 10U;
  options_.slow_reader_timeout = std::chrono::milliseconds(100);
  options_.linger_timeout = std::chrono::milliseconds(50);
  start();
  std::vector<std::string> problems(4);
  std::vector<std::thread> threads;
  for (std::size_t at = 0; at < problems.size(); ++at) {
    threads.emplace_back([&, at] { problems[at] = behave(port(), seed + at); });
    threads.emplace_back([&, at] { misbehave(port(), seed + 100 + at); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::string& problem : problems) {
    EXPECT_EQ(problem, "");
  }
  EXPECT_TRUE(eventually([this] { return counters().connections_open == 0; }));
}

}  // namespace
}  // namespace millrace::test
