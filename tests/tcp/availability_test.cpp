// Reads of availability over TCP: they answer beside the pipeline, whatever it does meanwhile, and
// tell what the engine would.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/tcp/live_server.h"
#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

constexpr GetAvailability anywhere{sku, all_nodes, {}};

/// What a single read tells; a failure tells a SKU that nobody knows.
Availability read_one(Client& client, GetAvailability question) {
  const auto answer = client.get_availability(std::span(&question, 1));
  EXPECT_TRUE(answer.ok()) << answer.error().text;
  return answer.ok() ? answer->front() : Availability{};
}

Units available_by_query(Client& client, Sku of) {
  Units sum{0};
  const auto stock = client.get_stock(of);
  EXPECT_TRUE(stock.ok());
  for (const StockCell& cell : stock->cells) {
    sum += cell.available;
  }
  return sum;
}

TEST(LiveAvailability, TellsWhatOrdersLeave) {
  Live live({});
  Client client = live.connected();
  EXPECT_EQ(read_one(client, anywhere).known, Known::unknown_sku);
  live.stock_up(10);
  ASSERT_TRUE(client.receive({{9, 4}, sku, Units{5}, NodeIndex{1}, 0}).ok());
  ASSERT_TRUE(client.place(live.head({1, 1}), std::span(&one_unit, 1)).ok());
  const std::uint64_t sequence = client.stats(false)->sequence.value;

  EXPECT_EQ(read_one(client, anywhere), (Availability{Units{14}, 2, Known::yes, 0}));
  EXPECT_EQ(read_one(client, {sku, NodeIndex{2}, {}}), (Availability{Units{0}, 0, Known::yes, 0}));
  const auto stock = client.get_stock(sku);
  ASSERT_TRUE(stock.ok() && stock->cells.size() == 2);
  for (const StockCell& cell : stock->cells) {
    EXPECT_EQ(read_one(client, {sku, cell.node, {}}),
              (Availability{cell.available, 1, Known::yes, 0}));
  }
  EXPECT_EQ(read_one(client, {sku, NodeIndex{99}, {}}).known, Known::unknown_node);
  EXPECT_EQ(available_by_query(client, sku), Units{14});

  // Nothing of it was a command.
  EXPECT_EQ(client.stats(false)->sequence.value, sequence);
  EXPECT_EQ(live.counters().availability_reads, 6U);
}

/// Reads the SKU until told to stop. Each answer must lie between what was acknowledged before the
/// question and what may have been sent by then, and none may be more than the one before.
std::string watch(Live& live, std::uint32_t stocked, const std::atomic<std::uint64_t>& acknowledged,
                  const std::atomic<bool>& done, std::atomic<std::uint64_t>& reads) {
  Client client = live.connected();
  const std::vector<GetAvailability> questions(100, anywhere);
  std::uint32_t before = stocked;
  while (!done) {
    const std::uint64_t taken = acknowledged.load();
    const auto answers = client.get_availability(questions);
    if (!answers) {
      return answers.error().text;
    }
    for (const Availability& answer : *answers) {
      if (answer.known != Known::yes || answer.units.value > stocked - taken) {
        return "an acknowledged order does not show";
      }
      if (answer.units.value > before) {
        return "units rose";
      }
      before = answer.units.value;
      ++reads;
    }
  }
  return "";
}

TEST(LiveAvailability, FallsWhileOrdersStream) {
  ServerOptions options;
  options.io_threads = 2;
  Live live(options, [](Network& network) {
    for (Node& node : network.nodes) {
      node.daily_shipments_max = 1'000'000;
    }
  });
  constexpr std::uint32_t stocked = 100'000;
  constexpr std::uint64_t orders = 30'000;
  live.stock_up(stocked);
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> reads{0};
  std::atomic<bool> done{false};
  std::vector<std::string> problems(2);
  std::vector<std::thread> readers;
  for (std::string& problem : problems) {
    readers.emplace_back([&] { problem = watch(live, stocked, acknowledged, done, reads); });
  }
  EXPECT_EQ(place_many(live, 31, orders, &acknowledged), orders);
  done = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
  for (const std::string& problem : problems) {
    EXPECT_EQ(problem, "");
  }
  EXPECT_GT(reads, 0U);
  Client client = live.connected();
  EXPECT_EQ(read_one(client, anywhere).units, Units{stocked - orders});
  EXPECT_EQ(available_by_query(client, sku), Units{stocked - orders});
}

TEST(LiveAvailability, SkusAreDefinedMeanwhile) {
  Live live({});
  constexpr std::uint32_t skus = 4000;
  std::atomic<std::uint32_t> defined{0};
  std::string problem;
  std::thread reader([&] {
    Client client = live.connected();
    std::vector<GetAvailability> questions;
    for (std::uint32_t at = 0; at < skus; ++at) {
      questions.push_back({Sku{at + 1000}, all_nodes, {}});
    }
    while (problem.empty() && defined < skus) {
      const std::uint32_t known = defined;
      const auto answers = client.get_availability(questions);
      if (!answers) {
        problem = answers.error().text;
        return;
      }
      for (std::uint32_t at = 0; at < skus; ++at) {
        const Availability& answer = (*answers)[at];
        if (at < known && answer.units != Units{at + 1}) {
          problem = "what was acknowledged does not show";
        }
        if (answer.units > Units{at + 1}) {
          problem = "another SKU's units";
        }
      }
    }
  });
  Client client = live.connected();
  for (std::uint32_t first = 0; first < skus; first += 50) {
    std::vector<DefineSku> definitions;
    std::vector<ReceiveStock> receipts;
    for (std::uint32_t at = first; at < first + 50; ++at) {
      const Sku defining{at + 1000};
      definitions.push_back({{11, at + 1}, defining, 100, 0, 0});
      receipts.push_back({{12, at + 1}, defining, Units{at + 1}, NodeIndex{1}, 0});
    }
    client.put(std::span<const DefineSku>(definitions));
    client.put(std::span<const ReceiveStock>(receipts));
    for (int answers = 0; answers < 2; ++answers) {
      const auto reply = client.wait(patience);
      ASSERT_TRUE(reply.ok() && reply->has_value() && (*reply)->kind == ReplyKind::outcomes);
    }
    defined = first + 50;
  }
  reader.join();
  EXPECT_EQ(problem, "");
}

/// Three units of one SKU.
struct Tables {
  Tables() { stock.set_on_hand(catalogue.add({sku, 100, 0, 0}), NodeIndex{0}, Units{3}); }

  static Limits small() {
    Limits limits;
    limits.skus_max = 16;
    limits.shards = 1;
    return limits;
  }

  Catalogue catalogue{16, Touch::as_used};
  StockTable stock{small(), 1};
};

/// A server with tables to read, which outlive it, and a pipeline that can be stopped.
class Aside : private Tables, public ServerTest {
 protected:
  Aside() { options_.availability = AvailabilityReader(catalogue, stock, 1); }
};

TEST_F(Aside, ReadsOvertakeCommandsButNotEachOther) {
  start();
  pipeline_->pause();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  FrameBuffer stream;
  const std::vector<GetAvailability> none;
  const std::vector<GetAvailability> three(3, anywhere);
  stream.append(order_frame(1, 5).bytes());
  encode(stream, 2, std::span<const GetAvailability>(three));
  encode(stream, 3, std::span<const GetAvailability>(none));
  stream.append(order_frame(4, 6).bytes());
  encode(stream, 5, std::span<const GetAvailability>(three));
  peer.send(stream);

  std::optional<Reply> reply = peer.receive();
  ASSERT_TRUE(reply && reply->kind == ReplyKind::availabilities);
  EXPECT_EQ(reply->request, 2U);
  ASSERT_EQ(reply->availability.size(), 3U);
  EXPECT_EQ(reply->availability[2], (Availability{Units{3}, 1, Known::yes, 0}));
  expect_error(peer, ErrorCode::empty, 3, false);
  reply = peer.receive();
  ASSERT_TRUE(reply && reply->kind == ReplyKind::availabilities);
  EXPECT_EQ(reply->request, 5U);

  pipeline_->resume();
  expect_echo(peer, 1, 5);
  expect_echo(peer, 4, 6);
  EXPECT_EQ(pipeline_->messages(), 2U);
}

TEST_F(Aside, TheClientTakesBothOrdersOfAnswers) {
  start();
  auto connected = Client::connect("127.0.0.1", port(), {});
  ASSERT_TRUE(connected.ok());
  Client& client = *connected;
  const CancelOrder cancel{{1, 6}, {4, 5}, 0, {}};
  std::uint64_t last_read = 0;
  std::uint64_t last_command = 0;
  for (int round = 0; round < 1000; ++round) {
    client.put(std::span(&cancel, 1));
    client.put(std::span(&anywhere, 1));
    client.put(std::span(&anywhere, 1));
  }
  EXPECT_EQ(client.unanswered_commands(), 1000U);
  EXPECT_EQ(client.unanswered_reads(), 2000U);
  for (int answer = 0; answer < 3000; ++answer) {
    const auto reply = client.wait(patience);
    ASSERT_TRUE(reply.ok() && reply->has_value());
    const bool is_read = (*reply)->kind == ReplyKind::availabilities;
    std::uint64_t& last = is_read ? last_read : last_command;
    EXPECT_GT((*reply)->request, last);
    last = (*reply)->request;
  }
  EXPECT_EQ(client.unanswered_requests() + client.unanswered_reads(), 0U);
}

TEST_F(Aside, ReadsThatAreWrongAreRefusedAndTheConnectionGoesOn) {
  start();
  FrameBuffer many;
  const std::vector<GetAvailability> reads(BatchLimits{}.commands_max + 1, anywhere);
  encode(many, 25, std::span<const GetAvailability>(reads));
  EXPECT_TRUE(goes_on_after(many, ErrorCode::too_large, 25));
  FrameBuffer reply;
  (void)encode_availabilities(reply, 26, 1);
  EXPECT_TRUE(goes_on_after(reply, ErrorCode::forbidden, 26));
  EXPECT_EQ(errors(ErrorCode::too_large), 1U);
}

TEST_F(Aside, AServerWithoutTablesKnowsNoReads) {
  options_.availability.reset();
  start();
  FrameBuffer frame;
  encode(frame, 27, std::span(&anywhere, 1));
  EXPECT_TRUE(goes_on_after(frame, ErrorCode::unknown_command, 27));
}

TEST_F(Aside, WhoNeverTakesTheAnswersIsBoundedAndDropped) {
  options_.slow_reader_timeout = std::chrono::milliseconds(100);
  start();
  RawPeer peer(port(), 4096);
  ASSERT_TRUE(peer.greet());
  FrameBuffer frame;
  const std::vector<GetAvailability> reads(4096, anywhere);
  encode(frame, 1, std::span<const GetAvailability>(reads));
  while (peer.send(frame)) {
  }
  EXPECT_TRUE(eventually([this] { return counters().slow_readers_dropped == 1; }));
  // A megabyte of answers that wait, and what the kernel takes.
  EXPECT_LT(counters().availability_reads * sizeof(Availability), 12U << 20U);
}

TEST_F(Aside, HalfClosedPeersGetTheirAnswers) {
  start();
  RawPeer peer(port());
  ASSERT_TRUE(peer.greet());
  FrameBuffer stream;
  const std::vector<GetAvailability> reads(4096, anywhere);
  for (std::uint64_t request = 1; request <= 100; ++request) {
    encode(stream, request, std::span<const GetAvailability>(reads));
  }
  std::thread sender([&] {
    peer.send(stream);
    peer.finish_sending();
  });
  for (std::uint64_t request = 1; request <= 100; ++request) {
    const std::optional<Reply> reply = peer.receive();
    ASSERT_TRUE(reply && reply->kind == ReplyKind::availabilities);
    EXPECT_EQ(reply->request, request);
    EXPECT_EQ(reply->availability.size(), reads.size());
  }
  sender.join();
  EXPECT_TRUE(peer.ended());
}

}  // namespace
}  // namespace millrace::test
