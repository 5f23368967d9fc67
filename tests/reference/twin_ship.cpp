// Parcels, labels, shipping, delivery and timers, as docs/order-life.md has them.
#include <algorithm>
#include <cstring>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

Outcome accepted(std::size_t node, std::uint64_t units) {
  Outcome outcome = refused(Refusal::none);
  outcome.status = Status::accepted;
  outcome.node = NodeIndex{static_cast<std::uint16_t>(node)};
  outcome.allocated = Units{static_cast<std::uint32_t>(units)};
  return outcome;
}

}  // namespace

Twin::Parcel* Twin::parcel_of(Order& order, std::uint32_t number) {
  for (Note& note : order.notes) {
    auto* const parcel = std::get_if<Parcel>(&note);
    if (parcel != nullptr && parcel->number == number) {
      return parcel;
    }
  }
  return nullptr;
}

Twin::Account* Twin::account_of(Order& order) {
  for (Note& note : order.notes) {
    if (auto* const account = std::get_if<Account>(&note); account != nullptr) {
      return account;
    }
  }
  return nullptr;
}

bool Twin::is_fragile(const Slice& slice) const {
  return (rows_[slice.row].flags & 1U) != 0;
}

Outcome Twin::pack(Order& order, const StepOrder& body) {
  if (body.parcel == 0 || body.parcel > 255) {
    return refused(Refusal::unknown_parcel);
  }
  const Parcel* const known = parcel_of(order, body.parcel);
  std::set<std::size_t> nodes;
  if (known != nullptr) {
    nodes.insert(known->node);
  }
  std::set<bool> kinds;
  for (const Slice& slice : order.slices) {
    const bool goes_in = matches(slice, body) && slice.state == SliceState::picked;
    const bool is_in =
        slice.parcel == body.parcel && (slice.state == SliceState::packed || has_left(slice.state));
    if (goes_in) {
      nodes.insert(slice.node);
    }
    if (goes_in || is_in) {
      kinds.insert(is_fragile(slice));
    }
  }
  if (nodes.size() > 1 || (known != nullptr && (known->flags & 512U) != 0)) {
    return refused(Refusal::parcel_closed);
  }
  const bool is_marked = ((known != nullptr ? known->flags : body.flags) & 1U) != 0;
  if (!is_marked && kinds.size() == 2) {
    return refused(Refusal::fragile_unmarked);
  }
  if (known == nullptr) {
    Parcel parcel{};
    parcel.number = static_cast<std::uint8_t>(body.parcel);
    parcel.weight_grams = static_cast<std::uint32_t>(body.value);
    for (std::size_t i = 0; i < 3; ++i) {
      parcel.size[i] = static_cast<std::uint16_t>(body.other.low >> (16 * i));
    }
    parcel.flags = body.flags & 1U;
    parcel.node = *nodes.begin();
    const bool is_first =
        std::none_of(order.notes.begin(), order.notes.end(),
                     [](const Note& note) { return std::holds_alternative<Parcel>(note); });
    order.notes.push_back(parcel);
    Event event = event_of(order, EventKind::label_wanted);
    event.node = NodeIndex{static_cast<std::uint16_t>(parcel.node)};
    event.detail = parcel.number;
    event.amount = parcel.weight_grams;
    tell(event);
    if (is_first) {
      event = event_of(order, EventKind::invoice_wanted);
      event.node = NodeIndex{static_cast<std::uint16_t>(parcel.node)};
      tell(event);
    }
  }
  std::uint64_t units = 0;
  for (const std::size_t at : take_units(order, body)) {
    order.slices[at].state = SliceState::packed;
    order.slices[at].parcel = static_cast<std::uint8_t>(body.parcel);
    units += order.slices[at].units;
  }
  return accepted(*nodes.begin(), units);
}

Outcome Twin::label(Order& order, const StepOrder& body) {
  Parcel* const parcel = parcel_of(order, body.parcel);
  if (parcel == nullptr) {
    return refused(Refusal::unknown_parcel);
  }
  std::uint64_t units = 0;
  for (const Slice& slice : order.slices) {
    units += matches(slice, body) && slice.state == SliceState::packed ? slice.units : 0;
  }
  parcel->carrier = body.code;
  parcel->flags |= 256U;
  std::memcpy(parcel->tracking.data(), &body.other, 16);
  std::memcpy(parcel->tracking.data() + 16, &body.value, 8);
  return accepted(parcel->node, units);
}

Outcome Twin::ship(Order& order, const StepOrder& body) {
  if (order.holds != 0) {
    return refused(Refusal::on_hold);
  }
  const bool by_vendor = body.node != no_node && is_vendor(body.node.value);
  if (by_vendor) {
    if (const std::optional<Refusal> refusal = open_vendor_parcel(order, body)) {
      return refused(*refusal);
    }
  }
  for (const Slice& slice : order.slices) {
    if (matches(slice, body) && slice.state == SliceState::packed &&
        (parcel_of(order, slice.parcel)->flags & 256U) == 0) {
      return refused(Refusal::label_missing);
    }
  }
  std::uint64_t units = 0;
  std::uint64_t amount = 0;
  const std::vector<std::size_t> taken = take_units(order, body);
  for (const std::size_t at : taken) {
    Slice& slice = order.slices[at];
    amount += slice.units * slice.unit_price;
    slice.state = SliceState::shipped;
    slice.parcel = by_vendor ? static_cast<std::uint8_t>(body.parcel) : slice.parcel;
    rows_[slice.row].buckets[slice.node].on_hand -= static_cast<std::int64_t>(slice.units);
    rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
    parcel_of(order, slice.parcel)->flags |= 512U;
    units += slice.units;
  }
  Outcome outcome = accepted(order.slices[taken.front()].node, units);
  outcome.cost = saturated(amount);
  tell_capture(order, outcome);
  return outcome;
}

Outcome Twin::deliver(Order& order, const StepOrder& body) {
  std::uint64_t units = 0;
  const std::vector<std::size_t> taken = take_units(order, body);
  for (const std::size_t at : taken) {
    order.slices[at].state = SliceState::delivered;
    parcel_of(order, order.slices[at].parcel)->delivered_day =
        static_cast<std::int64_t>(now_.us / us_per_day);
    units += order.slices[at].units;
  }
  return accepted(order.slices[taken.front()].node, units);
}

void Twin::settle_arrivals() {
  for (const std::size_t slot : seeking_) {
    const std::vector<std::size_t> waiting = waiting_of(orders_[slot]);
    ask_vendors(orders_[slot], slot, waiting);
    (void)give_up(orders_[slot], slot, waiting);
  }
  seeking_.clear();
  for (const std::size_t slot : moved_) {
    Order& order = orders_[slot];
    const bool keeps_any =
        std::any_of(order.slices.begin(), order.slices.end(), [](const Slice& slice) {
          return slice.state == SliceState::delivered || slice.state == SliceState::activated;
        });
    if (state_of(order) != OrderState::delivered || !keeps_any) {
      continue;
    }
    if (account_of(order) == nullptr) {
      order.notes.push_back(Account{});
    }
    if (account_of(order)->timer == 0) {
      set_timer(*account_of(order), slot, 1, now_.us + network_.figures().life.feedback_after_us);
    }
  }
  moved_.clear();
}

Outcome Twin::give_feedback(Order& order, const StepOrder& body, SliceState first) {
  if (body.reason == 0 || body.reason > 5) {
    return refused(Refusal::unknown_reason);
  }
  Account* const account = account_of(order);
  if (account == nullptr) {
    return refused(Refusal::step_not_allowed,
                   static_cast<std::uint32_t>(first) + 256U * body.step + 65'536U * body.reason);
  }
  if (account->score != 0) {
    return refused(Refusal::feedback_known);
  }
  account->score = body.reason;
  account->text_key = body.code;
  return accepted(no_node.value, 0);
}

void Twin::set_timer(Account& account, std::size_t slot, std::uint8_t timer, std::uint64_t due) {
  account.timer = timer;
  account.due = Time{due};
  timers_.insert({due, slot, 0});
}

void Twin::expire() {
  const LifeRules& rules = network_.figures().life;
  while (!timers_.empty() && std::get<0>(*timers_.begin()) <= now_.us) {
    const auto [due, slot, request] = *timers_.begin();
    timers_.erase(timers_.begin());
    if (slot == no_order) {
      (void)look_on(request);
      continue;
    }
    if (request > 0) {
      time_out(slot, request - 1);
      continue;
    }
    Account& account = *account_of(orders_[slot]);
    if (account.timer == 1) {
      const std::uint64_t delivered = account.due.us - rules.feedback_after_us;
      set_timer(account, slot, 2, delivered + rules.return_window_days * us_per_day);
      tell(event_of(orders_[slot], EventKind::feedback_wanted));
      continue;
    }
    if (account.timer == 4) {
      account.timer = 0;
      account.due = Time{0};
      expire_order(orders_[slot], slot);
      continue;
    }
    account.timer = 3;
    for (Slice& slice : orders_[slot].slices) {
      if (slice.state == SliceState::delivered) {
        slice.state = SliceState::closed;
      }
    }
    tell(event_of(orders_[slot], EventKind::order_closed));
  }
  settle_promises();
  settle_low();
}

}  // namespace millrace::reference
