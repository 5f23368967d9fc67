// Random steps of orders' lives. Most orders are led through theirs step by step, because a step at
// random is nearly always refused; on the way things go wrong.
#include <algorithm>
#include <array>

#include "engine/core/life.h"
#include "tests/law/generator.h"

namespace millrace::law {
namespace {

using test::TestCommand;

/// What usually comes next; a wave must have been released before the first.
constexpr std::array walk{Step::start_pick,     Step::confirm_pick, Step::confirm_pack,
                          Step::create_label,   Step::confirm_ship, Step::deliver,
                          Step::give_feedback,  Step::open_return,  Step::send_return,
                          Step::receive_return, Step::need_work,    Step::restock,
                          Step::refund};
/// What may come between.
constexpr std::array mishaps{Step::short_pick,   Step::reject_node,       Step::in_transit,
                             Step::delay,        Step::fail_delivery,     Step::confirm_pick,
                             Step::hold,         Step::release_hold,      Step::release_hold,
                             Step::fail_payment, Step::authorise_payment, Step::capture_payment,
                             Step::cancel,       Step::open_return,       Step::scrap,
                             Step::miss_return,  Step::exchange,          Step::refund};

}  // namespace

StepOrder Generator::odd_step() {
  StepOrder body{};
  body.order = some_order_id();
  body.step = static_cast<std::uint8_t>(
      nonsense() ? random_.below(256)
                 : random_.between(1, static_cast<std::uint64_t>(Step::steps_sent) - 1));
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
  constexpr std::size_t walks_max = 16;
  if (const auto* head = std::get_if<OrderHead>(&command.body)) {
    if (outcome.status != Status::refused && walks_.size() < walks_max && mood_.step_percent > 0) {
      walks_.push_back({head->id, 0, allows(head->policy, Policy::unpaid)});
    }
    return;
  }
  const auto* const step = std::get_if<StepOrder>(&command.body);
  if (step == nullptr) {
    return;
  }
  if (Step{step->step} == Step::exchange && outcome.status != Status::refused) {
    linked_ = step->other;
  }
  const auto of = std::find_if(walks_.begin(), walks_.end(),
                               [&](const Walk& other) { return other.order == step->order; });
  if (of == walks_.end()) {
    return;
  }
  if (Step{step->step} == Step::authorise_payment && outcome.status != Status::refused) {
    of->unpaid = false;
  }
  const bool is_usual = of->taken < walk.size() && Step{step->step} == walk[of->taken];
  const bool is_last = of->taken + 1U == walk.size() && random_.chance(10);
  if (outcome.status == Status::refused ? random_.chance(2) : is_last) {
    walks_.erase(of);
  } else if (outcome.status != Status::refused && is_usual && of->taken + 1U < walk.size() &&
             random_.chance(70)) {
    // Otherwise the same step again: it may not have taken everything.
    ++of->taken;
  }
}

StepOrder Generator::likely_step() {
  if (walks_.empty()) {
    return odd_step();
  }
  // The ones that have come far are led on, or few would ever arrive.
  std::size_t at = random_.below(walks_.size());
  for (int other = 0; other < 6; ++other) {
    const std::size_t candidate = random_.below(walks_.size());
    at = walks_[candidate].taken > walks_[at].taken ? candidate : at;
  }
  const Walk& of = walks_[at];
  StepOrder body{};
  body.order = of.order;
  body.line = random_.chance(80) ? any_line : static_cast<std::uint8_t>(random_.below(3));
  body.node = random_.chance(85) ? no_node : node();
  body.units = Units{static_cast<std::uint32_t>(random_.chance(75) ? 0 : random_.between(1, 3))};
  body.code = static_cast<std::uint16_t>(random_.below(3));
  body.other = {random_.next(), random_.next()};
  body.value = random_.below(5'000);
  if (random_.chance(12)) {
    body.step = static_cast<std::uint8_t>(mishaps[random_.below(mishaps.size())]);
    body.reason = static_cast<std::uint8_t>(random_.below(4));
    if (random_.chance(70)) {
      body.other = some_order_id();
    }
    return body;
  }
  Step step = of.unpaid && random_.chance(70) ? Step::authorise_payment : walk[of.taken];
  if (step == Step::refund && random_.chance(50)) {
    step = Step::exchange;
    body.other = random_.chance(50) ? linked_ : some_order_id();
  }
  body.step = static_cast<std::uint8_t>(step);
  body.reason = static_cast<std::uint8_t>(random_.below(6));
  body.flags = static_cast<std::uint8_t>(random_.below(2));
  if (step == Step::confirm_pack || step == Step::create_label) {
    body.parcel = static_cast<std::uint32_t>(random_.chance(5) ? 0 : random_.between(1, 2));
  } else if (step == Step::confirm_ship || step == Step::deliver) {
    body.parcel = static_cast<std::uint32_t>(random_.below(3));
  }
  if (step == Step::confirm_pack && random_.chance(60)) {
    // A parcel is of one node.
    body.node = node();
  }
  return body;
}

TestCommand Generator::step() {
  StepOrder body = random_.chance(90) ? likely_step() : odd_step();
  body.command = new_command_id();
  return logged(body);
}

}  // namespace millrace::law
