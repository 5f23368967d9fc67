// What stock and time bring about beside the command at hand: cells that become low, promises that
// move, waiting that ends, sales that begin; and quotas.
#include <algorithm>
#include <tuple>

#include "tests/reference/twin.h"

namespace millrace::reference {

namespace {
__extension__ using Wide = unsigned __int128;
}  // namespace

namespace {

Outcome accepted(std::size_t node, std::uint64_t detail) {
  Outcome outcome = refused(Refusal::none, static_cast<std::uint32_t>(detail));
  outcome.status = Status::accepted;
  outcome.node = NodeIndex{static_cast<std::uint16_t>(node)};
  return outcome;
}

}  // namespace

void Twin::expire_stock() {
  // Everything due, the earliest first; waiting ends before a sale begins.
  using Due = std::tuple<std::uint64_t, bool, std::size_t, std::size_t>;
  for (;;) {
    std::vector<Due> due;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      for (const Waiting& waiting : rows_[row].waiting) {
        if (waiting.cancel_at > 0 && waiting.cancel_at <= now_.us) {
          due.emplace_back(waiting.cancel_at, false, waiting.slot, waiting.slice);
        }
      }
      if (rows_[row].on_sale > 0 && rows_[row].on_sale <= now_.us) {
        due.emplace_back(rows_[row].on_sale, true, row, 0);
      }
    }
    if (due.empty()) {
      break;
    }
    const auto [time, is_sale, first, second] = *std::min_element(due.begin(), due.end());
    if (is_sale) {
      open_sale(first);
    } else {
      expire_slice(first, second);
    }
  }
  settle_promises();
  settle_low();
}

void Twin::expire_slice(std::size_t slot, std::size_t at) {
  Order& order = orders_[slot];
  leave_queue(slot, at);
  order.slices[at].state = SliceState::cancelled;
  stats_.backorders_waiting -= order.slices[at].units;
  uncount(order, order.slices[at]);
  moved_.push_back(slot);
  tell(event_of(order, order.slices[at], EventKind::backorder_expired));
}

/// Behind whoever is more urgent, or as urgent and placed no later.
void Twin::enter_queue(std::size_t slot, std::size_t at) {
  const std::uint8_t priority = orders_[slot].priority;
  std::vector<Waiting>& queue = rows_[orders_[slot].slices[at].row].waiting;
  const auto behind = std::find_if(queue.begin(), queue.end(), [&](const Waiting& other) {
    const std::uint8_t its = orders_[other.slot].priority;
    return its < priority || (its == priority && other.slot > slot);
  });
  queue.insert(behind, {slot, at});
}

void Twin::open_sale(std::size_t row) {
  rows_[row].on_sale = 0;
  for (Bucket& bucket : rows_[row].buckets) {
    bucket.embargoed = false;
  }
  Event event{};
  event.kind = EventKind::on_sale;
  event.channel = no_channel;
  event.sku = rows_[row].sku;
  event.node = no_node;
  tell(event);
  (void)fill_row(row);
}

void Twin::settle_promises() {
  for (SkuRow& row : rows_) {
    std::uint64_t needed = 0;
    for (Waiting& waiting : row.waiting) {
      const Order& order = orders_[waiting.slot];
      const Slice& slice = order.slices[waiting.slice];
      needed += slice.units;
      // The first shipment with which there is enough for all up to this one.
      std::uint64_t expected = 0;
      std::int64_t promise = 0;
      for (const Inbound& inbound : row.inbounds) {
        expected += static_cast<std::uint64_t>(inbound.units);
        if (expected >= needed) {
          promise = network_.delivery_day(
              order.service, order.region, inbound.node,
              std::min<std::int64_t>(network_.local(inbound.node, Time{inbound.eta}).day, 60'000));
          break;
        }
      }
      if (waiting.promise != 0 && waiting.promise != promise) {
        Event event{};
        event.kind = EventKind::promise_moved;
        event.order = order.id;
        event.channel = order.channel;
        event.sku = row.sku;
        event.node = no_node;
        event.units_waiting = Units{static_cast<std::uint32_t>(slice.units)};
        event.day = Day{static_cast<std::uint16_t>(promise)};
        event.detail = static_cast<std::uint64_t>(waiting.promise);
        tell(event);
      }
      waiting.promise = promise;
    }
  }
}

std::int64_t Twin::promise_of(const Order& order) const {
  std::int64_t latest = order.promise_day;
  for (const SkuRow& row : rows_) {
    for (const Waiting& waiting : row.waiting) {
      if (&orders_[waiting.slot] == &order) {
        if (waiting.promise == 0) {
          return order.promise_day;
        }
        latest = std::max(latest, waiting.promise);
      }
    }
  }
  return latest;
}

void Twin::settle_low() {
  for (SkuRow& row : rows_) {
    for (std::size_t node = 0; node < row.buckets.size(); ++node) {
      Bucket& bucket = row.buckets[node];
      const bool is_low = bucket.available() < bucket.low;
      if (is_low && !bucket.is_low) {
        Event event{};
        event.kind = EventKind::stock_low;
        event.channel = no_channel;
        event.sku = row.sku;
        event.node = NodeIndex{static_cast<std::uint16_t>(node)};
        event.units = Units{static_cast<std::uint32_t>(bucket.available())};
        event.detail = static_cast<std::uint64_t>(bucket.low);
        propose_more(row, event);
        tell(event);
      }
      bucket.is_low = is_low;
    }
  }
}

void Twin::count_demand(std::size_t row, std::uint64_t units) {
  if (rows_[row].watched_since.has_value()) {
    std::uint64_t& today = rows_[row].demand[now_.us / us_per_day];
    today = std::min<std::uint64_t>(today + units, 0xffffffffU);
  }
}

void Twin::propose_more(const SkuRow& row, Event& event) const {
  if (!row.watched_since.has_value()) {
    return;
  }
  const ReplenishRules& rules = network_.figures().replenishment;
  const std::uint64_t today = now_.us / us_per_day;
  const std::uint64_t before = std::min<std::uint64_t>(today, rules.window_days);
  std::vector<std::uint64_t> days;
  for (std::uint64_t day = std::max(*row.watched_since, today - before); day < today; ++day) {
    const auto asked = row.demand.find(day);
    days.push_back(asked == row.demand.end() ? 0 : asked->second);
  }
  event.reason = static_cast<std::uint8_t>(days.size());
  if (days.empty()) {
    return;
  }
  const Wide n = days.size();
  Wide sum = 0;
  for (const std::uint64_t units : days) {
    sum += units;
  }
  // The spread by pairs of days: the sum over all pairs of their squared difference.
  Wide spread = 0;
  for (std::size_t a = 0; a < days.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const Wide apart = std::max(days[a], days[b]) - std::min(days[a], days[b]);
      spread += apart * apart;
    }
  }
  const Wide z = rules.safety_permille;
  const Wide square = n > 1 ? spread * z * z * rules.lead_days / (n * (n - 1)) : 0;
  Wide low = 0;
  for (Wide high = Wide{1} << 63U; low < high;) {
    const Wide middle = (low + high + 1) / 2;
    (middle * middle <= square ? low : high) = middle * middle <= square ? middle : middle - 1;
  }
  const Wide most = 0xffffffffU;
  const Wide reorder = (sum * rules.lead_days * 1000 / n + low + 999) / 1000;
  const Wide up_to = reorder + (sum * rules.review_days + n - 1) / n;
  event.units_waiting = Units{static_cast<std::uint32_t>(std::min(reorder, most))};
  event.amount = static_cast<std::uint32_t>(std::min(up_to, most));
}

Outcome Twin::set_low_stock(const StockChange& body) {
  Bucket& bucket = rows_[*row_of(body.sku)].buckets[body.node.value];
  bucket.low = body.units.value;
  SkuRow& row = rows_[*row_of(body.sku)];
  if (body.units.value > 0 && !row.watched_since.has_value()) {
    row.watched_since = now_.us / us_per_day;
  }
  return accepted(body.node.value, static_cast<std::uint64_t>(bucket.available()));
}

std::vector<Twin::Quota*> Twin::quotas_of(std::size_t row, std::uint16_t channel) {
  std::vector<Quota*> chain;
  for (bool found = true; found;) {
    found = false;
    for (Quota& quota : quotas_) {
      if (!found && quota.row == row && quota.channel == channel) {
        chain.push_back(&quota);
        channel = quota.parent;
        found = true;
      }
    }
  }
  return chain;
}

Outcome Twin::set_quota(const StockChange& body) {
  const std::size_t row = *row_of(body.sku);
  for (Quota& quota : quotas_) {
    if (quota.row == row && quota.channel == body.channel.value) {
      if (quota.parent != body.number) {
        return refused(Refusal::quota_mismatch);
      }
      quota.limit = body.units.value;
      return accepted(no_node.value, quota.used);
    }
  }
  if (body.number == body.channel.value) {
    return refused(Refusal::quota_mismatch);
  }
  for (const Quota* const above : quotas_of(row, body.number)) {
    if (above->parent == body.channel.value) {
      return refused(Refusal::quota_mismatch);
    }
  }
  quotas_.push_back({row, body.channel.value, body.number, body.units.value, 0, sequence_});
  return accepted(no_node.value, 0);
}

void Twin::uncount(const Order& order, const Slice& slice) {
  for (Quota* const quota : quotas_of(slice.row, order.channel.value)) {
    if (quota->since > order.sequence) {
      break;  // set after the order, so it and those above were not counted
    }
    quota->used -= slice.units;
  }
}

Outcome Twin::set_on_sale(const StockChange& body) {
  const std::size_t row = *row_of(body.sku);
  if (body.moment.us > 0 && body.moment <= now_) {
    return refused(Refusal::moment_passed);
  }
  if (body.moment.us == 0 && rows_[row].on_sale > 0) {
    open_sale(row);
  } else if (body.moment.us > 0) {
    rows_[row].on_sale = body.moment.us;
    for (Bucket& bucket : rows_[row].buckets) {
      bucket.embargoed = true;
    }
  }
  return accepted(no_node.value, 0);
}

Outcome Twin::set_cancel_date(const StockChange& body) {
  const std::size_t slot = *slot_of(body.reference);
  if (body.moment.us > 0 && body.moment <= now_) {
    return refused(Refusal::moment_passed);
  }
  Outcome outcome = accepted(no_node.value, 0);
  for (SkuRow& row : rows_) {
    for (Waiting& waiting : row.waiting) {
      if (waiting.slot == slot) {
        waiting.cancel_at = body.moment.us;
        outcome.backordered +=
            Units{static_cast<std::uint32_t>(orders_[slot].slices[waiting.slice].units)};
      }
    }
  }
  return outcome.backordered.value > 0 ? outcome : refused(Refusal::nothing_waits);
}

}  // namespace millrace::reference
