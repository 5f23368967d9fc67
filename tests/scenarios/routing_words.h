// Rules of routing as stories set them.
#pragma once

#include "engine/state/routing_rules.h"
#include "tests/scenarios/words.h"

namespace millrace::scenarios {

void read_routing(Words& words, RoutingRules& rules);

}  // namespace millrace::scenarios
