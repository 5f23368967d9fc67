// What stands after the arrow of a scenario line, and whether an answer fits it.
#pragma once

#include <string>

#include "engine/state/network.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/words.h"
#include "tests/support/test_command.h"

namespace millrace::scenarios {

/// Names of the network, or plain numbers for what it does not have.
[[nodiscard]] NodeIndex node_index(const Network& network, const Words& words,
                                   const std::string& text);
[[nodiscard]] ServiceIndex service_index(const Network& network, const Words& words,
                                         const std::string& text);
[[nodiscard]] ChannelIndex channel_index(const Network& network, const Words& words,
                                         const std::string& text);

/// "routed A cost=700", "refused out_of_stock", "split slices=0:A:1,1:B:2". Empty expects nothing.
[[nodiscard]] Expected outcome_expectation(const Network& network, Words& words);
/// "allocated promise=2024-06-05 slices=0:A:1", "unknown".
[[nodiscard]] Expected order_expectation(const Network& network, Words& words);
/// "A=3/2 B=1/1 waiting=2", on hand and available; "none"; "unknown".
[[nodiscard]] Expected stock_expectation(const Network& network, Words& words);

/// What does not fit; empty if everything does.
[[nodiscard]] std::string mismatch(const Expected& expected, CommandKind kind,
                                   const test::Answer& answer);

}  // namespace millrace::scenarios
