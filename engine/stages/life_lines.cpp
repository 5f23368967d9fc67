// Lines of an order that change after its placement: units that are taken off or added, and lines
// that are new. docs/order-life.md, Amendments, has the rules.
#include <algorithm>
#include <array>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

namespace {

std::uint32_t cost_of(Units units, std::uint32_t unit_price) {
  return saturated(std::uint64_t{units.value} * unit_price);
}

}  // namespace

Outcome Life::change_units(const Job& job, const Found& found) {
  const Units wanted = job.body.units;
  if (wanted.value > quantity_max) {
    return refused(Refusal::quantity_too_large);
  }
  Units live{0};
  MoreUnits more{};
  orders().for_slices(job.record, [&](const Slice& slice) {
    if (slice.line == job.body.line && is_live(slice.state)) {
      live += slice.units;
      more = MoreUnits{slice.row, Units{0}, slice.line, slice.unit_price};
    }
  });
  if (wanted < live) {
    return take_units_off(job, found, live - wanted);
  }
  if (wanted == live) {
    return accepted();
  }
  more.units = wanted - live;
  return add_units(job, more);
}

Outcome Life::take_units_off(const Job& job, const Found& found, Units units) {
  if (units > found.units) {
    return refused(Refusal::too_many_units, found.units.value);
  }
  if (units < found.units && orders().slices_left() == 0) {
    return refused(Refusal::slices_exhausted);
  }
  StepOrder body = job.body;
  body.units = units;
  body.node = no_node;
  body.parcel = 0;
  return cancel_units(
      {body, Step::cancel, job.slot, job.other, job.record, job.command, job.batch});
}

Outcome Life::add_line(const Job& job) {
  const Row row{job.other.value};
  if (row == no_row) {
    return refused(Refusal::unknown_sku);
  }
  if (job.body.units == Units{0}) {
    return refused(Refusal::zero_quantity);
  }
  if (job.body.units.value > quantity_max) {
    return refused(Refusal::quantity_too_large);
  }
  if (job.body.other.low > ~std::uint32_t{0}) {
    return refused(Refusal::wrong_amount, ~std::uint32_t{0});
  }
  bool known = false;
  std::uint32_t line = 0;
  orders().for_slices(job.record, [&](const Slice& slice) {
    known |= slice.row == row && is_live(slice.state);
    line = std::max(line, slice.line + 1U);
  });
  if (known) {
    return refused(Refusal::sku_in_order);
  }
  if (line >= lines_per_order_max) {
    return refused(Refusal::too_many_lines);
  }
  return add_units(job, {row, job.body.units, static_cast<std::uint8_t>(line),
                         static_cast<std::uint32_t>(job.body.other.low)});
}

Units Life::quota_left(const OrderRecord& record, Row row) const {
  Units left{~std::uint32_t{0}};
  reserve_.quotas_.for_chain(row, record.channel.value, [&](std::uint32_t at) {
    const Quota& quota = reserve_.quotas_[at];
    left = std::min(left, quota.limit > quota.used ? quota.limit - quota.used : Units{0});
  });
  return left;
}

Outcome Life::check_more(const Job& job, const MoreUnits& more) {
  if (const Units left = quota_left(job.record, more.row); left < more.units) {
    return refused(Refusal::quota_exhausted, left.value);
  }
  if (orders().slices_left() < slices_of_more + ready_slices(job.record)) {
    return refused(Refusal::slices_exhausted);
  }
  if (is_service(reserve_.sku(more.row).flags)) {
    return refused(Refusal::none);
  }
  const bool early = is_early(more.row);
  if (early && !allows(job.record.marks, Policy::allow_preorder)) {
    return refused(Refusal::not_on_sale);
  }
  const std::array line{ResolvedLine{more.row, more.units, reserve_.sku(more.row).weight_grams,
                                     more.line, more.unit_price}};
  const WholeNode whole =
      reserve_.route_again(job.slot, RouteOrder{job.record.region, job.record.service, line});
  const bool may_wait = early || allows(job.record.marks, Policy::allow_backorder);
  if (whole.node == no_node && !reserve_.plan_.complete() && !may_wait) {
    return refused(Refusal::out_of_stock);
  }
  return refused(reserve_.backorders_.room() == 0 ? Refusal::backorders_exhausted : Refusal::none);
}

std::uint32_t Life::append_more(const Job& job, const MoreUnits& more) {
  OrderTable& table = reserve_.orders_;
  const bool service = is_service(reserve_.sku(more.row).flags);
  const std::uint32_t at = table.append(
      job.record, table.last_slice(job.record),
      Slice{more.row, more.units, no_slice, Slice::pack(no_node, no_day), more.line,
            service ? SliceState::scheduled : SliceState::backordered, 0, 0, more.unit_price});
  job.record.added += more.units;
  reserve_.count_again(job.record, more.row, more.units);
  if (!service) {
    table.slice(at).place =
        reserve_.backorders_.push(more.row, job.slot, at, more.units, job.record.priority);
    reserve_.units_waiting_ += more.units.value;
    reserve_.shift_promises(more.row);
  }
  return at;
}

Outcome Life::add_units(const Job& job, const MoreUnits& more) {
  if (const Outcome problem = check_more(job, more); problem.refusal != Refusal::none) {
    return problem;
  }
  const std::uint32_t at = append_more(job, more);
  Outcome outcome = accepted(no_node, more.units);
  outcome.cost = cost_of(more.units, more.unit_price);
  if (orders().slice(at).state == SliceState::backordered) {
    outcome.allocated = reserve_.fill_slices(job.slot, std::array{at}, job.command, job.batch);
    outcome.backordered = more.units - outcome.allocated;
  }
  see_payment(job);
  return outcome;
}

void Life::see_payment(const Job& job) {
  const std::uint32_t at = find_account(job.slot);
  if (at == no_note || waits_for_payment(job.record)) {
    return;
  }
  const AccountNote account = reserve_.notes_.get<AccountNote>(at);
  if (account.head.number == AccountNote::unpaid && worth(job.record) > account.authorised) {
    wait_for_payment(job, at);
  }
}

}  // namespace millrace
