// Steps of an order's life as stories write them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/life.h"
#include "engine/state/network.h"
#include "tests/scenarios/words.h"

namespace millrace::scenarios {

/// A step that clients send, by its name.
[[nodiscard]] std::optional<millrace::Step> step_named(const std::string& name);

/// The order and the keys that stand behind a step; its command id is left to the caller.
[[nodiscard]] StepOrder step_body(const Network& network, millrace::Step step, Words& words);

/// sku=7 x2 @1999, with the price of a unit if one is written, and *65 behind it for 65 lines of
/// that kind.
[[nodiscard]] std::vector<OrderLine> order_lines(Words& words);

}  // namespace millrace::scenarios
