// What is held for carts, as docs/order-life.md has it.
#include "tests/reference/twin.h"

namespace millrace::reference {

std::optional<std::size_t> Twin::cart_hold_of(std::uint64_t cart) {
  for (std::size_t slot = orders_.size(); slot-- > 0;) {
    Order& order = orders_[slot];
    const bool is_of_cart =
        std::any_of(order.notes.begin(), order.notes.end(), [&](const Note& note) {
          const auto* const of = std::get_if<Cart>(&note);
          return of != nullptr && of->number == cart;
        });
    if (is_of_cart && account_of(order)->cart && (order.holds & 1U) != 0) {
      return slot;
    }
  }
  return std::nullopt;
}

void Twin::lend(const Order& order) {
  for (const Slice& slice : order.slices) {
    if (slice.state == SliceState::reserved) {
      rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
      uncount(order, slice);
    }
  }
}

void Twin::take_back(const Order& order) {
  for (const Slice& slice : order.slices) {
    if (slice.state == SliceState::reserved) {
      rows_[slice.row].buckets[slice.node].taken += static_cast<std::int64_t>(slice.units);
      for (Quota* const quota : quotas_of(slice.row, order.channel.value)) {
        if (quota->since > order.sequence) {
          break;
        }
        quota->used += slice.units;
      }
    }
  }
}

void Twin::replace(std::size_t slot) {
  std::uint64_t units = 0;
  std::vector<std::size_t> rows_to_fill;
  for (Slice& slice : orders_[slot].slices) {
    if (slice.state == SliceState::reserved) {
      rows_to_fill.push_back(slice.row);
    }
    if (slice.state == SliceState::reserved || slice.state == SliceState::scheduled) {
      slice.state = SliceState::cancelled;
      units += slice.units;
    }
  }
  if (units > 0) {
    Event event = event_of(orders_[slot], EventKind::cart_replaced);
    event.units = Units{static_cast<std::uint32_t>(units)};
    tell(event);
  }
  for (const std::size_t row : rows_to_fill) {
    (void)fill_row(row);
  }
}

Outcome Twin::confirm_hold(Order& order, std::size_t slot) {
  Account* const account = account_of(order);
  if (account == nullptr || !account->cart || (order.holds & 1U) == 0) {
    return refused(Refusal::no_cart_hold);
  }
  timers_.erase({account->due.us, slot, 0});
  account->timer = 0;
  account->due = Time{0};
  account->cart = false;
  for (const Slice& slice : order.slices) {
    if (slice.state == SliceState::reserved) {
      count_demand(slice.row, slice.units);
    }
  }
  return let_go(order, slot, 0);
}

Outcome Twin::extend_hold(Order& order, std::size_t slot, const StepOrder& body) {
  Account* const account = account_of(order);
  if (account == nullptr || !account->cart || (order.holds & 1U) == 0) {
    return refused(Refusal::no_cart_hold);
  }
  if (body.value <= now_.us) {
    return refused(Refusal::moment_passed);
  }
  timers_.erase({account->due.us, slot, 0});
  set_timer(*account, slot, 4, body.value);
  return accepted();
}

}  // namespace millrace::reference
