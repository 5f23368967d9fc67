// Groups of waiting shipments and pending waves, as docs/semantics.md has them under Waves.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "engine/core/hash.h"
#include "tests/reference/plain_network.h"
#include "tests/support/test_command.h"

namespace millrace::reference {

/// Groups are gone over in the order of this key.
struct GroupKey {
  std::size_t node;
  std::size_t service;
  std::int64_t ship_day;
  friend auto operator<=>(const GroupKey&, const GroupKey&) = default;
};

struct WaitingShipment {
  std::size_t slot;
  Time made;
};

class WaveBook {
 public:
  explicit WaveBook(const PlainNetwork& network) : network_(network) {}

  /// A head slice was made.
  void append(const GroupKey& key, std::size_t slot, Time now);
  /// The order was cancelled.
  void withdraw(std::size_t slot);
  /// A shipment of the order at that node on that day, the newest, is off; perhaps none waits.
  void withdraw_one(std::size_t slot, std::size_t node, std::int64_t ship_day);
  /// The wave check.
  void check(Time now);
  /// A ReleaseWave with this id was carried out.
  void release(std::uint64_t wave);

  /// What was proposed since the last call.
  [[nodiscard]] std::vector<test::Proposal> take_proposals();
  /// Every wave still pending, in rising order of their ids.
  [[nodiscard]] std::vector<test::Proposal> pending() const;
  /// The shipments of the group and of its pending waves.
  [[nodiscard]] std::map<GroupKey, std::vector<std::size_t>> waiting_slots() const;

  void add_to(Hasher& hasher) const;

 private:
  struct PendingWave {
    GroupKey key;
    std::vector<std::size_t> slots;
  };

  [[nodiscard]] bool may_propose() const;
  [[nodiscard]] bool is_due(const GroupKey& key, const std::vector<WaitingShipment>& group,
                            Time now) const;
  void propose(const GroupKey& key, std::vector<WaitingShipment>& group);
  [[nodiscard]] static test::Proposal proposal_of(std::uint64_t id, const PendingWave& wave);

  const PlainNetwork& network_;
  std::map<GroupKey, std::vector<WaitingShipment>> groups_;
  std::map<std::uint64_t, PendingWave> pending_;
  std::uint64_t next_wave_ = 1;
  std::vector<test::Proposal> proposals_;
};

}  // namespace millrace::reference
