// Stock changes as stories write them: the action with dashes, then key=value for each field.
#pragma once

#include <optional>
#include <string>

#include "engine/core/stock_command.h"
#include "engine/state/network.h"
#include "tests/scenarios/words.h"

namespace millrace::scenarios {

/// The change that the verb asks for, without a command id; none if the verb is no action's.
[[nodiscard]] std::optional<StockChange> stock_change(const Network& network,
                                                      const std::string& verb, Words& words,
                                                      Time now);

}  // namespace millrace::scenarios
