// Shipments that wait for picking, and the waves proposed from them.
#include "engine/state/wave_pool.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {

namespace {

/// A shipment as a snapshot keeps it: in queue order, without its links.
struct SavedShipment {
  Time made;
  WaveId wave;
  Slot slot;
  NodeIndex node;
  Day ship_day;
  ServiceIndex service;
  std::uint8_t reserved[7];
};

static_assert(sizeof(SavedShipment) == 32);

struct SavedWave {
  WaveId wave;
  NodeIndex node;
  Day ship_day;
  ServiceIndex service;
  std::uint8_t reserved[3];
};

static_assert(sizeof(SavedWave) == 16);

SavedShipment saved(const Shipment& shipment) {
  return SavedShipment{shipment.made,
                       shipment.wave,
                       shipment.slot,
                       shipment.node,
                       shipment.ship_day,
                       shipment.service,
                       {}};
}

}  // namespace

WavePool::WavePool(std::uint32_t orders_max, std::uint32_t slices_max, std::uint32_t node_count,
                   std::uint32_t service_count, Touch touch)
    : node_count_(node_count),
      service_count_(service_count),
      shipments_(slices_max, touch),
      first_of_order_(orders_max, touch),
      groups_(std::size_t{node_count} * service_count),
      pending_(pending_waves_max) {
  for (auto& groups : groups_) {
    groups.reserve(16);
  }
}

void WavePool::link(ShipmentQueue& queue, std::uint32_t at) {
  shipments_[at].next = no_shipment;
  shipments_[at].previous = queue.tail;
  if (queue.tail == no_shipment) {
    queue.head = at;
  } else {
    shipments_[queue.tail].next = at;
  }
  queue.tail = at;
  ++queue.count;
}

void WavePool::unlink(ShipmentQueue& queue, std::uint32_t at) {
  const Shipment& shipment = shipments_[at];
  if (shipment.previous == no_shipment) {
    queue.head = shipment.next;
  } else {
    shipments_[shipment.previous].next = shipment.next;
  }
  if (shipment.next == no_shipment) {
    queue.tail = shipment.previous;
  } else {
    shipments_[shipment.next].previous = shipment.previous;
  }
  CHECK(queue.count > 0);
  --queue.count;
}

ShipmentQueue& WavePool::queue_of(const Shipment& shipment) {
  if (shipment.wave.value != 0) {
    PendingWave& wave = pending_[shipment.wave.value % pending_waves_max];
    CHECK(wave.wave == shipment.wave);
    return wave.queue;
  }
  for (WaveGroup& group : groups(shipment.node, shipment.service)) {
    if (group.ship_day == shipment.ship_day) {
      return group.queue;
    }
  }
  CHECK(false);
}

std::uint32_t WavePool::take(const Shipment& shipment) {
  CHECK(!full());
  std::uint32_t at = free_;
  if (at == no_shipment) {
    at = used_++;
  } else {
    free_ = shipments_[at].next;
  }
  ++count_;
  shipments_[at] = shipment;
  std::uint32_t& first = first_of_order_[shipment.slot.value];
  shipments_[at].sibling = first - 1;
  first = at + 1;
  return at;
}

void WavePool::free_one(std::uint32_t at) {
  shipments_[at].next = free_;
  free_ = at;
  --count_;
}

WaveGroup& WavePool::add(const Shipment& shipment) {
  std::vector<WaveGroup>& of_service = groups(shipment.node, shipment.service);
  auto group = std::find_if(of_service.begin(), of_service.end(), [&](const WaveGroup& candidate) {
    return candidate.ship_day >= shipment.ship_day;
  });
  if (group == of_service.end() || group->ship_day != shipment.ship_day) {
    group = of_service.insert(group, WaveGroup{shipment.ship_day, {}});
  }
  link(group->queue, take(shipment));
  return *group;
}

void WavePool::withdraw(Slot slot) {
  std::uint32_t& first = first_of_order_[slot.value];
  for (std::uint32_t at = first - 1; at != no_shipment;) {
    const std::uint32_t sibling = shipments_[at].sibling;
    unlink(queue_of(shipments_[at]), at);
    free_one(at);
    at = sibling;
  }
  first = 0;
}

const PendingWave& WavePool::propose(NodeIndex node, ServiceIndex service, WaveGroup& group,
                                     std::uint32_t count) {
  CHECK(can_propose());
  CHECK(count <= group.queue.count);
  PendingWave& wave = pending_[next_wave_.value % pending_waves_max];
  wave = PendingWave{next_wave_, node, group.ship_day, service, {}};
  ++next_wave_.value;
  for (std::uint32_t moved = 0; moved < count; ++moved) {
    const std::uint32_t at = group.queue.head;
    unlink(group.queue, at);
    shipments_[at].wave = wave.wave;
    link(wave.queue, at);
  }
  return wave;
}

void WavePool::release(WaveId id) {
  PendingWave& wave = pending_[id.value % pending_waves_max];
  if (id.value == 0 || wave.wave != id) {
    return;
  }
  for (std::uint32_t at = wave.queue.head; at != no_shipment;) {
    const std::uint32_t next = shipments_[at].next;
    // Take it out of its order's chain, which is as short as the order has shipments.
    std::uint32_t& first = first_of_order_[shipments_[at].slot.value];
    if (first == at + 1) {
      first = shipments_[at].sibling + 1;
    } else {
      std::uint32_t before = first - 1;
      while (shipments_[before].sibling != at) {
        before = shipments_[before].sibling;
      }
      shipments_[before].sibling = shipments_[at].sibling;
    }
    free_one(at);
    at = next;
  }
  wave = PendingWave{};
}

void WavePool::forget_empty_groups() {
  for (auto& of_service : groups_) {
    std::erase_if(of_service, [](const WaveGroup& group) { return group.queue.count == 0; });
  }
}

void WavePool::digest(Hasher& hasher) const {
  hasher.add(next_wave_.value);
  for (std::uint16_t node = 0; node < node_count_; ++node) {
    for (std::uint8_t service = 0; service < service_count_; ++service) {
      for (const WaveGroup& group : groups(NodeIndex{node}, ServiceIndex{service})) {
        if (group.queue.count == 0) {
          continue;
        }
        hasher.add(node);
        hasher.add(service);
        hasher.add(group.ship_day.value);
        hasher.add(group.queue.count);
        for_queue(group.queue, [&](const Shipment& shipment) {
          hasher.add(shipment.slot.value);
          hasher.add(shipment.made.us);
        });
      }
    }
  }
  for_pending([&](const PendingWave& wave) {
    hasher.add(wave.wave.value);
    hasher.add(wave.queue.count);
    for_queue(wave.queue, [&](const Shipment& shipment) { hasher.add(shipment.slot.value); });
  });
}

void WavePool::save(SectionWriter& out) const {
  std::vector<SavedShipment> shipments;
  std::vector<SavedWave> waves;
  for (const auto& of_service : groups_) {
    for (const WaveGroup& group : of_service) {
      for_queue(group.queue, [&](const Shipment& s) { shipments.push_back(saved(s)); });
    }
  }
  for_pending([&](const PendingWave& wave) {
    waves.push_back(SavedWave{wave.wave, wave.node, wave.ship_day, wave.service, {}});
    for_queue(wave.queue, [&](const Shipment& s) { shipments.push_back(saved(s)); });
  });
  const std::uint64_t next[1] = {next_wave_.value};
  out.table<std::uint64_t>("next wave", next);
  out.table<SavedWave>("pending waves", waves);
  out.table<SavedShipment>("shipments", shipments);
}

std::optional<std::string> WavePool::load(SectionReader& in, std::uint32_t order_count) {
  std::vector<std::uint64_t> next;
  std::vector<SavedWave> waves;
  std::vector<SavedShipment> shipments;
  if (!in.table("next wave", next, 1) || next.size() != 1 ||
      !in.table("pending waves", waves, pending_waves_max) ||
      !in.table("shipments", shipments, shipments_.size())) {
    return "section next wave, pending waves or shipments: damaged, or more than slices_max";
  }
  next_wave_ = WaveId{next[0]};
  for (const SavedWave& wave : waves) {
    pending_[wave.wave.value % pending_waves_max] =
        PendingWave{wave.wave, wave.node, wave.ship_day, wave.service, {}};
  }
  for (const SavedShipment& row : shipments) {
    if (row.slot.value >= order_count || row.node.value >= node_count_ ||
        row.service.value >= service_count_) {
      return "section shipments: names an order, node or service that does not exist";
    }
    const Shipment shipment{row.made, row.wave, row.slot,     no_shipment, no_shipment,
                            0,        row.node, row.ship_day, row.service, {}};
    if (row.wave.value == 0) {
      add(shipment);
      continue;
    }
    PendingWave& wave = pending_[row.wave.value % pending_waves_max];
    if (wave.wave != row.wave) {
      return "section shipments: names a wave that is not pending";
    }
    link(wave.queue, take(shipment));
  }
  return std::nullopt;
}

}  // namespace millrace
