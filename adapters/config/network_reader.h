// What the readers of the single files of a network directory share. Not for use outside this
// folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/config/csv.h"
#include "adapters/config/network_files.h"
#include "adapters/config/problem.h"

namespace millrace::network_reader {

/// network.toml: what is not a table.
struct Plan {
  struct ServicePlan {
    std::string name;
    std::string tariff_file;
    std::string carrier;                     ///< may be empty
    std::string rates_file;                  ///< instead of the tariff's prices, if any
    std::vector<std::uint8_t> transit_days;  ///< by zone
    std::uint32_t line = 0;
  };

  std::vector<ServicePlan> services;
  std::vector<std::uint32_t> zone_miles;  ///< upper bounds of all zones but the last
  std::string zones_file;                 ///< instead of zone_miles
};

/// Everything the readers pass on to each other.
struct Loading {
  std::filesystem::path directory;
  Plan plan;
  NetworkFiles files;
  Problems problems;
  std::map<std::string, NodeIndex, std::less<>> node_by_code;
  std::map<std::pair<std::uint16_t, std::uint64_t>, RegionIndex> region_by_prefix;
};

/// One CSV file of the directory. Its getters report what they do not like under the column's name
/// and the current line, and give nothing back.
class TableFile {
 public:
  TableFile(Loading& loading, std::string name, CsvColumns columns);
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  bool next();

  [[nodiscard]] bool is_usable() const { return table_.is_usable(); }

  [[nodiscard]] bool has(std::size_t column) const { return table_.has(column); }

  [[nodiscard]] std::uint32_t line() const { return table_.line(); }

  [[nodiscard]] const CsvTable& table() const { return table_; }

  [[nodiscard]] std::string_view raw(std::size_t column) const { return table_.field(column); }

  /// A text that is not empty.
  std::optional<std::string> text(std::size_t column);
  std::optional<std::uint64_t> whole(std::size_t column, std::uint64_t min, std::uint64_t max);
  std::optional<std::int64_t> whole_signed(std::size_t column, std::int64_t min, std::int64_t max);
  std::optional<double> decimal(std::size_t column, double min, double max);
  std::optional<NodeIndex> node(std::size_t column);
  std::optional<std::uint64_t> whole_of(std::string_view column, std::string_view value,
                                        std::uint64_t min, std::uint64_t max);

  void error(std::size_t column, std::string text) { error(names_[column], std::move(text)); }

  void error(std::string_view column, std::string text);
  /// For what is wrong with another line, or with the file as a whole, which is line 0.
  void error_at(std::uint32_t line, std::string_view column, std::string text);
  void warn(std::size_t column, std::string text);

 private:
  void add(Severity severity, std::uint32_t line, std::string_view column, std::string text);
  void report_faults();

  Loading& loading_;
  std::string name_;
  std::vector<std::string> names_;
  std::optional<std::string> text_;
  CsvTable table_;
  std::uint32_t records_ = 0;
};

/// Whether the directory has a file that may be left out.
bool has_file(const Loading& loading, const std::string& name);
/// The whole file, or nothing and a problem.
std::optional<std::string> read_file(Loading& loading, const std::string& name);
/// A file of the directory as problems name it.
std::string display_name(const Loading& loading, const std::string& name);

// One function for each file; each goes on where an earlier one found fault.
void read_plan(Loading& loading);
void read_nodes(Loading& loading);
void read_regions(Loading& loading);
void read_zones(Loading& loading);
void read_tariffs(Loading& loading);
void read_pick_zones(Loading& loading);
void read_aisles(Loading& loading);
void read_catalogue(Loading& loading);
void read_stock(Loading& loading);
void read_bins(Loading& loading);
void read_wave_templates(Loading& loading);

}  // namespace millrace::network_reader
