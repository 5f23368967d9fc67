// One command or query as the tests write it, and its answer: the engine and its reference twin are
// asked the same and must answer the same.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/event.h"
#include "engine/core/names.h"
#include "engine/core/outcome.h"
#include "engine/core/stock_command.h"
#include "engine/core/types.h"

namespace millrace::test {

using CommandBody = std::variant<OrderHead, CancelOrder, ReceiveStock, AdjustStock, DefineSku, Tick,
                                 ReleaseWave, GetOrder, GetStock, GetStats, StockChange, StepOrder>;

struct TestCommand {
  Time time{0};
  CommandBody body;
  std::vector<OrderLine> lines;      ///< of an order, line_count of them; of a step that has some
  std::vector<std::uint32_t> slots;  ///< of a release, slot_count of them
  bool wants_allocations = false;    ///< of an order
};

[[nodiscard]] CommandKind kind_of(const TestCommand& command);

/// An order whose head counts its lines.
[[nodiscard]] TestCommand make_order(Time time, OrderHead head, std::vector<OrderLine> lines);
/// A step whose `parcel` counts its lines.
[[nodiscard]] TestCommand make_change_of_lines(Time time, StepOrder body,
                                               std::vector<OrderLine> lines);
[[nodiscard]] TestCommand make_release(Time time, ReleaseWave head,
                                       std::vector<std::uint32_t> slots);

/// Everything the engine may say to one command; what does not apply stays as it is here.
struct Answer {
  Outcome outcome{Status::none, Refusal::none, 0, 0, no_node, no_day, Units{0}, Units{0}, 0, 0};
  std::vector<Allocation> allocations;  ///< with command = 0
  OrderView order{};
  std::vector<SliceView> slices;
  StockView stock{};
  std::vector<StockCell> cells;
  Stats stats{};
  std::vector<Event> events;  ///< of a journaled command
};

/// A wave as proposed.
struct Proposal {
  ReleaseWave head;
  std::vector<std::uint32_t> slots;
};

[[nodiscard]] TestCommand release_of(Time time, const Proposal& proposal);

/// For people who read a failure.
[[nodiscard]] std::string to_text(const TestCommand& command);
[[nodiscard]] std::string to_text(const Outcome& outcome);
[[nodiscard]] std::string to_text(const Event& event);
[[nodiscard]] std::string to_text(const Answer& answer, CommandKind kind);
[[nodiscard]] std::string to_text(const Proposal& proposal);

/// What differs between two answers to one command, line by line; empty if nothing does.
[[nodiscard]] std::string difference(const TestCommand& command, const Answer& expected,
                                     const Answer& found);
[[nodiscard]] std::string difference(const std::vector<Proposal>& expected,
                                     const std::vector<Proposal>& found);

using millrace::name_of;

}  // namespace millrace::test
