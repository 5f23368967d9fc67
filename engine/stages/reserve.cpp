// Applying plans.
#include "engine/stages/reserve.h"

#include <algorithm>
#include <array>

#include "engine/core/check.h"

namespace millrace {

namespace {

std::uint32_t saturated(Cents cost) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(cost.value, 0xffffffffU));
}

Status status_of(const Plan& plan) {
  if (!plan.complete()) {
    return plan.piece_count == 0 ? Status::backordered : Status::partly_backordered;
  }
  return plan.shipment_count == 1 ? Status::allocated : Status::split;
}

}  // namespace

Reserve::Reserve(const Network& network, const Limits& limits)
    : network_(network),
      stock_(limits, network.node_count()),
      orders_(limits),
      backorders_(limits),
      calendar_(network),
      skus_(limits.skus_max, limits.touch),
      router_(network, stock_, calendar_) {}

void Reserve::set_bounds(const Bounds& bounds) {
  orders_.bound(bounds.slices_max);
  backorders_.bound(bounds.backorders_max);
}

void Reserve::define(Row row, const SkuEntry& entry) {
  skus_[row.value] = entry;
  sku_count_ = std::max(sku_count_, row.value + 1);
}

Outcome Reserve::reject(Slot slot, const Verdict& verdict) {
  return refuse(slot, verdict.refusal, verdict);
}

Outcome Reserve::refuse(Slot slot, Refusal why, const Verdict& verdict) {
  OrderRecord& record = orders_.open(slot);
  record.body_hash = verdict.body_hash;
  record.region = verdict.region;
  record.outcome = refused(why);
  return record.outcome;
}

bool Reserve::has_room(const RouteOrder& order) const {
  const std::uint32_t waiting =
      plan_.complete() ? 0 : static_cast<std::uint32_t>(order.lines.size());
  return orders_.slices_left() >= plan_.piece_count + waiting && backorders_.room() >= waiting;
}

Refusal Reserve::shortage(const RouteOrder& order, std::uint8_t policy) {
  if (!calendar_.any_open()) {
    return Refusal::capacity_full;
  }
  if (!allows(policy, Policy::allow_split) && units_of(order.lines) > Units{1}) {
    router_.split(order, plan_);
    if (plan_.complete()) {
      return Refusal::split_not_allowed;
    }
  }
  return Refusal::out_of_stock;
}

Outcome Reserve::place(Slot slot, const OrderHead& head, const Verdict& verdict,
                       std::span<const ResolvedLine> lines, std::uint32_t command, Batch& batch) {
  const RouteOrder order{verdict.region, head.service, lines};
  if (!router_.one_node(order, plan_) && allows(head.policy, Policy::allow_split) &&
      units_of(lines) > Units{1}) {
    router_.split(order, plan_);
  }
  if (!plan_.complete() && !allows(head.policy, Policy::allow_backorder)) {
    return refuse(slot, shortage(order, head.policy), verdict);
  }
  if (!has_room(order)) {
    const bool slices = orders_.slices_left() < plan_.piece_count + lines.size();
    return refuse(slot, slices ? Refusal::slices_exhausted : Refusal::backorders_exhausted,
                  verdict);
  }
  OrderRecord& record = orders_.open(slot);
  record.body_hash = verdict.body_hash;
  record.region = verdict.region;
  record.service = head.service;
  record.policy = head.policy;
  const Units asked = units_of(lines);
  const Outcome outcome{status_of(plan_),
                        Refusal::none,
                        static_cast<std::uint8_t>(plan_.shipment_count),
                        0,
                        plan_.piece_count > 0 ? plan_.pieces[0].node : no_node,
                        no_day,
                        asked - plan_.missing_units,
                        plan_.missing_units,
                        saturated(plan_.cost),
                        0};
  record.outcome = outcome;
  book(slot, lines, command, batch);
  record.outcome.promise_day = record.promise_day;
  return record.outcome;
}

Day Reserve::ship(OrderRecord& record, Slot slot, NodeIndex node, std::uint32_t command,
                  Batch& batch) {
  const Day ship_day = calendar_.take(node);
  const Day arrives =
      network_.delivery_day(record.service, network_.zone(record.region, node), ship_day);
  record.promise_day = std::max(record.promise_day, arrives);
  batch.shipments.push_back(ShipmentNote{slot, node, ship_day, record.service, false, command});
  return ship_day;
}

void Reserve::book(Slot slot, std::span<const ResolvedLine> lines, std::uint32_t command,
                   Batch& batch) {
  OrderRecord& record = orders_[slot];
  std::array<Day, shipments_per_order_max> ship_days{};
  std::uint32_t last = no_slice;
  for (std::uint32_t at = 0; at < plan_.piece_count; ++at) {
    const Piece& piece = plan_.pieces[at];
    std::uint32_t shipment = 0;
    while (plan_.shipments[shipment].node != piece.node) {
      ++shipment;
    }
    if (piece.head) {
      ship_days[shipment] = ship(record, slot, piece.node, command, batch);
    }
    const ResolvedLine& line = lines[piece.line];
    stock_.hold(line.row, piece.node, piece.units);
    last = orders_.append(
        record, last,
        Slice{line.row, piece.units, no_slice, Slice::pack(piece.node, ship_days[shipment]),
              static_cast<std::uint8_t>(line.line), SliceState::allocated,
              static_cast<std::uint8_t>(piece.head), 0});
  }
  if (!plan_.complete()) {
    wait_for_rest(slot, lines);
  }
}

void Reserve::wait_for_rest(Slot slot, std::span<const ResolvedLine> lines) {
  OrderRecord& record = orders_[slot];
  std::uint32_t last = orders_.last_slice(record);
  for (std::uint32_t index = 0; index < lines.size(); ++index) {
    const ResolvedLine& line = lines[index];
    Units missing = line.units;
    for (const Piece& piece : std::span(plan_.pieces).first(plan_.piece_count)) {
      if (piece.line == index) {
        missing -= piece.units;
      }
    }
    if (missing == Units{0}) {
      continue;
    }
    last =
        orders_.append(record, last,
                       Slice{line.row, missing, no_slice, 0, static_cast<std::uint8_t>(line.line),
                             SliceState::backordered, 0, 0});
    orders_.slice(last).place = backorders_.push(line.row, slot, last, missing);
    units_waiting_ += missing.value;
  }
}

bool Reserve::anything_open(Row row) const {
  const std::uint32_t* cells = stock_.available(row);
  for (std::uint32_t at = 0; at < stock_.stride(); at += StockTable::cells_per_line) {
    if ((calendar_.open_nodes(at / StockTable::cells_per_line) &
         cells_at_least(cells + at, Units{1})) != 0) {
      return true;
    }
  }
  return false;
}

Units Reserve::fill(Row row, std::uint32_t command, Batch& batch) {
  Units filled{0};
  for (std::uint32_t entry = backorders_.front(row); entry != no_waiter;) {
    if (!anything_open(row)) {
      break;
    }
    const Waiter waiter = backorders_[entry];
    CHECK(orders_.slice(waiter.slice).place == entry);
    const OrderRecord& record = orders_[waiter.slot];
    filled += allows(record.policy, Policy::allow_split) ? fill_slice(waiter, command, batch)
                                                         : fill_order(waiter, command, batch);
    entry = waiter.next;
  }
  units_filled_ += filled.value;
  units_waiting_ -= filled.value;
  return filled;
}

void Reserve::hold_slice(std::uint32_t at, NodeIndex node, Day ship_day, bool head) {
  Slice& slice = orders_.slice(at);
  backorders_.remove(slice.row, slice.place, slice.units);
  stock_.hold(slice.row, node, slice.units);
  slice.place = Slice::pack(node, ship_day);
  slice.state = SliceState::allocated;
  slice.head = static_cast<std::uint8_t>(head);
}

Units Reserve::fill_slice(const Waiter& waiter, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[waiter.slot];
  const Slice wanted = orders_.slice(waiter.slice);
  const std::array<ResolvedLine, 1> lines{
      ResolvedLine{wanted.row, wanted.units, skus_[wanted.row.value].weight_grams, wanted.line}};
  const RouteOrder order{record.region, record.service, lines};
  if (!router_.one_node(order, plan_)) {
    router_.split(order, plan_);
  }
  // One shipment of this plan may take a node's last capacity, but never another's of the plan.
  Units filled{0};
  for (const Piece& piece : std::span(plan_.pieces).first(plan_.piece_count)) {
    const bool whole = piece.units == orders_.slice(waiter.slice).units;
    if (!whole && orders_.slices_left() == 0) {
      break;
    }
    const Day ship_day = ship(record, waiter.slot, piece.node, command, batch);
    filled += piece.units;
    if (whole) {
      hold_slice(waiter.slice, piece.node, ship_day, true);
      break;
    }
    stock_.hold(wanted.row, piece.node, piece.units);
    orders_.append(record, orders_.last_slice(record),
                   Slice{wanted.row, piece.units, no_slice, Slice::pack(piece.node, ship_day),
                         wanted.line, SliceState::allocated, 1, 0});
    orders_.slice(waiter.slice).units -= piece.units;
    backorders_.reduce(wanted.row, piece.units);
  }
  return filled;
}

Units Reserve::fill_order(const Waiter& waiter, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[waiter.slot];
  std::array<ResolvedLine, lines_per_order_max> lines{};
  std::uint32_t count = 0;
  orders_.for_slices(record, [&](const Slice& slice, std::uint32_t /*at*/) {
    lines[count++] =
        ResolvedLine{slice.row, slice.units, skus_[slice.row.value].weight_grams, slice.line};
  });
  const RouteOrder order{record.region, record.service, std::span(lines).first(count)};
  if (!router_.one_node(order, plan_)) {
    return Units{0};
  }
  const NodeIndex node = plan_.shipments[0].node;
  const Day ship_day = ship(record, waiter.slot, node, command, batch);
  orders_.for_slices(record, [&](const Slice& /*slice*/, std::uint32_t at) {
    hold_slice(at, node, ship_day, at == record.first_slice);
  });
  return units_of(order.lines);
}

Outcome Reserve::cancel(Slot slot, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[slot];
  if (record.outcome.status == Status::refused) {
    return refused(Refusal::order_was_refused);
  }
  if (record.cancelled != 0) {
    return refused(Refusal::already_cancelled);
  }
  Outcome outcome = refused(Refusal::none);
  outcome.status = Status::cancelled;
  record.cancelled = 1;
  orders_.for_slices(record, [&](Slice& slice, std::uint32_t /*at*/) {
    if (slice.state == SliceState::backordered) {
      backorders_.remove(slice.row, slice.place, slice.units);
      slice.place = Slice::pack(no_node, no_day);
      outcome.backordered += slice.units;
    } else {
      stock_.give_back(slice.row, slice.node(), slice.units);
      if (slice.head != 0) {
        calendar_.give_back(slice.node(), slice.ship_day());
      }
      outcome.allocated += slice.units;
    }
    slice.state = SliceState::cancelled;
  });
  units_waiting_ -= outcome.backordered.value;
  if (outcome.allocated > Units{0}) {
    batch.shipments.push_back(ShipmentNote{slot, no_node, no_day, record.service, true, command});
  }
  orders_.for_slices(record, [&](const Slice& slice, std::uint32_t /*at*/) {
    if (slice.node() != no_node) {
      fill(slice.row, command, batch);
    }
  });
  return outcome;
}

Outcome Reserve::set_on_hand(Row row, NodeIndex node, Units target, std::uint32_t command,
                             Batch& batch) {
  const bool more = target > stock_.on_hand(row, node);
  stock_.set_on_hand(row, node, target);
  Outcome outcome = refused(Refusal::none, target.value);
  outcome.status = Status::accepted;
  outcome.node = node;
  if (more) {
    outcome.allocated = fill(row, command, batch);
  }
  return outcome;
}

Outcome Reserve::release(const ReleaseWave& wave, std::span<const std::uint32_t> slots) {
  Outcome outcome = refused(Refusal::none);
  outcome.status = Status::accepted;
  outcome.node = wave.node;
  for (const std::uint32_t slot : slots) {
    if (slot >= orders_.size()) {
      continue;
    }
    bool any = false;
    orders_.for_slices(orders_[Slot{slot}], [&](Slice& slice, std::uint32_t /*at*/) {
      if (slice.state == SliceState::allocated && slice.node() == wave.node &&
          slice.ship_day() == wave.ship_day) {
        slice.state = SliceState::waved;
        outcome.allocated += slice.units;
        any = true;
      }
    });
    outcome.detail += static_cast<std::uint32_t>(any);
  }
  return outcome.detail > 0 ? outcome : refused(Refusal::nothing_to_release);
}

void Reserve::save(SectionWriter& out) const {
  out.table<SkuEntry>("skus", skus_.first(sku_count_));
  stock_.save(out, sku_count_);
  orders_.save(out);
  backorders_.save(out, sku_count_);
  calendar_.save(out);
  const std::uint64_t totals[2] = {units_waiting_, units_filled_};
  out.table<std::uint64_t>("backorder totals", totals);
}

std::optional<std::string> Reserve::load(SectionReader& in, Time now) {
  std::vector<SkuEntry> skus;
  if (!in.table("skus", skus, skus_.size())) {
    return "section skus: damaged, or more SKUs than skus_max";
  }
  for (const SkuEntry& entry : skus) {
    define(Row{sku_count_}, entry);
  }
  if (auto problem = stock_.load(in, sku_count_)) {
    return problem;
  }
  if (auto problem = orders_.load(in)) {
    return problem;
  }
  if (auto problem = backorders_.load(in, orders_, sku_count_)) {
    return problem;
  }
  if (auto problem = calendar_.load(in, now)) {
    return problem;
  }
  std::vector<std::uint64_t> totals;
  if (!in.table("backorder totals", totals, 2) || totals.size() != 2) {
    return "section backorder totals: damaged";
  }
  units_waiting_ = totals[0];
  units_filled_ = totals[1];
  return std::nullopt;
}

}  // namespace millrace
