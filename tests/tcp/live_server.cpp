// Orders for a live server.
#include "tests/tcp/live_server.h"

#include <algorithm>

#include "tests/tcp/raw_peer.h"

namespace millrace::test {

std::uint64_t place_many(Live& live, std::uint64_t client_id, std::uint64_t count,
                         std::atomic<std::uint64_t>* acknowledged) {
  Client client = live.connected(1000);
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t allocated = 0;
  while (answered < count) {
    while (sent < count && client.unanswered_commands() < 1000) {
      const std::size_t frame = std::min<std::uint64_t>(50, count - sent);
      const OrdersToFill orders = client.put_orders(frame, frame, false);
      for (std::size_t at = 0; at < frame; ++at) {
        orders.heads[at] = live.head({client_id, ++sent});
        orders.lines[at] = one_unit;
      }
    }
    const auto reply = client.wait(patience);
    if (!reply || !reply->has_value()) {
      return 0;
    }
    for (const Outcome& outcome : (*reply)->outcomes) {
      ++answered;
      allocated += outcome.status == Status::allocated ? 1U : 0U;
    }
    if (acknowledged != nullptr) {
      acknowledged->store(answered);
    }
  }
  return allocated;
}

}  // namespace millrace::test
