// What must hold after every command, counted anew from the slices each time.
#include <algorithm>
#include <map>
#include <string>

#include "tests/reference/twin.h"

namespace millrace::reference {
namespace {

bool is_held(SliceState state) {
  return state == SliceState::reserved || state == SliceState::allocated ||
         state == SliceState::waved || state == SliceState::picking ||
         state == SliceState::picked || state == SliceState::packed ||
         state == SliceState::dropship_requested || state == SliceState::vendor_accepted;
}

bool is_gone(SliceState state) {
  return state == SliceState::backordered || state == SliceState::cancelled ||
         state == SliceState::expired || state == SliceState::reserved;
}

template <class A, class B>
std::string place(const char* a_name, A a, const char* b_name, B b) {
  return std::string(" at ") + a_name + " " + std::to_string(a) + ", " + b_name + " " +
         std::to_string(b);
}

}  // namespace

std::optional<std::string> Twin::invariants() const {
  for (const auto& check : {&Twin::check_buckets, &Twin::check_queues, &Twin::check_orders,
                            &Twin::check_capacity, &Twin::check_waves}) {
    if (std::optional<std::string> wrong = (this->*check)(); wrong.has_value()) {
      return wrong;
    }
  }
  return std::nullopt;
}

std::optional<std::string> Twin::check_buckets() const {
  const std::size_t nodes = network_.node_count();
  std::vector<std::int64_t> held(rows_.size() * nodes, 0);
  for (const Order& order : orders_) {
    for (const Slice& slice : order.slices) {
      if (is_held(slice.state)) {
        held[slice.row * nodes + slice.node] += static_cast<std::int64_t>(slice.units);
      }
    }
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    for (std::size_t node = 0; node < nodes; ++node) {
      const Bucket& bucket = rows_[row].buckets[node];
      if (bucket.sound() < 0 || bucket.damaged < 0 || bucket.quarantine < 0) {
        return "a bucket is negative" + place("row", row, "node", node);
      }
      if (bucket.taken != held[row * nodes + node] || bucket.missing != 0) {
        return "the slices held do not add up to what is taken" + place("row", row, "node", node);
      }
      if (bucket.on_hand > stock_units_max) {
        return "on hand is too large" + place("row", row, "node", node);
      }
    }
  }
  return std::nullopt;
}

std::optional<std::string> Twin::check_queues() const {
  using Entry = std::pair<std::size_t, std::size_t>;
  std::vector<std::vector<Entry>> waiting(rows_.size());
  for (std::size_t slot = 0; slot < orders_.size(); ++slot) {
    for (std::size_t i = 0; i < orders_[slot].slices.size(); ++i) {
      const Slice& slice = orders_[slot].slices[i];
      if (slice.state == SliceState::backordered) {
        waiting[slice.row].emplace_back(slot, i);
      }
    }
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::vector<Entry> queue;
    for (const Waiting& entry : rows_[row].waiting) {
      queue.emplace_back(entry.slot, entry.slice);
    }
    std::sort(queue.begin(), queue.end());
    if (queue != waiting[row]) {
      return "the queue of row " + std::to_string(row) + " is not the slices that wait";
    }
  }
  return std::nullopt;
}

std::optional<std::string> Twin::check_orders() const {
  for (std::size_t slot = 0; slot < orders_.size(); ++slot) {
    const Order& order = orders_[slot];
    std::map<std::uint8_t, std::uint64_t> units;
    for (const Slice& slice : order.slices) {
      const bool with_vendor = slice.state == SliceState::dropship_requested ||
                               slice.state == SliceState::vendor_accepted;
      if ((is_held(slice.state) && is_vendor(slice.node) != with_vendor) ||
          (with_vendor && !order.asks_vendors)) {
        return "a slice is at a node that it cannot be at in order " + std::to_string(slot);
      }
      if (slice.units == 0) {
        return "an empty slice in order " + std::to_string(slot);
      }
      units[slice.line] += slice.state == SliceState::rerouted ? 0 : slice.units;
    }
    if (order.outcome.status != Status::refused && units != order.asked) {
      return "units of a line were lost or made in order " + std::to_string(slot);
    }
    for (const Note& note : order.notes) {
      const auto* const account = std::get_if<Account>(&note);
      if (account != nullptr && account->refunded > paid(order)) {
        return "more was paid back than paid in order " + std::to_string(slot);
      }
    }
    if ((order.outcome.status == Status::refused) != order.slices.empty()) {
      return "a refused order with slices, or another without: " + std::to_string(slot);
    }
  }
  return std::nullopt;
}

std::optional<std::string> Twin::check_capacity() const {
  std::vector<std::int64_t> today;
  for (std::size_t node = 0; node < network_.node_count(); ++node) {
    today.push_back(network_.local(node, now_).day);
  }
  std::map<std::pair<std::size_t, std::int64_t>, std::int64_t> live;
  for (const Order& order : orders_) {
    for (const Slice& slice : order.slices) {
      if (slice.head && !is_gone(slice.state) && slice.ship_day >= today[slice.node]) {
        ++live[{slice.node, slice.ship_day}];
      }
    }
  }
  for (std::size_t node = 0; node < shipments_.size(); ++node) {
    for (const auto& [day, count] : shipments_[node]) {
      if (day >= today[node] && count != live[{node, day}]) {
        return "capacity taken is not the shipments there are" + place("node", node, "day", day);
      }
      if (count > network_.figures().nodes[node].daily_shipments_max) {
        return "more shipments than the node can carry" + place("node", node, "day", day);
      }
      live.erase({node, day});
    }
  }
  if (!live.empty()) {
    return "a shipment that took no capacity";
  }
  return std::nullopt;
}

std::optional<std::string> Twin::check_waves() const {
  // What waits for a wave is an order's and goes by its service. Its shipment may be off already,
  // or in work: a release names slots, and takes all that the order has there.
  for (const auto& [key, slots] : waves_.waiting_slots()) {
    for (const std::size_t slot : slots) {
      if (slot >= orders_.size()) {
        return "a wave waits for an order that does not exist";
      }
      if (orders_[slot].service != key.service) {
        return "order " + std::to_string(slot) + " waits for a wave without a shipment";
      }
    }
  }
  return std::nullopt;
}

}  // namespace millrace::reference
