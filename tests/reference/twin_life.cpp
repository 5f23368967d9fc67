// Steps of an order's life after its placement, as docs/order-life.md has them.
#include <algorithm>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

Step step_of(const StepOrder& body) {
  return static_cast<Step>(body.step);
}

Outcome accepted(std::size_t node, std::uint64_t units) {
  Outcome outcome = refused(Refusal::none);
  outcome.status = Status::accepted;
  outcome.node = NodeIndex{static_cast<std::uint16_t>(node)};
  outcome.allocated = Units{static_cast<std::uint32_t>(units)};
  return outcome;
}

Outcome not_allowed(SliceState state, const StepOrder& body) {
  return refused(Refusal::step_not_allowed,
                 static_cast<std::uint32_t>(state) + 256U * body.step + 65'536U * body.reason);
}

bool can_move(SliceState state, const StepOrder& body) {
  return next_state(state, step_of(body)) != no_state;
}

}  // namespace

bool Twin::matches(const Slice& slice, const StepOrder& body) {
  if (is_of_order(step_of(body))) {
    return true;
  }
  if (step_of(body) == Step::change_units) {
    return body.line == slice.line;
  }
  if (step_of(body) == Step::move_units && body.code == slice.node) {
    return false;
  }
  const bool on_line = body.line == 255 || body.line == slice.line;
  if (step_of(body) == Step::confirm_ship && slice.state == SliceState::vendor_accepted) {
    return on_line && body.node.value == slice.node && body.parcel != 0;
  }
  const bool at_node = body.node == no_node || body.node.value == slice.node;
  const bool in_parcel =
      body.parcel == 0 || step_of(body) == Step::confirm_pack || body.parcel == slice.parcel;
  return on_line && at_node && in_parcel;
}

Outcome Twin::carry_out(const StepOrder& body) {
  if (!is_sent(body.step)) {
    return refused(Refusal::unknown_step);
  }
  const std::optional<std::size_t> slot = slot_of(body.order);
  if (!slot.has_value()) {
    return refused(Refusal::unknown_order);
  }
  if (body.node != no_node && body.node.value >= network_.node_count()) {
    return refused(Refusal::unknown_node);
  }
  if (step_of(body) == Step::change_lines) {
    if (const auto problem = check_wanted(); problem.has_value()) {
      return refused(*problem);
    }
  }
  Order& order = orders_[*slot];
  if (order.outcome.status == Status::refused) {
    return refused(Refusal::order_was_refused);
  }
  std::optional<SliceState> first;
  std::uint64_t movable = 0;
  for (const Slice& slice : order.slices) {
    if (matches(slice, body)) {
      first = first.value_or(slice.state);
      movable += can_move(slice.state, body) ? slice.units : 0;
    }
  }
  if (!first.has_value()) {
    return refused(Refusal::no_such_line);
  }
  if (movable == 0) {
    return not_allowed(*first, body);
  }
  if (step_of(body) == Step::change_address || step_of(body) == Step::change_service) {
    for (const Slice& slice : order.slices) {
      if (is_live(slice.state) && !can_move(slice.state, body)) {
        return not_allowed(slice.state, body);
      }
    }
  }
  if (!is_of_order(step_of(body)) && step_of(body) != Step::change_units &&
      body.units.value > movable) {
    return refused(Refusal::too_many_units, static_cast<std::uint32_t>(movable));
  }
  moved_.push_back(*slot);
  switch (step_of(body)) {
    case Step::vendor_accept:
      return vendor_accept(order, *slot, body);
    case Step::short_pick:
    case Step::reject_node:
    case Step::vendor_reject:
      return reroute(order, *slot, body);
    case Step::confirm_pack:
      return pack(order, body);
    case Step::create_label:
      return label(order, body);
    case Step::confirm_ship:
      return ship(order, body);
    case Step::deliver:
      return deliver(order, body);
    case Step::give_feedback:
      return give_feedback(order, body, *first);
    case Step::hold:
    case Step::release_hold:
      return hold_back(order, *slot, body);
    case Step::authorise_payment:
    case Step::fail_payment:
    case Step::capture_payment:
      return pay(order, *slot, body);
    case Step::cancel:
      return cancel_units(order, *slot, body);
    case Step::open_return:
      return open_return(order, body);
    case Step::restock:
    case Step::need_work:
    case Step::scrap:
      return dispose(order, body);
    case Step::refund:
      return refund(order, body, no_order);
    case Step::exchange:
      return exchange(order, body);
    case Step::confirm_hold:
      return confirm_hold(order, *slot);
    case Step::extend_hold:
      return extend_hold(order, *slot, body);
    case Step::schedule:
    case Step::activate:
      return serve(order, body);
    case Step::change_address:
    case Step::change_service:
    case Step::change_units:
    case Step::add_line:
    case Step::move_units:
    case Step::change_lines:
      return amend(order, *slot, body);
    case Step::close_service:
    case Step::send_return:
    case Step::receive_return:
    case Step::miss_return:
    case Step::start_pick:
    case Step::confirm_pick:
    case Step::in_transit:
    case Step::delay:
    case Step::fail_delivery:
    case Step::none:
    case Step::steps_sent:
    case Step::release_wave:
    case Step::fill:
    case Step::close:
    case Step::fill_on_hold:
    case Step::expire:
    case Step::request_vendor:
      break;
  }
  return move(order, body);
}

std::size_t Twin::cut_off(Order& order, std::size_t at, std::uint64_t units) {
  Slice part = order.slices[at];
  part.units = units;
  part.head = false;
  order.slices[at].units -= units;
  order.slices.push_back(part);
  if (comes_back(part.state)) {
    Return goods = return_of(order, at);
    goods.slice = order.slices.size() - 1;
    order.notes.push_back(goods);
  } else if (part.state == SliceState::dropship_requested) {
    note_request(order, *slot_of(order.id), order.slices.size() - 1, request_of(order, at)->due);
  }
  return order.slices.size() - 1;
}

std::vector<std::size_t> Twin::take_units(Order& order, const StepOrder& body) {
  std::vector<std::size_t> taken;
  std::uint64_t left = body.units.value == 0 ? ~std::uint64_t{0} : body.units.value;
  const std::size_t count = order.slices.size();
  for (std::size_t at = 0; at < count && left > 0; ++at) {
    if (!matches(order.slices[at], body) || !can_move(order.slices[at].state, body)) {
      continue;
    }
    if (order.slices[at].units <= left) {
      left -= order.slices[at].units;
      taken.push_back(at);
      continue;
    }
    taken.push_back(cut_off(order, at, left));
    left = 0;
  }
  return taken;
}

Outcome Twin::move(Order& order, const StepOrder& body) {
  std::uint64_t units = 0;
  const std::vector<std::size_t> taken = take_units(order, body);
  for (const std::size_t at : taken) {
    order.slices[at].state = next_state(order.slices[at].state, step_of(body));
    units += order.slices[at].units;
  }
  return accepted(order.slices[taken.front()].node, units);
}

void Twin::leave_shipment(Order& order, std::size_t slot, std::size_t at) {
  Slice& slice = order.slices[at];
  if (!slice.head || !takes_capacity(slice.state)) {
    return;
  }
  const bool waits = slice.state == SliceState::allocated;
  for (std::size_t other = 0; other < order.slices.size(); ++other) {
    Slice& heir = order.slices[other];
    if (other != at && !heir.head && takes_capacity(heir.state) && heir.node == slice.node &&
        heir.ship_day == slice.ship_day && (heir.state == SliceState::allocated) == waits) {
      heir.head = true;
      slice.head = false;
      return;
    }
  }
  if (slice.ship_day >= network_.local(slice.node, now_).day) {
    --shipments_[slice.node][slice.ship_day];
  }
  if (waits) {
    waves_.withdraw_one(slot, slice.node, slice.ship_day);
  }
}

void Twin::correct_count(const Slice& slice, const StepOrder& body) {
  Bucket& bucket = rows_[slice.row].buckets[slice.node];
  const auto units = static_cast<std::int64_t>(slice.units);
  const bool is_rejected = step_of(body) == Step::vendor_reject;
  const bool is_struck = (step_of(body) == Step::short_pick || is_rejected) && body.reason == 0;
  const std::int64_t struck = is_struck ? bucket.sound() : 0;
  bucket.taken -= units;
  if (step_of(body) == Step::short_pick) {
    bucket.on_hand -= body.reason == 2 ? 0 : units + struck;
    bucket.damaged += body.reason == 2 ? units : 0;
  } else if (is_struck) {
    bucket.on_hand -= units + struck;
  }
}

Outcome Twin::reroute(Order& order, std::size_t slot, const StepOrder& body) {
  const bool is_short = step_of(body) == Step::short_pick;
  if ((is_short && body.reason > 2) || (step_of(body) == Step::vendor_reject && body.reason > 3)) {
    return refused(Refusal::unknown_reason);
  }
  const std::vector<std::size_t> chosen = take_units(order, body);
  std::uint64_t units = 0;
  for (const std::size_t at : chosen) {
    Slice& slice = order.slices[at];
    const bool known = std::any_of(order.notes.begin(), order.notes.end(), [&](const Note& note) {
      const auto* const tried = std::get_if<Tried>(&note);
      return tried != nullptr && tried->line == slice.line && tried->node == slice.node;
    });
    if (!known && !is_out(slice.node)) {
      order.notes.push_back(Tried{slice.line, slice.node});
    }
    end_request(order, slot, at);
    leave_shipment(order, slot, at);
    correct_count(slice, body);
    units += slice.units;
    wait_again(slot, at);
    ++spent_;
  }
  const auto [held, given_up] = seek_nodes(order, slot, chosen);
  Outcome outcome = accepted(order.slices[chosen.front()].node, held);
  outcome.backordered = Units{static_cast<std::uint32_t>(units - held - given_up)};
  outcome.detail = static_cast<std::uint32_t>(given_up);
  for (const std::size_t at : chosen) {
    if (step_of(body) == Step::reject_node) {
      (void)fill_row(orders_[slot].slices[at].row);
    }
  }
  return outcome;
}

void Twin::wait_again(std::size_t slot, std::size_t at) {
  Slice& slice = orders_[slot].slices[at];
  slice.state = SliceState::backordered;
  slice.head = false;
  slice.node = no_node.value;
  slice.ship_day = 0;
  enter_queue(slot, at);
  stats_.backorders_waiting += slice.units;
}

std::uint64_t Twin::fill_in_rounds(Order& order, std::size_t slot,
                                   const std::vector<std::size_t>& chosen, Fill fill) {
  std::uint64_t held = 0;
  std::vector<std::size_t> seeking;
  for (const std::size_t at : chosen) {
    if (order.slices[at].state == SliceState::backordered) {
      seeking.push_back(at);
    }
  }
  while (!seeking.empty()) {
    std::vector<std::size_t> round;
    std::vector<std::size_t> later;
    std::set<std::size_t> rows;
    for (const std::size_t at : seeking) {
      const bool may_go =
          !allows(order.policy, Policy::allow_split) || rows.insert(order.slices[at].row).second;
      (may_go ? round : later).push_back(at);
    }
    held += (this->*fill)(slot, round);
    seeking = later;
  }
  return held;
}

std::uint64_t Twin::give_up(Order& order, std::size_t slot,
                            const std::vector<std::size_t>& chosen) {
  std::uint64_t given_up = 0;
  const bool waits =
      allows(order.policy, Policy::allow_backorder) || (order.asks_vendors && order.holds != 0);
  for (const std::size_t at : chosen) {
    Slice& slice = order.slices[at];
    if (slice.state == SliceState::backordered && !waits) {
      leave_queue(slot, at);
      stats_.backorders_waiting -= slice.units;
      slice.state = SliceState::cancelled;
      given_up += slice.units;
      uncount(order, slice);
      tell(event_of(order, slice, EventKind::units_given_up));
    }
  }
  return given_up;
}

std::pair<std::uint64_t, std::uint64_t> Twin::seek_nodes(Order& order, std::size_t slot,
                                                         const std::vector<std::size_t>& chosen) {
  const std::uint64_t held = fill_in_rounds(order, slot, chosen, &Twin::fill_slices);
  ask_vendors(order, slot, chosen);
  return {held, give_up(order, slot, chosen)};
}

}  // namespace millrace::reference
