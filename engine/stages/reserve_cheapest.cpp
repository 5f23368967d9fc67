// Orders where one node that has everything is weighed against several.
#include "engine/stages/reserve.h"

namespace millrace {

Outcome Reserve::place_cheapest(const NewOrder& order, Batch& batch) {
  const RouteOrder& route = order.route;
  const Surcharges extra{network_.routing.parcel_penalty_cents};
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

}  // namespace millrace
