// The pipeline's stand-in.
#include "tests/tcp/echo_pipeline.h"

namespace millrace::test {

Outcome echo_of(Id128 id) {
  Outcome outcome{};
  outcome.status = Status::accepted;
  outcome.node = no_node;
  outcome.detail = static_cast<std::uint32_t>(id.low);
  return outcome;
}

class EchoPipeline::EchoPort final : public Port {
 public:
  explicit EchoPort(EchoPipeline& pipeline) : pipeline_(pipeline) {}

  void submit(std::span<const Inbound> messages) override { pipeline_.submit(messages); }

 private:
  EchoPipeline& pipeline_;
};

EchoPipeline::EchoPipeline(ReplySink& sink, std::function<void()> thread_started)
    : sink_(sink), thread_started_(std::move(thread_started)), thread_([this] { run(); }) {}

EchoPipeline::~EchoPipeline() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    paused_ = false;
  }
  changed_.notify_all();
  thread_.join();
}

std::unique_ptr<Port> EchoPipeline::open_port() {
  return std::make_unique<EchoPort>(*this);
}

void EchoPipeline::pause() {
  const std::lock_guard lock(mutex_);
  paused_ = true;
}

void EchoPipeline::resume() {
  {
    const std::lock_guard lock(mutex_);
    paused_ = false;
  }
  changed_.notify_all();
}

void EchoPipeline::submit(std::span<const Inbound> messages) {
  {
    const std::lock_guard lock(mutex_);
    queued_.insert(queued_.end(), messages.begin(), messages.end());
  }
  for (const Inbound& inbound : messages) {
    commands_ += inbound.message.count;
  }
  messages_ += messages.size();
  changed_.notify_all();
}

void EchoPipeline::run() {
  if (thread_started_) {
    thread_started_();
  }
  while (true) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || (!paused_ && !queued_.empty()); });
      if (queued_.empty()) {
        return;
      }
      working_.swap(queued_);
    }
    for (std::size_t taken = 0; taken < working_.size();) {
      answer(taken);
    }
    working_.clear();
  }
}

void EchoPipeline::answer(std::size_t& taken) {
  batch_.clear();
  const std::size_t begin = taken;
  for (; taken < working_.size(); ++taken) {
    const Message& message = working_[taken].message;
    if (!batch_.fits(message.count, message.detail_count)) {
      break;
    }
    batch_.add(message, next_);
    if (is_journaled(message.kind)) {
      next_.value += message.count;
    }
    answer_message(batch_.messages[batch_.message_count - 1]);
  }
  sink_.deliver(batch_);
  delivered_ += taken - begin;
  for (std::size_t at = begin; at < taken; ++at) {
    if (working_[at].buffer != nullptr) {
      working_[at].buffer->drop();
    }
  }
}

void EchoPipeline::answer_message(const Message& message) {
  std::uint32_t command = message.first_command;
  batch_.answer_start.push_back({static_cast<std::uint32_t>(batch_.orders.size()), 0});
  if (message.kind == CommandKind::place_order) {
    for (const OrderHead& head : message.commands<OrderHead>()) {
      batch_.outcomes[command++] = echo_of(head.id);
      if (message.wants_allocations) {
        batch_.allocations.push_back(
            {command - 1 - message.first_command, Units{1}, NodeIndex{0}, Day{1}, 0, 1, 0});
      }
    }
  } else if (message.kind == CommandKind::get_order) {
    for (const GetOrder& query : message.commands<GetOrder>()) {
      OrderView view{};
      view.id = query.order;
      batch_.orders.push_back(view);
    }
  } else if (message.kind == CommandKind::get_stock) {
    batch_.answer_start.back() = {static_cast<std::uint32_t>(batch_.stock.size()),
                                  static_cast<std::uint32_t>(batch_.cells.size())};
    for (const GetStock& query : message.commands<GetStock>()) {
      batch_.stock.push_back({query.sku, 1, Units{0}, 10, 0, 1, 0});
      batch_.cells.push_back({NodeIndex{0}, 0, Units{5}, Units{4}});
    }
  } else if (message.kind == CommandKind::cancel_order) {
    for (const CancelOrder& cancel : message.commands<CancelOrder>()) {
      batch_.outcomes[command++] = echo_of(cancel.command);
    }
  } else if (message.kind == CommandKind::receive_stock) {
    for (const ReceiveStock& receipt : message.commands<ReceiveStock>()) {
      batch_.outcomes[command++] = echo_of(receipt.command);
    }
  } else if (message.kind == CommandKind::get_stats) {
    batch_.answer_start.back().view = static_cast<std::uint32_t>(batch_.stats.size());
    Stats stats{};
    stats.orders = 77;
    stats.invariant_violations = message.wants_allocations ? 1 : 0;
    batch_.stats.push_back(stats);
  } else if (is_journaled(message.kind)) {
    for (std::uint32_t at = 0; at < message.count; ++at) {
      batch_.outcomes[command++] = echo_of({});
    }
  }
  batch_.allocation_end.push_back(static_cast<std::uint32_t>(batch_.allocations.size()));
}

}  // namespace millrace::test
