// Wave picking instances as text: orders, items, aisles; a line an order and a line an aisle, each
// a count and pairs (item, units); the least and the most units of a wave.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace millrace::bench {

struct InstancePair {
  std::uint32_t item;
  std::uint32_t units;
};

using InstanceList = std::vector<InstancePair>;

struct WaveInstance {
  /// Folder and file name without its endings.
  std::string set;
  std::string name;
  std::uint32_t item_count = 0;
  std::vector<InstanceList> orders;
  std::vector<InstanceList> aisles;
  std::uint64_t units_min = 0;
  std::uint64_t units_max = 0;

  [[nodiscard]] bool is_one_line() const;
};

/// Every *.txt under a directory, by set and name. Throws std::runtime_error where one is damaged.
[[nodiscard]] std::vector<WaveInstance> read_wave_instances(const std::filesystem::path& directory);

/// The best known objective by "set/name", from best_known.csv; empty without such a file.
[[nodiscard]] std::map<std::string, double> read_best_known(const std::filesystem::path& directory);

}  // namespace millrace::bench
