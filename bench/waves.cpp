// The wave planner on instances, on one thread: what is timed is a call, from an index that is live
// to the returned wave. tools/bench waves unpacks the instances and adds up.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <string_view>

#include "bench/wave_checker.h"
#include "bench/wave_instances.h"
#include "bench/wave_node.h"
#include "bench/wave_rolling.h"
#include "engine/advisors/wave_planner.h"

namespace {

using namespace millrace;         // NOLINT(google-build-using-namespace)
using namespace millrace::bench;  // NOLINT(google-build-using-namespace)

struct Options {
  std::string instances;
  double budget_ms = 50;
  int seeds = 1;
  BudgetClock clock = BudgetClock::wall;
  std::string only;
  bool is_rolling = false;
};

using Records = std::map<std::string, double>;

/// Whether the wave is one. Its line is printed either way.
bool measure(const WaveInstance& instance, WavePlanner& planner, int seed, const Options& options,
             const Records& records) {
  ClockBudget budget(options.budget_ms, options.clock);
  const WavePlan plan = planner.plan({.units_min = instance.units_min,
                                      .units_max = instance.units_max,
                                      .must = {},
                                      .excluded = {},
                                      .seed = static_cast<std::uint64_t>(seed)},
                                     budget);
  const double elapsed_ms = budget.elapsed_ms();
  std::uint64_t units = 0;
  const std::string flaw = flaw_of(instance, checked_of(plan), units);
  const std::string key = instance.set + "/" + instance.name;
  if (!flaw.empty()) {
    std::fprintf(stderr, "%s: %s\n", key.c_str(), flaw.c_str());
  }
  const double objective =
      plan.aisles.empty() ? 0
                          : static_cast<double>(units) / static_cast<double>(plan.aisles.size());
  std::printf("%s,%s,%g,%d,%.10f,%llu,%zu,%.3f,%s", instance.set.c_str(), instance.name.c_str(),
              options.budget_ms, seed, objective, static_cast<unsigned long long>(units),
              plan.aisles.size(), elapsed_ms, flaw.empty() ? "yes" : "no");
  const auto record = records.find(key);
  if (record != records.end()) {
    std::printf(",%.7f", objective / record->second);
  } else if (!records.empty()) {
    std::printf(",");
  }
  std::printf(",%s\n", instance.is_one_line() ? "single" : "multi");
  return flaw.empty();
}

int run(const Options& options) {
  const auto instances = read_wave_instances(options.instances);
  const Records records = read_best_known(options.instances);
  std::printf("set,instance,budget_ms,seed,objective,units,aisles,elapsed_ms,feasible%s,lines\n",
              records.empty() ? "" : ",ratio");
  bool is_good = true;
  for (const WaveInstance& instance : instances) {
    if ((instance.set + "/" + instance.name).find(options.only) == std::string::npos) {
      continue;
    }
    const WaveIndex index = index_of(instance);
    WavePlanner planner(index);
    for (int seed = 1; seed <= options.seeds; ++seed) {
      is_good = measure(instance, planner, seed, options, records) && is_good;
    }
  }
  return is_good ? 0 : 1;
}

void print_rolled(const WaveInstance& instance, const char* policy, const Rolled& rolled) {
  std::printf("%s,%s,%s,%u,%llu,%llu,%.3f,%u,%u,%u,%s,%s\n", instance.set.c_str(),
              instance.name.c_str(), policy, rolled.waves,
              static_cast<unsigned long long>(rolled.units),
              static_cast<unsigned long long>(rolled.aisles),
              static_cast<double>(rolled.units) / static_cast<double>(rolled.aisles), rolled.late,
              rolled.oldest_wait_waves, rolled.left, rolled.flaw.empty() ? "yes" : "no",
              instance.is_one_line() ? "single" : "multi");
}

int roll(const Options& options) {
  std::printf(
      "set,instance,policy,waves,units,aisles,objective,late,oldest_wait_waves,orders_left,"
      "feasible,lines\n");
  bool is_good = true;
  for (const WaveInstance& instance : read_wave_instances(options.instances)) {
    if ((instance.set + "/" + instance.name).find(options.only) == std::string::npos) {
      continue;
    }
    const Rolled planned = roll_planner(instance, options.budget_ms, options.clock, 1);
    print_rolled(instance, "planner", planned);
    const Rolled small = roll_first_come(instance, FirstComeWaves::smallest);
    print_rolled(instance, "first_come_smallest", small);
    const Rolled full = roll_first_come(instance, FirstComeWaves::fullest);
    print_rolled(instance, "first_come_fullest", full);
    is_good = is_good && planned.flaw.empty() && small.flaw.empty() && full.flaw.empty();
  }
  return is_good ? 0 : 1;
}

int usage() {
  std::fprintf(stderr,
               "waves --instances DIR [--budget-ms N] [--seeds K] [--clock wall|cpu] [--only TEXT] "
               "[--rolling yes]\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* const value = argv[i + 1];
    if (name == "--instances") {
      options.instances = value;
    } else if (name == "--budget-ms") {
      options.budget_ms = std::atof(value);
    } else if (name == "--seeds") {
      options.seeds = std::atoi(value);
    } else if (name == "--clock") {
      options.clock = std::string_view(value) == "cpu" ? BudgetClock::cpu : BudgetClock::wall;
    } else if (name == "--only") {
      options.only = value;
    } else if (name == "--rolling") {
      options.is_rolling = std::string_view(value) == "yes";
    } else {
      return usage();
    }
  }
  if (options.instances.empty() || argc % 2 == 0) {
    return usage();
  }
  try {
    return options.is_rolling ? roll(options) : run(options);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "waves: %s\n", problem.what());
    return 2;
  }
}
