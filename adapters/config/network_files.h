// A network directory (docs/network.md) as it is loaded: the compiled network of the engine, and
// beside it what the engine does not need and tools do: places, population, catalogue, stock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "adapters/config/problem.h"
#include "engine/advisors/floor_plan.h"
#include "engine/advisors/wave_template.h"
#include "engine/core/types.h"
#include "engine/state/network.h"

namespace millrace {

/// A point on the globe in degrees; north and east are positive.
struct Coordinates {
  double latitude = 0;
  double longitude = 0;
};

struct NodePlace {
  std::string city;
  std::string state;
  std::string postal;
  Coordinates at;
};

struct RegionPlace {
  Coordinates at;
  std::uint64_t population = 0;
};

/// Part of a node that one picker walks, with aisles of its own.
struct PickZone {
  NodeIndex node{};
  std::string code;
  std::string name;
};

struct Aisle {
  std::uint32_t pick_zone = 0;  ///< index in pick_zones
  std::string code;
  std::uint32_t bays = 0;
};

struct CatalogueItem {
  Sku sku{};
  std::uint32_t weight_grams = 0;
  std::uint16_t flags = 0;  ///< of SkuFlag
  std::string name;
  std::string pick_zone;
  std::string aisle;
};

struct StockLevel {
  std::uint32_t item = 0;  ///< index in catalogue
  NodeIndex node{};
  Units units{};
};

/// A place along an aisle where units of a SKU lie.
struct StockBin {
  std::uint32_t aisle = 0;  ///< index in aisles
  std::uint32_t bay = 0;    ///< from 1
  std::string code;
  std::uint32_t item = 0;  ///< index in catalogue
  Units units{};
};

/// A template of waves.toml, and where it holds.
struct WaveTemplateRow {
  WaveTemplate rules;              ///< without zones, which differ from node to node
  std::vector<NodeIndex> nodes;    ///< rising
  std::vector<std::string> zones;  ///< codes; none: any
};

struct NetworkFiles {
  std::string name;
  std::string currency;
  std::uint8_t zone_count = 0;
  Network network;
  std::vector<NodePlace> node_places;      ///< by node
  std::vector<RegionPlace> region_places;  ///< by region
  std::vector<PickZone> pick_zones;
  std::vector<Aisle> aisles;
  std::vector<CatalogueItem> catalogue;  ///< in the order of the file
  std::vector<StockLevel> stock;         ///< in the order of the file
  std::vector<StockBin> bins;            ///< in the order of the file
  std::vector<WaveTemplateRow> wave_templates;
};

struct LoadResult {
  /// Complete, and its network compiled, only if there are no errors.
  NetworkFiles files;
  std::size_t errors = 0;
  std::size_t warnings = 0;
  /// The first 50 of each.
  std::vector<Problem> problems;

  [[nodiscard]] bool is_ok() const { return errors == 0; }
};

/// Reads and checks every file of the directory. Files are named in problems as `directory`/name.
LoadResult load_network(const std::filesystem::path& directory);

/// The floor of a node. A SKU for which bins.csv has no bin there lies in its aisle of the
/// catalogue, with the units of stock.csv.
FloorPlan floor_plan_of(const NetworkFiles& files, NodeIndex node);

/// The templates that hold at a node, in the order of the file.
std::vector<WaveTemplate> wave_templates_of(const NetworkFiles& files, NodeIndex node);

/// The characters of a postal code or prefix; "" for that of a whole country.
std::string postal_text(PostalCode postal);

/// Great-circle distance in statute miles.
double distance_miles(Coordinates a, Coordinates b);

}  // namespace millrace
