// Lines of services, as docs/order-life.md has them.
#include "tests/reference/twin.h"

namespace millrace::reference {

Outcome Twin::serve(Order& order, const StepOrder& body) {
  const bool is_activation = static_cast<Step>(body.step) == Step::activate;
  if (!is_activation && body.code < now_.us / us_per_day) {
    return refused(Refusal::moment_passed);
  }
  if (is_activation && order.holds != 0) {
    return refused(Refusal::on_hold);
  }
  Outcome outcome = accepted();
  std::uint64_t amount = 0;
  for (const std::size_t at : take_units(order, body)) {
    Slice& slice = order.slices[at];
    if (is_activation) {
      slice.state = SliceState::activated;
      amount += slice.units * slice.unit_price;
    } else {
      slice.ship_day = body.code;
    }
    outcome.allocated += Units{static_cast<std::uint32_t>(slice.units)};
  }
  outcome.cost = saturated(amount);
  if (is_activation) {
    tell_capture(order, outcome);
  }
  return outcome;
}

void Twin::tell_capture(Order& order, const Outcome& outcome) {
  const Account* const account = account_of(order);
  if (account != nullptr && account->unpaid) {
    Event event = event_of(order, EventKind::capture_wanted);
    event.units = outcome.allocated;
    event.amount = outcome.cost;
    tell(event);
  }
}

}  // namespace millrace::reference
