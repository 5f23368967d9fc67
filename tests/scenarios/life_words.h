// Steps of an order's life as stories write them.
#pragma once

#include <optional>
#include <string>

#include "engine/core/command.h"
#include "engine/core/life.h"
#include "engine/state/network.h"
#include "tests/scenarios/words.h"

namespace millrace::scenarios {

/// A step that clients send, by its name.
[[nodiscard]] std::optional<millrace::Step> step_named(const std::string& name);

/// The order and the keys that stand behind a step; its command id is left to the caller.
[[nodiscard]] StepOrder step_body(const Network& network, millrace::Step step, Words& words);

/// @1999 behind a line of an order: the price of a unit; 0 if none is written.
[[nodiscard]] std::uint32_t take_price(Words& words);

}  // namespace millrace::scenarios
