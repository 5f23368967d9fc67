// Shipments that wait for picking, by (node, service, ship day), and the waves proposed from them.
// Owned by the wave stage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"

namespace millrace {

inline constexpr std::uint32_t no_shipment = 0xffffffff;

struct Shipment {
  Time made;
  WaveId wave;  ///< the pending wave it waits in; 0 while it is in its group
  Slot slot;
  std::uint32_t next;      ///< in its group or wave
  std::uint32_t previous;  ///< in its group or wave
  std::uint32_t sibling;   ///< another shipment of the same order
  NodeIndex node;
  Day ship_day;
  ServiceIndex service;
  std::uint8_t reserved[3];
};

static_assert(sizeof(Shipment) == 40);

struct ShipmentQueue {
  std::uint32_t head = no_shipment;
  std::uint32_t tail = no_shipment;
  std::uint32_t count = 0;
};

struct WaveGroup {
  Day ship_day{0};
  ShipmentQueue queue;
};

struct PendingWave {
  WaveId wave{0};  ///< 0: nothing pending here
  NodeIndex node{0};
  Day ship_day{0};
  ServiceIndex service{0};
  ShipmentQueue queue;
};

class WavePool {
 public:
  /// A shipment has a slice that opened it, so there are never more shipments than slices.
  WavePool(std::uint32_t orders_max, std::uint32_t slices_max, std::uint32_t node_count,
           std::uint32_t service_count, Touch touch);

  [[nodiscard]] bool full() const { return count_ == shipments_.size(); }

  [[nodiscard]] std::uint32_t size() const { return count_; }

  /// Appends a shipment to its group and returns the group. The pool must not be full.
  WaveGroup& add(const Shipment& shipment);

  /// Takes every shipment of an order out of groups and pending waves.
  void withdraw(Slot slot);

  [[nodiscard]] WaveId next_wave() const { return next_wave_; }

  /// Whether the next wave can be proposed: its place among the pending ones must be free.
  [[nodiscard]] bool can_propose() const {
    return pending_[next_wave_.value % pending_waves_max].wave.value == 0;
  }

  /// Moves the first `count` shipments of a group into the next wave; returns it.
  const PendingWave& propose(NodeIndex node, ServiceIndex service, WaveGroup& group,
                             std::uint32_t count);

  /// Forgets a pending wave and its shipments; nothing if it is not pending.
  void release(WaveId wave);

  /// Drops groups that are empty.
  void forget_empty_groups();

  [[nodiscard]] std::vector<WaveGroup>& groups(NodeIndex node, ServiceIndex service) {
    return groups_[std::size_t{node.value} * service_count_ + service.value];
  }

  [[nodiscard]] const std::vector<WaveGroup>& groups(NodeIndex node, ServiceIndex service) const {
    return groups_[std::size_t{node.value} * service_count_ + service.value];
  }

  [[nodiscard]] const Shipment& operator[](std::uint32_t at) const { return shipments_[at]; }

  /// Calls act(wave) for every pending wave in rising order.
  template <class Act>
  void for_pending(Act act) const {
    const std::uint64_t next = next_wave_.value;
    const std::uint64_t first = next > pending_waves_max ? next - pending_waves_max : 1;
    for (std::uint64_t id = first; id < next; ++id) {
      const PendingWave& wave = pending_[id % pending_waves_max];
      if (wave.wave.value == id) {
        act(wave);
      }
    }
  }

  /// Calls act(shipment) for each shipment of a queue, the oldest first.
  template <class Act>
  void for_queue(const ShipmentQueue& queue, Act act) const {
    for (std::uint32_t at = queue.head; at != no_shipment; at = shipments_[at].next) {
      act(shipments_[at]);
    }
  }

  [[nodiscard]] std::uint32_t node_count() const { return node_count_; }

  [[nodiscard]] std::uint32_t service_count() const { return service_count_; }

  void digest(Hasher& hasher) const;
  void save(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t order_count);

 private:
  void link(ShipmentQueue& queue, std::uint32_t at);
  void unlink(ShipmentQueue& queue, std::uint32_t at);
  ShipmentQueue& queue_of(const Shipment& shipment);
  std::uint32_t take(const Shipment& shipment);
  void free_one(std::uint32_t at);

  std::uint32_t node_count_;
  std::uint32_t service_count_;
  LargeArray<Shipment> shipments_;
  LargeArray<std::uint32_t> first_of_order_;    ///< shipment plus one; 0 is none
  std::vector<std::vector<WaveGroup>> groups_;  ///< by node and service; each by rising ship day
  std::vector<PendingWave> pending_;
  WaveId next_wave_{1};
  std::uint32_t free_ = no_shipment;
  std::uint32_t used_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace millrace
