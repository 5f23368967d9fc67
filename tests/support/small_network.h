// Networks for tests: one small enough to work out by hand, and random ones.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/state/network.h"

namespace millrace::test {

/// Nodes A, B, C; regions, services, bands and prices as the .cpp says. `change` may edit the
/// figures before they are compiled.
[[nodiscard]] Network small_network(const std::function<void(Network&)>& change = {});

/// 1 to 40 nodes, 1 to 4 services, 3 to 6 bands, random zones, cutoffs and working days, small
/// capacities and waves; compiled.
[[nodiscard]] Network random_network(std::uint64_t seed);

/// 2024-06-03 00:00 UTC, a Monday.
inline constexpr std::uint64_t monday = 19'877;
inline constexpr Time monday_morning{monday * us_per_day};

}  // namespace millrace::test
