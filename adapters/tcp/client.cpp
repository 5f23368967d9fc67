// The client library.
#include "adapters/tcp/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "adapters/tcp/dial.h"

namespace millrace {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t read_bytes = 256U << 10U;
/// Longer than any reply of a sane server.
constexpr std::size_t reply_bytes_max = 256U << 20U;
constexpr std::size_t line_count_limit = 255;

ClientError failure(ClientError::Kind kind, std::string text) {
  return {kind, ErrorCode::none, std::move(text)};
}

}  // namespace

// ---- connecting

ClientResult<Client> Client::connect(const std::string& host, std::uint16_t port,
                                     const ClientOptions& options) {
  const ClientResult<int> socket = dial(host, port, SteadyClock::now() + options.timeout);
  if (!socket) {
    return socket.error();
  }
  Client client(*socket);
  client.timeout_ = options.timeout;
  const ClientResult<bool> greeted = client.shake_hands(options);
  if (!greeted) {
    return greeted.error();
  }
  return client;
}

ClientResult<bool> Client::shake_hands(const ClientOptions& options) {
  encode_hello(outgoing_, {0, protocol_version, options.name, options.token, options.credit});
  const ClientResult<std::optional<Reply>> reply = wait(options.timeout);
  if (!reply) {
    return reply.error();
  }
  if (!reply->has_value()) {
    return broken(ClientError::Kind::timeout, "no Welcome in time");
  }
  const Reply& welcome = **reply;
  if (welcome.kind == ReplyKind::error) {
    ClientError refusal{ClientError::Kind::refused, welcome.error, std::string(welcome.text)};
    close();
    return refusal;
  }
  if (welcome.kind != ReplyKind::welcome) {
    return broken(ClientError::Kind::protocol, "the first reply is not a Welcome");
  }
  // A Welcome is the first frame there is, so it lies at the front.
  welcome_ = read_welcome({incoming_.data(), taken_});
  return true;
}

Client::Client(Client&& other) noexcept {
  move_from(other);
}

Client& Client::operator=(Client&& other) noexcept {
  if (this != &other) {
    close();
    move_from(other);
  }
  return *this;
}

Client::~Client() {
  close();
}

void Client::move_from(Client& other) {
  fd_ = std::exchange(other.fd_, -1);
  welcome_ = std::move(other.welcome_);
  timeout_ = other.timeout_;
  last_request_ = other.last_request_;
  commands_ = std::move(other.commands_);
  reads_ = std::move(other.reads_);
  subscription_ = other.subscription_;
  outgoing_ = std::move(other.outgoing_);
  sent_ = other.sent_;
  incoming_ = std::move(other.incoming_);
  taken_ = other.taken_;
}

void Client::close() {
  if (fd_ >= 0) {
    ::close(std::exchange(fd_, -1));
  }
}

ClientError Client::broken(ClientError::Kind kind, std::string text) {
  close();
  return failure(kind, std::move(text));
}

// ---- pipelined calls

bool Client::count_answered(const Reply& reply) {
  if (subscription_ != 0) {
    return reply.closes || reply.request == subscription_;
  }
  // The server's last words, or its Welcome, answer no request put here.
  return commands_.take(reply.request) || reads_.take(reply.request) || reply.closes ||
         (last_request_ == 0 && reply.kind == ReplyKind::welcome);
}

OrdersToFill Client::put_orders(std::size_t order_count, std::size_t line_count,
                                bool want_allocations) {
  commands_.add(++last_request_, order_count);
  return encode_orders(outgoing_, last_request_, order_count, line_count, want_allocations);
}

std::uint64_t Client::put(std::span<const OrderHead> heads, std::span<const OrderLine> lines,
                          bool want_allocations) {
  commands_.add(++last_request_, heads.size());
  encode(outgoing_, last_request_, heads, lines, want_allocations);
  return last_request_;
}

std::uint64_t Client::put_get_stats(bool audit) {
  commands_.add(++last_request_, 1);
  encode_get_stats(outgoing_, last_request_, audit);
  return last_request_;
}

std::uint64_t Client::put(Subscribe subscribe) {
  subscription_ = ++last_request_;
  subscribe.request = subscription_;
  encode_subscribe(outgoing_, subscribe);
  return last_request_;
}

void Client::put_event_credit(std::uint32_t events) {
  encode_event_credit(outgoing_, subscription_, events);
}

ClientResult<bool> Client::flush() {
  while (sent_ < outgoing_.size()) {
    const ssize_t written =
        ::send(fd_, outgoing_.data() + sent_, outgoing_.size() - sent_, MSG_NOSIGNAL);
    if (written >= 0) {
      sent_ += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return false;
    } else if (errno != EINTR) {
      return failure(ClientError::Kind::closed, "cannot send: " + system_text(errno));
    }
  }
  outgoing_.clear();
  sent_ = 0;
  return true;
}

ClientResult<std::size_t> Client::fill() {
  if (fd_ < 0) {
    return failure(ClientError::Kind::closed, "the connection is closed");
  }
  incoming_.drop_front(taken_);
  taken_ = 0;
  const std::size_t have = incoming_.size();
  std::size_t want = read_bytes;
  if (have >= frame_prefix_bytes) {
    const std::size_t whole = std::min(reply_bytes_max, frame_bytes(incoming_.data()));
    want = std::max(want, whole - std::min(whole, have));
  }
  std::byte* const at = incoming_.extend(want);
  const ssize_t got = ::recv(fd_, at, want, 0);
  const int code = errno;
  incoming_.truncate(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got > 0) {
    return static_cast<std::size_t>(got);
  }
  if (got < 0 && (code == EAGAIN || code == EWOULDBLOCK || code == EINTR)) {
    return std::size_t{0};
  }
  return broken(ClientError::Kind::closed, got == 0 ? "the server closed the connection"
                                                    : "cannot receive: " + system_text(code));
}

ClientResult<std::optional<Reply>> Client::next() {
  const std::size_t have = incoming_.size() - taken_;
  if (have < frame_prefix_bytes) {
    return std::optional<Reply>{};
  }
  const std::size_t byte_count = frame_bytes(incoming_.data() + taken_);
  if (byte_count % 8 != 0 || byte_count > reply_bytes_max) {
    return broken(ClientError::Kind::protocol, "a reply of an impossible length");
  }
  if (have < byte_count) {
    return std::optional<Reply>{};
  }
  Reply reply;
  const Flaw flaw = decode_reply({incoming_.data() + taken_, byte_count}, reply);
  if (flaw != Flaw::none) {
    return broken(ClientError::Kind::protocol,
                  "a reply that is none: " + std::string(flaw_text(flaw)));
  }
  if (!count_answered(reply)) {
    return broken(ClientError::Kind::protocol, "a reply to a request that was not next");
  }
  taken_ += byte_count;
  return std::optional<Reply>(reply);
}

ClientResult<std::optional<Reply>> Client::wait(std::chrono::milliseconds timeout) {
  const auto deadline = SteadyClock::now() + timeout;
  while (true) {
    ClientResult<std::optional<Reply>> reply = next();
    if (!reply || reply->has_value()) {
      return reply;
    }
    const ClientResult<bool> flushed = flush();
    const ClientResult<std::size_t> got = fill();
    if (!got) {
      return got.error();
    }
    if (*got > 0) {
      continue;
    }
    if (!flushed) {
      return flushed.error();
    }
    const short events = static_cast<short>(wants_write() ? POLLIN | POLLOUT : POLLIN);
    if (!wait_ready(fd_, events, deadline)) {
      return std::optional<Reply>{};
    }
  }
}

// ---- simple calls

ClientResult<Reply> Client::answer(ReplyKind kind) {
  const auto deadline = SteadyClock::now() + timeout_;
  while (true) {
    const auto left = std::chrono::milliseconds(left_ms(deadline));
    const ClientResult<std::optional<Reply>> reply = wait(left);
    if (!reply) {
      return reply.error();
    }
    if (!reply->has_value()) {
      return failure(ClientError::Kind::timeout, "no answer in time");
    }
    const Reply& taken = **reply;
    if (taken.request != last_request_ && !taken.closes) {
      // The answer to an earlier call that gave up waiting.
      continue;
    }
    if (taken.kind == ReplyKind::error) {
      return ClientError{ClientError::Kind::refused, taken.error, std::string(taken.text)};
    }
    if (taken.kind != kind) {
      return broken(ClientError::Kind::protocol, "a reply of another kind than was asked for");
    }
    return taken;
  }
}

ClientResult<PlacedOrder> Client::place_one(OrderHead head, std::span<const OrderLine> lines,
                                            bool want_allocations) {
  if (lines.size() > line_count_limit) {
    return failure(ClientError::Kind::usage, "an order of more lines than can be counted");
  }
  head.line_count = static_cast<std::uint8_t>(lines.size());
  put(std::span(&head, 1), lines, want_allocations);
  const ClientResult<Reply> reply = answer(ReplyKind::outcomes);
  if (!reply) {
    return reply.error();
  }
  if (reply->outcomes.size() != 1) {
    return broken(ClientError::Kind::protocol, "not one outcome for one command");
  }
  return PlacedOrder{reply->outcomes[0], {reply->allocations.begin(), reply->allocations.end()}};
}

ClientResult<Outcome> Client::place(OrderHead head, std::span<const OrderLine> lines) {
  const ClientResult<PlacedOrder> placed = place_one(head, lines, false);
  if (!placed) {
    return placed.error();
  }
  return placed->outcome;
}

ClientResult<PlacedOrder> Client::place_detailed(OrderHead head, std::span<const OrderLine> lines) {
  return place_one(head, lines, true);
}

template <class Command>
ClientResult<Outcome> Client::one(const Command& command) {
  put(std::span<const Command>(&command, 1));
  const ClientResult<Reply> reply = answer(ReplyKind::outcomes);
  if (!reply) {
    return reply.error();
  }
  if (reply->outcomes.size() != 1) {
    return broken(ClientError::Kind::protocol, "not one outcome for one command");
  }
  return reply->outcomes[0];
}

ClientResult<Outcome> Client::cancel(const CancelOrder& cancel) {
  return one(cancel);
}

ClientResult<Outcome> Client::step(const StepOrder& step) {
  return one(step);
}

ClientResult<Outcome> Client::receive(const ReceiveStock& receipt) {
  return one(receipt);
}

ClientResult<Outcome> Client::adjust(const AdjustStock& adjustment) {
  return one(adjustment);
}

ClientResult<Outcome> Client::define(const DefineSku& sku) {
  return one(sku);
}

ClientResult<OrderAnswer> Client::get_order(OrderId order) {
  const GetOrder query{order};
  put(std::span<const GetOrder>(&query, 1));
  const ClientResult<Reply> reply = answer(ReplyKind::orders);
  if (!reply) {
    return reply.error();
  }
  if (reply->orders.size() != 1) {
    return broken(ClientError::Kind::protocol, "not one order for one query");
  }
  return OrderAnswer{reply->orders[0], {reply->slices.begin(), reply->slices.end()}};
}

ClientResult<StockAnswer> Client::get_stock(Sku sku) {
  const GetStock query{sku};
  put(std::span<const GetStock>(&query, 1));
  const ClientResult<Reply> reply = answer(ReplyKind::stocks);
  if (!reply) {
    return reply.error();
  }
  if (reply->stock.size() != 1) {
    return broken(ClientError::Kind::protocol, "not one stock row for one query");
  }
  return StockAnswer{reply->stock[0], {reply->cells.begin(), reply->cells.end()}};
}

ClientResult<std::vector<Availability>> Client::get_availability(
    std::span<const GetAvailability> skus) {
  put(skus);
  const ClientResult<Reply> reply = answer(ReplyKind::availabilities);
  if (!reply) {
    return reply.error();
  }
  if (reply->availability.size() != skus.size()) {
    return broken(ClientError::Kind::protocol, "not one availability for one read");
  }
  return std::vector<Availability>(reply->availability.begin(), reply->availability.end());
}

ClientResult<Stats> Client::stats(bool audit) {
  put_get_stats(audit);
  const ClientResult<Reply> reply = answer(ReplyKind::stats);
  if (!reply) {
    return reply.error();
  }
  return reply->stats;
}

}  // namespace millrace
