// The limits of an engine as an operator sets them, with what each may be: one table for `serve`
// and for the offline commands.
#pragma once

#include <array>
#include <string_view>

#include "adapters/config/settings.h"
#include "engine/core/limits.h"

namespace millrace {

struct LimitSetting {
  std::string_view name;
  std::uint32_t Limits::*value;
  std::uint32_t Bounds::*bound;  ///< what the journal carries of it; null if nothing
  Settings::Range range;
  std::string_view help;
};

inline constexpr Settings::Range bound_range{.min = 1, .max = bound_most};

inline constexpr std::array limit_settings{
    LimitSetting{"skus-max", &Limits::skus_max, &Bounds::skus_max, bound_range, "SKUs"},
    LimitSetting{"orders-max", &Limits::orders_max, &Bounds::orders_max, bound_range,
                 "Order records"},
    LimitSetting{"slices-max", &Limits::slices_max, &Bounds::slices_max, bound_range,
                 "Pieces of order lines"},
    LimitSetting{"backorders-max", &Limits::backorders_max, &Bounds::backorders_max, bound_range,
                 "Slices that wait for stock"},
    LimitSetting{"notes-max", &Limits::notes_max, &Bounds::notes_max, bound_range,
                 "Parcels, payments and nodes tried in vain"},
    LimitSetting{"commands-max", &Limits::commands_max, &Bounds::commands_max, bound_range,
                 "Commands other than orders whose answers are remembered"},
    LimitSetting{"shards",
                 &Limits::shards,
                 nullptr,
                 {.min = 1, .max = 1024, .power_of_two = true},
                 "Memory blocks of the stock table"},
};

}  // namespace millrace
