// The client library: one connection to a Millrace server. The simple calls send one command and
// wait for its answer. The pipelined calls never wait: put many requests on the way, and take the
// answers as they come: in the order of the requests, reads of availability in an order of their
// own. One thread at a time uses a client; with fd() and wants_write() one thread can drive many
// clients with poll or epoll.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/tcp/outstanding.h"
#include "adapters/wire/codec.h"
#include "adapters/wire/subscription.h"

namespace millrace {

/// What went wrong, for a program and for a person.
struct ClientError {
  enum class Kind : std::uint8_t {
    resolve,   ///< the host name is unknown
    connect,   ///< nobody listens there, or the connection broke
    timeout,   ///< no answer in time
    closed,    ///< the server closed the connection
    refused,   ///< the server answered with an Error: see `code`
    protocol,  ///< the server sent what a server does not send
    usage,     ///< the request does not fit the limits of the server
  };
  Kind kind = Kind::connect;
  ErrorCode code = ErrorCode::none;
  std::string text;
};

/// A value, or why there is none.
template <class T>
class ClientResult {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  ClientResult(T value) : content_(std::move(value)) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  ClientResult(ClientError error) : content_(std::move(error)) {}

  [[nodiscard]] bool ok() const { return content_.index() == 0; }

  explicit operator bool() const { return ok(); }

  [[nodiscard]] T& value() { return std::get<0>(content_); }

  [[nodiscard]] const T& value() const { return std::get<0>(content_); }

  T& operator*() { return value(); }

  const T& operator*() const { return value(); }

  T* operator->() { return &value(); }

  const T* operator->() const { return &value(); }

  [[nodiscard]] const ClientError& error() const { return std::get<1>(content_); }

 private:
  std::variant<T, ClientError> content_;
};

struct ClientOptions {
  std::string name = "millrace-client";
  std::string token = {};
  std::uint32_t credit = 0;  ///< commands to have unanswered at most; 0 leaves it to the server
  std::chrono::milliseconds timeout{5000};  ///< of connecting, and of each simple call
};

struct OrderAnswer {
  OrderView view;
  std::vector<SliceView> slices;
};

struct StockAnswer {
  StockView view;
  std::vector<StockCell> cells;
};

struct PlacedOrder {
  Outcome outcome;
  std::vector<Allocation> allocations;
};

class Client {
 public:
  /// Connects and shakes hands.
  static ClientResult<Client> connect(const std::string& host, std::uint16_t port,
                                      const ClientOptions& options);

  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// What the server said of itself: limits, nodes, channels, services.
  [[nodiscard]] const Welcome& server() const { return welcome_; }

  // ---- simple calls: one command, wait for the answer. Only while nothing is pipelined.

  /// `head.line_count` is set from `lines`.
  ClientResult<Outcome> place(OrderHead head, std::span<const OrderLine> lines);
  ClientResult<PlacedOrder> place_detailed(OrderHead head, std::span<const OrderLine> lines);
  ClientResult<Outcome> cancel(const CancelOrder& cancel);
  ClientResult<Outcome> step(const StepOrder& step);
  ClientResult<Outcome> receive(const ReceiveStock& receipt);
  ClientResult<Outcome> adjust(const AdjustStock& adjustment);
  ClientResult<Outcome> define(const DefineSku& sku);
  ClientResult<OrderAnswer> get_order(OrderId order);
  ClientResult<StockAnswer> get_stock(Sku sku);
  /// What may be promised now, beside the pipeline: docs/protocol.md says what that means.
  ClientResult<std::vector<Availability>> get_availability(std::span<const GetAvailability> skus);
  ClientResult<Stats> stats(bool audit = false);

  // ---- pipelined calls. Each puts one frame behind the outgoing bytes and returns its request
  // number; numbers rise by one. Nothing is sent before flush().

  /// Appends a frame of orders to be written in place, before any other call.
  OrdersToFill put_orders(std::size_t order_count, std::size_t line_count, bool want_allocations);
  std::uint64_t put(std::span<const OrderHead> heads, std::span<const OrderLine> lines,
                    bool want_allocations = false);

  /// Any other command or query: CancelOrder, StepOrder, ReceiveStock, AdjustStock, DefineSku,
  /// Tick, GetOrder or GetStock.
  template <class Command>
  std::uint64_t put(std::span<const Command> commands) {
    encode(outgoing_, ++last_request_, commands);
    commands_.add(last_request_, commands.size());
    return last_request_;
  }

  /// Steps with the lines that belong to them.
  std::uint64_t put(std::span<const StepOrder> steps, std::span<const OrderLine> lines) {
    encode(outgoing_, ++last_request_, steps, lines);
    commands_.add(last_request_, steps.size());
    return last_request_;
  }

  /// Reads of availability. Their answers come in the order of the reads, but may overtake those to
  /// commands and queries put before.
  std::uint64_t put(std::span<const GetAvailability> skus) {
    encode(outgoing_, ++last_request_, skus);
    reads_.add(last_request_, skus.size());
    return last_request_;
  }

  std::uint64_t put_get_stats(bool audit);

  /// Begins to follow events, once nothing is unanswered: from then on Events come as replies with
  /// this request's number, and nothing but credit may be put. EventFollower does it all.
  std::uint64_t put(Subscribe subscribe);
  void put_event_credit(std::uint32_t events);

  /// The number of the last request put.
  [[nodiscard]] std::uint64_t last_request() const { return last_request_; }

  /// Sends as much as the socket takes without waiting; true once nothing is left.
  ClientResult<bool> flush();

  /// Whether flush() has left bytes that wait until the socket is writable.
  [[nodiscard]] bool wants_write() const { return !outgoing_.empty(); }

  /// Bytes that wait to be sent.
  [[nodiscard]] std::size_t bytes_to_send() const { return outgoing_.size() - sent_; }

  /// Reads what has come without waiting; the number of bytes, 0 if there were none. Replies taken
  /// before are void afterwards.
  ClientResult<std::size_t> fill();
  /// The next reply that has come as a whole, if there is one. An Error of the server is a reply
  /// like the others here.
  ClientResult<std::optional<Reply>> next();
  /// Sends what is left, then waits for the next reply at most `timeout`; nothing if none came.
  ClientResult<std::optional<Reply>> wait(std::chrono::milliseconds timeout);

  /// Requests other than reads whose reply has not been taken yet, and their commands: what counts
  /// against server().credit.
  [[nodiscard]] std::size_t unanswered_requests() const { return commands_.requests(); }

  [[nodiscard]] std::uint64_t unanswered_commands() const { return commands_.commands(); }

  /// Requests that read availability, likewise.
  [[nodiscard]] std::size_t unanswered_reads() const { return reads_.requests(); }

  /// For poll or epoll. -1 once closed.
  [[nodiscard]] int fd() const { return fd_; }

  void close();

 private:
  explicit Client(int fd) : fd_(fd) {}

  /// False if it is no answer to the oldest request or read.
  bool count_answered(const Reply& reply);
  void move_from(Client& other);
  ClientError broken(ClientError::Kind kind, std::string text);
  ClientResult<bool> shake_hands(const ClientOptions& options);
  /// Waits for the reply to the last request.
  ClientResult<Reply> answer(ReplyKind kind);
  ClientResult<PlacedOrder> place_one(OrderHead head, std::span<const OrderLine> lines,
                                      bool want_allocations);
  template <class Command>
  ClientResult<Outcome> one(const Command& command);

  int fd_ = -1;
  Welcome welcome_;
  std::chrono::milliseconds timeout_{5000};
  std::uint64_t last_request_ = 0;
  Outstanding commands_;
  Outstanding reads_;
  std::uint64_t subscription_ = 0;  ///< its request
  FrameBuffer outgoing_;
  std::size_t sent_ = 0;  ///< of outgoing_
  FrameBuffer incoming_;
  std::size_t taken_ = 0;  ///< of incoming_
};

}  // namespace millrace
