// Services: lines of an order that are done, not sent. They need no stock and no node; they are
// scheduled, activated and closed. docs/order-life.md, Services, has the rules.
#include <algorithm>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

Outcome Life::place_goods(const NewOrder& order, std::uint8_t policy, Batch& batch) {
  if (!order.route.lines.empty() && allows(policy, Policy::allow_dropship)) {
    return place_asking_vendors(order, allows(policy, Policy::unpaid), batch);
  }
  if (!order.route.lines.empty()) {
    return reserve_.place(order, batch);
  }
  OrderRecord record{};
  record.body_hash = order.verdict.body_hash;
  record.sequence = order.sequence;
  record.first_slice = no_slice;
  record.region = order.verdict.region;
  record.service = order.head.service;
  record.marks = order.head.policy;
  record.asks_vendors = static_cast<std::uint8_t>(allows(policy, Policy::allow_dropship));
  record.channel = order.head.channel;
  record.priority = order.head.priority;
  record.outcome = refused(Refusal::none);
  record.outcome.status = Status::allocated;
  return reserve_.orders_.open(Slot{order.verdict.slot}, record).outcome;
}

Outcome Life::place_lines(const NewOrder& order, std::uint8_t policy, Batch& batch) {
  const std::span<const ResolvedLine> services = services_of(order.verdict, batch);
  const auto count = static_cast<std::uint32_t>(services.size());
  OrderTable& table = reserve_.orders_;
  if (table.slices_left() < count) {
    return reserve_.refuse(Refusal::slices_exhausted, order.head, order.verdict, order.sequence);
  }
  table.keep(count);
  const Outcome outcome = place_goods(order, policy, batch);
  table.keep_no_more(count);
  if (outcome.status == Status::refused) {
    return outcome;
  }
  OrderRecord& record = table[Slot{order.verdict.slot}];
  std::uint32_t last = table.last_slice(record);
  for (const ResolvedLine& line : services) {
    last = table.append(
        record, last,
        Slice{line.row, line.units, no_slice, Slice::pack(no_node, no_day),
              static_cast<std::uint8_t>(line.line), SliceState::scheduled, 0, 0, line.unit_price});
    record.outcome.allocated += line.units;
  }
  return record.outcome;
}

Outcome Life::schedule(const Job& job) {
  if (job.body.code < now_.us / us_per_day) {
    return refused(Refusal::moment_passed);
  }
  return accepted(no_node, move(job, [&](std::uint32_t at) {
                    Slice& slice = reserve_.orders_.slice(at);
                    slice.state = next_state(slice.state, job.step);
                    slice.place = Slice::pack(no_node, Day{job.body.code});
                  }));
}

Outcome Life::activate(const Job& job) {
  if (job.record.holds() != 0) {
    return refused(Refusal::on_hold);
  }
  if (find_account(job.slot) == no_note && reserve_.notes_.left() == 0) {
    return refused(Refusal::notes_exhausted);
  }
  std::uint64_t amount = 0;
  Outcome outcome = accepted(no_node, move(job, [&](std::uint32_t at) {
                               Slice& slice = reserve_.orders_.slice(at);
                               slice.state = next_state(slice.state, job.step);
                               amount += std::uint64_t{slice.units.value} * slice.unit_price;
                             }));
  outcome.cost = saturated(amount);
  tell_capture(job, outcome);
  return outcome;
}

}  // namespace millrace
