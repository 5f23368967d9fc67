// The settings of a command, each of which may come from four places: a flag, a MILLRACE_ variable,
// a TOML file, or its default, the first of these that has it. One name serves all: "io-threads" is
// the flag --io-threads, the variable MILLRACE_IO_THREADS and the key io-threads of the file.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/config/problem.h"

namespace millrace {

/// Variables by name; those of the process, or made up by a test.
using Environment = std::map<std::string, std::string, std::less<>>;

/// The variables of the process whose names begin with MILLRACE_.
Environment process_environment();

/// Where to listen or connect.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// "127.0.0.1:7400", "localhost:7400", "[::1]:7400".
std::optional<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);

class Settings {
 public:
  /// What a number may be.
  struct Range {
    std::uint64_t min = 0;
    std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t multiple_of = 1;
    bool power_of_two = false;
  };

  Settings();
  Settings(const Settings&) = delete;
  Settings& operator=(const Settings&) = delete;

  // Each of these adds one setting. What `target` holds at that moment is the default; resolve()
  // writes what was chosen there, so that `target` outlives the settings.
  void text(std::string name, std::string& target, std::string help);
  /// As text(), but never shown.
  void secret(std::string name, std::string& target, std::string help);
  /// A relative path in a file is meant from the folder of that file.
  void path(std::string name, std::filesystem::path& target, std::string help);
  void choice(std::string name, std::string& target, std::vector<std::string> choices,
              std::string help);
  void endpoint(std::string name, Endpoint& target, std::string help);
  void flag(std::string name, bool& target, std::string help);
  /// Written with a unit, as "5s" or "250ms".
  void duration(std::string name, std::chrono::milliseconds& target, std::chrono::milliseconds min,
                std::chrono::milliseconds max, std::string help);

  template <std::unsigned_integral T>
  void whole(const std::string& name, T& target, Range range, const std::string& help) {
    range.max = std::min<std::uint64_t>(range.max, std::numeric_limits<T>::max());
    add_number(name, help, range, false, target,
               [&target](std::uint64_t value) { target = static_cast<T>(value); });
  }

  /// As whole(), and "64K", "16M" and "1G" are understood.
  template <std::unsigned_integral T>
  void bytes(const std::string& name, T& target, Range range, const std::string& help) {
    range.max = std::min<std::uint64_t>(range.max, std::numeric_limits<T>::max());
    add_number(name, help, range, true, target,
               [&target](std::uint64_t value) { target = static_cast<T>(value); });
  }

  /// Says that a setting has no default and must be given.
  void require(std::string_view name);

  /// Adds what must hold between several settings. Called in the order of adding at the end of
  /// resolve(), once all values are there and sound by themselves.
  void rule(std::function<std::optional<Problem>()> check) { rules_.push_back(std::move(check)); }

  /// Adds a flag for every setting to the command, and --config and --print-config.
  void bind(CLI::App& command);

  /// After the command line was parsed: reads the file and the variables and settles every value.
  /// False if something is wrong; problems() then has errors.
  bool resolve(const Environment& environment);

  [[nodiscard]] const Problems& problems() const { return problems_; }

  [[nodiscard]] bool wants_print() const { return wants_print_; }

  /// Each setting with its value and where that came from, as a table. After resolve().
  [[nodiscard]] std::string table() const;

 private:
  struct Setting {
    std::string name;
    std::string help;
    std::string type;
    /// Takes a text over into the target, or says what is wrong with it.
    std::function<std::optional<std::string>(const std::string&)> set;
    std::string shown;
    bool is_flag = false;
    bool is_path = false;
    bool is_number = false;
    bool is_secret = false;
    bool is_required = false;
    CLI::Option* option = nullptr;
    std::string flag_text;
    std::string source = "default";
  };

  /// Where a value comes from: for problems, and for the table.
  struct Source {
    std::string file;
    std::uint32_t line = 0;
    std::string field;
    std::string shown;
  };

  Setting& add(std::string name, std::string help, std::string type, std::string shown);
  void add_number(std::string name, std::string help, Range range, bool is_bytes,
                  std::uint64_t value, std::function<void(std::uint64_t)> set);
  [[nodiscard]] Setting* find(std::string_view name);
  void apply(Setting& setting, const std::string& value, Source source);
  void read_file(const std::filesystem::path& file);
  void read_environment(const Environment& environment);
  void read_flags();
  void check_required();

  std::deque<Setting> settings_;  // flags keep pointers into it
  std::vector<std::function<std::optional<Problem>()>> rules_;
  std::string config_flag_;
  bool wants_print_ = false;
  Problems problems_;
};

/// What is wrong with a whole number as text, if anything.
std::optional<std::string> whole_number_problem(const std::string& text,
                                                const Settings::Range& range);

/// "io-threads" as MILLRACE_IO_THREADS.
std::string variable_name(std::string_view setting);

}  // namespace millrace
