// Carts that are checked out, orders that change before a wave takes them, and services.
#include <algorithm>

#include "engine/core/hash.h"
#include "tools/load/life_turn.h"

namespace millrace::load {

namespace {

/// The year 2100, in microseconds, and the last day that can be named.
constexpr std::uint64_t far_away_us = 4'102'444'800'000'000;
constexpr std::uint16_t far_away_day = 65'000;
constexpr std::uint32_t service_price = 500;
/// Enough to meet one that the network does not have.
constexpr std::uint32_t service_levels = 3;

}  // namespace

/// What is held for a cart becomes an order, or another takes it over, or nobody wants it.
bool LifeBehaviour::Turn::check_out() {
  const Units held = sight_.units(SliceState::reserved);
  if (!life_.is_cart()) {
    return false;
  }
  if (life_.is_checked_out) {
    // Nobody could take it over, of a cart that got less than was wanted.
    const bool is_left = life_.replacement == Replacement::refused && held > Units{0};
    if (is_left) {
      push(Step::cancel, held);
    }
    return is_left;
  }
  life_.is_checked_out = true;
  if (draw(shares_.let_go)) {
    push(Step::cancel, held);
    return true;
  }
  if (draw(shares_.transferred)) {
    NewOrder order{.head = life_.head, .lines = {}};
    order.head.id = {life_.head.id.high, ~life_.head.id.low};
    order.head.policy =
        static_cast<std::uint8_t>((life_.head.policy & ~static_cast<unsigned>(Policy::cart_hold)) |
                                  static_cast<unsigned>(Policy::from_cart));
    for (const LifeLine& line : life_.lines) {
      order.lines.push_back({line.sku, line.units, line.unit_price});
    }
    order.head.line_count = static_cast<std::uint8_t>(order.lines.size());
    life_.replacement = Replacement::asked;
    commands_.push_back({std::move(order), {.counts = false}});
    return true;
  }
  StepOrder longer = step(Step::extend_hold);
  longer.value = far_away_us;
  push(longer, {.may_be_late = true});
  push(step(Step::confirm_hold), {.counts = false, .may_be_late = true});
  return true;
}

Units LifeBehaviour::Turn::live_units(std::uint8_t line) const {
  Units units{0};
  for (const SliceView& slice : sight_.slices()) {
    units += slice.line == line && is_live(slice.state) ? slice.units : Units{0};
  }
  return units;
}

/// Once, while a wave is awaited. Stock and the network may not allow it.
bool LifeBehaviour::Turn::amend() {
  const Units ready = sight_.units(SliceState::allocated) + sight_.units(SliceState::waved);
  const bool is_at_start = life_.looks <= 3 && life_.parcel_count == 0;
  if (life_.is_amended || !is_at_start || ready == Units{0} || !draw(shares_.amended)) {
    return false;
  }
  life_.is_amended = true;
  const Expected anything{.counts = false, .may_be_late = true};
  switch (random_.below(5)) {
    case 0: {
      StepOrder body = step(Step::change_address);
      body.value = life_.other_postal.packed;
      body.code = life_.other_country.packed;
      push(body, anything);
      return true;
    }
    case 1: {
      StepOrder body = step(Step::change_service);
      body.code = static_cast<std::uint16_t>(random_.below(service_levels));
      push(body, anything);
      return true;
    }
    case 2:
      change_units();
      return true;
    case 3: {
      StepOrder body = step(Step::move_units);
      body.code = static_cast<std::uint16_t>(random_.below(node_count_));
      push(body, anything);
      return true;
    }
    default:
      change_lines();
      return true;
  }
}

/// One unit more or less of its first line.
void LifeBehaviour::Turn::change_units() {
  LifeLine line = life_.lines.front();
  const Units live = live_units(line.line);
  const bool more = random_.below(2) == 0;
  StepOrder body = step(Step::change_units);
  body.line = line.line;
  body.units = more ? live + Units{1} : Units{std::max(live.value, 1U) - 1};
  line.units = Units{1};
  Expected expected{.counts = false, .may_be_late = true};
  if (more) {
    expected.adds = line;
  }
  push(body, expected);
}

/// A unit less of its first line, or as many, and something new besides.
void LifeBehaviour::Turn::change_lines() {
  const LifeLine& first = life_.lines.front();
  const Units live = live_units(first.line);
  const std::uint32_t fewer = live > Units{1} ? random_.below(2) : 0;
  StepOrder body = step(Step::change_lines);
  Expected expected{.counts = false, .may_be_late = true};
  std::vector<OrderLine> lines;
  if (live > Units{0}) {
    lines.push_back({first.sku, live - Units{fewer}, 0});
  }
  if (service_ != Sku{0}) {
    std::uint32_t next = 0;
    for (const SliceView& slice : sight_.slices()) {
      next = std::max(next, slice.line + 1U);
    }
    lines.push_back({service_, Units{1}, service_price});
    expected.adds = LifeLine{static_cast<std::uint8_t>(next), service_, Units{1}, service_price};
  }
  body.parcel = static_cast<std::uint32_t>(lines.size());
  push(body, expected);
  commands_.back().lines = std::move(lines);
}

/// A service is done as soon as nothing holds the order back, and is over at the next look.
void LifeBehaviour::Turn::serve() {
  const Units scheduled = sight_.units(SliceState::scheduled);
  const Units activated = sight_.units(SliceState::activated);
  if (scheduled > Units{0} && sight_.units(SliceState::reserved) == Units{0}) {
    push(Step::schedule, scheduled).code = far_away_day;
    push(Step::activate, scheduled);
  }
  if (activated > Units{0}) {
    push(Step::close_service, activated);
  }
}

}  // namespace millrace::load
