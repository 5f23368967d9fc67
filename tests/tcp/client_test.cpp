// The client library against a server.
#include "adapters/tcp/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tcp/raw_peer.h"

namespace millrace::test {
namespace {

class ClientTest : public ServerTest {
 protected:
  Client connected(std::uint32_t credit = 0) {
    auto client = Client::connect("localhost", port(), {.name = "test", .credit = credit});
    EXPECT_TRUE(client.ok()) << client.error().text;
    return std::move(*client);
  }

  static OrderHead head(std::uint64_t id) {
    OrderHead made{};
    made.id = {1, id};
    return made;
  }
};

const std::vector<OrderLine> two_lines{{Sku{1}, Units{1}, 1}, {Sku{2}, Units{3}, 1}};

TEST_F(ClientTest, SimpleCalls) {
  start();
  Client client = connected();
  const auto placed = client.place(head(5), two_lines);
  ASSERT_TRUE(placed.ok()) << placed.error().text;
  EXPECT_EQ(*placed, echo_of({1, 5}));
  const auto detailed = client.place_detailed(head(6), two_lines);
  ASSERT_TRUE(detailed.ok());
  EXPECT_EQ(detailed->allocations.size(), 1U);
  const auto cancelled = client.cancel({{1, 7}, {1, 5}, 0, {}});
  ASSERT_TRUE(cancelled.ok());
  EXPECT_EQ(*cancelled, echo_of({1, 7}));
  const auto received = client.receive({{1, 8}, Sku{1}, Units{5}, NodeIndex{0}, 0});
  ASSERT_TRUE(received.ok());
  EXPECT_EQ(*received, echo_of({1, 8}));
  EXPECT_TRUE(client.adjust({}).ok());
  EXPECT_TRUE(client.define({}).ok());
  const auto order = client.get_order({1, 5});
  ASSERT_TRUE(order.ok());
  EXPECT_EQ(order->view.id, (OrderId{1, 5}));
  const auto stock = client.get_stock(Sku{9});
  ASSERT_TRUE(stock.ok());
  EXPECT_EQ(stock->view.sku, Sku{9});
  ASSERT_EQ(stock->cells.size(), 1U);
  EXPECT_EQ(stock->cells[0].available, Units{4});
  const auto stats = client.stats(true);
  ASSERT_TRUE(stats.ok());
  EXPECT_EQ(stats->orders, 77U);
  EXPECT_EQ(stats->invariant_violations, 1U);
  EXPECT_EQ(client.unanswered_requests(), 0U);
}

TEST_F(ClientTest, MoreLinesThanCanBeCounted) {
  start();
  Client client = connected();
  const std::vector<OrderLine> lines(256, two_lines[0]);
  const auto placed = client.place(head(5), lines);
  ASSERT_FALSE(placed.ok());
  EXPECT_EQ(placed.error().kind, ClientError::Kind::usage);
  EXPECT_TRUE(client.place(head(6), two_lines).ok());
}

TEST_F(ClientTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  Client client = connected();
  std::uint64_t answered = 0;
  constexpr std::uint64_t requests = 3000;
  while (answered < requests) {
    while (client.last_request() < requests &&
           client.unanswered_commands() + 7 <= client.server().credit) {
      const OrdersToFill orders = client.put_orders(7, 7, false);
      for (std::size_t at = 0; at < 7; ++at) {
        orders.heads[at] = head(client.last_request() * 10 + at);
        orders.heads[at].line_count = 1;
        orders.lines[at] = two_lines[0];
      }
    }
    const auto reply = client.wait(patience);
    ASSERT_TRUE(reply.ok()) << reply.error().text;
    ASSERT_TRUE(reply->has_value());
    EXPECT_EQ((*reply)->request, ++answered);
    ASSERT_EQ((*reply)->outcomes.size(), 7U);
    EXPECT_EQ((*reply)->outcomes[6].detail, answered * 10 + 6);
  }
  EXPECT_EQ(client.unanswered_commands(), 0U);
}

TEST_F(ClientTest, RepliesPileUpBetweenFillsAndNothingIsLost) {
  start();
  Client client = connected();
  constexpr std::size_t requests = 40;
  const std::vector<GetOrder> orders(1000, GetOrder{{1, 1}});
  client.put<GetOrder>(std::span(orders).first(1));
  for (std::size_t at = 1; at < requests; ++at) {
    client.put<GetOrder>(orders);
  }
  // Whole replies lie in the buffer each time that more is read behind them.
  std::size_t filled = 0;
  ASSERT_TRUE(eventually([&] {
    EXPECT_TRUE(client.flush().ok());
    const auto got = client.fill();
    EXPECT_TRUE(got.ok());
    filled += got.ok() ? *got : 0;
    return filled > (requests - 1) * 1000 * sizeof(OrderView) && client.bytes_to_send() == 0;
  }));
  for (std::size_t at = 0; at < requests; ++at) {
    const auto reply = client.wait(patience);
    ASSERT_TRUE(reply.ok() && reply->has_value());
    EXPECT_EQ((*reply)->orders.size(), at == 0 ? 1U : 1000U);
  }
}

TEST_F(ClientTest, ManyClientsOnOneThread) {
  start();
  std::vector<Client> clients;
  for (int at = 0; at < 5; ++at) {
    clients.push_back(connected());
  }
  for (std::uint64_t round = 1; round <= 50; ++round) {
    std::vector<pollfd> watched;
    for (Client& client : clients) {
      const GetStock query{Sku{round}};
      client.put(std::span<const GetStock>(&query, 1));
      ASSERT_TRUE(client.flush().ok());
      EXPECT_FALSE(client.wants_write());
      watched.push_back({client.fd(), POLLIN, 0});
    }
    std::size_t answered = 0;
    while (answered < clients.size()) {
      ASSERT_GT(::poll(watched.data(), watched.size(), 20'000), 0);
      for (Client& client : clients) {
        ASSERT_TRUE(client.fill().ok());
        for (auto reply = client.next(); reply.ok() && reply->has_value(); reply = client.next()) {
          EXPECT_EQ((*reply)->stock[0].sku, Sku{round});
          ++answered;
        }
      }
    }
  }
}

TEST_F(ClientTest, RefusedFramesAreErrorsWithText) {
  start();
  Client client = connected();
  client.put(std::span<const CancelOrder>{});
  const auto reply = client.wait(patience);
  ASSERT_TRUE(reply.ok() && reply->has_value());
  EXPECT_EQ((*reply)->kind, ReplyKind::error);
  EXPECT_EQ((*reply)->error, ErrorCode::empty);
  EXPECT_TRUE(client.place(head(1), two_lines).ok());
}

TEST_F(ClientTest, AnAnswerThatComesTooLate) {
  start();
  auto connected = Client::connect("127.0.0.1", port(), {.timeout = std::chrono::milliseconds(50)});
  ASSERT_TRUE(connected.ok());
  Client& client = *connected;
  pipeline_->pause();
  const auto late = client.place(head(1), two_lines);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind, ClientError::Kind::timeout);
  pipeline_->resume();
  ASSERT_TRUE(eventually([this] { return pipeline_->delivered() == 1; }));
  // Its answer is not taken for the next one's.
  const auto next = client.place(head(2), two_lines);
  ASSERT_TRUE(next.ok()) << next.error().text;
  EXPECT_EQ(*next, echo_of({1, 2}));
}

TEST_F(ClientTest, AServerThatStops) {
  start();
  Client client = connected();
  server_->stop(std::chrono::milliseconds(0));
  const auto placed = client.place(head(1), two_lines);
  ASSERT_FALSE(placed.ok());
  EXPECT_FALSE(placed.error().text.empty());
  EXPECT_FALSE(client.place(head(1), two_lines).ok());
  EXPECT_EQ(client.fd(), -1);
}

TEST(ClientConnect, NobodyThere) {
  // A port that was free a moment ago.
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  const auto nobody = Client::connect("127.0.0.1", ntohs(address.sin_port), {});
  ASSERT_FALSE(nobody.ok());
  EXPECT_EQ(nobody.error().kind, ClientError::Kind::connect);
  EXPECT_NE(nobody.error().text.find("refused"), std::string::npos) << nobody.error().text;

  // One that accepts and says nothing.
  ASSERT_EQ(::listen(fd, 1), 0);
  const auto silent = Client::connect("127.0.0.1", ntohs(address.sin_port),
                                      {.timeout = std::chrono::milliseconds(30)});
  ASSERT_FALSE(silent.ok());
  EXPECT_EQ(silent.error().kind, ClientError::Kind::timeout);
  ::close(fd);

  const auto unknown = Client::connect("no-such-host.invalid", 1, {});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind, ClientError::Kind::resolve);
}

}  // namespace
}  // namespace millrace::test
