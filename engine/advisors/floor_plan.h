// The picking floor of a node as its files describe it: pick zones, the aisles in them, the bins
// along the aisles and what lies in them. Everything stands in walking order: zone by zone as in
// the files, aisle by aisle, and along every second aisle of a zone from its far end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/types.h"

namespace millrace {

struct FloorZone {
  std::string code;
  std::string name;
};

struct FloorAisle {
  std::uint32_t zone;  ///< in FloorPlan::zones
  std::string code;
};

struct FloorBin {
  std::uint32_t aisle;  ///< in FloorPlan::aisles
  std::uint32_t bay;    ///< from 1, counted from the aisle's near end
  std::string code;
  Sku sku;
  Units units;
};

struct FloorPlan {
  NodeIndex node{};
  std::vector<FloorZone> zones;
  std::vector<FloorAisle> aisles;  ///< those of a zone follow each other
  std::vector<FloorBin> bins;      ///< in walking order, once arranged

  /// Puts the bins into walking order. Those of one bay stay as they were.
  void arrange();
};

}  // namespace millrace
