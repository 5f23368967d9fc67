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
inline constexpr std::uint32_t no_chunk = 0xffffffff;
/// Shipments that lie side by side: a wave of the usual size is one chunk.
inline constexpr std::uint32_t chunk_shipments = 64;

struct Shipment {
  Time made;
  Slot slot;              ///< no_slot once it is withdrawn
  std::uint32_t sibling;  ///< another shipment of the same order, or no_shipment
};

static_assert(sizeof(Shipment) == 16);

/// Where shipments wait: in a group, or in the pending wave `wave`.
struct WaveOwner {
  WaveId wave{0};  ///< 0: in the group of the others
  NodeIndex node{0};
  Day ship_day{0};
  ServiceIndex service{0};
};

/// Chunks of shipments, the oldest first. The first shipment of its first chunk is not withdrawn.
struct ShipmentQueue {
  std::uint32_t head = no_chunk;
  std::uint32_t tail = no_chunk;
  std::uint32_t count = 0;  ///< of shipments that are not withdrawn
};

struct WaveGroup {
  Day ship_day{0};
  ShipmentQueue queue;
};

struct PendingWave {
  WaveOwner owner;  ///< its wave is 0 where nothing is pending
  ShipmentQueue queue;
};

class WavePool {
 public:
  /// Shipments are opened by slices, each by one, and once more where a slice leaves its node or its
  /// order changes its service: OrderTable::spend() counts those with the slices. Neither is ever
  /// given back, so no more shipments are ever made than slices_max.
  WavePool(std::uint32_t orders_max, std::uint32_t slices_max, std::uint32_t node_count,
           std::uint32_t service_count, Touch touch);

  [[nodiscard]] std::uint32_t size() const { return count_; }

  /// Appends a shipment to its group and returns the group.
  WaveGroup& add(NodeIndex node, ServiceIndex service, Day ship_day, Slot slot, Time made);

  /// When the oldest shipment of a queue that is not empty was made.
  [[nodiscard]] Time oldest(const ShipmentQueue& queue) const {
    return shipments_[first_of(queue.head)].made;
  }

  /// Takes every shipment of an order out of groups and pending waves.
  void withdraw(Slot slot);

  /// Takes the newest shipment of an order from the node on the day out, if there is one.
  void withdraw_one(Slot slot, NodeIndex node, Day ship_day);

  [[nodiscard]] WaveId next_wave() const { return next_wave_; }

  /// Whether the next wave can be proposed: its place among the pending ones must be free.
  [[nodiscard]] bool can_propose() const {
    return pending_[next_wave_.value % pending_waves_max].owner.wave.value == 0;
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

  /// Calls act(wave) for every pending wave in rising order.
  template <class Act>
  void for_pending(Act act) const {
    const std::uint64_t next = next_wave_.value;
    const std::uint64_t first = next > pending_waves_max ? next - pending_waves_max : 1;
    for (std::uint64_t id = first; id < next; ++id) {
      const PendingWave& wave = pending_[id % pending_waves_max];
      if (wave.owner.wave.value == id) {
        act(wave);
      }
    }
  }

  /// Calls act(shipment) for each shipment of a queue, the oldest first.
  template <class Act>
  void for_queue(const ShipmentQueue& queue, Act act) const {
    for (std::uint32_t chunk = queue.head; chunk != no_chunk; chunk = chunks_[chunk].next) {
      for (std::uint32_t at = first_of(chunk); at < end_of(chunk); ++at) {
        if (shipments_[at].slot != no_slot) {
          act(shipments_[at]);
        }
      }
    }
  }

  /// Calls act(shipment, owner) for each shipment in a group, of each group the oldest first.
  template <class Act>
  void for_waiting(Act act) const {
    for (std::uint32_t at = 0; at < groups_.size(); ++at) {
      for (const WaveGroup& group : groups_[at]) {
        const WaveOwner owner{WaveId{0}, NodeIndex{static_cast<std::uint16_t>(at / service_count_)},
                              group.ship_day,
                              ServiceIndex{static_cast<std::uint8_t>(at % service_count_)}};
        for_queue(group.queue, [&](const Shipment& shipment) { act(shipment, owner); });
      }
    }
  }

  [[nodiscard]] std::uint32_t node_count() const { return node_count_; }

  [[nodiscard]] std::uint32_t service_count() const { return service_count_; }

  void digest(Hasher& hasher) const;
  void save(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t order_count);

 private:
  struct Chunk {
    WaveOwner owner;
    std::uint32_t next;   ///< in its queue, or among the free chunks
    std::uint16_t begin;  ///< shipments before it were moved or withdrawn
    std::uint16_t end;
  };

  [[nodiscard]] std::uint32_t first_of(std::uint32_t chunk) const {
    return chunk * chunk_shipments + chunks_[chunk].begin;
  }

  [[nodiscard]] std::uint32_t end_of(std::uint32_t chunk) const {
    return chunk * chunk_shipments + chunks_[chunk].end;
  }

  WaveGroup& group_of(NodeIndex node, ServiceIndex service, Day ship_day);
  ShipmentQueue& queue_of(const WaveOwner& owner);
  std::uint32_t take_chunk(const WaveOwner& owner);
  void free_chunk(std::uint32_t chunk);
  void free_chunks(ShipmentQueue& queue);
  /// Appends a shipment; returns where it lies.
  std::uint32_t append(ShipmentQueue& queue, const WaveOwner& owner, const Shipment& shipment);
  void append_new(ShipmentQueue& queue, const WaveOwner& owner, Slot slot, Time made);
  /// Takes a shipment out of its queue; its order's chain is the caller's.
  void remove(std::uint32_t at);
  /// Drops what is withdrawn or moved from the front of a queue.
  void trim(ShipmentQueue& queue);
  void move_front(ShipmentQueue& from, PendingWave& wave, std::uint32_t count);
  /// Puts `to` where `at` stands in its order's chain, or takes it out with no_shipment.
  void relink(std::uint32_t at, std::uint32_t to);

  std::uint32_t node_count_;
  std::uint32_t service_count_;
  LargeArray<Chunk> chunks_;
  LargeArray<Shipment> shipments_;              ///< chunk_shipments of each chunk
  LargeArray<std::uint32_t> first_of_order_;    ///< shipment plus one; 0 is none
  std::vector<std::vector<WaveGroup>> groups_;  ///< by node and service; each by rising ship day
  std::vector<PendingWave> pending_;
  WaveId next_wave_{1};
  std::uint32_t free_ = no_chunk;
  std::uint32_t used_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace millrace
