// What no node of ours has, asked of vendors: the same routing once more, over what they offer.
#include <array>

#include "engine/core/check.h"
#include "engine/stages/reserve.h"

namespace millrace {

void Reserve::promise_rest(OrderRecord& record, std::uint32_t command, Batch& batch) {
  settle_promises(command, batch);
  record.outcome.promise_day = promise_of(record);
}

Reserve::Place Reserve::usual_place() const {
  return network_.routing.compares() ? &Reserve::place_cheapest : &Reserve::place_plainly;
}

WholeNode Reserve::route_to_vendors(const RouteOrder& order, Slot slot, bool may_split,
                                    Plan& plan) {
  const ShipCalendar::OpenNodes open = calendar_.open_nodes();
  calendar_.set_open_nodes(calendar_.vendors());
  shut_tried(slot, order.lines);
  const WholeNode whole = route_among_open(order, may_split, plan);
  calendar_.set_open_nodes(open);
  return whole;
}

bool Reserve::vendors_help(const RouteOrder& order, Slot slot, std::uint8_t policy) {
  const bool may_split = allows(policy, Policy::allow_split);
  plan_.clear(order.units);
  if (may_split && order.units > Units{1}) {
    router_.split(order, plan_);
  }
  std::array<ResolvedLine, lines_per_order_max> rest;
  std::uint32_t count = 0;
  for (std::uint32_t index = 0; index < order.lines.size(); ++index) {
    const Units missing = plan_.uncovered(index, order.lines[index].units);
    if (missing > Units{0}) {
      rest[count] = order.lines[index];
      rest[count++].units = missing;
    }
  }
  if (count == 0) {
    return false;
  }
  const RouteOrder asked{order.region, order.service, std::span(rest).first(count)};
  const WholeNode whole = route_to_vendors(asked, slot, may_split, vendor_plan_);
  if (whole.node != no_node) {
    Router::plan_whole(asked, whole, vendor_plan_);
  }
  const bool may_lack =
      allows(policy, Policy::allow_backorder) || allows(policy, Policy::allow_partial);
  return vendor_plan_.complete() || (may_lack && vendor_plan_.piece_count > 0);
}

Outcome Reserve::place_asking(const NewOrder& order, Batch& batch) {
  const RouteOrder& route = order.route;
  const Slot slot{order.verdict.slot};
  const bool early = embargoes_ > 0 && embargoed(route.lines);
  const bool asks = router_.whole(route).node == no_node && !early &&
                    vendors_help(route, slot, order.head.policy);
  Outcome outcome{};
  if (!asks) {
    outcome = (this->*usual_place())(order, batch);
  } else if (notes_.left() < vendor_plan_.piece_count) {
    return refuse(Refusal::notes_exhausted, order.head, order.verdict, order.sequence);
  } else if (orders_.slices_left() <
             plan_.piece_count + route.lines.size() + vendor_plan_.piece_count) {
    return refuse(Refusal::slices_exhausted, order.head, order.verdict, order.sequence);
  } else {
    OrderHead head = order.head;
    head.policy |= static_cast<std::uint8_t>(Policy::allow_dropship) |
                   static_cast<std::uint8_t>(Policy::allow_backorder);
    outcome = place_parts(NewOrder{head, order.verdict, order.route, order.command, order.sequence},
                          batch);
  }
  if (!asks) {
    vendor_plan_.clear(Units{0});
  }
  if (outcome.status != Status::refused) {
    orders_[slot].marks = order.head.policy;
    orders_[slot].asks_vendors = 1;
  }
  return outcome;
}

Outcome Reserve::place_asking_vendors(const NewOrder& order, Batch& batch) {
  return quotas_.any() || marks_.watched() > 0
             ? place_within_quotas(order, batch, &Reserve::place_asking)
             : place_asking(order, batch);
}

Units Reserve::request_slices(Slot slot, std::span<const std::uint32_t> waiting,
                              std::uint32_t command, Batch& batch) {
  std::array<ResolvedLine, lines_per_order_max> lines;
  const OrderRecord& record = orders_[slot];
  const RouteOrder order{record.region, record.service, lines_of(waiting, lines)};
  const WholeNode whole =
      route_to_vendors(order, slot, allows(record.marks, Policy::allow_split), plan_);
  // Each is noted, with the moment by which the vendor must answer.
  const bool alone = whole.node != no_node;
  if (notes_.left() < (alone ? waiting.size() : plan_.piece_count)) {
    return Units{0};
  }
  const Filling filling{slot, Step::request_vendor, command, batch};
  const Units asked =
      alone ? hold_whole(filling, waiting, whole.node) : hold_pieces(filling, waiting);
  units_waiting_ -= asked.value;
  return asked;
}

}  // namespace millrace
