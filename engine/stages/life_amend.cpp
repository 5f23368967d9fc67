// Orders that are to go elsewhere or by another service, and shipments that are moved by hand: all
// of it or nothing. docs/order-life.md, Amendments, has the rules.
#include <algorithm>
#include <array>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

namespace {

/// Its shipment has a ship day and has not left.
bool is_planned(SliceState state) {
  return state == SliceState::allocated || state == SliceState::waved ||
         state == SliceState::picking || state == SliceState::picked;
}

}  // namespace

Outcome Life::change_address(const Job& job) {
  const RegionIndex region =
      network_.region_of(CountryCode{job.body.code}, PostalCode{job.body.value});
  if (region == no_region) {
    return refused(Refusal::unknown_region);
  }
  return redirect(job, region, job.record.service);
}

Outcome Life::change_service(const Job& job) {
  if (job.body.code >= network_.services.size()) {
    return refused(Refusal::unknown_service);
  }
  return redirect(job, job.record.region, ServiceIndex{static_cast<std::uint8_t>(job.body.code)});
}

std::uint32_t Life::choose_allocated(const OrderRecord& record) {
  std::uint32_t count = 0;
  reserve_.orders_.for_slices(record, [&](const Slice& slice, std::uint32_t at) {
    if (slice.state == SliceState::allocated) {
      chosen_[count++] = at;
    }
  });
  return count;
}

Cents Life::cost_where_they_are(std::span<const std::uint32_t> slices, RegionIndex region,
                                ServiceIndex service) const {
  Cents cost{0};
  for (std::size_t at = 0; at < slices.size(); ++at) {
    const NodeIndex node = orders().slice(slices[at]).node();
    const auto before = slices.first(at);
    const bool seen = std::any_of(before.begin(), before.end(), [&](std::uint32_t other) {
      return orders().slice(other).node() == node;
    });
    if (seen) {
      continue;
    }
    Grams weight{0};
    for (const std::uint32_t other : slices) {
      const Slice& slice = orders().slice(other);
      const std::uint64_t grams =
          std::uint64_t{reserve_.sku(slice.row).weight_grams} * slice.units.value;
      weight.value += slice.node() == node ? grams : 0;
    }
    cost.value += network_.shipment_cost(service, region, node, weight).value;
  }
  return cost;
}

void Life::keep_shipments(const Job& job, std::uint32_t count, bool other_waves) {
  for (const std::uint32_t at : chosen_.first(count)) {
    const Slice& slice = orders().slice(at);
    reserve_.hold_again(slice.row, slice.node(), slice.units);
    if (slice.head != 0 && other_waves) {
      job.batch.shipments.push_back(ShipmentNote{job.slot, slice.node(), slice.ship_day(),
                                                 job.record.service, false, job.command});
      // It is a shipment more in the pool of waves.
      reserve_.orders_.spend(1);
    }
  }
}

void Life::set_way(const Job& job, RegionIndex region, ServiceIndex service) {
  if (job.record.service != service) {
    // Waves are of one service.
    job.batch.shipments.push_back(
        ShipmentNote{job.slot, no_node, no_day, job.record.service, true, job.command});
  }
  job.record.region = region;
  job.record.service = service;
}

void Life::promise_again(OrderRecord& record) {
  Day latest = no_day;
  orders().for_slices(record, [&](const Slice& slice) {
    if (is_planned(slice.state)) {
      latest = std::max(
          latest, network_.delivery_day(record.service, network_.zone(record.region, slice.node()),
                                        slice.ship_day()));
    } else if (slice.state == SliceState::backordered) {
      reserve_.shift_promises(slice.row);
    }
  });
  record.promise_day = latest == no_day ? record.promise_day : latest;
}

Outcome Life::redirect(const Job& job, RegionIndex region, ServiceIndex service) {
  OrderTable& table = reserve_.orders_;
  Outcome outcome = accepted();
  const std::uint32_t count = choose_allocated(job.record);
  if (count == 0) {
    set_way(job, region, service);
    promise_again(job.record);
    return outcome;
  }
  if (job.record.service != service && table.slices_left() < count) {
    return refused(Refusal::slices_exhausted);
  }
  std::array<ResolvedLine, lines_per_order_max> lines;
  const std::span<const std::uint32_t> chosen = chosen_.first(count);
  for (const std::uint32_t at : chosen) {
    const Slice& slice = table.slice(at);
    reserve_.give_back(slice.row, slice.node(), slice.units);
    outcome.allocated += slice.units;
  }
  const RouteOrder route{region, service, reserve_.lines_of(chosen, lines)};
  if (const WholeNode whole = reserve_.route_again(job.slot, route); whole.node != no_node) {
    Router::plan_whole(route, whole, reserve_.plan_);
  }
  const Plan& plan = reserve_.plan_;
  const Cents here = cost_where_they_are(chosen, region, service);
  if (!plan.complete() || plan.cost >= here || table.slices_left() < plan.piece_count) {
    const bool other_waves = job.record.service != service;
    set_way(job, region, service);
    keep_shipments(job, count, other_waves);
    promise_again(job.record);
    outcome.node = table.slice(chosen_[0]).node();
    outcome.allocated = Units{0};
    outcome.cost = saturated(here.value);
    return outcome;
  }
  for (const std::uint32_t at : chosen) {
    reserve_.leave_shipment(job.slot, at, job.command, job.batch);
    table.slice(at).state = SliceState::rerouted;
    table.slice(at).head = 0;
  }
  set_way(job, region, service);
  outcome.node = plan.pieces[0].node;
  outcome.cost = saturated(plan.cost.value);
  reserve_.book(job.slot, route.lines, job.command, job.batch);
  promise_again(job.record);
  fill_chosen(count, job.command, job.batch);
  return outcome;
}

bool Life::moves_whole(const Job& job) const {
  Units moved{0};
  Units stays{0};
  orders().for_slices(job.record, [&](const Slice& slice) {
    const bool moves =
        matches(slice, job.body, job.step) && next_state(slice.state, job.step) != no_state;
    const bool is_there = slice.held() && slice.node().value == job.body.code;
    const bool is_to_leave = slice.held() || slice.state == SliceState::backordered;
    moved += moves ? slice.units : Units{0};
    stays += !moves && is_to_leave && !is_there ? slice.units : Units{0};
  });
  return stays == Units{0} && (job.body.units == Units{0} || job.body.units == moved);
}

bool Life::target_has(const Job& job) const {
  std::array<ResolvedLine, lines_per_order_max> lines{};
  std::uint32_t count = 0;
  Units left = job.body.units == Units{0} ? Units{~std::uint32_t{0}} : job.body.units;
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (left == Units{0} || !matches(slice, job.body, job.step) ||
        next_state(slice.state, job.step) == no_state) {
      return;
    }
    std::uint32_t same = 0;
    while (same < count && lines[same].row != slice.row) {
      ++same;
    }
    count = std::max(count, same + 1);
    lines[same].row = slice.row;
    lines[same].units += std::min(left, slice.units);
    left -= std::min(left, slice.units);
  });
  const auto taken = std::span(lines).first(count);
  return std::all_of(taken.begin(), taken.end(), [&](const ResolvedLine& line) {
    return reserve_.stock_.available(line.row, NodeIndex{job.body.code}) >= line.units;
  });
}

Refusal Life::check_target(const Job& job, const Found& found) const {
  if (!allows(job.record.marks, Policy::allow_split) && !moves_whole(job)) {
    return Refusal::split_not_allowed;
  }
  if (!target_has(job)) {
    return Refusal::out_of_stock;
  }
  const NodeIndex target{job.body.code};
  if ((job.record.holds() == 0 || network_.is_vendor(target)) &&
      !reserve_.calendar_.is_open(target)) {
    return Refusal::capacity_full;
  }
  return reserve_.orders_.slices_left() < found.slices + 1 ? Refusal::slices_exhausted
                                                           : Refusal::none;
}

Outcome Life::move_units(const Job& job, const Found& found) {
  const NodeIndex target{job.body.code};
  if (target.value >= network_.nodes.size()) {
    return refused(Refusal::unknown_node);
  }
  if (const Refusal why = check_target(job, found); why != Refusal::none) {
    return refused(why);
  }
  OrderTable& table = reserve_.orders_;
  std::uint32_t count = 0;
  const Units moved = move(job, [&](std::uint32_t at) { chosen_[count++] = at; });
  const bool on_hold = job.record.holds() != 0;
  table.spend(on_hold ? 0 : count);
  for (const std::uint32_t at : chosen_.first(count)) {
    Slice& slice = table.slice(at);
    reserve_.leave_shipment(job.slot, at, job.command, job.batch);
    reserve_.give_back(slice.row, slice.node(), slice.units);
    // So that it is no heir of those that leave after it.
    slice.place = Slice::pack(target, no_day);
  }
  const Day day =
      on_hold ? no_day : reserve_.ship(job.record, job.slot, target, job.command, job.batch);
  for (const std::uint32_t at : chosen_.first(count)) {
    Slice& slice = table.slice(at);
    reserve_.hold(slice.row, target, slice.units);
    slice.state = next_state(slice.state, job.step);
    slice.head = static_cast<std::uint8_t>(!on_hold && at == chosen_[0]);
    slice.place = Slice::pack(target, day);
  }
  fill_chosen(count, job.command, job.batch);
  return accepted(target, moved);
}

}  // namespace millrace
