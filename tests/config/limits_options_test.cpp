// The limits of `serve` and of the offline commands: one table, the same names, the same ranges.
#include "tools/millrace/limits_options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "adapters/config/serve_settings.h"

namespace millrace::tools {
namespace {

/// The flags of a command as they were given; what was said about them, if they were refused.
struct Given {
  LimitsOptions limits;
  std::string problem;

  explicit Given(std::vector<std::string> arguments) {
    CLI::App app{"replay"};
    limits.add(app);
    std::reverse(arguments.begin(), arguments.end());
    try {
      app.parse(arguments);
    } catch (const CLI::ParseError& error) {
      problem = error.what();
    }
    settled = limits.settle(journaled);
  }

  static constexpr Bounds journaled{.skus_max = 1U << 30U,
                                    .orders_max = 100,
                                    .slices_max = 1U << 29U,
                                    .backorders_max = 50,
                                    .commands_max = 7,
                                    .notes_max = 9};
  Limits settled;
};

bool serve_takes(const std::string& flag, const std::string& value) {
  ServeSettings values;
  Settings settings;
  add_serve_settings(settings, values);
  CLI::App app{"serve"};
  settings.bind(app);
  app.parse(std::vector<std::string>{value, flag, "network", "--network", "journal", "--journal"});
  return settings.resolve({});
}

TEST(LimitsOptions, AreRefusedOutOfRangeByNameAsForServe) {
  for (const auto& [flag, value] :
       std::vector<std::pair<std::string, std::string>>{{"--shards", "3"},
                                                        {"--shards", "2048"},
                                                        {"--commands-max", "0"},
                                                        {"--orders-max", "0"},
                                                        {"--orders-max", "2147483649"},
                                                        {"--slices-max", "many"},
                                                        {"--skus-max", "-1"},
                                                        {"--backorders-max", "1.5"}}) {
    SCOPED_TRACE(flag);
    SCOPED_TRACE(value);
    const Given given({flag, value});
    EXPECT_NE(given.problem.find(flag), std::string::npos) << given.problem;
    EXPECT_NE(given.problem.find(std::string("\"").append(value).append("\" is not ")),
              std::string::npos)
        << given.problem;
    EXPECT_FALSE(serve_takes(flag, value));
  }
  EXPECT_TRUE(serve_takes("--shards", "8"));
  EXPECT_EQ(Given({"--shards", "8"}).settled.shards, 8U);
}

TEST(LimitsOptions, FollowTheJournalWhereNotGiven) {
  const Limits fresh;
  const Given none({});
  EXPECT_EQ(none.problem, "");
  EXPECT_EQ(none.settled.skus_max, Given::journaled.skus_max);
  EXPECT_EQ(none.settled.orders_max, fresh.orders_max);
  EXPECT_EQ(none.settled.slices_max, Given::journaled.slices_max);
  EXPECT_EQ(none.settled.backorders_max, fresh.backorders_max);
  EXPECT_EQ(none.settled.commands_max, 7U);

  // What is given stands, for recovery to refuse.
  const Given some({"--skus-max", "5", "--commands-max", "8", "--orders-max", "99"});
  EXPECT_EQ(some.settled.skus_max, 5U);
  EXPECT_EQ(some.settled.commands_max, 8U);
  EXPECT_EQ(some.settled.orders_max, 99U);
  EXPECT_EQ(some.settled.slices_max, Given::journaled.slices_max);
  EXPECT_EQ(LimitsOptions().settle(std::nullopt).commands_max, fresh.commands_max);
}

}  // namespace
}  // namespace millrace::tools
