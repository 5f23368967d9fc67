// Orders for tests of a live server: made from a seed, sent in frames of any size, and remembered
// with what was answered, so that a restart can be held against it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/tcp/client.h"

namespace millrace::test {

struct SentOrder {
  OrderHead head;
  std::vector<OrderLine> lines;
  std::optional<Outcome> answer;  ///< once acknowledged
};

class OrderStream {
 public:
  OrderStream(const NetworkFiles& network, std::uint64_t seed) : network_(network), random_(seed) {}

  /// Puts one frame of new orders on the way.
  void put_frame(Client& client, std::size_t order_count);
  /// Puts orders again that have no answer yet, in one frame.
  void put_unanswered(Client& client);
  /// Takes the answer to the oldest frame on the way; what is wrong with it, if anything.
  [[nodiscard]] std::optional<std::string> take(const Reply& reply);

  /// Forgets frames on the way: their connection is gone.
  void lose_connection() { on_the_way_.clear(); }

  [[nodiscard]] const std::vector<SentOrder>& orders() const { return orders_; }

  [[nodiscard]] std::mt19937_64& random() { return random_; }

 private:
  struct Frame {
    std::uint64_t request;
    std::vector<std::size_t> orders;
  };

  void put(Client& client, std::vector<std::size_t> orders);
  SentOrder make();

  const NetworkFiles& network_;
  std::mt19937_64 random_;
  std::vector<SentOrder> orders_;
  std::vector<Frame> on_the_way_;
};

}  // namespace millrace::test
