// One cell of stock: what is on hand, what orders hold, what must not be promised, and what is
// left.
#include <algorithm>

#include "engine/core/check.h"
#include "engine/stages/reserve.h"

namespace millrace {

Units Reserve::unheld(Row row, NodeIndex node) const {
  const StockMark* const mark = marks_.find(row, node);
  return stock_.available(row, node) + (mark != nullptr ? mark->withheld : Units{0});
}

Units Reserve::sound(Row row, NodeIndex node) const {
  const StockMark* const mark = marks_.find(row, node);
  return unheld(row, node) - (mark != nullptr ? mark->damaged + mark->quarantine : Units{0});
}

void Reserve::set_cell(Row row, NodeIndex node, Units on_hand, Units unheld) {
  Units available = unheld;
  if (StockMark* const mark = marks_.find(row, node); mark != nullptr) {
    mark->withheld =
        Units{static_cast<std::uint32_t>(std::min<std::uint64_t>(unheld.value, mark->wanted()))};
    available -= mark->withheld;
    touch(row, node);
  }
  stock_.set(row, node, on_hand, available);
}

void Reserve::hold(Row row, NodeIndex node, Units units) {
  stock_.hold(row, node, units);
  if (marks_.watched() > 0) {
    touch(row, node);
  }
}

void Reserve::set_on_hand(Row row, NodeIndex node, Units target) {
  const Units held = stock_.on_hand(row, node) - unheld(row, node);
  CHECK(target >= held);
  set_cell(row, node, target, target - held);
}

void Reserve::give_back(Row row, NodeIndex node, Units units) {
  if (marks_.any()) {
    set_cell(row, node, stock_.on_hand(row, node), unheld(row, node) + units);
  } else {
    stock_.give_back(row, node, units);
  }
}

void Reserve::hold_again(Row row, NodeIndex node, Units units) {
  set_cell(row, node, stock_.on_hand(row, node), unheld(row, node) - units);
}

Outcome Reserve::stock_answer(Row row, NodeIndex node, std::uint32_t command, Batch& batch) {
  const std::uint32_t on_hand = stock_.on_hand(row, node).value;
  return accepted(node, fill(row, command, batch), on_hand);
}

Outcome Reserve::receive(Row row, NodeIndex node, Units units, std::uint32_t command,
                         Batch& batch) {
  const std::uint64_t after = std::uint64_t{stock_.on_hand(row, node).value} + units.value;
  if (after > stock_units_max) {
    return refused(Refusal::stock_overflow);
  }
  set_on_hand(row, node, Units{static_cast<std::uint32_t>(after)});
  return stock_answer(row, node, command, batch);
}

Outcome Reserve::adjust(const AdjustStock& adjust, Row row, std::uint32_t command, Batch& batch) {
  const Units on_hand = stock_.on_hand(row, adjust.node);
  const bool absolute = adjust.mode == static_cast<std::uint8_t>(AdjustMode::absolute);
  if (absolute && adjust.expected != on_hand) {
    return refused(Refusal::stale_count, on_hand.value);
  }
  // Clamped first, so that no value a client can send overflows the sum.
  constexpr std::int64_t far = 2 * std::int64_t{stock_units_max};
  const std::int64_t value = std::clamp(adjust.value, -far, far);
  const std::int64_t target = absolute ? value : std::int64_t{on_hand.value} + value;
  const bool counted =
      absolute && adjust.reason == static_cast<std::uint8_t>(AdjustReason::cycle_count);
  const Units free = sound(row, adjust.node);
  if (target < 0 || (!counted && target < std::int64_t{on_hand.value} - std::int64_t{free.value})) {
    return refused(Refusal::below_allocated, on_hand.value);
  }
  if (target > std::int64_t{stock_units_max}) {
    return refused(Refusal::stock_overflow, on_hand.value);
  }
  const Units wanted{static_cast<std::uint32_t>(target)};
  Units lost{0};
  if (wanted < on_hand && free < on_hand - wanted) {
    const auto made = make_room(row, adjust.node, on_hand - wanted, command, batch);
    if (!made) {
      return refused(Refusal::below_allocated, on_hand.value);
    }
    lost = *made;
  }
  set_on_hand(row, adjust.node, wanted);
  Outcome outcome = accepted(adjust.node, Units{0}, wanted.value);
  outcome.backordered = lost;
  if (wanted > on_hand || lost > Units{0}) {
    outcome.allocated = fill(row, command, batch);
  }
  return outcome;
}

}  // namespace millrace
