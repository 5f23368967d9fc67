// Orders of instances through the engine's own allocate stage, with stock prices and without: what
// shipping them costs. docs/routing.md says what the figures mean.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "bench/routing_instance.h"

namespace millrace::bench {
namespace {

/// NAME=PERMILLE of the weights of stock prices.
bool set_weight(RoutingRules& rules, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return false;
  }
  const std::string_view name = text.substr(0, equals);
  const auto value = static_cast<std::uint16_t>(
      std::strtoul(std::string(text.substr(equals + 1)).c_str(), nullptr, 10));
  if (name == "near") {
    rules.near_weight = value;
  } else if (name == "use") {
    rules.use_weight = value;
  } else if (name == "weight_gap") {
    rules.weight_gap_weight = value;
  } else if (name == "parcel_gap") {
    rules.parcel_gap_weight = value;
  } else if (name == "parcel") {
    rules.parcel_weight = value;
  } else {
    return false;
  }
  return true;
}

int run_file(const char* name, const char* path, RoutingRules rules) {
  std::ifstream in(path);
  const std::optional<RoutingInstance> instance = read_instance(in);
  if (!instance.has_value()) {
    std::fprintf(stderr, "routing: %s is no instance\n", path);
    return 2;
  }
  rules.compare_splits = true;
  rules.look_ahead = false;
  const RoutingRun myopic = run_instance(*instance, rules);
  rules.look_ahead = true;
  const RoutingRun ahead = run_instance(*instance, rules);
  for (const RoutingRun& run : {myopic, ahead}) {
    if (!run.wrong.empty()) {
      std::fprintf(stderr, "routing: %s: %s\n", name, run.wrong.c_str());
      return 1;
    }
  }
  std::printf("%s,%.4f,%zu,%llu,%.4f,%.0f,%.0f\n", name, ahead.cost, instance->orders.size(),
              static_cast<unsigned long long>(instance->lines), myopic.cost, ahead.ns_per_order,
              myopic.ns_per_order);
  return 0;
}

}  // namespace
}  // namespace millrace::bench

/// routing [NAME=PERMILLE]... NAME PATH
int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: routing [WEIGHT=PERMILLE]... NAME PATH\n");
    return 2;
  }
  millrace::RoutingRules rules;
  for (int at = 1; at < argc - 2; ++at) {
    if (!millrace::bench::set_weight(rules, argv[at])) {
      std::fprintf(stderr, "routing: %s is no weight\n", argv[at]);
      return 2;
    }
  }
  return millrace::bench::run_file(argv[argc - 2], argv[argc - 1], rules);
}
