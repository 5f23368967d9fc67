// The wave stage.
#include "engine/stages/wave.h"

#include <algorithm>
#include <vector>

#include "engine/core/check.h"

namespace millrace {

namespace {
constexpr Time never{~std::uint64_t{0}};
}

Wave::Wave(const Network& network, const Limits& limits)
    : network_(network),
      pool_(limits.orders_max, limits.slices_max, network.node_count(),
            static_cast<std::uint32_t>(network.services.size()), limits.touch) {}

void Wave::process(Batch& batch) {
  std::size_t next_note = 0;
  for (const Message& message : batch.in()) {
    if (!is_journaled(message.kind)) {
      continue;
    }
    see_time(message.time, batch);
    const auto note_before = [&](std::uint32_t end) {
      for (; next_note < batch.shipments.size() && batch.shipments[next_note].command < end;
           ++next_note) {
        note(batch.shipments[next_note], batch);
      }
    };
    if (message.kind == CommandKind::release_wave) {
      std::uint32_t command = message.first_command;
      for (const ReleaseWave& release : message.commands<ReleaseWave>()) {
        note_before(++command);
        if (!release.is_planned()) {
          pool_.release(release.wave);
        }
      }
    }
    note_before(message.first_command + message.count);
  }
  CHECK(next_note == batch.shipments.size());
  deadline_us_.store(earliest_due_.us, std::memory_order_relaxed);
}

void Wave::see_time(Time time, Batch& batch) {
  const std::uint64_t second = now_.us / us_per_second;
  now_ = std::max(now_, time);
  if (now_.us / us_per_second > second) {
    // Whole seconds only: a due group is met at the first journaled second at or after its due
    // time's, so the scan is skipped while none can be due.
    if (now_ >= earliest_due_) {
      check(batch);
    }
  }
}

Time Wave::due(const WaveGroup& group, NodeIndex node) const {
  const WaveRules& rules = network_.wave;
  const bool planned = network_.nodes[node.value].plans_waves;
  const std::uint64_t aged =
      pool_.oldest(group.queue).us + (planned ? rules.planned_age_us_max : rules.age_us_max);
  const std::uint64_t cutoff = network_.cutoff(node, group.ship_day).us;
  const std::uint64_t lead = planned ? rules.planned_lead_us : rules.cutoff_lead_us;
  return Time{std::min(aged, cutoff > lead ? cutoff - lead : 0)};
}

void Wave::check(Batch& batch) {
  earliest_due_ = never;
  for (std::uint16_t node = 0; node < pool_.node_count(); ++node) {
    for (std::uint8_t service = 0; service < pool_.service_count(); ++service) {
      const NodeIndex at_node{node};
      for (WaveGroup& group : pool_.groups(at_node, ServiceIndex{service})) {
        while (group.queue.count > 0 && due(group, at_node) <= now_ && pool_.can_propose()) {
          propose(at_node, ServiceIndex{service}, group, batch);
        }
        if (group.queue.count > 0) {
          earliest_due_ = std::min(earliest_due_, due(group, at_node));
        }
      }
    }
  }
  pool_.forget_empty_groups();
}

void Wave::note(const ShipmentNote& shipment, Batch& batch) {
  if (shipment.withdrawn) {
    if (shipment.node == no_node) {
      pool_.withdraw(shipment.slot);
    } else {
      pool_.withdraw_one(shipment.slot, shipment.node, shipment.ship_day);
    }
    return;
  }
  WaveGroup& group =
      pool_.add(shipment.node, shipment.service, shipment.ship_day, shipment.slot, now_);
  if (group.queue.count >= network_.wave.orders_max && pool_.can_propose() &&
      !network_.nodes[shipment.node.value].plans_waves) {
    propose(shipment.node, shipment.service, group, batch);
  }
  if (group.queue.count == 1) {
    earliest_due_ = std::min(earliest_due_, due(group, shipment.node));
  }
}

void Wave::propose(NodeIndex node, ServiceIndex service, WaveGroup& group, Batch& batch) {
  const std::uint32_t count = std::min(group.queue.count, network_.wave.orders_max);
  write_proposal(pool_, pool_.propose(node, service, group, count), batch);
}

void Wave::write_proposal(const WavePool& pool, const PendingWave& wave, Batch& batch) {
  WaveProposal proposal{};
  proposal.head.wave = wave.owner.wave;
  proposal.head.slot_count = wave.queue.count;
  proposal.head.node = wave.owner.node;
  proposal.head.ship_day = wave.owner.ship_day;
  proposal.head.service = wave.owner.service;
  proposal.first_slot = static_cast<std::uint32_t>(batch.proposed_slots.size());
  pool.for_queue(wave.queue, [&](const Shipment& shipment) {
    batch.proposed_slots.push_back(shipment.slot.value);
  });
  batch.proposals.push_back(proposal);
}

void Wave::propose_pending(Batch& batch) const {
  pool_.for_pending([&](const PendingWave& wave) { write_proposal(pool_, wave, batch); });
}

void Wave::save(SectionWriter& out) const {
  const std::uint64_t clock[1] = {now_.us};
  out.table<std::uint64_t>("wave clock", clock);
  pool_.save(out);
}

std::optional<std::string> Wave::load(SectionReader& in, std::uint32_t order_count) {
  std::vector<std::uint64_t> clock;
  if (!in.table("wave clock", clock, 1) || clock.size() != 1) {
    return "section wave clock: damaged";
  }
  now_ = Time{clock[0]};
  auto problem = pool_.load(in, order_count);
  // At zero the next whole second looks at every group and finds the true time.
  earliest_due_ = Time{0};
  deadline_us_.store(pool_.size() > 0 ? now_.us : never.us, std::memory_order_relaxed);
  return problem;
}

}  // namespace millrace
