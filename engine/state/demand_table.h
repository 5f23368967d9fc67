// What customers asked of a SKU, day by day, for those that somebody watches: what a proposal to
// buy more goes by. Owned by allocate; orders of SKUs that nobody watches never look here.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/core/check.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"
#include "engine/state/replenishment.h"

namespace millrace {

/// Days kept: a window, and the day that is not over.
inline constexpr std::uint32_t demand_days = 32;
static_assert(demand_days > demand_window_days_max);

/// A SKU that is watched. Days are those of UTC since 1970.
struct Demand {
  Row row;
  std::uint32_t since;                           ///< first day that was watched
  std::uint32_t last;                            ///< newest day that has a place in `units`
  std::array<std::uint32_t, demand_days> units;  ///< by day modulo demand_days

  /// Of a day from `since` on that is no older than the window before `last`.
  [[nodiscard]] std::uint32_t on(std::uint32_t day) const {
    return day > last ? 0 : units[day % demand_days];
  }
};

static_assert(sizeof(Demand) == 140);
static_assert(std::has_unique_object_representations_v<Demand>);

class DemandTable {
 public:
  explicit DemandTable(const Limits& limits)
      : places_(limits.skus_max, Touch::as_used), demands_(limits.skus_max, Touch::as_used) {
    // The places start as zeroed memory, so they are kept plus one.
  }

  /// Whether anything is watched.
  [[nodiscard]] bool any() const { return count_ > 0; }

  /// From this day on what is asked of the row is counted.
  void watch(Row row, std::uint32_t day) {
    if (places_[row.value] == 0) {
      add(Demand{row, day, day, {}});
    }
  }

  void count(Row row, std::uint32_t day, Units units) {
    if (places_[row.value] == 0) {
      return;
    }
    Demand& demand = demands_[places_[row.value] - 1];
    // Time does not run backwards here; days without an order are filled in.
    for (const std::uint32_t end = std::min(day, demand.last + demand_days); demand.last < end;) {
      demand.units[++demand.last % demand_days] = 0;
    }
    demand.last = day;
    std::uint32_t& today = demand.units[day % demand_days];
    today += std::min(units.value, 0xffffffffU - today);
  }

  /// The row's demand, or nullptr if it is not watched.
  [[nodiscard]] const Demand* find(Row row) const {
    return places_[row.value] == 0 ? nullptr : &demands_[places_[row.value] - 1];
  }

  void save(SectionWriter& out) const { out.table<Demand>("demand", demands_.first(count_)); }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t row_count) {
    std::vector<Demand> demands;
    if (!in.table("demand", demands, demands_.size())) {
      return "section demand: damaged";
    }
    for (const Demand& demand : demands) {
      if (demand.row.value >= row_count || places_[demand.row.value] != 0) {
        return "section demand: names a row twice, or one that does not exist";
      }
      add(demand);
    }
    return std::nullopt;
  }

 private:
  void add(const Demand& demand) {
    demands_[count_] = demand;
    places_[demand.row.value] = ++count_;
  }

  LargeArray<std::uint32_t> places_;  ///< by row
  LargeArray<Demand> demands_;
  std::uint32_t count_ = 0;
};

/// The complete days of a window that ends with yesterday.
[[nodiscard]] inline DemandWindow window_of(const Demand& demand, std::uint32_t today,
                                            std::uint32_t days) {
  DemandWindow window;
  const std::uint32_t first = std::max(demand.since, today > days ? today - days : 0);
  for (std::uint32_t day = first; day < today; ++day) {
    window.add(demand.on(day));
  }
  return window;
}

}  // namespace millrace
