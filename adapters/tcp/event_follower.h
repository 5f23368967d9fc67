// Following events: subscribes, grants credit as events are taken, and checks that none is missing
// or damaged. Where it is is the follower's own to keep: position() says where to go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "adapters/tcp/client.h"

namespace millrace {

struct FollowOptions {
  ClientOptions client = {};
  Subscribe subscribe = {};  ///< its credit is how many events may be on their way; 0 takes some
};

/// What came at once. The events are void with the next call.
struct TakenEvents {
  std::span<const Event> events;
  std::uint64_t next = 0;    ///< everything before it was looked at
  std::uint64_t oldest = 0;  ///< that the server keeps
  std::uint64_t end = 0;     ///< what came next when this was sent
};

class EventFollower {
 public:
  /// Connects and subscribes. An event that is not kept is told by the first next().
  static ClientResult<EventFollower> connect(const std::string& host, std::uint16_t port,
                                             FollowOptions options);

  /// Waits at most `timeout` for events; nothing if none came.
  ClientResult<std::optional<TakenEvents>> next(std::chrono::milliseconds timeout);

  /// Where to subscribe from to go on.
  [[nodiscard]] std::uint64_t position() const { return position_; }

  [[nodiscard]] Client& client() { return client_; }

 private:
  EventFollower(Client client, const Subscribe& subscribe);

  [[nodiscard]] std::optional<ClientError> check(const Reply& reply) const;

  Client client_;
  std::uint64_t position_;
  std::uint32_t credit_;
  std::uint32_t taken_ = 0;  ///< events since credit was granted
  bool wants_all_;
};

}  // namespace millrace
