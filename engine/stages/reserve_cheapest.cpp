// Orders where one node that has everything is weighed against several, and stock that will be
// missed has a price.
#include "engine/stages/reserve.h"

namespace millrace {

namespace {

Outcome accepted_figure(NodeIndex node, Units figure) {
  return accepted(node, Units{0}, figure.value);
}

}  // namespace

Outcome Reserve::place_cheapest(const NewOrder& order, Batch& batch) {
  if (!prices_.used()) {
    return place_by_price(order, Surcharges{network_.routing.parcel_penalty_cents}, batch);
  }
  const Outcome outcome = place_by_price(order, pricer_.price(order.route, now_), batch);
  if (outcome.shipments == 1) {
    prices_.use(outcome.node);
  } else if (outcome.shipments > 1) {
    for (const PlannedShipment& shipment : std::span(plan_.shipments).first(outcome.shipments)) {
      prices_.use(shipment.node);
    }
  }
  return outcome;
}

Outcome Reserve::place_by_price(const NewOrder& order, const Surcharges& extra, Batch& batch) {
  const RouteOrder& route = order.route;
  WholeNode whole{no_node, Cents{0}};
  if (!allows(order.head.policy, Policy::allow_split) || route.lines.size() == 1) {
    whole = router_.whole(route, extra);
  } else if (router_.cheapest(route, extra, plan_)) {
    if (plan_.shipment_count > 1) {
      return place_plan(order, false, batch);
    }
    whole = WholeNode{plan_.shipments[0].node, plan_.cost};
  }
  return whole.node != no_node ? place_whole(order, whole, batch) : place_parts(order, batch);
}

Outcome Reserve::set_forecast(const StockChange& change, Row row) {
  if (!prices_.used()) {
    return refused(Refusal::no_look_ahead);
  }
  const Time none{0};
  if (change.moment != none && change.moment <= now_) {
    return refused(Refusal::moment_passed);
  }
  const bool any = change.moment != none && change.units > Units{0};
  prices_.expect(row, any ? Forecast{now_, change.moment, change.units.value, 0} : Forecast{});
  return accepted_figure(no_node, change.units);
}

Outcome Reserve::set_price(const StockChange& change, Row row) {
  if (!prices_.used()) {
    return refused(Refusal::no_look_ahead);
  }
  if (change.units.value > surcharge_cents_max) {
    return refused(Refusal::price_too_large, surcharge_cents_max);
  }
  prices_.advise(row, change.node, change.units.value);
  return accepted_figure(change.node, change.units);
}

}  // namespace millrace
