// What happens to stock beside orders: shipments on their way, transfers, damage and quarantine,
// safety stock.
#include <algorithm>

#include "engine/core/check.h"
#include "engine/stages/reserve.h"

namespace millrace {

namespace {

Outcome answer(NodeIndex node, Units detail) {
  return accepted(node, Units{0}, detail.value);
}

Bucket bucket(std::uint8_t value) {
  return static_cast<Bucket>(value);
}

/// Where a mark counts the units of a bucket; nullptr for those that it does not count.
Units* counted(StockMark& mark, Bucket bucket) {
  switch (bucket) {
    case Bucket::damaged:
      return &mark.damaged;
    case Bucket::quarantine:
      return &mark.quarantine;
    case Bucket::sellable:
    case Bucket::gone:
      break;
  }
  return nullptr;
}

}  // namespace

Outcome Reserve::change_stock(const StockChange& change, std::uint32_t target, Sequence sequence,
                              std::uint32_t command, Batch& batch) {
  const Row row{target};
  switch (static_cast<StockAction>(change.action)) {
    case StockAction::plan_inbound:
      return plan_inbound(change, row);
    case StockAction::cancel_inbound:
      return cancel_inbound(change);
    case StockAction::receive_inbound:
      return receive_inbound(change, command, batch);
    case StockAction::transfer:
      return transfer(change, row);
    case StockAction::move:
      return move(change, row, command, batch);
    case StockAction::set_safety:
      return set_safety(change, row, command, batch);
    case StockAction::set_low_stock:
      return set_low_stock(change, row);
    case StockAction::set_quota:
      return set_quota(change, row, sequence);
    case StockAction::set_on_sale:
      return set_on_sale(change, row, command, batch);
    case StockAction::set_forecast:
      return set_forecast(change, row);
    case StockAction::set_price:
      return set_price(change, row);
    case StockAction::set_cancel_date:
      return set_cancel_date(change, Slot{target});
    case StockAction::close_node:
    case StockAction::open_node:
      break;
  }
  return refused(Refusal::unknown_action);
}

Outcome Reserve::plan_inbound(const StockChange& change, Row row) {
  const std::uint32_t at = inbounds_.find(change.reference);
  if (at == no_inbound) {
    if (inbounds_.full()) {
      return refused(Refusal::inbounds_exhausted);
    }
    inbounds_.add(InboundStock{change.reference, change.moment, row, no_inbound, change.units,
                               change.node, 0, 0});
    shift_promises(row);
    return answer(change.node, change.units);
  }
  const InboundStock& known = inbounds_[at];
  const bool more_than_left = known.transfer != 0 && known.units != change.units;
  if (known.row != row || known.node != change.node || more_than_left) {
    return refused(Refusal::inbound_mismatch);
  }
  inbounds_.change(at, change.units, change.moment);
  shift_promises(row);
  return answer(change.node, change.units);
}

Outcome Reserve::cancel_inbound(const StockChange& change) {
  const std::uint32_t at = inbounds_.find(change.reference);
  if (at == no_inbound) {
    return refused(Refusal::unknown_inbound);
  }
  const Outcome outcome = answer(inbounds_[at].node, inbounds_[at].units);
  shift_promises(inbounds_[at].row);
  inbounds_.remove(at);
  return outcome;
}

Outcome Reserve::receive_inbound(const StockChange& change, std::uint32_t command, Batch& batch) {
  const std::uint32_t at = inbounds_.find(change.reference);
  if (at == no_inbound) {
    return refused(Refusal::unknown_inbound);
  }
  const InboundStock inbound = inbounds_[at];
  const Units on_hand = stock_.on_hand(inbound.row, inbound.node);
  if (std::uint64_t{on_hand.value} + change.units.value > stock_units_max) {
    return refused(Refusal::stock_overflow, on_hand.value);
  }
  shift_promises(inbound.row);
  if (change.number != 0 || change.units >= inbound.units) {
    inbounds_.remove(at);
  } else {
    inbounds_.change(at, inbound.units - change.units, inbound.eta);
  }
  return receive(inbound.row, inbound.node, change.units, command, batch);
}

Outcome Reserve::transfer(const StockChange& change, Row row) {
  if (inbounds_.find(change.reference) != no_inbound) {
    return refused(Refusal::inbound_mismatch);
  }
  const Units available = stock_.available(row, change.node);
  if (available < change.units) {
    return refused(Refusal::not_in_bucket, available.value);
  }
  if (inbounds_.full()) {
    return refused(Refusal::inbounds_exhausted);
  }
  const Units rest = stock_.on_hand(row, change.node) - change.units;
  set_on_hand(row, change.node, rest);
  inbounds_.add(InboundStock{change.reference, change.moment, row, no_inbound, change.units,
                             change.to_node, 1, 0});
  shift_promises(row);
  return answer(change.node, rest);
}

Outcome Reserve::move(const StockChange& change, Row row, std::uint32_t command, Batch& batch) {
  const NodeIndex node = change.node;
  const Units on_hand = stock_.on_hand(row, node);
  StockMark* const mark = marks_.make(row, node);
  if (mark == nullptr) {
    return refused(Refusal::marks_exhausted);
  }
  Units lost{0};
  if (Units* const from = counted(*mark, bucket(change.from)); from != nullptr) {
    if (*from < change.units) {
      return refused(Refusal::not_in_bucket, from->value);
    }
    *from -= change.units;
  } else {
    const auto made = make_room(row, node, change.units, command, batch);
    if (!made) {
      return refused(Refusal::not_in_bucket, sound(row, node).value);
    }
    lost = *made;
  }
  if (Units* const to = counted(*mark, bucket(change.to)); to != nullptr) {
    *to += change.units;
  }
  set_on_hand(row, node, bucket(change.to) == Bucket::gone ? on_hand - change.units : on_hand);
  Outcome outcome = stock_answer(row, node, command, batch);
  outcome.backordered = lost;
  return outcome;
}

Outcome Reserve::set_safety(const StockChange& change, Row row, std::uint32_t command,
                            Batch& batch) {
  StockMark* const mark = marks_.make(row, change.node);
  if (mark == nullptr) {
    return refused(Refusal::marks_exhausted);
  }
  mark->safety = change.units;
  set_on_hand(row, change.node, stock_.on_hand(row, change.node));
  return stock_answer(row, change.node, command, batch);
}

Outcome Reserve::set_low_stock(const StockChange& change, Row row) {
  StockMark* const mark = marks_.make(row, change.node);
  if (mark == nullptr) {
    return refused(Refusal::marks_exhausted);
  }
  if (change.units == Units{0}) {
    mark->told = 0;
  } else {
    demand_.watch(row, today());
  }
  marks_.watch(*mark, change.units);
  touch(row, change.node);
  return answer(change.node, stock_.available(row, change.node));
}

Outcome Reserve::set_quota(const StockChange& change, Row row, Sequence sequence) {
  const std::uint32_t known = quotas_.find(row, change.channel.value);
  if (known != IdIndex::none) {
    if (quotas_[known].parent != change.number) {
      return refused(Refusal::quota_mismatch);
    }
    quotas_[known].limit = change.units;
    return answer(no_node, quotas_[known].used);
  }
  bool loop = change.number == change.channel.value;
  quotas_.for_chain(row, change.number,
                    [&](std::uint32_t at) { loop |= quotas_[at].parent == change.channel.value; });
  if (loop) {
    return refused(Refusal::quota_mismatch);
  }
  if (quotas_.full()) {
    return refused(Refusal::quotas_exhausted);
  }
  quotas_.add(Quota{sequence, row, change.units, Units{0}, change.channel, change.number});
  return accepted();
}

}  // namespace millrace
