// Orders where one node is weighed against several, and stock that will be missed has a price.
#include "engine/stages/reserve.h"

namespace millrace {

Surcharges Reserve::surcharges(const RouteOrder& order) {
  if (!prices_.used()) {
    return {network_.routing.extra_parcel_cents};
  }
  return pricer_.price(order, now_);
}

Outcome Reserve::place_cheapest(const NewOrder& order, Batch& batch) {
  const RouteOrder& route = order.route;
  const Surcharges extra = surcharges(route);
  WholeNode whole{no_node, Cents{0}};
  bool split = false;
  if (!allows(order.head.policy, Policy::allow_split) || route.lines.size() == 1) {
    whole = router_.whole(route, extra);
  } else if (router_.cheapest(route, extra, plan_)) {
    split = plan_.shipment_count > 1;
    whole = split ? whole : WholeNode{plan_.shipments[0].node, plan_.cost};
  }
  Outcome outcome{};
  if (whole.node != no_node) {
    outcome = place_whole(order, whole, batch);
  } else {
    outcome = split ? place_plan(order, false, batch) : place_parts(order, batch);
  }
  if (prices_.used() && outcome.shipments == 1) {
    prices_.use(outcome.node);
  } else if (prices_.used() && outcome.shipments > 1) {
    for (const PlannedShipment& shipment : std::span(plan_.shipments).first(outcome.shipments)) {
      prices_.use(shipment.node);
    }
  }
  return outcome;
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
  Outcome outcome = refused(Refusal::none, change.units.value);
  outcome.status = Status::accepted;
  return outcome;
}

Outcome Reserve::set_price(const StockChange& change, Row row) {
  if (!prices_.used()) {
    return refused(Refusal::no_look_ahead);
  }
  if (change.units.value > surcharge_cents_max) {
    return refused(Refusal::price_too_large, surcharge_cents_max);
  }
  prices_.advise(row, change.node, change.units.value);
  Outcome outcome = refused(Refusal::none, change.units.value);
  outcome.status = Status::accepted;
  outcome.node = change.node;
  return outcome;
}

}  // namespace millrace
