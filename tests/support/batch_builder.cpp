// Messages in memory of their own, and the way back from columns to answers.
#include "tests/support/batch_builder.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>
#include <variant>

#include "engine/core/check.h"
#include "engine/core/event_stream.h"
#include "engine/core/life.h"

namespace millrace::test {
namespace {

/// Appends a struct of whole words.
template <class T>
void append(std::vector<std::uint64_t>& words, const T& value) {
  static_assert(sizeof(T) % 8 == 0);
  const std::size_t at = words.size();
  words.resize(at + sizeof(T) / 8);
  std::memcpy(words.data() + at, &value, sizeof(T));
}

/// Slots are half a word each; an odd one leaves the rest zero.
void append(std::vector<std::uint64_t>& words, std::span<const std::uint32_t> slots,
            std::size_t slots_before) {
  words.resize((slots_before + slots.size() + 1) / 2);
  if (!slots.empty()) {
    std::memcpy(reinterpret_cast<std::uint32_t*>(words.data()) + slots_before, slots.data(),
                slots.size_bytes());
  }
}

std::uint32_t detail_count(const TestCommand& command) {
  return static_cast<std::uint32_t>(command.lines.size() + command.slots.size());
}

bool may_share_message(const TestCommand& a, const TestCommand& b) {
  return kind_of(a) == kind_of(b) && a.time == b.time && a.wants_allocations == b.wants_allocations;
}

void read_allocations(const Batch& batch, std::size_t message, std::span<Answer> answers) {
  const std::size_t begin = message == 0 ? 0 : batch.allocation_end.at(message - 1);
  for (std::size_t at = begin; at < batch.allocation_end.at(message); ++at) {
    Allocation allocation = batch.allocations.at(at);
    CHECK(allocation.command < answers.size());
    Answer& answer = answers[allocation.command];
    allocation.command = 0;
    answer.allocations.push_back(allocation);
  }
}

void read_views(const Batch& batch, std::size_t message, std::span<Answer> answers) {
  const CommandKind kind = batch.messages[message].kind;
  if (kind == CommandKind::get_stats) {
    for (Answer& answer : answers) {
      answer.stats = batch.stats.at(batch.answer_start.at(message).view);
      // Of this engine's memory, which is no part of the rules.
      answer.stats.orders_in_memory = 0;
      answer.stats.bytes_an_order = 0;
      answer.stats.orders_put_away = 0;
      answer.stats.archive_bytes = 0;
    }
    return;
  }
  AnswerStart at = batch.answer_start.at(message);
  for (Answer& answer : answers) {
    if (kind == CommandKind::get_order) {
      answer.order = batch.orders.at(at.view++);
      for (std::uint32_t slice = 0; slice < answer.order.slice_count; ++slice) {
        answer.slices.push_back(batch.slices.at(at.part++));
      }
    } else {
      answer.stock = batch.stock.at(at.view++);
      for (std::uint32_t cell = 0; cell < answer.stock.cell_count; ++cell) {
        answer.cells.push_back(batch.cells.at(at.part++));
      }
    }
  }
}

/// The answer to the journaled command with this sequence.
Answer& answer_of(const Batch& batch, Sequence sequence, std::span<Answer> answers) {
  for (const Message& message : batch.in()) {
    const std::uint64_t first = message.first_sequence.value;
    if (is_journaled(message.kind) && sequence.value >= first &&
        sequence.value < first + message.count) {
      return answers[message.first_command + (sequence.value - first)];
    }
  }
  CHECK(false);
}

template <class Body>
std::vector<TestCommand> commands_of(const Message& message) {
  std::vector<TestCommand> commands;
  std::size_t detail = 0;
  for (const Body& body : message.commands<Body>()) {
    TestCommand command{message.time, body, {}, {}, false};
    if constexpr (std::is_same_v<Body, OrderHead>) {
      const auto lines = message.lines().subspan(detail, body.line_count);
      command.lines.assign(lines.begin(), lines.end());
      command.wants_allocations = message.wants_allocations;
      detail += lines.size();
    } else if constexpr (std::is_same_v<Body, StepOrder>) {
      const auto lines = message.lines().subspan(detail, line_count_of(body));
      command.lines.assign(lines.begin(), lines.end());
      detail += lines.size();
    } else if constexpr (std::is_same_v<Body, ReleaseWave>) {
      const auto slots = message.slots().subspan(detail, body.slot_count);
      command.slots.assign(slots.begin(), slots.end());
      detail += slots.size();
    }
    commands.push_back(std::move(command));
  }
  return commands;
}

std::vector<TestCommand> commands_of(const Message& message) {
  switch (message.kind) {
    case CommandKind::place_order:
      return commands_of<OrderHead>(message);
    case CommandKind::cancel_order:
      return commands_of<CancelOrder>(message);
    case CommandKind::step_order:
      return commands_of<StepOrder>(message);
    case CommandKind::receive_stock:
      return commands_of<ReceiveStock>(message);
    case CommandKind::adjust_stock:
      return commands_of<AdjustStock>(message);
    case CommandKind::stock_change:
      return commands_of<StockChange>(message);
    case CommandKind::define_sku:
      return commands_of<DefineSku>(message);
    case CommandKind::tick:
      return commands_of<Tick>(message);
    case CommandKind::release_wave:
      return commands_of<ReleaseWave>(message);
    case CommandKind::get_order:
      return commands_of<GetOrder>(message);
    case CommandKind::get_stock:
      return commands_of<GetStock>(message);
    case CommandKind::get_stats:
      // It says nothing but its kind, and on the wire has no body.
      return std::vector<TestCommand>(message.count, {message.time, GetStats{0}, {}, {}, false});
    case CommandKind::refused_frame:
      return {};
  }
  return {};
}

}  // namespace

std::size_t BatchBuilder::message_size(const Batch& batch, std::span<const TestCommand> commands) {
  const std::size_t wanted = std::min<std::size_t>(1 + random_.below(shape_.message_max),
                                                   shape_.commands_max - batch.command_count);
  std::uint32_t count = 0;
  std::uint32_t details = 0;
  while (count < commands.size() && count < wanted &&
         may_share_message(commands.front(), commands[count])) {
    details += detail_count(commands[count]);
    if (!batch.fits(count + 1, details)) {
      break;
    }
    ++count;
  }
  return count;
}

void BatchBuilder::add_message(Batch& batch, std::span<const TestCommand> commands) {
  if (messages_.size() <= batch.message_count) {
    messages_.push_back(std::make_unique<Bytes>());
  }
  Bytes& bytes = *messages_[batch.message_count];
  bytes.heads.clear();
  bytes.details.clear();
  Message message{};
  for (const TestCommand& command : commands) {
    std::visit([&](const auto& body) { append(bytes.heads, body); }, command.body);
    for (const OrderLine& line : command.lines) {
      append(bytes.details, line);
    }
    if (kind_of(command) == CommandKind::release_wave) {
      append(bytes.details, command.slots, message.detail_count);
    }
    message.detail_count += detail_count(command);
  }
  message.kind = kind_of(commands.front());
  message.wants_allocations = commands.front().wants_allocations;
  message.count = static_cast<std::uint32_t>(commands.size());
  message.byte_count = static_cast<std::uint32_t>(8 * (bytes.heads.size() + bytes.details.size()));
  message.heads = bytes.heads.data();
  message.details = bytes.details.data();
  message.time = commands.front().time;
  batch.add(message, Sequence{next_});
  batch.time = std::max(batch.time, message.time);
  if (is_journaled(message.kind)) {
    next_ += message.count;
  }
}

std::size_t BatchBuilder::fill(Batch& batch, std::span<const TestCommand> commands) {
  batch.clear();
  std::size_t taken = 0;
  while (taken < commands.size() && batch.command_count < shape_.commands_max) {
    const std::size_t count = message_size(batch, commands.subspan(taken));
    if (count == 0) {
      break;
    }
    add_message(batch, commands.subspan(taken, count));
    taken += count;
  }
  CHECK(taken > 0 || commands.empty());
  return taken;
}

std::vector<TestCommand> commands_of(const Batch& batch) {
  std::vector<TestCommand> commands;
  for (const Message& message : batch.in()) {
    for (TestCommand& command : commands_of(message)) {
      commands.push_back(std::move(command));
    }
  }
  return commands;
}

std::vector<Answer> answers_of(const Batch& batch) {
  std::vector<Answer> answers;
  answers.reserve(batch.command_count);
  for (std::size_t m = 0; m < batch.message_count; ++m) {
    const Message& message = batch.messages[m];
    const std::size_t first = answers.size();
    answers.resize(first + message.count);
    const std::span<Answer> of_message = std::span(answers).subspan(first);
    if (is_journaled(message.kind)) {
      for (std::uint32_t i = 0; i < message.count; ++i) {
        of_message[i].outcome = batch.outcomes[message.first_command + i];
      }
      read_allocations(batch, m, of_message);
    } else {
      read_views(batch, m, of_message);
    }
  }
  for_events(batch, [&](const Event& event) {
    answer_of(batch, event.sequence, answers).events.push_back(event);
  });
  return answers;
}

std::vector<Proposal> proposals_of(const Batch& batch) {
  std::vector<Proposal> proposals;
  for (const WaveProposal& wave : batch.proposals) {
    Proposal proposal{wave.head, {}};
    for (std::uint32_t i = 0; i < wave.head.slot_count; ++i) {
      proposal.slots.push_back(batch.proposed_slots.at(wave.first_slot + i));
    }
    proposals.push_back(proposal);
  }
  return proposals;
}

}  // namespace millrace::test
