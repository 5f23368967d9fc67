// The batch: the only currency of the pipeline. It is journaled, processed, replayed and answered
// as one. A batch is a set of columns, each with the one stage that writes it; batches come from a
// fixed pool and are used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/check.h"
#include "engine/core/command.h"
#include "engine/core/event.h"
#include "engine/core/floor_note.h"
#include "engine/core/limits.h"
#include "engine/core/outcome.h"
#include "engine/core/types.h"

namespace millrace {

/// Where a message came from and where its answer goes. Opaque to the engine.
struct Origin {
  std::uint64_t session;
  std::uint64_t request;
};

/// One message of a batch: a view of its commands, which lie in the batch's arena (or, in replay,
/// in the journal reader's buffer). Both outlive the batch's way through the stages.
struct Message {
  CommandKind kind;
  bool wants_allocations;  ///< place_order: answer with the nodes of every line; get_stats: audit
  std::uint8_t error;      ///< refused_frame: the wire error code to answer with
  bool closes;             ///< refused_frame: the session ends after this answer
  std::uint32_t count;     ///< commands, which are 8-byte aligned structs of `kind`
  std::uint32_t detail_count;  ///< order lines, or slots of waves
  std::uint32_t byte_count;    ///< of the message as it came, a multiple of 8
  const void* heads;
  const void* details;
  Time time;
  Sequence first_sequence;      ///< journaled kinds only
  std::uint32_t first_command;  ///< index of the first command in the batch's command columns
  Origin origin;

  template <class T>
  [[nodiscard]] std::span<const T> commands() const {
    return {static_cast<const T*>(heads), count};
  }

  [[nodiscard]] std::span<const OrderLine> lines() const {
    return {static_cast<const OrderLine*>(details), detail_count};
  }

  [[nodiscard]] std::span<const std::uint32_t> slots() const {
    return {static_cast<const std::uint32_t*>(details), detail_count};
  }
};

/// A line after validation: SKU resolved, equal SKUs of one order added up.
struct ResolvedLine {
  Row row;
  Units units;
  std::uint32_t unit_grams;
  std::uint32_t line;        ///< index of the first raw line with this SKU
  std::uint32_t unit_price;  ///< of that line; the mean where lines were added up
};

/// How validate found the id of a command.
enum class Seen : std::uint8_t {
  never,     ///< it is new, and `slot` is its record
  before,    ///< `slot` is the record of its first arrival
  untraced,  ///< it has no record: a zero id, or the table is full
};

/// What validate says of one command.
struct Verdict {
  Refusal refusal;
  Seen seen;
  std::uint8_t line_count;     ///< resolved lines of an order, of goods
  std::uint8_t service_count;  ///< and behind them those of services
  RegionIndex region;
  std::uint16_t reserved2;
  /// Record of the order, or entry of the command log.
  std::uint32_t slot;
  /// Order a cancellation, step or query names, row a stock command or query names.
  std::uint32_t target;
  /// Of an order's resolved lines, or of those that a step changes; of other steps, the order or
  /// row that they name.
  std::uint32_t first_line;
  std::uint64_t body_hash;
};

/// What the wave stage must hear: a shipment to be picked, or an order whose shipments are off.
struct ShipmentNote {
  Slot slot;
  NodeIndex node;
  Day ship_day;
  ServiceIndex service;
  /// The order's newest waiting shipment of the node and day is withdrawn, or every one of its
  /// waiting shipments if node is no_node.
  bool withdrawn;
  std::uint32_t command;  ///< batch index of the command that did it
};

/// A wave the wave stage proposes; it comes back as a journaled ReleaseWave.
struct WaveProposal {
  ReleaseWave head;
  std::uint32_t first_slot;  ///< in proposed_slots
};

/// Where the answers to one message of queries begin.
struct AnswerStart {
  std::uint32_t view;
  std::uint32_t part;
};

struct Batch {
  explicit Batch(const BatchLimits& bounds)
      : limits(bounds),
        messages(bounds.messages_max),
        verdicts(bounds.commands_max),
        resolved(bounds.lines_max),
        outcomes(bounds.commands_max),
        channels(bounds.commands_max) {
    allocations.reserve(2UL * bounds.lines_max);
    allocation_end.reserve(bounds.messages_max);
    answer_start.reserve(bounds.messages_max);
    shipments.reserve(bounds.lines_max);
    proposals.reserve(64);
    proposed_slots.reserve(bounds.lines_max);
    orders.reserve(bounds.commands_max);
    slices.reserve(bounds.lines_max);
    stock.reserve(bounds.commands_max);
    cells.reserve(bounds.lines_max);
    stats.reserve(bounds.messages_max);
    events.reserve(bounds.lines_max / 4);
  }

  BatchLimits limits;

  // writer: intake (or the replay that stands in for it)
  std::vector<Message> messages;
  std::uint32_t message_count = 0;
  std::uint32_t command_count = 0;  ///< journaled commands and queries
  std::uint32_t line_count = 0;
  Sequence first_sequence{0};  ///< of the journaled commands
  std::uint32_t journaled_count = 0;
  Time time{0};

  // writer: validate
  std::vector<Verdict> verdicts;
  std::vector<ResolvedLine> resolved;
  std::uint32_t resolved_count = 0;

  // writer: allocate
  std::vector<Outcome> outcomes;
  std::vector<ChannelIndex>
      channels;  ///< of the order that a command names, if it is no placement, for its event
  std::vector<Allocation> allocations;        ///< grouped by message, in command order
  std::vector<std::uint32_t> allocation_end;  ///< by message: end of its allocations
  /// By message, for queries: its first view in `orders`, `stock` or `stats`, and the first slice
  /// or cell of that.
  std::vector<AnswerStart> answer_start;
  std::vector<ShipmentNote> shipments;
  std::vector<OrderView> orders;
  std::vector<SliceView> slices;
  std::vector<StockView> stock;
  std::vector<StockCell> cells;
  std::vector<Stats> stats;  ///< one a get_stats message
  /// Of journaled commands, in their order: what they brought about beside their outcomes.
  EventColumn events;
  /// Of nodes whose waves are planned, if a planner listens.
  std::vector<FloorNote> floor_notes;
  std::vector<FloorLine> floor_lines;  ///< of the notes, in their order

  // writer: wave
  std::vector<WaveProposal> proposals;
  std::vector<std::uint32_t> proposed_slots;

  /// Writes to every column once, so that no page of them is new when an order comes.
  void touch() {
    for_growing([](auto& column) {
      column.resize(column.capacity());
      column.clear();
    });
    events.touch();
  }

  [[nodiscard]] std::span<Message> in() { return {messages.data(), message_count}; }

  [[nodiscard]] std::span<const Message> in() const { return {messages.data(), message_count}; }

  /// Whether a message of this size still fits.
  [[nodiscard]] bool fits(std::uint32_t commands, std::uint32_t lines) const {
    return message_count < limits.messages_max && command_count + commands <= limits.commands_max &&
           line_count + lines <= limits.lines_max;
  }

  /// Adds a message whose view is already in place; numbers its commands.
  void add(Message message, Sequence next) {
    CHECK(fits(message.count, message.detail_count));
    message.first_command = command_count;
    message.first_sequence = Sequence{0};
    if (is_journaled(message.kind)) {
      if (journaled_count == 0) {
        first_sequence = next;
      }
      message.first_sequence = next;
      journaled_count += message.count;
    }
    command_count += message.count;
    line_count += message.detail_count;
    messages[message_count++] = message;
  }

  void clear() {
    message_count = 0;
    command_count = 0;
    line_count = 0;
    first_sequence = Sequence{0};
    journaled_count = 0;
    time = Time{0};
    resolved_count = 0;
    for_growing([](auto& column) { column.clear(); });
    events.clear();
  }

 private:
  /// Calls act(column) for each column that grows as the batch is worked on.
  template <class Act>
  void for_growing(Act act) {
    act(allocations);
    act(allocation_end);
    act(answer_start);
    act(shipments);
    act(proposals);
    act(proposed_slots);
    act(orders);
    act(slices);
    act(stock);
    act(cells);
    act(stats);
    act(floor_notes);
    act(floor_lines);
  }
};

/// The lines of services of an order, which stand behind those of goods.
[[nodiscard]] inline std::span<const ResolvedLine> services_of(const Verdict& verdict,
                                                               const Batch& batch) {
  return {batch.resolved.data() + verdict.first_line + verdict.line_count, verdict.service_count};
}

}  // namespace millrace
