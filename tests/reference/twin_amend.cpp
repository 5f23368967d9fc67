// Orders that change after their placement, as docs/order-life.md has it under Amendments.
#include <algorithm>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

bool is_planned(SliceState state) {
  return state == SliceState::allocated || state == SliceState::waved ||
         state == SliceState::picking || state == SliceState::picked;
}

bool can_move(SliceState state) {
  return next_state(state, Step::move_units) != no_state;
}

Units units_of(std::uint64_t units) {
  return Units{static_cast<std::uint32_t>(units)};
}

}  // namespace

Outcome Twin::amend(Order& order, std::size_t slot, const StepOrder& body) {
  const Step step = static_cast<Step>(body.step);
  if (step == Step::change_units) {
    return change_units(order, slot, body);
  }
  if (step == Step::add_line) {
    return add_line(order, slot, body);
  }
  if (step == Step::change_lines) {
    return change_lines(order, slot, body);
  }
  if (step == Step::move_units) {
    return move_by_hand(order, slot, body);
  }
  if (step == Step::change_service) {
    return body.code < network_.figures().services.size()
               ? redirect(order, slot, order.region, body.code)
               : refused(Refusal::unknown_service);
  }
  const auto region = network_.region_of(CountryCode{body.code}, PostalCode{body.value});
  return region.has_value() ? redirect(order, slot, *region, order.service)
                            : refused(Refusal::unknown_region);
}

void Twin::promise_again(Order& order) {
  std::int64_t latest = 0;
  for (const Slice& slice : order.slices) {
    if (is_planned(slice.state)) {
      latest = std::max(
          latest, network_.delivery_day(order.service, order.region, slice.node, slice.ship_day));
    }
  }
  order.promise_day = latest == 0 ? order.promise_day : latest;
}

Outcome Twin::redirect(Order& order, std::size_t slot, std::size_t region, std::size_t service) {
  const bool is_other_service = order.service != service;
  order.region = region;
  order.service = service;
  if (is_other_service) {
    waves_.withdraw(slot);
  }
  std::vector<std::size_t> chosen;
  std::map<std::size_t, std::uint64_t> grams_at;
  for (std::size_t at = 0; at < order.slices.size(); ++at) {
    const Slice& slice = order.slices[at];
    if (slice.state != SliceState::allocated) {
      continue;
    }
    chosen.push_back(at);
    rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
    grams_at[slice.node] += slice.units * rows_[slice.row].weight_grams;
  }
  const std::vector<OrderedLine> lines = lines_of(order, chosen);
  Outcome outcome = accepted();
  if (chosen.empty()) {
    promise_again(order);
    return outcome;
  }
  std::uint64_t cost_here = 0;
  for (const auto& [node, grams] : grams_at) {
    cost_here += network_.shipment_cost(service, region, node, grams);
  }
  const PlanQuestion question = question_of(order, lines);
  Pieces pieces;
  if (const auto one = one_node_plan(network_, question); one.has_value()) {
    pieces = *one;
  } else if (allows(order.policy, Policy::allow_split)) {
    pieces = split_plan(network_, question);
  }
  const bool goes =
      is_complete(question, pieces) && cost_of(network_, question, pieces) < cost_here;
  outcome.cost = saturated(goes ? cost_of(network_, question, pieces) : cost_here);
  outcome.node = NodeIndex{
      static_cast<std::uint16_t>(goes ? pieces.front().node : order.slices[chosen.front()].node)};
  for (const std::size_t at : chosen) {
    Slice& slice = order.slices[at];
    if (goes) {
      leave_shipment(order, slot, at);
      slice.state = SliceState::rerouted;
      slice.head = false;
      outcome.allocated += units_of(slice.units);
      continue;
    }
    rows_[slice.row].buckets[slice.node].taken += static_cast<std::int64_t>(slice.units);
    if (slice.head && is_other_service) {
      waves_.append({slice.node, service, slice.ship_day}, slot, now_);
      ++spent_;
    }
  }
  if (goes) {
    // Its own capacity is free again: the days are those of now.
    const PlanQuestion anew = question_of(order, lines);
    std::vector<std::uint64_t> missing(lines.size(), 0);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      missing[i] = lines[i].units;
    }
    const std::size_t first_slice = order.slices.size();
    hold_pieces(order, slot, lines, anew, pieces, missing);
    tell_shipments(order, first_slice);
  }
  promise_again(order);
  for (const std::size_t at : chosen) {
    if (goes) {
      (void)fill_row(orders_[slot].slices[at].row);
    }
  }
  return outcome;
}

Outcome Twin::move_by_hand(Order& order, std::size_t slot, const StepOrder& body) {
  const std::size_t target = body.code;
  if (target >= network_.node_count()) {
    return refused(Refusal::unknown_node);
  }
  std::uint64_t left = body.units.value == 0 ? ~std::uint64_t{0} : body.units.value;
  std::uint64_t elsewhere = 0;
  std::map<std::size_t, std::uint64_t> needed;
  for (const Slice& slice : order.slices) {
    const std::uint64_t units = matches(slice, body) && can_move(slice.state)
                                    ? std::min<std::uint64_t>(left, slice.units)
                                    : 0;
    left -= units;
    if (units > 0) {
      needed[slice.row] += units;
    }
    const bool is_to_leave = slice.state == SliceState::backordered ||
                             (holds_stock(slice.state) && slice.node != target);
    elsewhere += is_to_leave ? slice.units - units : 0;
  }
  if (!allows(order.policy, Policy::allow_split) && elsewhere > 0) {
    return refused(Refusal::split_not_allowed);
  }
  for (const auto& [row, units] : needed) {
    if (rows_[row].buckets[target].available() < static_cast<std::int64_t>(units)) {
      return refused(Refusal::out_of_stock);
    }
  }
  const bool on_hold = order.holds != 0;
  if ((!on_hold || is_vendor(target)) && !ship_day(target).has_value()) {
    return refused(Refusal::capacity_full);
  }
  const std::vector<std::size_t> chosen = take_units(order, body);
  std::uint64_t moved = 0;
  for (const std::size_t at : chosen) {
    leave_shipment(order, slot, at);
    Slice& slice = order.slices[at];
    rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
    slice.node = target;
    slice.ship_day = 0;
    moved += slice.units;
  }
  spent_ += on_hold ? 0 : chosen.size();
  const std::int64_t day = on_hold ? 0 : *ship_day(target);
  for (const std::size_t at : chosen) {
    hold(order, slot, order.slices[at], target, day, at == chosen.front());
  }
  for (const std::size_t at : chosen) {
    (void)fill_row(orders_[slot].slices[at].row);
  }
  return accepted(NodeIndex{body.code}, units_of(moved));
}

Outcome Twin::change_units(Order& order, std::size_t slot, const StepOrder& body) {
  if (body.units.value > 1'000'000) {
    return refused(Refusal::quantity_too_large);
  }
  std::uint64_t live = 0;
  std::uint64_t movable = 0;
  OrderedLine more{};
  for (const Slice& slice : order.slices) {
    if (slice.line == body.line && is_live(slice.state)) {
      live += slice.units;
      movable += next_state(slice.state, Step::change_units) != no_state ? slice.units : 0;
      more = {slice.line, slice.row, 0, slice.unit_price};
    }
  }
  if (body.units.value == live) {
    return accepted();
  }
  if (body.units.value > live) {
    more.units = body.units.value - live;
    return add_units(order, slot, more);
  }
  if (live - body.units.value > movable) {
    return refused(Refusal::too_many_units, static_cast<std::uint32_t>(movable));
  }
  StepOrder less = body;
  less.step = static_cast<std::uint8_t>(Step::cancel);
  less.units = units_of(live - body.units.value);
  less.node = no_node;
  less.parcel = 0;
  return cancel_units(order, slot, less);
}

Outcome Twin::add_line(Order& order, std::size_t slot, const StepOrder& body) {
  const std::optional<std::size_t> row = row_of(Sku{body.value});
  if (!row.has_value()) {
    return refused(Refusal::unknown_sku);
  }
  if (body.units.value == 0) {
    return refused(Refusal::zero_quantity);
  }
  if (body.units.value > 1'000'000) {
    return refused(Refusal::quantity_too_large);
  }
  if (body.other.low > 0xffffffff) {
    return refused(Refusal::wrong_amount, 0xffffffff);
  }
  std::size_t line = 0;
  for (const Slice& slice : order.slices) {
    if (slice.row == *row && is_live(slice.state)) {
      return refused(Refusal::sku_in_order);
    }
    line = std::max<std::size_t>(line, slice.line + 1U);
  }
  if (line > 63) {
    return refused(Refusal::too_many_lines);
  }
  return add_units(order, slot,
                   {static_cast<std::uint8_t>(line), *row, body.units.value,
                    static_cast<std::uint32_t>(body.other.low)});
}

Outcome Twin::add_units(Order& order, std::size_t slot, const OrderedLine& more) {
  std::uint64_t left = more.units;
  for (const Quota* const quota : quotas_of(more.row, order.channel.value)) {
    left = std::min(left, quota->limit - std::min(quota->limit, quota->used));
  }
  if (left < more.units) {
    return refused(Refusal::quota_exhausted, static_cast<std::uint32_t>(left));
  }
  Outcome outcome = accepted(no_node, units_of(more.units));
  outcome.cost = saturated(more.units * more.unit_price);
  if (is_service(more.row)) {
    order.slices.push_back({more.line, more.row, more.units, SliceState::scheduled, false,
                            no_node.value, 0, more.unit_price});
  } else {
    const bool is_early = rows_[more.row].on_sale > 0;
    if (is_early && !allows(order.policy, Policy::allow_preorder)) {
      return refused(Refusal::not_on_sale);
    }
    const PlanQuestion question = question_of(order, {more});
    const bool is_found = one_node_plan(network_, question).has_value() ||
                          (allows(order.policy, Policy::allow_split) &&
                           is_complete(question, split_plan(network_, question)));
    if (!is_found && !is_early && !allows(order.policy, Policy::allow_backorder)) {
      return refused(Refusal::out_of_stock);
    }
    wait(order, slot, more, more.units);
    stats_.backorders_waiting += more.units;
    outcome.allocated = units_of(fill_slices(slot, {order.slices.size() - 1}));
    outcome.backordered = units_of(more.units) - outcome.allocated;
  }
  order.asked[more.line] += more.units;
  for (Quota* const quota : quotas_of(more.row, order.channel.value)) {
    if (quota->since > order.sequence) {
      break;
    }
    quota->used += more.units;
  }
  Account* const account = account_of(order);
  if (account != nullptr && account->unpaid && (order.holds & 1U) == 0 &&
      worth(order) > account->authorised) {
    (void)wait_for_payment(order, slot, *account);
  }
  return outcome;
}

}  // namespace millrace::reference
