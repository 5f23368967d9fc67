// Rules of routing as stories set them.
#include "tests/scenarios/routing_words.h"

namespace millrace::scenarios {

void read_routing(Words& words, RoutingRules& rules) {
  if (const auto compare = words.take_key("compare-splits")) {
    rules.compare_splits = words.number(*compare, 1) == 1;
  }
  if (const auto ahead = words.take_key("look-ahead")) {
    rules.look_ahead = words.number(*ahead, 1) == 1;
  }
  if (const auto penalty = words.take_key("penalty")) {
    rules.parcel_penalty_cents =
        static_cast<std::uint32_t>(words.number(*penalty, surcharge_cents_max));
  }
}

}  // namespace millrace::scenarios
