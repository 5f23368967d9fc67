// Random steps of orders' lives. Most orders are led through theirs step by step, because a step at
// random is nearly always refused; on the way things go wrong.
#include <algorithm>
#include <vector>

#include "engine/core/life.h"
#include "tests/law/generator.h"

namespace millrace::law {
namespace {

using test::TestCommand;

/// What usually comes next.
constexpr Step usual_step(SliceState state) {
  switch (state) {
    case SliceState::reserved:
      return Step::authorise_payment;
    case SliceState::waved:
      return Step::start_pick;
    case SliceState::picking:
      return Step::confirm_pick;
    case SliceState::picked:
      return Step::confirm_pack;
    case SliceState::packed:
      return Step::confirm_ship;
    case SliceState::shipped:
    case SliceState::undelivered:
      return Step::deliver;
    case SliceState::delivered:
      return Step::open_return;
    case SliceState::return_open:
      return Step::send_return;
    case SliceState::return_sent:
      return Step::receive_return;
    case SliceState::return_received:
      return Step::restock;
    case SliceState::needs_work:
      return Step::scrap;
    case SliceState::returned:
      return Step::refund;
    case SliceState::scheduled:
      return Step::activate;
    case SliceState::activated:
      return Step::close_service;
    case SliceState::dropship_requested:
      return Step::vendor_accept;
    case SliceState::vendor_accepted:
      return Step::confirm_ship;
    case SliceState::allocated:
    case SliceState::backordered:
    case SliceState::cancelled:
    case SliceState::closed:
    case SliceState::expired:
    case SliceState::rerouted:
    case SliceState::refunded:
    case SliceState::exchanged:
      break;
  }
  return Step::none;
}

bool is_on_its_way(SliceState state) {
  return usual_step(state) != Step::none && state != SliceState::reserved;
}

/// The steps that clients may send for a slice.
std::vector<Step> steps_from(SliceState state) {
  std::vector<Step> steps;
  for (const Transition& each : transitions) {
    if (each.from == state && is_sent(static_cast<std::uint8_t>(each.step))) {
      steps.push_back(each.step);
    }
  }
  return steps;
}

/// The steps that clients may send.
const std::vector<Step> sent_steps = [] {
  std::vector<Step> steps;
  for (std::uint8_t number = 0; number < static_cast<std::uint8_t>(Step::steps_sent); ++number) {
    if (is_sent(number)) {
      steps.push_back(Step{number});
    }
  }
  return steps;
}();

}  // namespace

StepOrder Generator::odd_step() {
  StepOrder body{};
  body.order = some_order_id();
  body.step = static_cast<std::uint8_t>(
      nonsense() ? random_.below(256)
                 : static_cast<std::uint64_t>(sent_steps[random_.below(sent_steps.size())]));
  body.line = random_.chance(50) ? any_line : static_cast<std::uint8_t>(random_.below(4));
  body.node = random_.chance(60) ? no_node : node();
  body.units = Units{static_cast<std::uint32_t>(random_.chance(60) ? 0 : random_.below(6))};
  body.parcel = static_cast<std::uint32_t>(nonsense() ? random_.below(300) : random_.below(4));
  body.reason = static_cast<std::uint8_t>(random_.below(nonsense() ? 256 : 7));
  body.code = static_cast<std::uint16_t>(random_.below(3));
  body.value = random_.below(5'000);
  body.flags = static_cast<std::uint8_t>(random_.below(4));
  body.other = random_.chance(40) ? some_order_id() : OrderId{random_.next(), random_.next()};
  return body;
}

void Generator::learn(const TestCommand& command, const Outcome& outcome) {
  constexpr std::size_t walks_max = 24;
  if (outcome.status == Status::refused) {
    return;
  }
  if (const auto* head = std::get_if<OrderHead>(&command.body)) {
    if (walks_.size() < walks_max && mood_.step_percent > 0) {
      walks_.push_back(head->id);
    }
  } else if (const auto* step = std::get_if<StepOrder>(&command.body);
             step != nullptr && Step{step->step} == Step::exchange) {
    linked_ = step->other;
  }
}

StepOrder Generator::likely_step() {
  if (walks_.empty() || !look_) {
    return odd_step();
  }
  // Most have nothing to do but wait; those that have come far are led on, or few would ever
  // arrive.
  std::size_t at = 0;
  SliceView slice{};
  for (int tries = 0; tries < 6 && !is_on_its_way(slice.state); ++tries) {
    at = random_.below(walks_.size());
    const std::vector<SliceView> slices = look_(walks_[at]);
    slice = slices[random_.below(slices.size())];
  }
  const std::vector<Step> steps = steps_from(slice.state);
  StepOrder body{};
  body.order = walks_[at];
  if (steps.empty() || random_.chance(usual_step(slice.state) == Step::none ? 10 : 1)) {
    // It has come to its end, or others shall have a turn.
    walks_.erase(walks_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  Step step = usual_step(slice.state);
  if (!steps.empty() && (step == Step::none || random_.chance(15))) {
    step = steps[random_.below(steps.size())];
  }
  if (slice.state == SliceState::scheduled && random_.chance(30)) {
    step = Step::schedule;
  } else if (next_state(slice.state, Step::move_units) != no_state && random_.chance(25)) {
    step = Step::move_units;
  }
  body.step = static_cast<std::uint8_t>(step);
  body.line = random_.chance(80) ? any_line : slice.line;
  body.node = random_.chance(80) ? no_node : node();
  body.units = Units{static_cast<std::uint32_t>(random_.chance(75) ? 0 : random_.between(1, 3))};
  body.code = static_cast<std::uint16_t>(random_.below(3));
  body.value = random_.below(5'000);
  body.reason = static_cast<std::uint8_t>(random_.below(6));
  body.flags = static_cast<std::uint8_t>(random_.below(2));
  body.other = {random_.next(), random_.next()};
  aim(body, slice);
  return body;
}

void Generator::aim(StepOrder& body, const SliceView& slice) {
  const Step step{body.step};
  if (slice.state == SliceState::dropship_requested && random_.chance(30)) {
    body.step = static_cast<std::uint8_t>(Step::vendor_reject);
  } else if (step == Step::vendor_accept) {
    const std::uint64_t day = time_.us / us_per_day + random_.below(10);
    body.code = static_cast<std::uint16_t>(random_.chance(50) ? 0 : day - 2 * random_.below(2));
  } else if (slice.state == SliceState::vendor_accepted && step == Step::confirm_ship) {
    body.node = random_.chance(95) ? slice.node : body.node;
    body.parcel = static_cast<std::uint32_t>(random_.below(random_.chance(90) ? 250 : 400));
  } else if (step == Step::confirm_pack || step == Step::create_label) {
    // A parcel is of one node.
    body.node = random_.chance(90) ? slice.node : body.node;
    body.parcel =
        random_.chance(90) ? 1U + slice.node.value : static_cast<std::uint32_t>(random_.below(3));
  } else if (step == Step::confirm_ship && random_.chance(40)) {
    body.step = static_cast<std::uint8_t>(Step::create_label);
    body.parcel = 1U + slice.node.value;
  } else if (step == Step::exchange || (step == Step::refund && random_.chance(50))) {
    // Bit by bit, so that others are tried with an order that is sent instead already.
    body.step = static_cast<std::uint8_t>(Step::exchange);
    body.units = Units{1};
    body.other = random_.chance(50) ? linked_ : some_order_id();
  } else if (step == Step::deliver && random_.chance(12)) {
    body.step = static_cast<std::uint8_t>(Step::capture_payment);
    body.value = random_.below(200);
  } else if (step == Step::authorise_payment && random_.chance(60)) {
    body.step = static_cast<std::uint8_t>(random_.chance(60)   ? Step::release_hold
                                          : random_.chance(60) ? Step::confirm_hold
                                                               : Step::extend_hold);
  }
  if (step >= Step::schedule) {
    aim_amendment(body, slice);
  }
  if (Step{body.step} == Step::extend_hold) {
    body.value = time_.us + random_.below(us_per_day / 12);
    body.value -= random_.chance(10) ? us_per_day : 0;
  }
}

void Generator::aim_amendment(StepOrder& body, const SliceView& slice) {
  const auto code = [](std::uint64_t value) { return static_cast<std::uint16_t>(value); };
  const Step step{body.step};
  if (step == Step::schedule) {
    body.code = code(time_.us / us_per_day + random_.below(20) - (random_.chance(20) ? 10 : 0));
  } else if (step == Step::change_address) {
    body.value = postal().packed;
    body.code = country().packed;
  } else if (step == Step::change_service) {
    body.code = code(random_.below(network_.services.size() + (nonsense() ? 1 : 0)));
  } else if (step == Step::change_units) {
    body.line = random_.chance(95) ? slice.line : any_line;
    body.units = random_.chance(10) ? Units{0} : quantity();
  } else if (step == Step::add_line) {
    body.value = sku().value;
    body.units = quantity();
    body.other = {0, nonsense() ? random_.next() : random_.below(3)};
  } else if (step == Step::move_units) {
    body.code = node().value;
    body.line = slice.line;
    body.node = random_.chance(70) ? no_node : slice.node;
    body.units = Units{static_cast<std::uint32_t>(random_.chance(30) ? 0 : random_.between(1, 2))};
  }
}

std::vector<OrderLine> Generator::wanted_lines(OrderId order) {
  if (!look_ || nonsense()) {
    return lines();
  }
  std::vector<OrderLine> wanted;
  for (const SliceView& slice : look_(order)) {
    const bool again = std::any_of(wanted.begin(), wanted.end(),
                                   [&](const OrderLine& other) { return other.sku == slice.sku; });
    if (!again && random_.chance(60)) {
      wanted.push_back({slice.sku, random_.chance(30) ? Units{0} : quantity(), 0});
    }
  }
  if (wanted.empty() || random_.chance(50)) {
    wanted.push_back({sku(), quantity(), static_cast<std::uint32_t>(random_.below(3))});
  }
  return wanted;
}

TestCommand Generator::step() {
  StepOrder body = random_.chance(90) ? likely_step() : odd_step();
  body.command = new_command_id();
  if (Step{body.step} != Step::change_lines) {
    return logged(body);
  }
  TestCommand command = test::make_change_of_lines(time_, body, wanted_lines(body.order));
  remember(commands_, command);
  return command;
}

}  // namespace millrace::law
