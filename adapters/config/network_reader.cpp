// Loads a network directory file by file, and the getters its tables share.
#include "adapters/config/network_reader.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>
#include <system_error>

#include "adapters/config/text_value.h"

namespace millrace {
namespace network_reader {

std::string display_name(const Loading& loading, const std::string& name) {
  return (loading.directory / name).string();
}

bool has_file(const Loading& loading, const std::string& name) {
  std::error_code error;
  return std::filesystem::exists(loading.directory / name, error);
}

std::optional<std::string> read_file(Loading& loading, const std::string& name) {
  const std::filesystem::path path = loading.directory / name;
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    loading.problems.add({.file = display_name(loading, name),
                          .text = error || !std::filesystem::exists(path, error)
                                      ? "there is no such file"
                                      : "this is not a file"});
    return std::nullopt;
  }
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    loading.problems.add({.file = display_name(loading, name), .text = "the file cannot be read"});
    return std::nullopt;
  }
  return text;
}

TableFile::TableFile(Loading& loading, std::string name, CsvColumns columns)
    : loading_(loading),
      name_(std::move(name)),
      names_(columns.required.begin(), columns.required.end()),
      text_(read_file(loading, name_)),
      table_(text_.has_value() ? std::string_view{*text_} : std::string_view{}, columns) {
  names_.insert(names_.end(), columns.optional.begin(), columns.optional.end());
  report_faults();
}

bool TableFile::next() {
  const bool found = table_.next();
  report_faults();
  if (found) {
    ++records_;
  } else if (records_ == 0 && table_.is_usable()) {
    add(Severity::error, 0, "", "the file has a header and nothing else");
  }
  return found;
}

void TableFile::report_faults() {
  if (!text_.has_value()) {
    // That the file is not there has been said, and that it is empty follows from it.
    return;
  }
  for (CsvTable::Fault& fault : table_.faults()) {
    loading_.problems.add({.file = display_name(loading_, name_),
                           .line = fault.line,
                           .field = std::move(fault.column),
                           .text = std::move(fault.text)});
  }
  table_.faults().clear();
}

void TableFile::add(Severity severity, std::uint32_t line, std::string_view column,
                    std::string text) {
  loading_.problems.add({.severity = severity,
                         .file = display_name(loading_, name_),
                         .line = line,
                         .field = std::string{column},
                         .text = std::move(text)});
}

void TableFile::error(std::string_view column, std::string text) {
  add(Severity::error, line(), column, std::move(text));
}

void TableFile::error_at(std::uint32_t line, std::string_view column, std::string text) {
  add(Severity::error, line, column, std::move(text));
}

void TableFile::warn(std::size_t column, std::string text) {
  add(Severity::warning, line(), names_[column], std::move(text));
}

std::optional<std::string> TableFile::text(std::size_t column) {
  const std::string_view value = raw(column);
  if (value.empty()) {
    error(column, "the field is empty");
    return std::nullopt;
  }
  return std::string{value};
}

std::optional<std::uint64_t> TableFile::whole(std::size_t column, std::uint64_t min,
                                              std::uint64_t max) {
  return whole_of(names_[column], raw(column), min, max);
}

std::optional<std::uint64_t> TableFile::whole_of(std::string_view column, std::string_view value,
                                                 std::uint64_t min, std::uint64_t max) {
  const std::optional<std::uint64_t> number = parse_whole(value);
  if (number.has_value() && *number >= min && *number <= max) {
    return number;
  }
  if (value.empty()) {
    error(column, "the field is empty");
  } else if (parse_decimal(value).value_or(0) < 0) {
    error(column, std::string{value} + " is negative");
  } else if (!number.has_value()) {
    error(column, in_quotes(value) + " is not a whole number");
  } else {
    error(column, std::string{value} + " is not within " + std::to_string(min) + " and " +
                      std::to_string(max));
  }
  return std::nullopt;
}

std::optional<std::int64_t> TableFile::whole_signed(std::size_t column, std::int64_t min,
                                                    std::int64_t max) {
  const std::optional<std::int64_t> number = parse_signed(raw(column));
  if (!number.has_value()) {
    error(column, in_quotes(raw(column)) + " is not a whole number");
    return std::nullopt;
  }
  if (*number < min || *number > max) {
    error(column, std::string{raw(column)} + " is not within " + std::to_string(min) + " and " +
                      std::to_string(max));
    return std::nullopt;
  }
  return number;
}

std::optional<double> TableFile::decimal(std::size_t column, double min, double max) {
  const std::optional<double> number = parse_decimal(raw(column));
  if (!number.has_value() || *number < min || *number > max) {
    error(column, in_quotes(raw(column)) + " is not a number within " +
                      std::to_string(static_cast<int>(min)) + " and " +
                      std::to_string(static_cast<int>(max)));
    return std::nullopt;
  }
  return number;
}

std::optional<NodeIndex> TableFile::node(std::size_t column) {
  const auto found = loading_.node_by_code.find(raw(column));
  if (found != loading_.node_by_code.end()) {
    return found->second;
  }
  // Without any node there is another problem, of which this one is only the echo.
  if (!loading_.node_by_code.empty()) {
    error(column, "there is no node " + in_quotes(raw(column)) + " in nodes.csv");
  }
  return std::nullopt;
}

}  // namespace network_reader

std::string postal_text(PostalCode postal) {
  std::string out;
  for (std::uint32_t shift = 64; shift > 0;) {
    shift -= 8;
    const char c = static_cast<char>((postal.packed >> shift) & 0xffU);
    if (c != '\0') {
      out.push_back(c);
    }
  }
  return out;
}

double distance_miles(Coordinates a, Coordinates b) {
  constexpr double earth_radius_miles = 3958.7613;
  const auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
  const double across = std::sin(radians(b.latitude - a.latitude) / 2);
  const double along = std::sin(radians(b.longitude - a.longitude) / 2);
  const double haversine = across * across + std::cos(radians(a.latitude)) *
                                                 std::cos(radians(b.latitude)) * along * along;
  return 2 * earth_radius_miles * std::asin(std::sqrt(std::min(1.0, haversine)));
}

LoadResult load_network(const std::filesystem::path& directory) {
  namespace reader = network_reader;
  reader::Loading loading;
  loading.directory = directory;
  LoadResult result;
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) {
    reader::read_plan(loading);
    reader::read_nodes(loading);
    reader::read_regions(loading);
    reader::read_zones(loading);
    reader::read_tariffs(loading);
    reader::read_pick_zones(loading);
    reader::read_aisles(loading);
    reader::read_catalogue(loading);
    reader::read_stock(loading);
    reader::read_bins(loading);
    reader::read_wave_templates(loading);
  } else {
    loading.problems.add({.file = directory.string(), .text = "there is no such directory"});
  }
  result.errors = loading.problems.errors();
  result.warnings = loading.problems.warnings();
  result.problems = loading.problems.take();
  if (result.is_ok()) {
    loading.files.network.compile();
  }
  result.files = std::move(loading.files);
  return result;
}

}  // namespace millrace
