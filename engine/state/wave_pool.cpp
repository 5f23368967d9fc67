// Shipments that wait for picking, and the waves proposed from them.
#include "engine/state/wave_pool.h"

#include <algorithm>
#include <utility>

#include "engine/core/check.h"

namespace millrace {

namespace {

/// Ship days of one node and service that can have a group: as many as the calendar looks ahead.
constexpr std::uint64_t group_days_max = 64;

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

SavedShipment saved(const Shipment& shipment, const WaveOwner& owner) {
  return SavedShipment{shipment.made, owner.wave, shipment.slot, owner.node, owner.ship_day,
                       owner.service, {}};
}

/// Chunks are full but for the last of each queue, and those that a wave took from a group.
std::uint32_t chunks_for(std::uint32_t slices_max, std::uint32_t node_count,
                         std::uint32_t service_count) {
  const std::uint64_t queues =
      pending_waves_max + std::uint64_t{node_count} * service_count * group_days_max;
  return slices_max / chunk_shipments + 1 +
         static_cast<std::uint32_t>(std::min<std::uint64_t>(2 * queues, slices_max));
}

}  // namespace

WavePool::WavePool(std::uint32_t orders_max, std::uint32_t slices_max, std::uint32_t node_count,
                   std::uint32_t service_count, Touch touch)
    : node_count_(node_count),
      service_count_(service_count),
      chunks_(chunks_for(slices_max, node_count, service_count), touch),
      shipments_(chunks_.size() * chunk_shipments, touch),
      first_of_order_(orders_max, touch),
      groups_(std::size_t{node_count} * service_count),
      pending_(pending_waves_max) {
  for (auto& groups : groups_) {
    groups.reserve(16);
  }
}

WaveGroup& WavePool::group_of(NodeIndex node, ServiceIndex service, Day ship_day) {
  std::vector<WaveGroup>& of_service = groups(node, service);
  auto group = std::find_if(of_service.begin(), of_service.end(), [&](const WaveGroup& candidate) {
    return candidate.ship_day >= ship_day;
  });
  if (group == of_service.end() || group->ship_day != ship_day) {
    group = of_service.insert(group, WaveGroup{ship_day, {}});
  }
  return *group;
}

ShipmentQueue& WavePool::queue_of(const WaveOwner& owner) {
  if (owner.wave.value != 0) {
    PendingWave& wave = pending_[owner.wave.value % pending_waves_max];
    CHECK(wave.owner.wave == owner.wave);
    return wave.queue;
  }
  return group_of(owner.node, owner.service, owner.ship_day).queue;
}

std::uint32_t WavePool::take_chunk(const WaveOwner& owner) {
  std::uint32_t chunk = free_;
  if (chunk == no_chunk) {
    CHECK(used_ < chunks_.size());
    chunk = used_++;
  } else {
    free_ = chunks_[chunk].next;
  }
  chunks_[chunk] = Chunk{owner, no_chunk, 0, 0};
  return chunk;
}

void WavePool::free_chunk(std::uint32_t chunk) {
  chunks_[chunk].next = free_;
  free_ = chunk;
}

void WavePool::free_chunks(ShipmentQueue& queue) {
  for (std::uint32_t chunk = queue.head; chunk != no_chunk;) {
    const std::uint32_t next = chunks_[chunk].next;
    free_chunk(chunk);
    chunk = next;
  }
  queue = ShipmentQueue{};
}

std::uint32_t WavePool::append(ShipmentQueue& queue, const WaveOwner& owner,
                               const Shipment& shipment) {
  if (queue.tail == no_chunk || chunks_[queue.tail].end == chunk_shipments) {
    const std::uint32_t chunk = take_chunk(owner);
    (queue.tail == no_chunk ? queue.head : chunks_[queue.tail].next) = chunk;
    queue.tail = chunk;
  }
  const std::uint32_t at = end_of(queue.tail);
  ++chunks_[queue.tail].end;
  ++queue.count;
  shipments_[at] = shipment;
  return at;
}

void WavePool::append_new(ShipmentQueue& queue, const WaveOwner& owner, Slot slot, Time made) {
  std::uint32_t& first = first_of_order_[slot.value];
  first = append(queue, owner, Shipment{made, slot, first - 1}) + 1;
  ++count_;
}

WaveGroup& WavePool::add(NodeIndex node, ServiceIndex service, Day ship_day, Slot slot, Time made) {
  WaveGroup& group = group_of(node, service, ship_day);
  append_new(group.queue, WaveOwner{WaveId{0}, node, ship_day, service}, slot, made);
  return group;
}

void WavePool::trim(ShipmentQueue& queue) {
  if (queue.count == 0) {
    free_chunks(queue);
    return;
  }
  for (;;) {
    Chunk& chunk = chunks_[queue.head];
    while (chunk.begin < chunk.end && shipments_[first_of(queue.head)].slot == no_slot) {
      ++chunk.begin;
    }
    if (chunk.begin < chunk.end) {
      return;
    }
    const std::uint32_t empty = queue.head;
    queue.head = chunk.next;
    free_chunk(empty);
  }
}

void WavePool::relink(std::uint32_t at, std::uint32_t to) {
  // A chain is as short as the order has shipments.
  std::uint32_t& first = first_of_order_[shipments_[at].slot.value];
  if (first == at + 1) {
    first = to + 1;
    return;
  }
  std::uint32_t before = first - 1;
  while (shipments_[before].sibling != at) {
    before = shipments_[before].sibling;
  }
  shipments_[before].sibling = to;
}

void WavePool::remove(std::uint32_t at) {
  ShipmentQueue& queue = queue_of(chunks_[at / chunk_shipments].owner);
  CHECK(queue.count > 0);
  shipments_[at].slot = no_slot;
  --queue.count;
  --count_;
  trim(queue);
}

void WavePool::withdraw(Slot slot) {
  std::uint32_t& first = first_of_order_[slot.value];
  for (std::uint32_t at = first - 1; at != no_shipment; at = shipments_[at].sibling) {
    remove(at);
  }
  first = 0;
}

void WavePool::withdraw_one(Slot slot, NodeIndex node, Day ship_day) {
  // The chain begins with the newest; of one node and day the older ones are in earlier waves.
  for (std::uint32_t at = first_of_order_[slot.value] - 1; at != no_shipment;
       at = shipments_[at].sibling) {
    const WaveOwner& owner = chunks_[at / chunk_shipments].owner;
    if (owner.node == node && owner.ship_day == ship_day) {
      relink(at, shipments_[at].sibling);
      remove(at);
      return;
    }
  }
}

void WavePool::move_front(ShipmentQueue& from, PendingWave& wave, std::uint32_t count) {
  for (std::uint32_t moved = 0; moved < count; ++moved) {
    const std::uint32_t at = first_of(from.head);
    relink(at, append(wave.queue, wave.owner, shipments_[at]));
    shipments_[at].slot = no_slot;
    --from.count;
    trim(from);
  }
}

const PendingWave& WavePool::propose(NodeIndex node, ServiceIndex service, WaveGroup& group,
                                     std::uint32_t count) {
  CHECK(can_propose());
  CHECK(count <= group.queue.count);
  PendingWave& wave = pending_[next_wave_.value % pending_waves_max];
  wave = PendingWave{WaveOwner{next_wave_, node, group.ship_day, service}, {}};
  ++next_wave_.value;
  if (count < group.queue.count) {
    move_front(group.queue, wave, count);
    return wave;
  }
  // The usual case: the group becomes the wave as it is.
  wave.queue = std::exchange(group.queue, ShipmentQueue{});
  for (std::uint32_t chunk = wave.queue.head; chunk != no_chunk; chunk = chunks_[chunk].next) {
    chunks_[chunk].owner = wave.owner;
  }
  return wave;
}

void WavePool::release(WaveId id) {
  PendingWave& wave = pending_[id.value % pending_waves_max];
  if (id.value == 0 || wave.owner.wave != id) {
    return;
  }
  for (std::uint32_t chunk = wave.queue.head; chunk != no_chunk; chunk = chunks_[chunk].next) {
    for (std::uint32_t at = first_of(chunk); at < end_of(chunk); ++at) {
      if (shipments_[at].slot != no_slot) {
        relink(at, shipments_[at].sibling);
        --count_;
      }
    }
  }
  free_chunks(wave.queue);
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
    hasher.add(wave.owner.wave.value);
    hasher.add(wave.queue.count);
    for_queue(wave.queue, [&](const Shipment& shipment) { hasher.add(shipment.slot.value); });
  });
}

void WavePool::save(SectionWriter& out) const {
  std::vector<SavedShipment> shipments;
  std::vector<SavedWave> waves;
  // In the order in which they were made, as far as an order's chain depends on it: what waits in a
  // group is newer than what waits in a wave of the same group.
  for_pending([&](const PendingWave& wave) {
    const WaveOwner& owner = wave.owner;
    waves.push_back(SavedWave{owner.wave, owner.node, owner.ship_day, owner.service, {}});
    for_queue(wave.queue, [&](const Shipment& s) { shipments.push_back(saved(s, owner)); });
  });
  for (std::uint16_t node = 0; node < node_count_; ++node) {
    for (std::uint8_t service = 0; service < service_count_; ++service) {
      for (const WaveGroup& group : groups(NodeIndex{node}, ServiceIndex{service})) {
        const WaveOwner owner{WaveId{0}, NodeIndex{node}, group.ship_day, ServiceIndex{service}};
        for_queue(group.queue, [&](const Shipment& s) { shipments.push_back(saved(s, owner)); });
      }
    }
  }
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
        PendingWave{WaveOwner{wave.wave, wave.node, wave.ship_day, wave.service}, {}};
  }
  for (const SavedShipment& row : shipments) {
    if (row.slot.value >= order_count || row.node.value >= node_count_ ||
        row.service.value >= service_count_) {
      return "section shipments: names an order, node or service that does not exist";
    }
    if (row.wave.value == 0) {
      add(row.node, row.service, row.ship_day, row.slot, row.made);
      continue;
    }
    PendingWave& wave = pending_[row.wave.value % pending_waves_max];
    if (wave.owner.wave != row.wave) {
      return "section shipments: names a wave that is not pending";
    }
    append_new(wave.queue, wave.owner, row.slot, row.made);
  }
  return std::nullopt;
}

}  // namespace millrace
