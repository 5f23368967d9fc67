// One engine: the pure stages in the order of the topology, and what it says of itself as a whole.
#include "engine/engine.h"

#include <algorithm>
#include <array>
#include <bit>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/state/order_entry.h"
#include "engine/topology.h"

namespace millrace {

namespace {

void add_outcome(Hasher& hasher, const Outcome& outcome) {
  for (const std::uint64_t word : std::bit_cast<std::array<std::uint64_t, 3>>(outcome)) {
    hasher.add(word);
  }
}

void add_stock(Hasher& hasher, const Reserve& reserve, const Network& network) {
  hasher.add(reserve.sku_count());
  for (std::uint32_t index = 0; index < reserve.sku_count(); ++index) {
    const Row row{index};
    const SkuEntry& entry = reserve.sku(row);
    hasher.add(entry.sku.value);
    hasher.add(entry.weight_grams);
    hasher.add(entry.flags);
    for (std::uint16_t node = 0; node < network.node_count(); ++node) {
      const Units on_hand = reserve.stock().on_hand(row, NodeIndex{node});
      const Units available = reserve.stock().available(row, NodeIndex{node});
      if (on_hand > Units{0} || available > Units{0}) {
        hasher.add(node);
        hasher.add(on_hand.value);
        hasher.add(available.value);
      }
      const StockMark* const mark = reserve.marks().find(row, NodeIndex{node});
      if (mark != nullptr && !mark->blank()) {
        hasher.add(node);
        hasher.add_pair(mark->damaged.value, mark->quarantine.value);
        hasher.add_pair(mark->safety.value, mark->low.value | (std::uint64_t{mark->told} << 32U));
      }
    }
  }
}

void add_inbounds(Hasher& hasher, const Reserve& reserve) {
  const InboundTable& inbounds = reserve.inbounds();
  for (std::uint32_t row = 0; row < reserve.sku_count(); ++row) {
    for (std::uint32_t at = inbounds.front(Row{row}); at != no_inbound; at = inbounds[at].next) {
      const InboundStock& inbound = inbounds[at];
      hasher.add(inbound.reference);
      hasher.add_pair(row, inbound.eta.us);
      hasher.add_pair(inbound.units.value,
                      inbound.node.value | (std::uint64_t{inbound.transfer} << 16U));
    }
  }
}

void add_terms_of_sale(Hasher& hasher, const Reserve& reserve) {
  for (std::uint32_t at = 0; at < reserve.quotas().size(); ++at) {
    const Quota& quota = reserve.quotas()[at];
    hasher.add_pair(quota.row.value | (std::uint64_t{quota.channel.value} << 32U), quota.parent);
    hasher.add_pair(quota.limit.value | (std::uint64_t{quota.used.value} << 32U),
                    quota.since.value);
  }
  for (std::uint32_t row = 0; row < reserve.sku_count(); ++row) {
    if (reserve.on_sale(Row{row}) > Time{0}) {
      hasher.add_pair(row, reserve.on_sale(Row{row}).us);
    }
  }
}

void add_demand(Hasher& hasher, const Reserve& reserve, Time now) {
  const auto today = static_cast<std::uint32_t>(now.us / us_per_day);
  for (std::uint32_t row = 0; row < reserve.sku_count(); ++row) {
    const Demand* const demand = reserve.demand().find(Row{row});
    if (demand == nullptr) {
      continue;
    }
    hasher.add_pair(row, demand->since);
    const std::uint32_t kept = today > demand_window_days_max ? today - demand_window_days_max : 0;
    for (std::uint32_t day = std::max(demand->since, kept); day <= today; ++day) {
      if (demand->on(day) > 0) {
        hasher.add_pair(day, demand->on(day));
      }
    }
  }
}

void add_orders(Hasher& hasher, const Reserve& reserve) {
  hasher.add(reserve.orders().size());
  hasher.add(reserve.orders().spent());
  hasher.add(reserve.hash_of_orders());
}

void add_backorders(Hasher& hasher, const Reserve& reserve) {
  const BackorderQueue& queue = reserve.backorders();
  for (std::uint32_t row = 0; row < reserve.sku_count(); ++row) {
    std::uint32_t at = queue.front(Row{row});
    if (at != no_waiter) {
      hasher.add(row);
    }
    for (; at != no_waiter; at = queue[at].next) {
      const Waiter& waiter = queue[at];
      hasher.add(waiter.slot.value | std::uint64_t{reserve.orders().slice(waiter.slice).units.value}
                                         << 32U);
      hasher.add_pair(waiter.promise.value | (std::uint64_t{waiter.priority} << 16U),
                      waiter.cancel_at.us);
    }
  }
}

void add_capacity(Hasher& hasher, const ShipCalendar& calendar, const Network& network) {
  for (std::uint16_t node = 0; node < network.node_count(); ++node) {
    hasher.add(node);
    for (std::uint32_t ahead = 0; ahead < ShipCalendar::window_days; ++ahead) {
      const Day day{static_cast<std::uint16_t>(calendar.today(NodeIndex{node}).value + ahead)};
      const std::uint32_t shipments = calendar.promised(NodeIndex{node}, day);
      if (shipments > 0) {
        hasher.add(day.value);
        hasher.add(shipments);
      }
    }
  }
}

void add_outages(Hasher& hasher, const OutageTable& outages) {
  outages.for_each([&](const Outage& outage) {
    hasher.add_pair(outage.node.value | (std::uint64_t{outage.out} << 16U), outage.next);
    hasher.add_pair(outage.due.us, outage.orders);
  });
}

}  // namespace

void Engine::tell_waiting(Batch& batch) const {
  wave_.pool().for_waiting([&](const Shipment& shipment, const WaveOwner& owner) {
    allocate_.floor().tell_waiting(shipment.slot, owner.node, shipment.made, batch);
  });
}

Engine::Engine(const Network& network, const Limits& limits)
    : network_(network),
      validate_(network, limits),
      allocate_(network, limits, validate_.order_ids()),
      wave_(network, limits) {}

void Engine::set_bounds(const Bounds& bounds) {
  validate_.set_bounds(bounds);
  allocate_.set_bounds(bounds);
}

void Engine::apply(Batch& batch) {
  for (const StageSpec& stage : topology) {
    if (stage.kind == StageKind::pure) {
      run_stage(stage.id, batch);
    }
  }
}

void Engine::run_stage(StageId stage, Batch& batch) {
  switch (stage) {
    case StageId::validate:
      validate_.process(batch);
      break;
    case StageId::allocate:
      allocate_.process(batch);
      break;
    case StageId::wave:
      wave_.process(batch);
      break;
    case StageId::intake:
    case StageId::journal:
    case StageId::reply:
      CHECK(false);
  }
}

std::uint64_t Engine::digest() const {
  const Reserve& reserve = allocate_.reserve();
  Hasher hasher;
  hasher.add(allocate_.last_sequence().value);
  hasher.add(allocate_.now().us);
  hasher.add(allocate_.outcome_digest());
  add_stock(hasher, reserve, network_);
  add_inbounds(hasher, reserve);
  add_terms_of_sale(hasher, reserve);
  add_demand(hasher, reserve, allocate_.now());
  reserve.prices().digest(hasher, reserve.sku_count());
  add_orders(hasher, reserve);
  add_backorders(hasher, reserve);
  add_capacity(hasher, reserve.calendar(), network_);
  add_outages(hasher, reserve.outages());
  wave_.digest(hasher);
  const CommandIds& commands = validate_.command_ids();
  hasher.add(commands.remembered());
  for (std::uint64_t at = 0; at < commands.remembered(); ++at) {
    const std::uint32_t entry = commands.oldest(at);
    hasher.add(commands[entry]);
    hasher.add(allocate_.answer(entry).body_hash);
    add_outcome(hasher, allocate_.answer(entry).outcome);
  }
  hasher.add(allocate_.events().told);
  hasher.add(allocate_.event_digest());
  return hasher.value();
}

std::optional<std::string> Engine::audit() const {
  return allocate_.audit();
}

std::uint64_t Engine::write_entry(Slot slot, std::vector<std::byte>& entry) const {
  millrace::write_entry(allocate_.reserve().orders(), allocate_.reserve().notes(), slot, entry);
  return hash_of_entry(entry);
}

void Engine::save(SectionWriter& out) const {
  allocate_.reserve().save_archive(out);
  validate_.save(out);
  allocate_.save(out, validate_.command_ids().remembered());
  wave_.save(out);
}

std::optional<std::string> Engine::load(SectionReader& in) {
  CHECK(last_sequence() == Sequence{0});
  if (auto problem = allocate_.reserve().load_archive(in)) {
    return problem;
  }
  if (auto problem = validate_.load(in)) {
    return problem;
  }
  if (auto problem = allocate_.load(in)) {
    return problem;
  }
  return wave_.load(in, allocate_.reserve().orders().size());
}

}  // namespace millrace
