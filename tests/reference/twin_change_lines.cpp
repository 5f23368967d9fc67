// Several lines of an order that change with one command, as docs/order-life.md has it under
// Amendments.
#include <algorithm>
#include <set>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

Units units_of(std::uint64_t units) {
  return Units{static_cast<std::uint32_t>(units)};
}

}  // namespace

std::optional<Refusal> Twin::check_wanted() const {
  if (lines_now_.empty()) {
    return Refusal::no_lines;
  }
  if (lines_now_.size() > 64) {
    return Refusal::too_many_lines;
  }
  std::set<std::size_t> rows;
  for (const OrderLine& line : lines_now_) {
    if (line.quantity.value > 1'000'000) {
      return Refusal::quantity_too_large;
    }
    const std::optional<std::size_t> row = row_of(line.sku);
    if (!row.has_value()) {
      return Refusal::unknown_sku;
    }
    if (!rows.insert(*row).second) {
      return Refusal::sku_in_order;
    }
  }
  return std::nullopt;
}

std::optional<Outcome> Twin::refuse_more(const Order& order, const std::vector<OrderedLine>& more) {
  std::vector<OrderedLine> goods;
  bool is_early = false;
  for (const OrderedLine& each : more) {
    std::uint64_t left = each.units;
    for (const Quota* const quota : quotas_of(each.row, order.channel.value)) {
      left = std::min(left, quota->limit - std::min(quota->limit, quota->used));
    }
    if (left < each.units) {
      return refused(Refusal::quota_exhausted, static_cast<std::uint32_t>(left));
    }
    if (!is_service(each.row)) {
      goods.push_back(each);
      is_early = is_early || rows_[each.row].on_sale > 0;
    }
  }
  if (goods.empty()) {
    return std::nullopt;
  }
  if (is_early && !allows(order.policy, Policy::allow_preorder)) {
    return refused(Refusal::not_on_sale);
  }
  const PlanQuestion question = question_of(order, goods);
  const bool is_found = one_node_plan(network_, question).has_value() ||
                        (allows(order.policy, Policy::allow_split) &&
                         is_complete(question, split_plan(network_, question)));
  if (!is_found && !is_early && !allows(order.policy, Policy::allow_backorder)) {
    return refused(Refusal::out_of_stock);
  }
  return std::nullopt;
}

void Twin::add_lines(Order& order, std::size_t slot, const std::vector<OrderedLine>& more,
                     Outcome& outcome) {
  std::vector<std::size_t> waiting;
  std::uint64_t cost = 0;
  for (const OrderedLine& each : more) {
    cost += each.units * each.unit_price;
    order.asked[each.line] += each.units;
    for (Quota* const quota : quotas_of(each.row, order.channel.value)) {
      if (quota->since > order.sequence) {
        break;
      }
      quota->used += each.units;
    }
    if (is_service(each.row)) {
      order.slices.push_back({each.line, each.row, each.units, SliceState::scheduled, false,
                              no_node.value, 0, each.unit_price});
      outcome.allocated += units_of(each.units);
      continue;
    }
    wait(order, slot, each, each.units);
    waiting.push_back(order.slices.size() - 1);
    stats_.backorders_waiting += each.units;
    outcome.backordered += units_of(each.units);
  }
  outcome.cost = saturated(cost);
  if (!waiting.empty()) {
    const Units held = units_of(fill_slices(slot, waiting));
    outcome.allocated += held;
    outcome.backordered = outcome.backordered - held;
  }
}

Outcome Twin::change_lines(Order& order, std::size_t slot, const StepOrder& body) {
  std::vector<OrderedLine> more;
  std::vector<OrderedLine> fewer;
  std::size_t next_line = 0;
  for (const Slice& slice : order.slices) {
    next_line = std::max<std::size_t>(next_line, slice.line + 1U);
  }
  for (const OrderLine& wanted : lines_now_) {
    const std::size_t row = *row_of(wanted.sku);
    std::uint64_t live = 0;
    std::uint64_t movable = 0;
    std::optional<SliceState> first;
    OrderedLine line{0, row, 0, wanted.unit_price};
    for (const Slice& slice : order.slices) {
      if (slice.row == row && is_live(slice.state)) {
        first = first.value_or(slice.state);
        live += slice.units;
        movable += next_state(slice.state, Step::change_lines) != no_state ? slice.units : 0;
        line.line = slice.line;
        line.unit_price = slice.unit_price;
      }
    }
    if (live == 0 && wanted.quantity.value == 0) {
      return refused(Refusal::no_such_line);
    }
    if (live == wanted.quantity.value) {
      continue;
    }
    if (live == 0 && next_line > 63) {
      return refused(Refusal::too_many_lines);
    }
    if (live == 0) {
      line.line = static_cast<std::uint8_t>(next_line++);
    } else if (movable == 0) {
      return refused(Refusal::step_not_allowed,
                     static_cast<std::uint32_t>(*first) + 256U * body.step + 65'536U * body.reason);
    }
    if (wanted.quantity.value > live) {
      line.units = wanted.quantity.value - live;
      more.push_back(line);
      continue;
    }
    line.units = live - wanted.quantity.value;
    if (line.units > movable) {
      return refused(Refusal::too_many_units, static_cast<std::uint32_t>(movable));
    }
    fewer.push_back(line);
  }
  if (const auto problem = refuse_more(order, more); problem.has_value()) {
    return *problem;
  }
  Outcome outcome = accepted();
  add_lines(order, slot, more, outcome);
  std::vector<std::size_t> rows_to_fill;
  for (const OrderedLine& each : fewer) {
    StepOrder less = body;
    less.step = static_cast<std::uint8_t>(Step::cancel);
    less.line = each.line;
    less.units = units_of(each.units);
    less.node = no_node;
    less.parcel = 0;
    (void)let_go_of(order, slot, less, rows_to_fill);
    outcome.detail += static_cast<std::uint32_t>(each.units);
  }
  for (const std::size_t row : rows_to_fill) {
    (void)fill_row(row);
  }
  Account* const account = account_of(order);
  if (account != nullptr && account->unpaid && (order.holds & 1U) == 0 &&
      worth(order) > account->authorised) {
    (void)wait_for_payment(order, slot, *account);
  }
  return outcome;
}

}  // namespace millrace::reference
