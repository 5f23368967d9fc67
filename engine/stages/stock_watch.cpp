// What stock and time bring about beside the command at hand: cells that become low, promises that
// move, waiting that ends, sales that begin, quotas that fill up.
#include <algorithm>
#include <vector>

#include "engine/core/check.h"
#include "engine/stages/reserve.h"

namespace millrace {

namespace {

/// What falls due: a waiting slice, named by slot and its number there, or a row that comes on
/// sale.
constexpr std::uint64_t sale_bit = 1ULL << 63U;

std::uint64_t slice_key(Slot slot, std::uint32_t number) {
  return (std::uint64_t{slot.value} << 32U) | number;
}

struct SavedSale {
  Time at;
  Row row;
  std::uint32_t reserved;
};

static_assert(sizeof(SavedSale) == 16);

}  // namespace

void Reserve::touch(Row row, NodeIndex node) {
  const std::uint32_t at = marks_.place(row, node);
  if (at != IdIndex::none && marks_[at].low > Units{0}) {
    touched_.push_back(at);
  }
}

void Reserve::settle_low(std::uint32_t command, Batch& batch) {
  std::sort(touched_.begin(), touched_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return marks_[a].row != marks_[b].row ? marks_[a].row < marks_[b].row
                                          : marks_[a].node < marks_[b].node;
  });
  for (const std::uint32_t at : touched_) {
    StockMark& mark = marks_[at];
    const Units available = stock_.available(mark.row, mark.node);
    const bool low = available < mark.low;
    if (low && mark.told == 0) {
      tell_low(mark, available, command, batch);
    }
    mark.told = static_cast<std::uint8_t>(low);
  }
  touched_.clear();
}

void Reserve::tell_low(const StockMark& mark, Units available, std::uint32_t command,
                       Batch& batch) const {
  Event event = blank_event(EventKind::stock_low);
  event.sku = skus_[mark.row.value].sku;
  event.node = mark.node;
  event.units = available;
  event.detail = mark.low.value;
  if (const Demand* const demand = demand_.find(mark.row); demand != nullptr) {
    const ReplenishRules& rules = network_.replenishment;
    const DemandWindow window = window_of(*demand, today(), rules.window_days);
    const Replenishment levels = replenishment_of(window, rules);
    event.units_waiting = levels.reorder_point;
    event.amount = levels.order_up_to.value;
    event.reason = static_cast<std::uint8_t>(window.days);
  }
  batch.events.tell(command, event);
}

void Reserve::count_demand(std::span<const ResolvedLine> lines) {
  for (const ResolvedLine& line : lines) {
    demand_.count(line.row, today(), line.units);
  }
}

void Reserve::shift_promises(Row row) {
  // What nothing is expected for was promised nothing, or that was taken back when the last was
  // off.
  if (inbounds_.front(row) != no_inbound) {
    shifted_.push_back(row);
  }
}

void Reserve::settle_promises(std::uint32_t command, Batch& batch) {
  std::sort(shifted_.begin(), shifted_.end());
  shifted_.erase(std::unique(shifted_.begin(), shifted_.end()), shifted_.end());
  for (const Row row : shifted_) {
    promise_row(row, command, batch);
  }
  shifted_.clear();
}

void Reserve::promise_row(Row row, std::uint32_t command, Batch& batch) {
  std::uint32_t expected = inbounds_.front(row);
  std::uint32_t last = no_inbound;
  std::uint64_t covered = 0;
  std::uint64_t needed = 0;
  for (std::uint32_t at = backorders_.front(row); at != no_waiter; at = backorders_[at].next) {
    Waiter& waiter = backorders_[at];
    const Slice& slice = orders_.slice(waiter.slice);
    const OrderRecord& record = orders_[waiter.slot];
    needed += slice.units.value;
    for (; expected != no_inbound && covered < needed; expected = inbounds_[expected].next) {
      covered += inbounds_[expected].units.value;
      last = expected;
    }
    Day promise = no_day;
    if (covered >= needed) {
      const NodeIndex node = inbounds_[last].node;
      promise = network_.delivery_day(record.service, network_.zone(record.region, node),
                                      network_.local(node, inbounds_[last].eta).day);
    }
    if (waiter.promise != no_day && waiter.promise != promise) {
      Event event = event_of(waiter.slot, EventKind::promise_moved);
      event.sku = skus_[row.value].sku;
      event.units_waiting = slice.units;
      event.day = promise;
      event.detail = waiter.promise.value;
      batch.events.tell(command, event);
    }
    waiter.promise = promise;
  }
}

Day Reserve::promise_of(const OrderRecord& record) const {
  Day latest = record.promise_day;
  bool known = true;
  orders_.for_slices(record, [&](const Slice& slice) {
    if (slice.state == SliceState::backordered) {
      const Day promise = backorders_[slice.place].promise;
      known &= promise != no_day;
      latest = std::max(latest, promise);
    }
  });
  return known ? latest : record.promise_day;
}

bool Reserve::embargoed(std::span<const ResolvedLine> lines) const {
  return std::any_of(lines.begin(), lines.end(), [&](const ResolvedLine& line) {
    return on_sale_[line.row.value].at > Time{0};
  });
}

void Reserve::leave_queue(const Slice& slice) {
  const Waiter& waiter = backorders_[slice.place];
  if (waiter.cancel_at > Time{0}) {
    alarms_.remove(waiter.alarm);
  }
  backorders_.remove(slice.row, slice.place, slice.units);
  shift_promises(slice.row);
}

void Reserve::expire(std::uint32_t command, Batch& batch) {
  while (const auto due = alarms_.pop(now_)) {
    if ((due->key & sale_bit) != 0) {
      open_sale(Row{static_cast<std::uint32_t>(due->key)}, command, batch);
    } else {
      const Slot slot{static_cast<std::uint32_t>(due->key >> 32U)};
      expire_slice(slot, orders_.numbered(orders_[slot], static_cast<std::uint32_t>(due->key)),
                   command, batch);
    }
  }
  end(command, batch);
}

void Reserve::expire_slice(Slot slot, std::uint32_t at, std::uint32_t command, Batch& batch) {
  OrderRecord& record = orders_[slot];
  Slice& slice = orders_.slice(at);
  CHECK(slice.state == SliceState::backordered);
  backorders_[slice.place].cancel_at = Time{0};
  leave_queue(slice);
  units_waiting_ -= slice.units.value;
  slice.place = Slice::pack(no_node, no_day);
  slice.state = SliceState::cancelled;
  uncount(record, slice.row, slice.units);
  thinned_.push_back(slot);
  tell_slice(EventKind::backorder_expired, slot, slice, command, batch);
}

void Reserve::open_sale(Row row, std::uint32_t command, Batch& batch) {
  on_sale_[row.value] = OnSale{};
  --embargoes_;
  for (std::uint16_t node = 0; node < network_.node_count(); ++node) {
    marks_.make(row, NodeIndex{node})->embargoed = 0;
    set_on_hand(row, NodeIndex{node}, stock_.on_hand(row, NodeIndex{node}));
  }
  Event event = blank_event(EventKind::on_sale);
  event.sku = skus_[row.value].sku;
  batch.events.tell(command, event);
  fill(row, command, batch);
}

Outcome Reserve::set_on_sale(const StockChange& change, Row row, std::uint32_t command,
                             Batch& batch) {
  Outcome outcome = accepted();
  OnSale& sale = on_sale_[row.value];
  if (change.moment > Time{0} && change.moment <= now_) {
    return refused(Refusal::moment_passed);
  }
  if (change.moment == Time{0}) {
    if (sale.at > Time{0}) {
      alarms_.remove(sale.alarm);
      open_sale(row, command, batch);
    }
    return outcome;
  }
  if (sale.at > Time{0}) {
    alarms_.remove(sale.alarm);
    --embargoes_;
  }
  for (std::uint16_t node = 0; node < network_.node_count(); ++node) {
    if (marks_.make(row, NodeIndex{node}) == nullptr) {
      return refused(Refusal::marks_exhausted);
    }
  }
  for (std::uint16_t node = 0; node < network_.node_count(); ++node) {
    marks_.make(row, NodeIndex{node})->embargoed = 1;
    set_on_hand(row, NodeIndex{node}, stock_.on_hand(row, NodeIndex{node}));
  }
  sale = OnSale{change.moment, alarms_.add(change.moment, sale_bit | row.value), 0};
  ++embargoes_;
  return outcome;
}

Outcome Reserve::set_cancel_date(const StockChange& change, Slot slot) {
  if (change.moment > Time{0} && change.moment <= now_) {
    return refused(Refusal::moment_passed);
  }
  Outcome outcome = accepted();
  orders_.for_slices(orders_[slot], [&](const Slice& slice, std::uint32_t at) {
    if (slice.state != SliceState::backordered) {
      return;
    }
    Waiter& waiter = backorders_[slice.place];
    if (waiter.cancel_at > Time{0}) {
      alarms_.remove(waiter.alarm);
    }
    waiter.cancel_at = change.moment;
    if (change.moment > Time{0}) {
      waiter.alarm =
          alarms_.add(change.moment, slice_key(slot, orders_.number_of(orders_[slot], at)));
    }
    outcome.backordered += slice.units;
  });
  return outcome.backordered > Units{0} ? outcome : refused(Refusal::nothing_waits);
}

void Reserve::uncount(const OrderRecord& record, Row row, Units units) {
  quotas_.for_counted(row, record.channel.value, record.sequence, [&](Quota& quota) {
    CHECK(quota.used >= units);
    quota.used -= units;
  });
}

void Reserve::count_again(const OrderRecord& record, Row row, Units units) {
  quotas_.for_counted(row, record.channel.value, record.sequence,
                      [&](Quota& quota) { quota.used += units; });
}

Outcome Reserve::place_within_quotas(const NewOrder& order, Batch& batch, Place how) {
  const std::uint16_t channel = order.head.channel.value;
  for (const ResolvedLine& line : order.route.lines) {
    Units left = line.units;
    quotas_.for_chain(line.row, channel, [&](std::uint32_t at) {
      const Quota& quota = quotas_[at];
      left = std::min(left, quota.limit > quota.used ? quota.limit - quota.used : Units{0});
    });
    if (left < line.units) {
      Outcome outcome = refuse(Refusal::quota_exhausted, order.head, order.verdict, order.sequence);
      outcome.detail = left.value;
      orders_[Slot{order.verdict.slot}].outcome = outcome;
      return outcome;
    }
  }
  const Outcome outcome = (this->*how)(order, batch);
  if (outcome.status == Status::refused) {
    return outcome;
  }
  orders_.for_slices(orders_[Slot{order.verdict.slot}], [&](const Slice& slice, std::uint32_t) {
    if (slice.held()) {
      touch(slice.row, slice.node());
    }
    if (slice.state != SliceState::cancelled) {
      quotas_.for_chain(slice.row, channel,
                        [&](std::uint32_t at) { quotas_[at].used += slice.units; });
    }
  });
  return outcome;
}

std::optional<std::string> Reserve::audit_quotas() const {
  std::vector<std::uint64_t> used(quotas_.size(), 0);
  for (std::uint32_t slot = 0; quotas_.any() && slot < orders_.size(); ++slot) {
    if (!orders_.in_memory(Slot{slot})) {
      continue;
    }
    const OrderRecord& record = orders_[Slot{slot}];
    orders_.for_slices(record, [&](const Slice& slice) {
      if (!is_live(slice.state)) {
        return;
      }
      bool counted = true;
      quotas_.for_chain(slice.row, record.channel.value, [&](std::uint32_t at) {
        counted &= quotas_[at].since < record.sequence;
        used[at] += counted ? slice.units.value : 0;
      });
    });
  }
  for (std::uint32_t at = 0; at < quotas_.size(); ++at) {
    const bool all = orders_.put_away_count() == 0;
    if (used[at] > quotas_[at].used.value || (all && used[at] < quotas_[at].used.value)) {
      return "a quota of row " + std::to_string(quotas_[at].row.value) +
             " does not count what was sold";
    }
  }
  return std::nullopt;
}

void Reserve::save_on_sale(SectionWriter& out) const {
  std::vector<SavedSale> sales;
  for (std::uint32_t row = 0; row < sku_count_; ++row) {
    if (on_sale_[row].at > Time{0}) {
      sales.push_back({on_sale_[row].at, Row{row}, 0});
    }
  }
  out.table<SavedSale>("on sale", sales);
}

std::optional<std::string> Reserve::load_alarms(SectionReader& in) {
  std::vector<SavedSale> sales;
  if (!in.table("on sale", sales, on_sale_.size())) {
    return "section on sale: damaged";
  }
  for (const SavedSale& sale : sales) {
    if (sale.row.value >= sku_count_) {
      return "section on sale: names a row that does not exist";
    }
    on_sale_[sale.row.value] = OnSale{sale.at, alarms_.add(sale.at, sale_bit | sale.row.value), 0};
    ++embargoes_;
  }
  for (std::uint32_t row = 0; row < sku_count_; ++row) {
    for (std::uint32_t at = backorders_.front(Row{row}); at != no_waiter;
         at = backorders_[at].next) {
      Waiter& waiter = backorders_[at];
      if (waiter.cancel_at > Time{0}) {
        waiter.alarm = alarms_.add(
            waiter.cancel_at,
            slice_key(waiter.slot, orders_.number_of(orders_[waiter.slot], waiter.slice)));
      }
    }
  }
  return std::nullopt;
}

}  // namespace millrace
