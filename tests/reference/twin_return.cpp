// Units that are cancelled and goods that come back, as docs/order-life.md has them.
#include <algorithm>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

constexpr std::int64_t on_hand_max = 4'000'000'000;

NodeIndex node_of(std::size_t node) {
  return NodeIndex{static_cast<std::uint16_t>(node)};
}

Units units_of(std::uint64_t units) {
  return Units{static_cast<std::uint32_t>(units)};
}

}  // namespace

Outcome Twin::let_go_of(Order& order, std::size_t slot, const StepOrder& body,
                        std::vector<std::size_t>& rows_to_fill) {
  std::uint64_t left = body.units.value == 0 ? ~std::uint64_t{0} : body.units.value;
  std::vector<std::size_t> chosen;
  for (const SliceState state :
       {SliceState::scheduled, SliceState::backordered, SliceState::dropship_requested,
        SliceState::reserved, SliceState::allocated, SliceState::waved, SliceState::picking,
        SliceState::vendor_accepted, SliceState::picked, SliceState::packed}) {
    const std::size_t count = order.slices.size();
    for (std::size_t at = 0; at < count && left > 0; ++at) {
      if (order.slices[at].state != state || !matches(order.slices[at], body)) {
        continue;
      }
      if (order.slices[at].units <= left) {
        left -= order.slices[at].units;
        chosen.push_back(at);
        continue;
      }
      chosen.push_back(cut_off(order, at, left));
      left = 0;
    }
  }
  Outcome outcome = accepted();
  for (const std::size_t at : chosen) {
    Slice& slice = order.slices[at];
    if (slice.state == SliceState::backordered) {
      leave_queue(slot, at);
      stats_.backorders_waiting -= slice.units;
      outcome.backordered += units_of(slice.units);
    } else if (slice.state == SliceState::scheduled) {
      outcome.allocated += units_of(slice.units);
    } else {
      withdraw(order, slot, at);
      leave_shipment(order, slot, at);
      rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
      outcome.allocated += units_of(slice.units);
      rows_to_fill.push_back(slice.row);
    }
    uncount(order, slice);
    slice.state = SliceState::cancelled;
  }
  return outcome;
}

Outcome Twin::cancel_units(Order& order, std::size_t slot, const StepOrder& body) {
  std::vector<std::size_t> rows_to_fill;
  const Outcome outcome = let_go_of(order, slot, body, rows_to_fill);
  for (const std::size_t row : rows_to_fill) {
    (void)fill_row(row);
  }
  return outcome;
}

Twin::Return& Twin::return_of(Order& order, std::size_t slice) {
  const auto found = std::find_if(order.notes.begin(), order.notes.end(), [&](const Note& note) {
    const auto* const goods = std::get_if<Return>(&note);
    return goods != nullptr && goods->slice == slice;
  });
  return std::get<Return>(*found);
}

Outcome Twin::open_return(Order& order, const StepOrder& body) {
  if (body.reason > 4) {
    return refused(Refusal::unknown_reason);
  }
  const auto today = static_cast<std::int64_t>(now_.us / us_per_day);
  for (const Slice& slice : order.slices) {
    if (matches(slice, body) && slice.state == SliceState::delivered &&
        today > parcel_of(order, slice.parcel)->delivered_day +
                    network_.figures().life.return_window_days) {
      return refused(Refusal::return_window_over);
    }
  }
  Outcome outcome = accepted();
  const std::vector<std::size_t> taken = take_units(order, body);
  for (const std::size_t at : taken) {
    order.slices[at].state = SliceState::return_open;
    outcome.allocated += units_of(order.slices[at].units);
    Return goods{};
    goods.slice = at;
    goods.reason = body.reason;
    order.notes.push_back(goods);
  }
  outcome.node = node_of(order.slices[taken.front()].node);
  return outcome;
}

Outcome Twin::dispose(Order& order, const StepOrder& body) {
  const Step step = static_cast<Step>(body.step);
  const auto taken_by = [&](const Slice& slice, SliceState state) {
    return matches(slice, body) && slice.state == state && next_state(state, step) != no_state;
  };
  for (const Slice& slice : order.slices) {
    const Bucket& bucket = rows_[slice.row].buckets[slice.node == no_node.value ? 0 : slice.node];
    if (step != Step::scrap && taken_by(slice, SliceState::return_received) &&
        bucket.on_hand + 2'000'000 > on_hand_max) {
      return refused(Refusal::stock_overflow);
    }
  }
  for (const Slice& slice : order.slices) {
    if (!taken_by(slice, SliceState::needs_work)) {
      continue;
    }
    std::int64_t units = 0;
    for (const Slice& other : order.slices) {
      const bool is_there = other.row == slice.row && other.node == slice.node;
      units += is_there && other.state == SliceState::needs_work
                   ? static_cast<std::int64_t>(other.units)
                   : 0;
    }
    if (units > rows_[slice.row].buckets[slice.node].damaged) {
      return refused(Refusal::not_in_bucket);
    }
  }
  Outcome outcome = accepted();
  const std::vector<std::size_t> taken = take_units(order, body);
  for (const std::size_t at : taken) {
    Slice& slice = order.slices[at];
    Bucket& bucket = rows_[slice.row].buckets[slice.node];
    const auto units = static_cast<std::int64_t>(slice.units);
    if (slice.state == SliceState::needs_work) {
      bucket.damaged -= units;
      bucket.on_hand -= step == Step::scrap ? units : 0;
    } else if (step != Step::scrap) {
      bucket.on_hand += units;
      bucket.damaged += step == Step::need_work ? units : 0;
    }
    slice.state = next_state(slice.state, step);
    outcome.allocated += units_of(slice.units);
  }
  outcome.node = node_of(order.slices[taken.front()].node);
  if (step == Step::restock) {
    for (const std::size_t at : taken) {
      (void)fill_row(order.slices[at].row);
    }
  }
  return outcome;
}

std::uint64_t Twin::paid(const Order& order) {
  std::uint64_t sum = 0;
  for (const Note& note : order.notes) {
    const auto* const account = std::get_if<Account>(&note);
    if (account != nullptr && account->unpaid) {
      return account->captured;
    }
  }
  for (const Slice& slice : order.slices) {
    sum += has_left(slice.state) ? slice.units * slice.unit_price : 0;
  }
  return sum;
}

Outcome Twin::refund(Order& order, const StepOrder& body, std::size_t instead) {
  const std::uint64_t refunded_before =
      account_of(order) == nullptr ? 0 : account_of(order)->refunded;
  std::uint64_t left = paid(order) - refunded_before;
  std::uint64_t kept = instead == no_order ? 0 : worth(orders_[instead]);
  if (instead == no_order && left == 0) {
    return refused(Refusal::no_payment_due);
  }
  if (account_of(order) == nullptr) {
    order.notes.push_back(Account{});
  }
  Outcome outcome = accepted();
  std::uint64_t refunded = 0;
  const std::vector<std::size_t> taken = take_units(order, body);
  for (const std::size_t at : taken) {
    Slice& slice = order.slices[at];
    Return& goods = return_of(order, at);
    const std::uint64_t price = slice.units * slice.unit_price;
    const std::uint64_t fee =
        goods.reason == 0 ? price * network_.figures().life.restocking_fee_permille / 1'000 : 0;
    const std::uint64_t exchanged = std::min(price - fee, kept);
    kept -= exchanged;
    goods.amount = std::min(price - fee - exchanged, left);
    goods.instead = instead;
    left -= goods.amount;
    refunded += goods.amount;
    slice.state = next_state(slice.state, static_cast<Step>(body.step));
    outcome.allocated += units_of(slice.units);
  }
  account_of(order)->refunded += refunded;
  outcome.node = node_of(order.slices[taken.front()].node);
  outcome.cost = saturated(refunded);
  return outcome;
}

Outcome Twin::exchange(Order& order, const StepOrder& body) {
  const std::optional<std::size_t> instead = slot_of(body.other);
  const std::size_t slot = *slot_of(body.order);
  if (!instead.has_value() || *instead == slot) {
    return refused(Refusal::unknown_order);
  }
  Order& other = orders_[*instead];
  if (other.outcome.status == Status::refused) {
    return refused(Refusal::order_was_refused);
  }
  for (const Note& note : other.notes) {
    if (std::holds_alternative<Link>(note)) {
      return refused(Refusal::already_linked);
    }
  }
  const Outcome outcome = refund(order, body, *instead);
  other.notes.push_back(Link{slot});
  return outcome;
}

}  // namespace millrace::reference
