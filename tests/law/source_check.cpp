// The rules of DESIGN, sections 1 and 7, as tables over sources.
#include "tests/law/source_check.h"

#include <algorithm>
#include <array>
#include <functional>
#include <regex>
#include <sstream>

namespace millrace::law {
namespace {

struct ForbiddenWord {
  const char* pattern;
  const char* what;
};

constexpr const char* clocks = "reads a clock";
constexpr const char* chance = "asks chance";
constexpr const char* threads = "knows of threads";
constexpr const char* outside = "talks to the outside";
constexpr const char* floats = "uses floating point";
constexpr const char* unordered = "has an order that is not the same everywhere";

/// Names of functions count where they are called, not as members of something of ours.
constexpr std::array<ForbiddenWord, 17> forbidden_words{{
    {R"(\b\w+_clock\b|\bstd::chrono\b|\bchrono::)", clocks},
    {R"(\b(gettimeofday|clock_gettime|timespec_get|localtime|gmtime|mktime|_*rdtscp?)\b)", clocks},
    {R"((^|[^\w.>])((std)?::)?(time|clock)\s*\(\s*(nullptr|NULL|0|&\s*\w+)?\s*\))", clocks},
    {R"(\b(__DATE__|__TIME__|__TIMESTAMP__)\b)", clocks},
    {R"((^|[^\w.>])((std)?::)?(s?rand|s?random|[dlm]rand48|rand_r|getrandom)\s*\()", chance},
    {R"(\b(random_device|mt19937(_64)?|minstd_rand0?|default_random_engine|random_shuffle)\b)",
     chance},
    {R"(\bstd::(jthread|thread|async|future|promise|call_once|once_flag|barrier|latch|this_thread)\b)",
     threads},
    {R"(\bstd::\w*(mutex|_lock|lock_guard|semaphore|condition_variable)\w*)", threads},
    {R"(\b(pthread_\w+|thread_local|sched_yield|fork)\b)", threads},
    {R"(\b(f|fre|fd)open\b|\b(fwrite|fread|fclose|fflush|fgets|fputs)\b)", outside},
    {R"(\b(v?[fs]?n?printf|puts|putchar|perror|scanf|getenv|system)\s*\()", outside},
    {R"(\bstd::(cout|cerr|clog|cin|[io]?fstream|i?ostream|filesystem)\b)", outside},
    {R"((^|[^\w:])::(open|read|write|pread|pwrite|close|socket|send|recv|fsync)\s*\()", outside},
    {R"(\b(float|double|float_t|double_t)\b)", floats},
    {R"((^|[^\w.'])\d[\d']*(\.\d*([eE][+-]?\d+)?|[eE][+-]?\d+)[fFlL]?(?![\w']))", floats},
    {R"(\bunordered_(multi)?(map|set)\b)", unordered},
    {R"(\bstd::hash\b)", unordered},
}};

/// Where a word is meant: check.h says why the process ends.
bool is_excused(std::string_view file, const char* what) {
  return file == "engine/core/check.h" && what == outside;
}

/// What the deterministic part may see of the system: values, tables and memory.
constexpr std::array<std::string_view, 33> allowed_headers{
    "algorithm",   "array",   "atomic",     "bit",         "bitset",           "cassert",
    "charconv",    "climits", "compare",    "concepts",    "cstddef",          "cstdint",
    "cstring",     "deque",   "functional", "immintrin.h", "initializer_list", "iterator",
    "limits",      "map",     "memory",     "new",         "numeric",          "optional",
    "set",         "span",    "string",     "string_view", "sys/mman.h",       "tuple",
    "type_traits", "utility", "variant"};

bool is_allowed_header(std::string_view file, std::string_view header) {
  if (header == "vector") {
    return true;
  }
  if (file == "engine/core/check.h" && (header == "cstdio" || header == "cstdlib")) {
    return true;
  }
  return std::find(allowed_headers.begin(), allowed_headers.end(), header) != allowed_headers.end();
}

/// A layer, and the layers whose files it may include.
struct Layer {
  std::string_view prefix;
  std::string_view name;
  std::string_view may_include;
};

/// tools -> adapters -> runtime -> engine.h -> stages -> state -> core; runtime -> journal -> core.
/// The longest prefix counts. Nothing but tests and benchmarks may include those.
constexpr std::array<Layer, 13> layers{{
    {"engine/core/", "core", "core"},
    {"engine/state/", "state", "core state"},
    {"engine/stages/", "stages", "core state stages"},
    {"engine/engine.", "engine", "core state stages engine"},
    {"engine/topology.h", "engine", "core engine"},
    {"engine/journal/", "journal", "core journal"},
    {"engine/advisors/", "advisors", "core state advisors"},
    {"engine/runtime/", "runtime", "core state stages engine journal advisors runtime"},
    {"adapters/", "adapters", "core state stages engine journal advisors runtime adapters schemas"},
    {"schemas/", "schemas", "schemas"},
    {"tools/", "tools", "core state stages engine journal advisors runtime adapters schemas tools"},
    {"bench/", "bench",
     "core state stages engine journal advisors runtime adapters schemas tools bench tests"},
    {"tests/", "tests",
     "core state stages engine journal advisors runtime adapters schemas tools bench tests"},
}};

const Layer* layer_of(std::string_view file) {
  const auto found = std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) {
    return file.starts_with(layer.prefix);
  });
  return found == layers.end() ? nullptr : &*found;
}

bool has_word(std::string_view words, std::string_view word) {
  std::istringstream in{std::string(words)};
  for (std::string each; in >> each;) {
    if (each == word) {
      return true;
    }
  }
  return false;
}

/// Files of one stage may include each other; stages may not.
std::string_view stage_of(std::string_view file) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 21> files{{
      {"engine/stages/validate.", "validate"},
      {"engine/stages/validate_", "validate"},
      {"engine/stages/allocate.", "allocate"},
      {"engine/stages/allocate_queries.", "allocate"},
      {"engine/stages/audit.", "allocate"},
      {"engine/stages/backorders.", "allocate"},
      {"engine/stages/booking.", "allocate"},
      {"engine/stages/dropship.", "allocate"},
      {"engine/stages/exact_split.", "allocate"},
      {"engine/stages/floor_notes.", "allocate"},
      {"engine/stages/wide_split.", "allocate"},
      {"engine/stages/reserve_", "allocate"},
      {"engine/stages/life.", "allocate"},
      {"engine/stages/life_", "allocate"},
      {"engine/stages/planned_wave.", "allocate"},
      {"engine/stages/put_away.", "allocate"},
      {"engine/stages/reroute.", "allocate"},
      {"engine/stages/reserve.", "allocate"},
      {"engine/stages/route.", "allocate"},
      {"engine/stages/stock_", "allocate"},
      {"engine/stages/wave.", "wave"},
  }};
  for (const auto& [prefix, stage] : files) {
    if (file.starts_with(prefix)) {
      return stage;
    }
  }
  return {};
}

void for_lines(const std::string& text,
               const std::function<void(std::size_t, const std::string&)>& use) {
  std::istringstream in(text);
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    use(++number, line);
  }
}

/// What is wrong with an include of one of our files, if anything.
std::string wrong_with_ours(const Source& source, const std::string& included) {
  const Layer* const from = layer_of(source.file);
  const Layer* const to = layer_of(included);
  if (to == nullptr) {
    return "includes \"" + included + "\", which is not named from the repository's root";
  }
  if (from != nullptr && !has_word(from->may_include, to->name)) {
    return std::string(from->name) + " may not include " + std::string(to->name) + ": " + included;
  }
  if (source.file.starts_with("engine/stages/") && included.starts_with("engine/stages/") &&
      (stage_of(source.file).empty() || stage_of(source.file) != stage_of(included))) {
    return "stages may not include each other: " + included;
  }
  return {};
}

/// What is wrong with an include of somebody else's header, if anything.
std::string wrong_with_theirs(const Source& source, const std::string& included) {
  static const std::regex wire_or_network(R"(^(flatbuffers|boost|asio)/|^CLI/|toml)");
  if (source.file.starts_with("engine/") && std::regex_search(included, wire_or_network)) {
    return "nothing under engine/ sees <" + included + ">";
  }
  if (is_deterministic(source.file) && !is_allowed_header(source.file, included)) {
    return "the deterministic part may not see <" + included + ">";
  }
  return {};
}

}  // namespace

bool is_deterministic(std::string_view file) {
  return file.starts_with("engine/core/") || file.starts_with("engine/state/") ||
         file.starts_with("engine/stages/") || file.starts_with("engine/engine.") ||
         file.starts_with("engine/topology.");
}

std::vector<Finding> check_words(const Source& source) {
  std::vector<Finding> findings;
  if (!is_deterministic(source.file)) {
    return findings;
  }
  static const std::vector<std::regex> patterns = [] {
    std::vector<std::regex> made;
    for (const ForbiddenWord& word : forbidden_words) {
      made.emplace_back(word.pattern);
    }
    return made;
  }();
  for_lines(source.code, [&](std::size_t number, const std::string& line) {
    // Names of headers are for check_includes.
    if (line.find("#include") != std::string::npos) {
      return;
    }
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      std::smatch match;
      if (std::regex_search(line, match, patterns[i]) &&
          !is_excused(source.file, forbidden_words[i].what)) {
        findings.push_back({source.file, number,
                            std::string(forbidden_words[i].what) + ": '" + match.str() + "'"});
      }
    }
  });
  return findings;
}

std::vector<Finding> check_includes(const Source& source) {
  static const std::regex include(R"rx(^\s*#\s*include\s*([<"])([^>"]+)[>"])rx");
  std::vector<Finding> findings;
  for_lines(source.without_comments, [&](std::size_t number, const std::string& line) {
    std::smatch match;
    if (!std::regex_search(line, match, include)) {
      return;
    }
    const std::string included = match[2];
    const std::string wrong =
        match[1] == "<" ? wrong_with_theirs(source, included) : wrong_with_ours(source, included);
    if (!wrong.empty()) {
      findings.push_back({source.file, number, wrong});
    }
  });
  return findings;
}

std::vector<Finding> check_comments(const Source& source) {
  static const std::regex left_over(R"(\b(TODO|FIXME|XXX|HACK)\b)");
  // A line that would compile if the slashes were gone. Prose may end with a semicolon.
  static const std::regex code(
      R"(//+\s*((#\s*(if|include|define)\b.*)|([{}]+;?)|((return|if|for|while|switch|else|auto|const|static|std::)\b.*[;{])|([\w:.>\-\[\]]+\(.*\);)|([\w.>\-\[\]]+\s*[-+*/|&]?=\s.*;))\s*$)");
  static const std::regex switched_off(R"(^\s*#\s*if\s+(0|false)\b)");
  std::vector<Finding> findings;
  for_lines(source.comments, [&](std::size_t number, const std::string& line) {
    if (std::regex_search(line, left_over)) {
      findings.push_back({source.file, number, "work left for later: " + line});
    }
    if (std::regex_search(line, code)) {
      findings.push_back({source.file, number, "code in a comment: " + line});
    }
  });
  for_lines(source.code, [&](std::size_t number, const std::string& line) {
    if (std::regex_search(line, switched_off)) {
      findings.push_back({source.file, number, "code that is switched off: " + line});
    }
  });
  return findings;
}

}  // namespace millrace::law
