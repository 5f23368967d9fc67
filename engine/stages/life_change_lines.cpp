// Several lines of an order that change with one command: units that are added and taken off, new
// lines and lines that go. All of it, or nothing. docs/order-life.md, Amendments, has the rules.
#include <algorithm>
#include <array>

#include "engine/core/check.h"
#include "engine/stages/life.h"

namespace millrace {

Outcome Life::compare_lines(const Job& job, LineChanges& changes) const {
  const std::span<const ResolvedLine> wanted{job.batch.resolved.data() + job.other.value,
                                             line_count_of(job.body)};
  std::uint32_t next_line = 0;
  orders().for_slices(
      job.record, [&](const Slice& slice) { next_line = std::max(next_line, slice.line + 1U); });
  for (const ResolvedLine& line : wanted) {
    Units live{0};
    Units movable{0};
    SliceState first = no_state;
    MoreUnits known{line.row, line.units, 0, line.unit_price};
    orders().for_slices(job.record, [&](const Slice& slice) {
      if (slice.row != line.row || !is_live(slice.state)) {
        return;
      }
      first = first == no_state ? slice.state : first;
      live += slice.units;
      movable += next_state(slice.state, job.step) != no_state ? slice.units : Units{0};
      known.line = slice.line;
      known.unit_price = slice.unit_price;
    });
    if (line.units == live) {
      if (live == Units{0}) {
        return refused(Refusal::no_such_line);
      }
      continue;
    }
    if (live == Units{0}) {
      if (next_line >= lines_per_order_max) {
        return refused(Refusal::too_many_lines);
      }
      known.line = static_cast<std::uint8_t>(next_line++);
    } else if (movable == Units{0}) {
      return not_allowed(first, job.step, job.body.reason);
    }
    if (line.units > live) {
      known.units = line.units - live;
      changes.more[changes.more_count++] = known;
      continue;
    }
    if (live - line.units > movable) {
      return refused(Refusal::too_many_units, movable.value);
    }
    changes.fewer[changes.fewer_count++] = FewerUnits{live - line.units, known.line};
  }
  return refused(Refusal::none);
}

Outcome Life::check_changes(const Job& job, const LineChanges& changes) {
  std::array<ResolvedLine, lines_per_order_max> goods;
  std::uint32_t goods_count = 0;
  bool early = false;
  for (const MoreUnits& more : std::span(changes.more).first(changes.more_count)) {
    if (const Units left = quota_left(job.record, more.row); left < more.units) {
      return refused(Refusal::quota_exhausted, left.value);
    }
    const SkuEntry& sku = reserve_.sku(more.row);
    if (!is_service(sku.flags)) {
      goods[goods_count++] =
          ResolvedLine{more.row, more.units, sku.weight_grams, more.line, more.unit_price};
      early |= is_early(more.row);
    }
  }
  const std::uint32_t on_hold_again = changes.more_count > 0 ? ready_slices(job.record) : 0;
  if (orders().slices_left() <
      changes.more_count * slices_of_more + on_hold_again + changes.fewer_count) {
    return refused(Refusal::slices_exhausted);
  }
  if (goods_count == 0) {
    return refused(Refusal::none);
  }
  if (early && !allows(job.record.marks, Policy::allow_preorder)) {
    return refused(Refusal::not_on_sale);
  }
  const WholeNode whole = reserve_.route_again(
      job.slot, RouteOrder{job.record.region, job.record.service,
                           std::span<const ResolvedLine>(goods).first(goods_count)});
  const bool may_wait = early || allows(job.record.marks, Policy::allow_backorder);
  if (whole.node == no_node && !reserve_.plan_.complete() && !may_wait) {
    return refused(Refusal::out_of_stock);
  }
  return refused(reserve_.backorders_.room() < goods_count ? Refusal::backorders_exhausted
                                                           : Refusal::none);
}

void Life::add_lines(const Job& job, std::span<const MoreUnits> more, Outcome& outcome) {
  std::array<std::uint32_t, lines_per_order_max> waiting;
  std::uint32_t count = 0;
  std::uint64_t cost = 0;
  for (const MoreUnits& each : more) {
    const std::uint32_t at = append_more(job, each);
    cost += std::uint64_t{each.units.value} * each.unit_price;
    if (orders().slice(at).state == SliceState::backordered) {
      waiting[count++] = at;
      outcome.backordered += each.units;
    } else {
      outcome.allocated += each.units;
    }
  }
  outcome.cost = saturated(cost);
  if (count > 0) {
    const Units held =
        reserve_.fill_slices(job.slot, std::span(waiting).first(count), job.command, job.batch);
    outcome.allocated += held;
    outcome.backordered -= held;
  }
}

std::uint32_t Life::take_lines_off(const Job& job, std::span<const FewerUnits> fewer,
                                   Outcome& outcome) {
  std::uint32_t freed = 0;
  for (const FewerUnits& each : fewer) {
    StepOrder body = job.body;
    body.line = each.line;
    body.units = each.units;
    body.node = no_node;
    body.parcel = 0;
    cancel_chosen({body, Step::cancel, job.slot, job.other, job.record, job.command, job.batch},
                  freed);
    outcome.detail += each.units.value;
  }
  return freed;
}

Outcome Life::change_lines(const Job& job) {
  LineChanges changes;
  changes.more_count = 0;
  changes.fewer_count = 0;
  if (const Outcome problem = compare_lines(job, changes); problem.refusal != Refusal::none) {
    return problem;
  }
  if (const Outcome problem = check_changes(job, changes); problem.refusal != Refusal::none) {
    return problem;
  }
  Outcome outcome = accepted();
  add_lines(job, std::span<const MoreUnits>(changes.more).first(changes.more_count), outcome);
  const std::uint32_t freed = take_lines_off(
      job, std::span<const FewerUnits>(changes.fewer).first(changes.fewer_count), outcome);
  fill_chosen(freed, job.command, job.batch);
  see_payment(job);
  return outcome;
}

}  // namespace millrace
