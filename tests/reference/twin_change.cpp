// Stock on its way, damage and quarantine, safety stock, and orders that lose what they held.
#include <algorithm>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

constexpr std::int64_t on_hand_max = 4'000'000'000;

Outcome answer_of(std::size_t node, std::int64_t detail) {
  Outcome outcome = refused(Refusal::none, static_cast<std::uint32_t>(detail));
  outcome.status = Status::accepted;
  outcome.node = NodeIndex{static_cast<std::uint16_t>(node)};
  return outcome;
}

bool gives_way(SliceState state) {
  return state == SliceState::allocated || state == SliceState::waved;
}

}  // namespace

std::optional<Refusal> Twin::check_change(const StockChange& body) const {
  if (body.action < 1 || body.action > 14) {
    return Refusal::unknown_action;
  }
  const auto action = static_cast<StockAction>(body.action);
  const bool about_inbound =
      action == StockAction::plan_inbound || action == StockAction::cancel_inbound ||
      action == StockAction::receive_inbound || action == StockAction::transfer;
  const bool about_order = action == StockAction::set_cancel_date;
  const bool about_node = action == StockAction::close_node || action == StockAction::open_node;
  const bool about_sku = action != StockAction::cancel_inbound &&
                         action != StockAction::receive_inbound && !about_order && !about_node;
  const bool about_cell = about_sku && action != StockAction::set_quota &&
                          action != StockAction::set_on_sale && action != StockAction::set_forecast;
  const bool counts = action <= StockAction::move && action != StockAction::cancel_inbound;
  if ((about_inbound || about_order) && body.reference.is_zero()) {
    return Refusal::zero_reference;
  }
  if (about_sku && !row_of(body.sku).has_value()) {
    return Refusal::unknown_sku;
  }
  if (about_sku && is_service(*row_of(body.sku))) {
    return Refusal::service_has_no_stock;
  }
  if (about_order && !slot_of(body.reference).has_value()) {
    return Refusal::unknown_order;
  }
  if ((about_cell || about_node) && body.node.value >= network_.node_count()) {
    return Refusal::unknown_node;
  }
  if (action == StockAction::transfer && body.to_node.value >= network_.node_count()) {
    return Refusal::unknown_node;
  }
  const std::size_t channels = network_.figures().channels.size();
  if (action == StockAction::set_quota &&
      (body.channel.value >= channels || (body.number != 0xffff && body.number >= channels))) {
    return Refusal::unknown_channel;
  }
  if (counts && body.units.value == 0) {
    return Refusal::zero_quantity;
  }
  if (body.units.value > on_hand_max) {
    return Refusal::stock_overflow;
  }
  if (action == StockAction::transfer && body.node == body.to_node) {
    return Refusal::same_node;
  }
  if (action == StockAction::move && (body.from > 2 || body.to > 3 || body.from == body.to)) {
    return Refusal::unknown_bucket;
  }
  return std::nullopt;
}

Outcome Twin::carry_out(const StockChange& body) {
  if (const std::optional<Refusal> refusal = check_change(body); refusal.has_value()) {
    return refused(*refusal);
  }
  switch (static_cast<StockAction>(body.action)) {
    case StockAction::plan_inbound:
      return plan_inbound(body);
    case StockAction::cancel_inbound: {
      const Inbound* const inbound = find_inbound(body.reference);
      if (inbound == nullptr) {
        return refused(Refusal::unknown_inbound);
      }
      const Outcome outcome = answer_of(inbound->node, inbound->units);
      remove_inbound(body.reference);
      return outcome;
    }
    case StockAction::receive_inbound:
      return receive_inbound(body);
    case StockAction::transfer:
      return transfer(body);
    case StockAction::move:
      return move(body);
    case StockAction::set_safety: {
      const std::size_t row = *row_of(body.sku);
      Bucket& bucket = rows_[row].buckets[body.node.value];
      bucket.safety = body.units.value;
      Outcome outcome = answer_of(body.node.value, bucket.on_hand);
      outcome.allocated = Units{static_cast<std::uint32_t>(fill_row(row))};
      return outcome;
    }
    case StockAction::set_low_stock:
      return set_low_stock(body);
    case StockAction::set_quota:
      return set_quota(body);
    case StockAction::set_on_sale:
      return set_on_sale(body);
    case StockAction::set_forecast:
      return prices_.set_forecast(*row_of(body.sku), body, now_);
    case StockAction::set_price:
      return prices_.set_price(*row_of(body.sku), body);
    case StockAction::set_cancel_date:
      return set_cancel_date(body);
    case StockAction::close_node:
    case StockAction::open_node:
      return change_node(body);
  }
  return refused(Refusal::unknown_action);
}

Twin::Inbound* Twin::find_inbound(Id128 reference) {
  for (SkuRow& row : rows_) {
    for (Inbound& inbound : row.inbounds) {
      if (inbound.reference == reference) {
        return &inbound;
      }
    }
  }
  return nullptr;
}

void Twin::remove_inbound(Id128 reference) {
  for (SkuRow& row : rows_) {
    std::erase_if(row.inbounds,
                  [&](const Inbound& inbound) { return inbound.reference == reference; });
  }
}

void Twin::enter_inbound(const Inbound& inbound) {
  std::vector<Inbound>& all = rows_[inbound.row].inbounds;
  const auto later = std::find_if(all.begin(), all.end(),
                                  [&](const Inbound& other) { return other.eta > inbound.eta; });
  all.insert(later, inbound);
}

Outcome Twin::plan_inbound(const StockChange& body) {
  const std::size_t row = *row_of(body.sku);
  const Inbound wanted{body.reference, row,  body.node.value, body.units.value,
                       body.moment.us, false};
  Inbound* const known = find_inbound(body.reference);
  if (known == nullptr) {
    enter_inbound(wanted);
  } else if (known->row != row || known->node != body.node.value ||
             (known->transfer && known->units != body.units.value)) {
    return refused(Refusal::inbound_mismatch);
  } else if (known->eta == body.moment.us) {
    known->units = body.units.value;
  } else {
    Inbound moved = wanted;
    moved.transfer = known->transfer;
    remove_inbound(body.reference);
    enter_inbound(moved);
  }
  return answer_of(body.node.value, body.units.value);
}

Outcome Twin::receive_inbound(const StockChange& body) {
  Inbound* const inbound = find_inbound(body.reference);
  if (inbound == nullptr) {
    return refused(Refusal::unknown_inbound);
  }
  const std::size_t row = inbound->row;
  const std::size_t node = inbound->node;
  Bucket& bucket = rows_[row].buckets[node];
  if (bucket.on_hand + body.units.value > on_hand_max) {
    return refused(Refusal::stock_overflow, static_cast<std::uint32_t>(bucket.on_hand));
  }
  inbound->units -= body.units.value;
  if (inbound->units <= 0 || body.number != 0) {
    remove_inbound(body.reference);
  }
  bucket.on_hand += body.units.value;
  Outcome outcome = answer_of(node, bucket.on_hand);
  outcome.allocated = Units{static_cast<std::uint32_t>(fill_row(row))};
  return outcome;
}

Outcome Twin::transfer(const StockChange& body) {
  const std::size_t row = *row_of(body.sku);
  if (find_inbound(body.reference) != nullptr) {
    return refused(Refusal::inbound_mismatch);
  }
  Bucket& bucket = rows_[row].buckets[body.node.value];
  if (bucket.available() < body.units.value) {
    return refused(Refusal::not_in_bucket, static_cast<std::uint32_t>(bucket.available()));
  }
  bucket.on_hand -= body.units.value;
  enter_inbound({body.reference, row, body.to_node.value, body.units.value, body.moment.us, true});
  return answer_of(body.node.value, bucket.on_hand);
}

Outcome Twin::move(const StockChange& body) {
  const std::size_t row = *row_of(body.sku);
  Bucket& bucket = rows_[row].buckets[body.node.value];
  const std::int64_t units = body.units.value;
  std::int64_t lost = 0;
  if (body.from != 0) {
    std::int64_t& from = body.from == 1 ? bucket.damaged : bucket.quarantine;
    if (from < units) {
      return refused(Refusal::not_in_bucket, static_cast<std::uint32_t>(from));
    }
    from -= units;
  } else {
    const std::optional<std::int64_t> made = make_room(row, body.node.value, units);
    if (!made.has_value()) {
      return refused(Refusal::not_in_bucket, static_cast<std::uint32_t>(bucket.sound()));
    }
    lost = *made;
  }
  bucket.damaged += body.to == 1 ? units : 0;
  bucket.quarantine += body.to == 2 ? units : 0;
  bucket.on_hand -= body.to == 3 ? units : 0;
  Outcome outcome = answer_of(body.node.value, bucket.on_hand);
  outcome.allocated = Units{static_cast<std::uint32_t>(fill_row(row))};
  outcome.backordered = Units{static_cast<std::uint32_t>(lost)};
  return outcome;
}

std::optional<std::int64_t> Twin::make_room(std::size_t row, std::size_t node,
                                            std::int64_t needed) {
  Bucket& bucket = rows_[row].buckets[node];
  if (bucket.sound() >= needed) {
    return 0;
  }
  std::int64_t movable = bucket.sound();
  for (const Order& order : orders_) {
    for (const Slice& slice : order.slices) {
      const bool is_there = slice.row == row && slice.node == node;
      movable += is_there && gives_way(slice.state) ? static_cast<std::int64_t>(slice.units) : 0;
    }
  }
  if (movable < needed) {
    return std::nullopt;
  }
  bucket.missing = needed;
  std::int64_t lost = 0;
  for (const SliceState state : {SliceState::allocated, SliceState::waved}) {
    for (std::size_t slot = orders_.size(); slot-- > 0;) {
      const std::size_t slices = orders_[slot].slices.size();
      for (std::size_t i = 0; i < slices && bucket.sound() < needed; ++i) {
        const Slice& slice = orders_[slot].slices[i];
        if (slice.row == row && slice.node == node && slice.state == state) {
          lost += static_cast<std::int64_t>(slice.units);
          reroute(slot, i, row);
        }
      }
    }
  }
  bucket.missing = 0;
  return lost;
}

void Twin::take_off(std::size_t slot, std::size_t at) {
  Order& order = orders_[slot];
  leave_shipment(order, slot, at);
  Slice& slice = order.slices[at];
  rows_[slice.row].buckets[slice.node].taken -= static_cast<std::int64_t>(slice.units);
  slice.state = SliceState::rerouted;
  slice.head = false;
  tell(event_of(order, slice, EventKind::shortfall));
}

void Twin::reroute(std::size_t slot, std::size_t at, std::size_t row) {
  Order& order = orders_[slot];
  const bool may_split = allows(order.policy, Policy::allow_split);
  const bool may_wait = allows(order.policy, Policy::allow_backorder) || order.asks_vendors;
  std::vector<OrderedLine> lines;
  for (std::size_t i = 0; i < order.slices.size(); ++i) {
    if (i == at || (!may_split && gives_way(order.slices[i].state))) {
      const Slice& slice = order.slices[i];
      const auto same = std::find_if(lines.begin(), lines.end(), [&](const OrderedLine& line) {
        return line.row == slice.row;
      });
      if (same == lines.end()) {
        lines.push_back({slice.line, slice.row, slice.units, slice.unit_price});
      } else {
        same->units += slice.units;
      }
      take_off(slot, i);
    }
  }
  const PlanQuestion question = question_of(order, lines);
  Pieces pieces;
  if (const std::optional<Pieces> one = one_node_plan(network_, question); one.has_value()) {
    pieces = *one;
  } else if (may_split) {
    pieces = split_plan(network_, question);
  }
  std::vector<std::uint64_t> missing;
  for (const OrderedLine& line : lines) {
    missing.push_back(line.units);
  }
  const std::size_t first_slice = order.slices.size();
  hold_pieces(order, slot, lines, question, pieces, missing);
  tell_shipments(order, first_slice);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (missing[i] > 0 && may_wait) {
      wait(order, slot, lines[i], missing[i]);
      stats_.backorders_waiting += missing[i];
    } else if (missing[i] > 0) {
      order.slices.push_back({lines[i].line, lines[i].row, missing[i], SliceState::cancelled, false,
                              no_node.value, 0, lines[i].unit_price});
      tell(event_of(order, order.slices.back(), EventKind::shortfall_cancelled));
      uncount(order, order.slices.back());
    }
  }
  moved_.push_back(slot);
  if (order.asks_vendors) {
    seeking_.push_back(slot);
  }
  for (const OrderedLine& line : lines) {
    if (line.row != row) {
      (void)fill_row(line.row);
    }
  }
}

}  // namespace millrace::reference
