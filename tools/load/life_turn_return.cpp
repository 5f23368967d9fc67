// What comes back and what is paid for it, and what waits for stock.
#include <array>

#include "engine/core/hash.h"
#include "tools/load/frame.h"
#include "tools/load/life_turn.h"

namespace millrace::load {

namespace {

constexpr std::uint32_t receipts_max = 3;
/// Looks that find nothing to do before stock is sent for what waits.
constexpr std::uint32_t patience_looks = 2;
constexpr std::uint32_t score_max = 5;

}  // namespace

void LifeBehaviour::Turn::decide_once_arrived() {
  if (life_.has_decided || sight_.view().state != OrderState::delivered) {
    return;
  }
  const Units arrived = sight_.units(SliceState::delivered);
  if (arrived == Units{0}) {
    return;
  }
  life_.has_decided = true;
  if (life_.wants_return || draw(shares_.returned)) {
    const bool whole = life_.wants_return || draw(shares_.whole_return);
    StepOrder& body = push(Step::open_return, whole ? arrived : some(arrived));
    body.reason = static_cast<std::uint8_t>(random_.below(return_reasons));
    // The window may close first.
    last().may_be_late = true;
    life_.fee_is_possible = body.reason == static_cast<std::uint8_t>(ReturnReason::changed_mind);
  } else if (draw(shares_.feedback)) {
    StepOrder body = step(Step::give_feedback);
    body.reason = static_cast<std::uint8_t>(1 + random_.below(score_max));
    body.code = static_cast<std::uint16_t>(random_.below(100));
    push(body, {});
  }
}

void LifeBehaviour::Turn::bring_back() {
  const Units open = sight_.units(SliceState::return_open);
  const Units sent = sight_.units(SliceState::return_sent);
  if (sent > Units{0}) {
    push(Step::receive_return, sent);
    return;
  }
  if (open == Units{0}) {
    return;
  }
  if (draw(shares_.lost_return)) {
    push(Step::miss_return, open);
    return;
  }
  push(Step::send_return, open);
  push(Step::receive_return, open);
}

bool LifeBehaviour::Turn::dispose() {
  const std::size_t before = commands_.size();
  for (const LifeLine& line : life_.lines) {
    const Units received = sight_.units_of(line.line, SliceState::return_received);
    const Units in_work = sight_.units_of(line.line, SliceState::needs_work);
    if (in_work > Units{0}) {
      push(draw(shares_.scrapped) ? Step::scrap : Step::restock, in_work).line = line.line;
    } else if (received > Units{0}) {
      const Step fate = draw(shares_.needs_work) ? Step::need_work
                        : draw(shares_.scrapped) ? Step::scrap
                                                 : Step::restock;
      push(fate, received).line = line.line;
    }
  }
  return commands_.size() > before;
}

void LifeBehaviour::Turn::pay_back() {
  const Units returned = sight_.units(SliceState::returned);
  if (returned == Units{0} || life_.refund_was_refused || life_.replacement == Replacement::asked) {
    return;
  }
  const bool may_exchange = life_.replacement == Replacement::none && life_.index != no_order;
  if (may_exchange && draw(shares_.exchanged)) {
    ask_for_replacement();
    return;
  }
  const std::uint64_t left = life_.paid() - life_.refunded;
  const std::uint64_t worth =
      sight_.amount(life_, [](SliceState state) { return state == SliceState::returned; });
  StepOrder body = step(Step::refund);
  body.units = returned;
  Expected expected{.units = returned, .amount_most = std::min(worth, left)};
  if (life_.replacement == Replacement::placed) {
    body.step = static_cast<std::uint8_t>(Step::exchange);
    body.other = {life_.head.id.high, ~life_.head.id.low};
    life_.replacement = Replacement::linked;
  } else if (left == 0) {
    expected = {.refusal = Refusal::no_payment_due};
  } else if (!life_.fee_is_possible) {
    expected.amount_least = expected.amount_most;
  }
  push(body, expected);
}

/// What came back is wanted again.
void LifeBehaviour::Turn::ask_for_replacement() {
  NewOrder order{.head = life_.head, .lines = {}};
  order.head.id = {life_.head.id.high, ~life_.head.id.low};
  order.head.policy &= static_cast<std::uint8_t>(~static_cast<unsigned>(Policy::unpaid));
  for (const LifeLine& line : life_.lines) {
    const Units units = sight_.units_of(line.line, SliceState::returned);
    if (units > Units{0}) {
      order.lines.push_back({line.sku, units, line.unit_price});
    }
  }
  order.head.line_count = static_cast<std::uint8_t>(order.lines.size());
  life_.replacement = Replacement::asked;
  commands_.push_back({std::move(order), {.counts = false}});
}

void LifeBehaviour::Turn::wait_for_stock() {
  const Units waiting = sight_.units(SliceState::backordered);
  if (waiting == Units{0} || life_.quiet_looks < patience_looks) {
    return;
  }
  const bool comes = life_.receipts < receipts_max && draw(shares_.supplied);
  life_.receipts += comes ? 1 : 0;
  for (const LifeLine& line : life_.lines) {
    const Units units = sight_.units_of(line.line, SliceState::backordered);
    if (units == Units{0}) {
      continue;
    }
    if (comes) {
      const NodeIndex node{static_cast<std::uint16_t>(random_.below(node_count_))};
      commands_.push_back({ReceiveStock{{}, line.sku, units, node, 0}, {.counts = false}});
    } else {
      push(Step::cancel, units).line = line.line;
    }
  }
}

}  // namespace millrace::load
