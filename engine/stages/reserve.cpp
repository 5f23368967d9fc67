// Applying plans.
#include "engine/stages/reserve.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/core/check.h"
#include "engine/core/fetch.h"
#include "engine/state/wave_rules.h"

namespace millrace {

namespace {

/// Orders of a wave whose records are fetched together.
constexpr std::size_t group_slots = 64;

/// The outcome of an order that leaves from one node.
OutcomeWords whole_outcome(const WholeNode& whole, Day arrives, Units units) {
  constexpr std::uint64_t head =
      std::uint64_t{static_cast<std::uint8_t>(Status::allocated)} | (std::uint64_t{1} << 16U);
  return {head | (std::uint64_t{whole.node.value} << 32U) | (std::uint64_t{arrives.value} << 48U),
          units.value, saturated(whole.cost.value)};
}

Status status_of(const Plan& plan) {
  if (!plan.complete()) {
    return plan.piece_count == 0 ? Status::backordered : Status::partly_backordered;
  }
  return plan.shipment_count == 1 ? Status::allocated : Status::split;
}

}  // namespace

Reserve::Reserve(const Network& network, const Limits& limits, const OrderIds& ids)
    : network_(network),
      ids_(ids),
      stock_(limits, network.node_count()),
      orders_(limits),
      backorders_(limits),
      calendar_(network),
      demand_(limits),
      inbounds_(limits),
      outages_(network.node_count()),
      on_sale_(limits.skus_max, Touch::as_used),
      alarms_(limits.backorders_max + limits.skus_max, Touch::as_used),
      notes_(limits),
      skus_(limits.skus_max, limits.touch),
      router_(network, stock_, calendar_),
      prices_(network.routing.look_ahead, limits, stock_.stride(), network.node_count()),
      pricer_(network, stock_, prices_),
      waiting_(limits.slices_max, Touch::as_used) {
  touched_.reserve(lines_per_order_max);
  shifted_.reserve(lines_per_order_max);
}

std::uint64_t Reserve::bytes_of_orders() const {
  constexpr std::uint64_t first_note = sizeof(std::uint32_t);
  constexpr std::uint64_t first_shipment = sizeof(std::uint32_t);
  const std::uint64_t count = orders_.size() - orders_.put_away_count();
  return orders_.bytes() + notes_.bytes() + std::uint64_t{backorders_.size()} * sizeof(Waiter) +
         count * (sizeof(OrderId) + first_note + first_shipment) + IdIndex::bytes_of(count);
}

void Reserve::set_bounds(const Bounds& bounds) {
  orders_.bound(bounds.slices_max);
  backorders_.bound(bounds.backorders_max);
  notes_.bound(bounds.notes_max);
}

void Reserve::define(Row row, const SkuEntry& entry) {
  skus_[row.value] = entry;
  sku_count_ = std::max(sku_count_, row.value + 1);
}

Outcome Reserve::reject(const OrderHead& head, const Verdict& verdict, Sequence sequence) {
  return refuse(verdict.refusal, head, verdict, sequence);
}

Outcome Reserve::refuse(Refusal why, const OrderHead& head, const Verdict& verdict,
                        Sequence sequence) {
  OrderRecord record{};
  record.body_hash = verdict.body_hash;
  record.sequence = sequence;
  record.first_slice = no_slice;
  record.region = verdict.region;
  record.channel = head.channel;
  record.outcome = refused(why);
  return orders_.open(Slot{verdict.slot}, record).outcome;
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
  if (!allows(policy, Policy::allow_split) && order.units > Units{1}) {
    router_.split(order, plan_);
    if (plan_.complete()) {
      return Refusal::split_not_allowed;
    }
  }
  return Refusal::out_of_stock;
}

Outcome Reserve::place(const NewOrder& order, Batch& batch) {
  if (quotas_.any() || marks_.watched() > 0 || network_.routing.compares()) [[unlikely]] {
    return place_within_quotas(order, batch, usual_place());
  }
  return place_plainly(order, batch);
}

Outcome Reserve::place_plainly(const NewOrder& order, Batch& batch) {
  const WholeNode whole = router_.whole(order.route);
  return whole.node != no_node ? place_whole(order, whole, batch) : place_parts(order, batch);
}

Outcome Reserve::place_whole(const NewOrder& order, const WholeNode& whole, Batch& batch) {
  const RouteOrder& route = order.route;
  const Slot slot{order.verdict.slot};
  const auto count = static_cast<std::uint32_t>(route.lines.size());
  if (orders_.slices_left() < count) {
    return refuse(Refusal::slices_exhausted, order.head, order.verdict, order.sequence);
  }
  const Day ship_day = calendar_.take(whole.node);
  const Day arrives =
      network_.delivery_day(route.service, network_.zone(route.region, whole.node), ship_day);
  const OrderTable::Run run = orders_.take(count);
  const std::uint32_t place = Slice::pack(whole.node, ship_day);
  for (std::uint32_t at = 0; at < count; ++at) {
    const ResolvedLine& line = route.lines[at];
    stock_.hold(line.row, whole.node, line.units);
    run.slices[at] = Slice{line.row,
                           line.units,
                           run.first + at + 1,
                           place,
                           static_cast<std::uint8_t>(line.line),
                           SliceState::allocated,
                           static_cast<std::uint8_t>(at == 0),
                           0,
                           line.unit_price};
  }
  run.slices[count - 1].next = no_slice;
  batch.shipments.push_back(
      ShipmentNote{slot, whole.node, ship_day, route.service, false, order.command});
  // Field by field where it stays: a copy of a record just made would wait for its small stores.
  OrderRecord& record = orders_.open(slot);
  record.body_hash = order.verdict.body_hash;
  record.sequence = order.sequence;
  record.first_slice = run.first;
  record.slice_count = count;
  record.promise_day = arrives;
  record.region = route.region;
  record.service = route.service;
  record.marks = order.head.policy;
  record.channel = order.head.channel;
  record.priority = order.head.priority;
  const OutcomeWords words = whole_outcome(whole, arrives, route.units);
  put(words, record.outcome);
  Outcome outcome;
  put(words, outcome);
  return outcome;
}

Outcome Reserve::place_parts(const NewOrder& order, Batch& batch) {
  const RouteOrder& route = order.route;
  const std::uint8_t policy = order.head.policy;
  const bool early = embargoes_ > 0 && embargoed(route.lines);
  if (early && !allows(policy, Policy::allow_preorder)) {
    return refuse(Refusal::not_on_sale, order.head, order.verdict, order.sequence);
  }
  plan_.clear(route.units);
  if (allows(policy, Policy::allow_split) && route.units > Units{1}) {
    router_.split(route, plan_);
  }
  const bool waits = early || allows(policy, Policy::allow_backorder);
  const bool partly = !waits && allows(policy, Policy::allow_partial) && plan_.piece_count > 0;
  if (!plan_.complete() && !waits && !partly) {
    return refuse(shortage(route, policy), order.head, order.verdict, order.sequence);
  }
  return place_plan(order, partly, batch);
}

Outcome Reserve::place_plan(const NewOrder& order, bool partly, Batch& batch) {
  const RouteOrder& route = order.route;
  const Slot slot{order.verdict.slot};
  if (!has_room(route)) {
    const bool slices = orders_.slices_left() < plan_.piece_count + route.lines.size();
    return refuse(slices ? Refusal::slices_exhausted : Refusal::backorders_exhausted, order.head,
                  order.verdict, order.sequence);
  }
  Outcome outcome{status_of(plan_),
                  Refusal::none,
                  static_cast<std::uint8_t>(plan_.shipment_count),
                  0,
                  plan_.piece_count > 0 ? plan_.pieces[0].node : no_node,
                  no_day,
                  route.units - plan_.missing_units,
                  plan_.missing_units,
                  saturated(plan_.cost.value),
                  0};
  if (!plan_.complete() && partly) {
    outcome.status = Status::partial;
    outcome.detail = std::exchange(outcome.backordered, Units{0}).value;
  }
  OrderRecord& record =
      orders_.open(slot, OrderRecord{order.verdict.body_hash, order.sequence, outcome, no_slice, 0,
                                     no_day, route.region, route.service, order.head.policy,
                                     order.head.channel, order.head.priority, 0, no_day, Units{0}});
  book(slot, route.lines, order.command, batch);
  record.outcome.promise_day = record.promise_day;
  if (!plan_.complete() && partly) {
    drop_rest(slot, route.lines, EventKind::none, order.command, batch);
  } else if (!plan_.complete()) {
    wait_for_rest(slot, route.lines);
    if (!allows(order.head.policy, Policy::allow_dropship)) {
      promise_rest(record, order.command, batch);
    }
  }
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
  std::uint32_t last = orders_.last_slice(record);
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
    hold(line.row, piece.node, piece.units);
    last = orders_.append(
        record, last,
        Slice{line.row, piece.units, no_slice, Slice::pack(piece.node, ship_days[shipment]),
              static_cast<std::uint8_t>(line.line), SliceState::allocated,
              static_cast<std::uint8_t>(piece.head), 0, line.unit_price});
  }
  tell_shipments(slot, std::span(ship_days).first(plan_.shipment_count), command, batch);
}

Event Reserve::event_of(Slot slot, EventKind kind) const {
  Event event = blank_event(kind);
  event.order = ids_[slot];
  event.channel = orders_[slot].channel;
  return event;
}

void Reserve::tell_shipments(Slot slot, std::span<const Day> ship_days, std::uint32_t command,
                             Batch& batch) const {
  for (std::uint32_t at = 0; at < ship_days.size(); ++at) {
    Event event = event_of(slot, EventKind::shipment_planned);
    event.node = plan_.shipments[at].node;
    event.day = ship_days[at];
    event.detail = at;
    for (const Piece& piece : std::span(plan_.pieces).first(plan_.piece_count)) {
      event.units += piece.node == event.node ? piece.units : Units{0};
    }
    batch.events.tell(command, event);
  }
}

void Reserve::fetch(std::span<const std::uint32_t> slots) const {
  for (const std::uint32_t slot : slots) {
    if (orders_.in_memory(Slot{slot})) {
      millrace::fetch(&orders_[Slot{slot}].first_slice);
    }
  }
  for (const std::uint32_t slot : slots) {
    if (orders_.in_memory(Slot{slot}) && orders_[Slot{slot}].first_slice != no_slice) {
      const OrderRecord& record = orders_[Slot{slot}];
      millrace::fetch(&orders_.slice(record.first_slice).next);
      // Where its slices were made together, as most are, the last of them.
      fetch_ahead(&orders_.slice(record.first_slice + record.slice_count - 1));
    }
  }
}

Outcome Reserve::release(const ReleaseWave& wave, std::span<const std::uint32_t> slots) {
  Outcome outcome = accepted(wave.node);
  for (std::size_t at = 0; at < slots.size(); ++at) {
    if (at % group_slots == 0) {
      fetch(slots.subspan(at, std::min(group_slots, slots.size() - at)));
    }
    const std::uint32_t slot = slots[at];
    // What is put away has nothing to wave, and who goes another way by now waits in another group.
    if (!orders_.in_memory(Slot{slot}) || !goes_with(orders_[Slot{slot}], wave)) {
      continue;
    }
    bool any = false;
    orders_.for_slices(orders_[Slot{slot}], [&](Slice& slice, std::uint32_t /*at*/) {
      if (goes_with(slice, wave)) {
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
  outages_.save(out);
  marks_.save(out);
  demand_.save(out);
  inbounds_.save(out, sku_count_);
  quotas_.save(out);
  prices_.save(out, sku_count_);
  save_on_sale(out);
  notes_.save(out, orders_.size());
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
  if (auto problem = outages_.load(in)) {
    return problem;
  }
  outages_.for_each([&](const Outage& outage) { calendar_.set_out(outage.node, outage.out != 0); });
  if (auto problem = marks_.load(in, sku_count_)) {
    return problem;
  }
  if (auto problem = demand_.load(in, sku_count_)) {
    return problem;
  }
  if (auto problem = inbounds_.load(in, sku_count_)) {
    return problem;
  }
  if (auto problem = quotas_.load(in, sku_count_)) {
    return problem;
  }
  if (auto problem = prices_.load(in, sku_count_)) {
    return problem;
  }
  if (auto problem = load_alarms(in)) {
    return problem;
  }
  now_ = now;
  if (auto problem = notes_.load(in, orders_.size())) {
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
