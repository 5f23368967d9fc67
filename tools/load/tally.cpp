// The rules that every answer must keep whatever the state of the server (docs/semantics.md).
#include "tools/load/tally.h"

#include <algorithm>
#include <utility>

namespace millrace::load {
namespace {

/// Whether an order's answer agrees with its own status.
bool is_consistent(const Outcome& outcome) {
  const bool holds = outcome.allocated > Units{0};
  const bool waits = outcome.backordered > Units{0};
  const bool has_reason = outcome.refusal != Refusal::none;
  switch (outcome.status) {
    case Status::allocated:
      return holds && !waits && !has_reason && outcome.shipments == 1;
    case Status::split:
      return holds && !waits && !has_reason && outcome.shipments > 1;
    case Status::partly_backordered:
      return holds && waits && !has_reason && outcome.shipments >= 1;
    case Status::backordered:
      return !holds && waits && !has_reason && outcome.shipments == 0;
    case Status::partial:
      return holds && !waits && !has_reason && outcome.shipments >= 1 && outcome.detail > 0;
    case Status::refused:
      return !holds && !waits && has_reason && outcome.shipments == 0 &&
             static_cast<std::uint8_t>(outcome.refusal) < refusals;
    case Status::none:
    case Status::accepted:
    case Status::cancelled:
      return false;
  }
  return false;
}

}  // namespace

void Tally::add(const Frame& frame, std::span<const Outcome> outcomes, Failures& failures) {
  if (outcomes.size() != frame.count()) {
    failures.add("request " + std::to_string(frame.request) + " of " +
                 std::to_string(frame.count()) + " commands got " +
                 std::to_string(outcomes.size()) + " outcomes");
  }
  const std::size_t count = std::min(outcomes.size(), frame.count());
  if (frame.kind == FrameKind::cancels) {
    for (std::size_t i = 0; i < count; ++i) {
      add_cancel(frame.cancels[i], outcomes[i], failures);
    }
    return;
  }
  const OrderLine* line = frame.lines.data();
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t asked = 0;
    for (const OrderLine* end = line + frame.heads[i].line_count; line != end; ++line) {
      asked += line->quantity.value;
    }
    add_order(frame.heads[i], asked, outcomes[i], failures);
  }
}

void Tally::add_order(const OrderHead& head, std::uint64_t asked, const Outcome& outcome,
                      Failures& failures) {
  ++orders;
  lines += head.line_count;
  units_asked += asked;
  units_allocated += outcome.allocated.value;
  units_backordered += outcome.backordered.value;
  switch (outcome.status) {
    case Status::allocated:
      ++allocated;
      break;
    case Status::split:
      ++split;
      break;
    case Status::partly_backordered:
      ++partly_backordered;
      break;
    case Status::backordered:
      ++backordered;
      break;
    case Status::refused:
      ++refused;
      ++refused_by[static_cast<std::size_t>(outcome.refusal) % refusals];
      units_refused += asked;
      break;
    case Status::partial:
      units_refused += outcome.detail;
      break;
    case Status::none:
    case Status::accepted:
    case Status::cancelled:
      break;
  }
  const std::uint64_t dropped = outcome.status == Status::partial ? outcome.detail : 0;
  const std::uint64_t given =
      std::uint64_t{outcome.allocated.value} + outcome.backordered.value + dropped;
  if (!is_consistent(outcome)) {
    failures.add("order " + to_hex(head.id) + ": the answer contradicts itself");
  } else if (outcome.status != Status::refused && given != asked) {
    failures.add("order " + to_hex(head.id) + ": " + std::to_string(asked) + " units asked, " +
                 std::to_string(given) + " allocated, backordered or dropped");
  }
}

void Tally::add_cancel(const CancelOrder& cancel, const Outcome& outcome, Failures& failures) {
  ++cancels;
  if (outcome.status == Status::cancelled && outcome.refusal == Refusal::none) {
    ++cancelled;
    units_given_back += outcome.allocated.value;
  } else if (outcome.status != Status::refused || outcome.refusal == Refusal::none) {
    failures.add("cancellation of " + to_hex(cancel.order) + ": the answer contradicts itself");
  }
}

}  // namespace millrace::load
