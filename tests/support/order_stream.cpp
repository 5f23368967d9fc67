// Orders and commands for tests of a live server.
#include "tests/support/order_stream.h"

#include <string>
#include <utility>

#include "engine/core/hash.h"

namespace millrace::test {

SentOrder OrderStream::make() {
  SentOrder order;
  const std::size_t lines = 1 + random_() % 5;
  for (std::size_t line = 0; line < lines; ++line) {
    const auto& item = network_.catalogue[random_() % network_.catalogue.size()];
    order.lines.push_back(
        OrderLine{item.sku, Units{static_cast<std::uint32_t>(1 + random_() % 3)}, 100});
  }
  order.head = OrderHead{};
  order.head.id = OrderId{mix64(orders_.size() + 1), mix64(random_())};
  const Region& region = network_.network.regions[random_() % network_.network.regions.size()];
  order.head.postal = region.prefix;
  order.head.country = region.country;
  order.head.service =
      ServiceIndex{static_cast<std::uint8_t>(random_() % network_.network.services.size())};
  order.head.policy = static_cast<std::uint8_t>(random_() % (policy_bits + 1U));
  order.head.line_count = static_cast<std::uint8_t>(lines);
  return order;
}

CancelOrder OrderStream::make_cancel() {
  CancelOrder cancel{};
  cancel.command = CommandId{mix64(commands_.size() + 1), mix64(random_())};
  cancel.order = orders_[random_() % orders_.size()].head.id;
  return cancel;
}

ReceiveStock OrderStream::make_receipt() {
  ReceiveStock receipt{};
  receipt.command = CommandId{mix64(commands_.size() + 1), mix64(random_())};
  receipt.sku = network_.catalogue[random_() % network_.catalogue.size()].sku;
  receipt.quantity = Units{static_cast<std::uint32_t>(1 + random_() % 9)};
  receipt.node = NodeIndex{static_cast<std::uint16_t>(random_() % network_.network.nodes.size())};
  return receipt;
}

void OrderStream::put(Client& client, std::vector<std::size_t> orders) {
  std::vector<OrderHead> heads;
  std::vector<OrderLine> lines;
  for (const std::size_t index : orders) {
    heads.push_back(orders_[index].head);
    lines.insert(lines.end(), orders_[index].lines.begin(), orders_[index].lines.end());
  }
  const std::uint64_t request = client.put(heads, lines);
  on_the_way_.push_back(Frame{request, true, std::move(orders)});
}

template <class Command>
void OrderStream::put_commands(Client& client, std::vector<std::size_t> commands) {
  std::vector<Command> bodies;
  bodies.reserve(commands.size());
  for (const std::size_t index : commands) {
    bodies.push_back(std::get<Command>(commands_[index].body));
  }
  const std::uint64_t request = client.put<Command>(bodies);
  on_the_way_.push_back(Frame{request, false, std::move(commands)});
}

void OrderStream::put_command_frame(Client& client, std::size_t command_count) {
  const bool cancels = !orders_.empty() && random_() % 2 == 0;
  std::vector<std::size_t> indices;
  for (std::size_t at = 0; at < command_count; ++at) {
    indices.push_back(commands_.size());
    SentCommand sent;
    if (cancels) {
      sent.body = make_cancel();
    } else {
      sent.body = make_receipt();
    }
    commands_.push_back(sent);
  }
  if (cancels) {
    put_commands<CancelOrder>(client, std::move(indices));
  } else {
    put_commands<ReceiveStock>(client, std::move(indices));
  }
}

template <class Command>
void OrderStream::put_unanswered_commands(Client& client) {
  std::vector<std::size_t> indices;
  for (std::size_t index = 0; index < commands_.size(); ++index) {
    if (!commands_[index].answer && std::holds_alternative<Command>(commands_[index].body)) {
      indices.push_back(index);
    }
  }
  if (!indices.empty()) {
    put_commands<Command>(client, std::move(indices));
  }
}

void OrderStream::put_frame(Client& client, std::size_t order_count) {
  std::vector<std::size_t> indices;
  for (std::size_t at = 0; at < order_count; ++at) {
    indices.push_back(orders_.size());
    orders_.push_back(make());
  }
  put(client, std::move(indices));
}

void OrderStream::put_unanswered(Client& client) {
  std::vector<std::size_t> indices;
  for (std::size_t index = 0; index < orders_.size(); ++index) {
    if (!orders_[index].answer) {
      indices.push_back(index);
    }
    if (indices.size() == client.server().commands_per_frame_max / 2) {
      put(client, std::exchange(indices, {}));
    }
  }
  if (!indices.empty()) {
    put(client, std::move(indices));
  }
  put_unanswered_commands<CancelOrder>(client);
  put_unanswered_commands<ReceiveStock>(client);
}

std::optional<std::string> OrderStream::take(const Reply& reply) {
  if (on_the_way_.empty()) {
    return "an answer to no request";
  }
  const Frame frame = std::move(on_the_way_.front());
  on_the_way_.erase(on_the_way_.begin());
  if (reply.kind != ReplyKind::outcomes || reply.request != frame.request) {
    return "not the answer to the oldest request: " + std::string(reply.text);
  }
  if (reply.outcomes.size() != frame.indices.size()) {
    return "another number of outcomes than commands";
  }
  for (std::size_t at = 0; at < frame.indices.size(); ++at) {
    const std::size_t index = frame.indices[at];
    (frame.of_orders ? orders_[index].answer : commands_[index].answer) = reply.outcomes[at];
  }
  std::vector<std::size_t>& answered = frame.of_orders ? answered_orders_ : answered_commands_;
  answered.insert(answered.end(), frame.indices.begin(), frame.indices.end());
  return std::nullopt;
}

}  // namespace millrace::test
