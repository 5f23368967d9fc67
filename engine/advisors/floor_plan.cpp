// The walk over a floor.
#include "engine/advisors/floor_plan.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {

void FloorPlan::arrange() {
  std::vector<bool> is_backwards(aisles.size(), false);
  for (std::size_t aisle = 1; aisle < aisles.size(); ++aisle) {
    is_backwards[aisle] = aisles[aisle].zone == aisles[aisle - 1].zone && !is_backwards[aisle - 1];
  }
  std::stable_sort(bins.begin(), bins.end(), [&](const FloorBin& a, const FloorBin& b) {
    CHECK(a.aisle < aisles.size());
    if (a.aisle != b.aisle) {
      return a.aisle < b.aisle;
    }
    return is_backwards[a.aisle] ? a.bay > b.bay : a.bay < b.bay;
  });
}

}  // namespace millrace
