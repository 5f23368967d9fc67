// Following events.
#include "adapters/tcp/event_follower.h"

#include <utility>

#include "engine/journal/event_log.h"

namespace millrace {

namespace {

constexpr std::uint32_t usual_credit = 16'384;

}  // namespace

EventFollower::EventFollower(Client client, const Subscribe& subscribe)
    : client_(std::move(client)),
      position_(subscribe.from),
      credit_(subscribe.credit),
      wants_all_(subscribe.channels.empty() && subscribe.nodes.empty() && subscribe.kinds.empty() &&
                 subscribe.orders.empty()) {}

ClientResult<EventFollower> EventFollower::connect(const std::string& host, std::uint16_t port,
                                                   FollowOptions options) {
  ClientResult<Client> client = Client::connect(host, port, options.client);
  if (!client) {
    return client.error();
  }
  if (options.subscribe.credit == 0) {
    options.subscribe.credit = usual_credit;
  }
  client->put(options.subscribe);
  return EventFollower(std::move(*client), options.subscribe);
}

std::optional<ClientError> EventFollower::check(const Reply& reply) const {
  std::uint64_t least = position_;
  for (const Event& event : reply.events) {
    const bool in_order = wants_all_ && least != 0 ? event.number == least : event.number >= least;
    if (!in_order || event.number >= reply.next_event) {
      return ClientError{ClientError::Kind::protocol, ErrorCode::none,
                         "event " + std::to_string(event.number) + " where " +
                             std::to_string(least) + " should be"};
    }
    if (event.checksum != event_checksum(event)) {
      return ClientError{ClientError::Kind::protocol, ErrorCode::none,
                         "event " + std::to_string(event.number) + " is damaged"};
    }
    least = event.number + 1;
  }
  return std::nullopt;
}

ClientResult<std::optional<TakenEvents>> EventFollower::next(std::chrono::milliseconds timeout) {
  if (taken_ >= (credit_ + 1) / 2) {
    client_.put_event_credit(std::exchange(taken_, 0));
  }
  const ClientResult<std::optional<Reply>> reply = client_.wait(timeout);
  if (!reply) {
    return reply.error();
  }
  if (!reply->has_value()) {
    return std::optional<TakenEvents>();
  }
  const Reply& came = **reply;
  if (came.kind == ReplyKind::error) {
    return ClientError{ClientError::Kind::refused, came.error, std::string(came.text)};
  }
  if (came.kind != ReplyKind::events) {
    return ClientError{ClientError::Kind::protocol, ErrorCode::none, "a reply that is no events"};
  }
  if (auto wrong = check(came)) {
    return *wrong;
  }
  taken_ += static_cast<std::uint32_t>(came.events.size());
  position_ = came.next_event;
  return std::optional(
      TakenEvents{came.events, came.next_event, came.oldest_event, came.end_of_events});
}

}  // namespace millrace
