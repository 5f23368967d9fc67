// Groups and pending waves in maps and vectors.
#include "tests/reference/wave_book.h"

#include <algorithm>
#include <utility>

namespace millrace::reference {

void WaveBook::append(const GroupKey& key, std::size_t slot, Time now) {
  std::vector<WaitingShipment>& group = groups_[key];
  group.push_back({slot, now});
  if (!network_.figures().nodes.at(key.node).plans_waves &&
      group.size() >= network_.figures().wave.orders_max && may_propose()) {
    propose(key, group);
  }
}

void WaveBook::withdraw(std::size_t slot) {
  for (auto& [key, group] : groups_) {
    std::erase_if(group, [&](const WaitingShipment& waiting) { return waiting.slot == slot; });
  }
  for (auto& [id, wave] : pending_) {
    std::erase(wave.slots, slot);
  }
}

void WaveBook::withdraw_one(std::size_t slot, std::size_t node, std::int64_t ship_day) {
  for (auto& [key, group] : groups_) {
    if (key.node != node || key.ship_day != ship_day) {
      continue;
    }
    const auto newest = std::find_if(group.rbegin(), group.rend(),
                                     [&](const auto& waiting) { return waiting.slot == slot; });
    if (newest != group.rend()) {
      group.erase(std::next(newest).base());
      return;
    }
  }
  for (auto wave = pending_.rbegin(); wave != pending_.rend(); ++wave) {
    std::vector<std::size_t>& slots = wave->second.slots;
    const auto newest = std::find(slots.rbegin(), slots.rend(), slot);
    if (wave->second.key.node == node && wave->second.key.ship_day == ship_day &&
        newest != slots.rend()) {
      slots.erase(std::next(newest).base());
      return;
    }
  }
}

void WaveBook::check(Time now) {
  for (auto& [key, group] : groups_) {
    while (!group.empty() && is_due(key, group, now) && may_propose()) {
      propose(key, group);
    }
  }
}

void WaveBook::release(std::uint64_t wave) {
  pending_.erase(wave);
}

bool WaveBook::may_propose() const {
  return next_wave_ <= pending_waves_max || !pending_.contains(next_wave_ - pending_waves_max);
}

bool WaveBook::is_due(const GroupKey& key, const std::vector<WaitingShipment>& group,
                      Time now) const {
  const WaveRules& rules = network_.figures().wave;
  const std::uint64_t age_us = now.us - group.front().made.us;
  const bool is_planned = network_.figures().nodes.at(key.node).plans_waves;
  const std::uint64_t age_us_max = is_planned ? rules.planned_age_us_max : rules.age_us_max;
  const std::uint64_t lead_us = is_planned ? rules.planned_lead_us : rules.cutoff_lead_us;
  return age_us >= age_us_max || network_.is_cutoff_near(key.node, key.ship_day, now, lead_us);
}

void WaveBook::propose(const GroupKey& key, std::vector<WaitingShipment>& group) {
  PendingWave wave{key, {}};
  const std::size_t count = std::min<std::size_t>(group.size(), network_.figures().wave.orders_max);
  for (std::size_t i = 0; i < count; ++i) {
    wave.slots.push_back(group[i].slot);
  }
  group.erase(group.begin(), group.begin() + static_cast<std::ptrdiff_t>(count));
  proposals_.push_back(proposal_of(next_wave_, wave));
  pending_[next_wave_] = std::move(wave);
  ++next_wave_;
}

test::Proposal WaveBook::proposal_of(std::uint64_t id, const PendingWave& wave) {
  test::Proposal proposal{};
  proposal.head.wave = WaveId{id};
  proposal.head.slot_count = static_cast<std::uint32_t>(wave.slots.size());
  proposal.head.node = NodeIndex{static_cast<std::uint16_t>(wave.key.node)};
  proposal.head.ship_day = Day{static_cast<std::uint16_t>(wave.key.ship_day)};
  proposal.head.service = ServiceIndex{static_cast<std::uint8_t>(wave.key.service)};
  for (const std::size_t slot : wave.slots) {
    proposal.slots.push_back(static_cast<std::uint32_t>(slot));
  }
  return proposal;
}

std::vector<test::Proposal> WaveBook::take_proposals() {
  return std::exchange(proposals_, {});
}

std::vector<test::Proposal> WaveBook::pending() const {
  std::vector<test::Proposal> proposals;
  for (const auto& [id, wave] : pending_) {
    proposals.push_back(proposal_of(id, wave));
  }
  return proposals;
}

std::map<GroupKey, std::vector<std::size_t>> WaveBook::waiting_slots() const {
  std::map<GroupKey, std::vector<std::size_t>> slots;
  for (const auto& [key, group] : groups_) {
    for (const WaitingShipment& waiting : group) {
      slots[key].push_back(waiting.slot);
    }
  }
  for (const auto& [id, wave] : pending_) {
    std::vector<std::size_t>& of_group = slots[wave.key];
    of_group.insert(of_group.end(), wave.slots.begin(), wave.slots.end());
  }
  return slots;
}

void WaveBook::add_to(Hasher& hasher) const {
  hasher.add(next_wave_);
  for (const auto& [key, group] : groups_) {
    if (group.empty()) {
      continue;
    }
    hasher.add(key.node);
    hasher.add(key.service);
    hasher.add(static_cast<std::uint64_t>(key.ship_day));
    hasher.add(group.size());
    for (const WaitingShipment& waiting : group) {
      hasher.add(waiting.slot);
      hasher.add(waiting.made.us);
    }
  }
  for (const auto& [id, wave] : pending_) {
    hasher.add(id);
    hasher.add(wave.slots.size());
    for (const std::size_t slot : wave.slots) {
      hasher.add(slot);
    }
  }
}

}  // namespace millrace::reference
