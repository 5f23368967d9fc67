// Orders: the checks in their order, the plan, and holding what the plan says.
#include <algorithm>
#include <limits>

#include "tests/reference/twin.h"

namespace millrace::reference {

std::optional<Refusal> Twin::check_head(const OrderHead& head) const {
  const Network& figures = network_.figures();
  if (head.line_count == 0) {
    return Refusal::no_lines;
  }
  if (head.line_count > 64) {
    return Refusal::too_many_lines;
  }
  if (head.service.value >= figures.services.size()) {
    return Refusal::unknown_service;
  }
  if (head.channel.value >= figures.channels.size()) {
    return Refusal::unknown_channel;
  }
  const bool is_cart = (head.policy & 32U) != 0;
  if (is_cart && (head.policy & ~(32U | 1U | 8U)) != 0) {
    return Refusal::unknown_policy;
  }
  if ((head.policy & (32U | 64U)) != 0 && head.group == 0) {
    return Refusal::zero_cart;
  }
  if (!network_.region_of(head.country, head.postal).has_value()) {
    return Refusal::unknown_region;
  }
  return std::nullopt;
}

std::optional<Refusal> Twin::resolve(const std::vector<OrderLine>& lines,
                                     std::vector<OrderedLine>& resolved) const {
  for (std::size_t line = 0; line < lines.size(); ++line) {
    if (lines[line].quantity.value == 0) {
      return Refusal::zero_quantity;
    }
    if (lines[line].quantity.value > 1'000'000) {
      return Refusal::quantity_too_large;
    }
    const std::optional<std::size_t> row = row_of(lines[line].sku);
    if (!row.has_value()) {
      return Refusal::unknown_sku;
    }
    const auto same = std::find_if(resolved.begin(), resolved.end(),
                                   [&](const OrderedLine& other) { return other.row == *row; });
    if (same == resolved.end()) {
      resolved.push_back({static_cast<std::uint8_t>(line), *row, lines[line].quantity.value,
                          lines[line].unit_price});
      continue;
    }
    const std::uint64_t value = same->units * same->unit_price +
                                std::uint64_t{lines[line].quantity.value} * lines[line].unit_price;
    same->units += lines[line].quantity.value;
    if (same->units > 1'000'000) {
      return Refusal::quantity_too_large;
    }
    same->unit_price = static_cast<std::uint32_t>(value / same->units);
  }
  return std::nullopt;
}

std::optional<std::int64_t> Twin::ship_day(std::size_t node) const {
  const Node& figures = network_.figures().nodes[node];
  if (figures.working_days == 0 || figures.vendor || is_out(node)) {
    return std::nullopt;
  }
  const LocalMoment local = network_.local(node, now_);
  std::int64_t day = local.day;
  if (local.minute >= figures.cutoff_minute) {
    ++day;
  }
  std::uint32_t working_days = 0;
  while (working_days < network_.figures().capacity_horizon_days) {
    if (network_.works(node, day)) {
      ++working_days;
      const auto so_far = shipments_[node].find(day);
      const std::int64_t count = so_far == shipments_[node].end() ? 0 : so_far->second;
      if (count < figures.daily_shipments_max) {
        return day;
      }
    }
    ++day;
  }
  return std::nullopt;
}

PlanQuestion Twin::question_of(const Order& order, const std::vector<OrderedLine>& lines) const {
  PlanQuestion question{order.service, order.region, {}, {}};
  question.parcel_penalty = network_.figures().routing.parcel_penalty_cents;
  for (const OrderedLine& line : lines) {
    PlanLine plan_line{line.units, rows_[line.row].weight_grams, {}};
    for (const Bucket& bucket : rows_[line.row].buckets) {
      plan_line.available.push_back(static_cast<std::uint64_t>(bucket.available()));
    }
    question.lines.push_back(plan_line);
  }
  for (std::size_t node = 0; node < network_.node_count(); ++node) {
    question.ship_day.push_back(ship_day(node));
  }
  for (const Note& note : order.notes) {
    const auto* const tried = std::get_if<Tried>(&note);
    for (const OrderedLine& line : lines) {
      if (tried != nullptr && tried->line == line.line) {
        question.ship_day[tried->node] = std::nullopt;
      }
    }
  }
  return question;
}

bool Twin::has_closed_every_node(const PlanQuestion& question) const {
  for (const std::optional<std::int64_t>& day : question.ship_day) {
    if (day.has_value()) {
      return false;
    }
  }
  return true;
}

Outcome Twin::decide(Order& order, std::size_t slot, const OrderHead& head,
                     const std::vector<OrderLine>& lines) {
  if (const std::optional<Refusal> refusal = check_head(head); refusal.has_value()) {
    return refused(*refusal);
  }
  order.service = head.service.value;
  order.policy = head.policy & 15U;
  order.asks_vendors = (head.policy & 128U) != 0;
  order.priority = head.priority;
  order.region = *network_.region_of(head.country, head.postal);
  std::vector<OrderedLine> resolved;
  if (const std::optional<Refusal> refusal = resolve(lines, resolved); refusal.has_value()) {
    return refused(*refusal);
  }
  std::vector<OrderedLine> goods;
  std::vector<OrderedLine> services;
  for (const OrderedLine& line : resolved) {
    stats_.units_asked += line.units;
    order.asked[line.line] = line.units;
    (is_service(line.row) ? services : goods).push_back(line);
    if ((head.policy & 32U) == 0 && !is_service(line.row)) {
      count_demand(line.row, line.units);
    }
  }
  Outcome outcome = refused(Refusal::none);
  outcome.status = Status::allocated;
  if (!goods.empty()) {
    outcome = decide_goods(order, slot, goods);
  }
  if (outcome.status == Status::refused) {
    return outcome;
  }
  for (const OrderedLine& line : services) {
    order.slices.push_back({line.line, line.row, line.units, SliceState::scheduled, false,
                            no_node.value, 0, line.unit_price});
    outcome.allocated += Units{static_cast<std::uint32_t>(line.units)};
  }
  return outcome;
}

Outcome Twin::decide_goods(Order& order, std::size_t slot, const std::vector<OrderedLine>& goods) {
  for (const OrderedLine& line : goods) {
    std::uint64_t left = line.units;
    for (const Quota* const quota : quotas_of(line.row, order.channel.value)) {
      left = std::min(left, quota->limit - std::min(quota->limit, quota->used));
    }
    if (left < line.units) {
      return refused(Refusal::quota_exhausted, static_cast<std::uint32_t>(left));
    }
  }
  bool is_early = false;
  for (const OrderedLine& line : goods) {
    is_early |= rows_[line.row].on_sale > 0;
  }
  if (is_early && !allows(order.policy, Policy::allow_preorder)) {
    return refused(Refusal::not_on_sale);
  }
  const bool may_split = allows(order.policy, Policy::allow_split);
  const bool may_wait = allows(order.policy, Policy::allow_backorder) || is_early;
  PlanQuestion question = question_of(order, goods);
  for (std::size_t line = 0; line < goods.size() && prices_.used(); ++line) {
    question.surcharges.push_back(
        prices_.surcharges(order.service, goods[line].row, question.lines[line], now_));
  }

  std::optional<Pieces> plan;
  if (network_.figures().routing.compares() && may_split && goods.size() > 1) {
    plan = cheapest_plan(network_, question);
  } else {
    plan = one_node_plan(network_, question);
  }
  if (plan.has_value()) {
    prices_.count_uses(*plan);
    return hold_plan(order, slot, goods, question, *plan, true);
  }
  const Pieces split = split_plan(network_, question);
  const bool split_is_complete = is_complete(question, split);
  if (order.asks_vendors && !is_early && !(may_split && split_is_complete)) {
    if (const std::optional<Outcome> outcome =
            decide_with_vendors(order, slot, goods, question, may_split ? split : Pieces{})) {
      return *outcome;
    }
  }
  const bool may_drop = allows(order.policy, Policy::allow_partial) && !split.empty();
  if (may_split && (split_is_complete || may_wait || may_drop)) {
    prices_.count_uses(split);
    return hold_plan(order, slot, goods, question, split, may_wait);
  }
  if (may_wait) {
    return hold_plan(order, slot, goods, question, {}, true);
  }
  if (has_closed_every_node(question)) {
    return refused(Refusal::capacity_full);
  }
  if (!may_split && split_is_complete) {
    return refused(Refusal::split_not_allowed);
  }
  return refused(Refusal::out_of_stock);
}

void Twin::hold(Order& order, std::size_t slot, Slice& slice, std::size_t node, std::int64_t day,
                bool head) {
  const bool on_hold = order.holds != 0;
  slice.state = on_hold ? SliceState::reserved : SliceState::allocated;
  slice.node = node;
  slice.ship_day = on_hold ? 0 : day;
  slice.head = head && !on_hold;
  rows_[slice.row].buckets[node].taken += static_cast<std::int64_t>(slice.units);
  if (slice.head) {
    ++shipments_[node][day];
    order.promise_day =
        std::max(order.promise_day, network_.delivery_day(order.service, order.region, node, day));
    if (!is_placing_softly_) {
      waves_.append({node, order.service, day}, slot, now_);
    }
  }
}

void Twin::hold_pieces(Order& order, std::size_t slot, const std::vector<OrderedLine>& lines,
                       const PlanQuestion& question, const Pieces& pieces,
                       std::vector<std::uint64_t>& missing) {
  std::vector<std::size_t> nodes;
  for (const Piece& piece : pieces) {
    const bool head = std::find(nodes.begin(), nodes.end(), piece.node) == nodes.end();
    nodes.push_back(piece.node);
    const OrderedLine& line = lines[piece.line];
    Slice slice{line.line, line.row, piece.units, SliceState::allocated,
                false,     0,        0,           line.unit_price};
    hold(order, slot, slice, piece.node, *question.ship_day[piece.node], head);
    order.slices.push_back(slice);
    missing[piece.line] -= piece.units;
  }
}

void Twin::wait(Order& order, std::size_t slot, const OrderedLine& line, std::uint64_t units) {
  order.slices.push_back({line.line, line.row, units, SliceState::backordered, false, no_node.value,
                          0, line.unit_price});
  enter_queue(slot, order.slices.size() - 1);
}

/// Holds the pieces; what they leave missing waits. The pieces may be none.
Outcome Twin::hold_plan(Order& order, std::size_t slot, const std::vector<OrderedLine>& lines,
                        const PlanQuestion& question, const Pieces& pieces, bool waits) {
  Outcome outcome = book_plan(order, slot, lines, question, pieces, waits);
  promise_and_count(order, outcome);
  return outcome;
}

void Twin::promise_and_count(Order& order, Outcome& outcome) {
  settle_promises();
  outcome.promise_day = Day{static_cast<std::uint16_t>(promise_of(order))};
  for (const Slice& slice : order.slices) {
    for (Quota* const quota : quotas_of(slice.row, order.channel.value)) {
      quota->used += slice.state == SliceState::cancelled ? 0 : slice.units;
    }
  }
}

Outcome Twin::book_plan(Order& order, std::size_t slot, const std::vector<OrderedLine>& lines,
                        const PlanQuestion& question, const Pieces& pieces, bool waits) {
  std::vector<std::uint64_t> missing;
  for (const OrderedLine& line : lines) {
    missing.push_back(line.units);
  }
  std::vector<std::size_t> nodes;
  std::uint64_t held = 0;
  for (const Piece& piece : pieces) {
    if (std::find(nodes.begin(), nodes.end(), piece.node) == nodes.end()) {
      nodes.push_back(piece.node);
    }
    held += piece.units;
  }
  hold_pieces(order, slot, lines, question, pieces, missing);
  std::uint64_t short_of = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (missing[i] > 0 && waits) {
      wait(order, slot, lines[i], missing[i]);
    } else if (missing[i] > 0) {
      order.slices.push_back({lines[i].line, lines[i].row, missing[i], SliceState::cancelled, false,
                              no_node.value, 0, lines[i].unit_price});
    }
    short_of += missing[i];
  }
  Outcome outcome = refused(Refusal::none);
  if (short_of == 0) {
    outcome.status = nodes.size() == 1 ? Status::allocated : Status::split;
  } else if (!waits) {
    outcome.status = Status::partial;
    outcome.detail = static_cast<std::uint32_t>(short_of);
  } else {
    outcome.status = held > 0 ? Status::partly_backordered : Status::backordered;
    outcome.backordered = Units{static_cast<std::uint32_t>(short_of)};
  }
  if (outcome.status != Status::allocated) {
    tell_shipments(order, 0);
  }
  const std::uint64_t cost = cost_of(network_, question, pieces);
  outcome.shipments = static_cast<std::uint8_t>(nodes.size());
  outcome.node = nodes.empty() ? no_node : NodeIndex{static_cast<std::uint16_t>(nodes.front())};
  outcome.allocated = Units{static_cast<std::uint32_t>(held)};
  outcome.cost = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(cost, std::numeric_limits<std::uint32_t>::max()));
  return outcome;
}

}  // namespace millrace::reference
