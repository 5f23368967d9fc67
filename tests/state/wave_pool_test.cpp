// The wave pool against plain lists: shipments come, whole orders are withdrawn, waves of any part
// of a group are proposed and released, and what waits stays in order.
#include "engine/state/wave_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using Slots = std::vector<std::uint32_t>;

constexpr std::uint16_t node_count = 2;
constexpr std::uint8_t service_count = 2;
constexpr std::uint32_t orders_max = 20'000;

class WavePoolTest : public testing::Test {
 protected:
  struct Key {
    std::uint16_t node;
    std::uint8_t service;
    std::uint16_t day;

    friend auto operator<=>(const Key&, const Key&) = default;
  };

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }

  void add() {
    // Every fifth shipment is another one of an earlier order.
    const std::uint32_t slot = next_slot_ > 0 && below(5) == 0 ? below(next_slot_) : next_slot_++;
    const Key key{static_cast<std::uint16_t>(below(node_count)),
                  static_cast<std::uint8_t>(below(service_count)),
                  static_cast<std::uint16_t>(100 + below(2))};
    pool_.add(NodeIndex{key.node}, ServiceIndex{key.service}, Day{key.day}, Slot{slot}, Time{slot});
    groups_[key].push_back(slot);
  }

  void withdraw() {
    const std::uint32_t slot = below(next_slot_);
    pool_.withdraw(Slot{slot});
    for (auto& [key, slots] : groups_) {
      std::erase(slots, slot);
    }
    for (auto& [wave, slots] : waves_) {
      std::erase(slots, slot);
    }
  }

  void propose() {
    for (auto& [key, slots] : groups_) {
      if (slots.empty() || below(3) != 0) {
        continue;
      }
      const auto count = 1 + below(static_cast<std::uint32_t>(slots.size()));
      WaveGroup& group = group_of(key);
      const PendingWave& wave =
          pool_.propose(NodeIndex{key.node}, ServiceIndex{key.service}, group, count);
      waves_[wave.owner.wave.value] = Slots(slots.begin(), slots.begin() + count);
      slots.erase(slots.begin(), slots.begin() + count);
    }
  }

  void release() {
    if (!waves_.empty()) {
      const auto wave = std::next(waves_.begin(), below(static_cast<std::uint32_t>(waves_.size())));
      pool_.release(WaveId{wave->first});
      waves_.erase(wave);
    }
  }

  WaveGroup& group_of(const Key& key) {
    for (WaveGroup& group : pool_.groups(NodeIndex{key.node}, ServiceIndex{key.service})) {
      if (group.ship_day.value == key.day) {
        return group;
      }
    }
    std::abort();
  }

  Slots slots_of(const ShipmentQueue& queue) {
    Slots slots;
    pool_.for_queue(queue, [&](const Shipment& shipment) { slots.push_back(shipment.slot.value); });
    return slots;
  }

  void compare() {
    std::size_t waiting = 0;
    for (const auto& [key, slots] : groups_) {
      const WaveGroup& group = group_of(key);
      ASSERT_EQ(slots_of(group.queue), slots);
      ASSERT_EQ(group.queue.count, slots.size());
      if (!slots.empty()) {
        ASSERT_EQ(pool_.oldest(group.queue), Time{slots.front()});
      }
      waiting += slots.size();
    }
    std::map<std::uint64_t, Slots> pending;
    pool_.for_pending(
        [&](const PendingWave& wave) { pending[wave.owner.wave.value] = slots_of(wave.queue); });
    ASSERT_EQ(pending, waves_);
    for (const auto& [wave, slots] : waves_) {
      waiting += slots.size();
    }
    ASSERT_EQ(pool_.size(), waiting);
  }

  std::mt19937_64 random_{1};
  WavePool pool_{orders_max, 2 * orders_max, node_count, service_count, Touch::as_used};
  std::map<Key, Slots> groups_;
  std::map<std::uint64_t, Slots> waves_;
  std::uint32_t next_slot_ = 0;
};

TEST_F(WavePoolTest, KeepsWhatPlainListsKeep) {
  for (int round = 0; round < 400; ++round) {
    for (std::uint32_t shipments = below(80); shipments > 0; --shipments) {
      add();
    }
    for (std::uint32_t withdrawn = below(20); withdrawn > 0 && next_slot_ > 0; --withdrawn) {
      withdraw();
    }
    if (below(4) == 0) {
      propose();
    }
    if (below(3) == 0) {
      release();
    }
    compare();
    ASSERT_FALSE(HasFatalFailure()) << "round " << round;
  }
  EXPECT_GT(pool_.next_wave().value, 100U);
}

}  // namespace
}  // namespace millrace
