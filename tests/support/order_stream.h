// Orders, cancellations and receipts for tests of a live server: made from a seed, sent in frames
// of any size, and remembered with what was answered, so that a restart can be held against it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/config/network_files.h"
#include "adapters/tcp/client.h"

namespace millrace::test {

struct SentOrder {
  OrderHead head{};
  std::vector<OrderLine> lines;
  std::optional<Outcome> answer;  ///< once acknowledged
};

struct SentCommand {
  std::variant<CancelOrder, ReceiveStock> body;
  std::optional<Outcome> answer;  ///< once acknowledged
};

class OrderStream {
 public:
  OrderStream(const NetworkFiles& network, std::uint64_t seed) : network_(network), random_(seed) {}

  /// Puts one frame of new orders on the way.
  void put_frame(Client& client, std::size_t order_count);
  /// Puts one frame of new cancellations or receipts on the way.
  void put_command_frame(Client& client, std::size_t command_count);
  /// Puts everything again that has no answer yet.
  void put_unanswered(Client& client);
  /// Takes the answer to the oldest frame on the way; what is wrong with it, if anything.
  [[nodiscard]] std::optional<std::string> take(const Reply& reply);

  /// Forgets frames on the way: their connection is gone.
  void lose_connection() { on_the_way_.clear(); }

  [[nodiscard]] const std::vector<SentOrder>& orders() const { return orders_; }

  [[nodiscard]] const std::vector<SentCommand>& commands() const { return commands_; }

  /// Indices of the orders and commands whose answers came since the last call.
  [[nodiscard]] std::vector<std::size_t> new_answered_orders() {
    return std::exchange(answered_orders_, {});
  }

  [[nodiscard]] std::vector<std::size_t> new_answered_commands() {
    return std::exchange(answered_commands_, {});
  }

  [[nodiscard]] std::mt19937_64& random() { return random_; }

 private:
  struct Frame {
    std::uint64_t request;
    bool of_orders;
    std::vector<std::size_t> indices;
  };

  void put(Client& client, std::vector<std::size_t> orders);
  template <class Command>
  void put_commands(Client& client, std::vector<std::size_t> commands);
  template <class Command>
  void put_unanswered_commands(Client& client);
  SentOrder make();
  CancelOrder make_cancel();
  ReceiveStock make_receipt();

  const NetworkFiles& network_;
  std::mt19937_64 random_;
  std::vector<SentOrder> orders_;
  std::vector<SentCommand> commands_;
  std::vector<std::size_t> answered_orders_;
  std::vector<std::size_t> answered_commands_;
  std::vector<Frame> on_the_way_;
};

}  // namespace millrace::test
