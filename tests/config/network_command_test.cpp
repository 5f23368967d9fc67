// `millrace network` as it is called: what it prints and how it exits.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/temp_directory.h"
#include "tools/millrace/commands.h"

namespace millrace::tools {
namespace {

const std::string sample_dir = std::string{MILLRACE_SOURCE_DIR} + "/docs/sample-network";

struct Answer {
  int exit_code;
  std::string out;
  std::string err;
};

Answer call(std::vector<std::string> arguments) {
  CLI::App app{"millrace"};
  app.require_subcommand(1);
  int exit_code = exit_ok;
  add_network(app, exit_code);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  // CLI11 takes the arguments from the back.
  std::vector<std::string> reversed{arguments.rbegin(), arguments.rend()};
  reversed.emplace_back("network");
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError&) {
    exit_code = exit_usage;
  }
  return {exit_code, testing::internal::GetCapturedStdout(),
          testing::internal::GetCapturedStderr()};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(NetworkCommand, ChecksTheSample) {
  const Answer answer = call({"check", sample_dir});
  EXPECT_EQ(answer.exit_code, exit_ok);
  EXPECT_TRUE(contains(answer.out, "nodes        10\n")) << answer.out;
  EXPECT_TRUE(contains(answer.out, "SKUs         12,000\n")) << answer.out;
  EXPECT_TRUE(contains(answer.out, "services     ground, economy, express\n")) << answer.out;
}

TEST(NetworkCommand, SaysWhatIsWrongAndExitsWithTheCodeForInput) {
  const TempDirectory directory;
  const Answer answer = call({"check", directory.path().string()});
  EXPECT_EQ(answer.exit_code, exit_input);
  EXPECT_TRUE(
      contains(answer.out, directory.path().string() + "/network.toml: there is no such file\n"))
      << answer.out;
}

TEST(NetworkCommand, AnswersAsJson) {
  const Answer good = call({"check", sample_dir, "--json"});
  EXPECT_EQ(good.exit_code, exit_ok);
  EXPECT_TRUE(good.out.starts_with(R"({"ok":true,"errors":0,"warnings":0,"problems":[],)"))
      << good.out;
  EXPECT_TRUE(good.out.ends_with("}\n"));
  const Answer bad = call({"check", "/nonexistent\"\\", "--json"});
  EXPECT_EQ(bad.exit_code, exit_input);
  EXPECT_EQ(
      bad.out,
      R"({"ok":false,"errors":1,"warnings":0,"problems":[{"severity":"error",)"
      R"("file":"/nonexistent\"\\","line":0,"field":"","text":"there is no such directory"}]})"
      "\n");
}

TEST(NetworkCommand, ExplainsWhatEveryNodeWouldDo) {
  // Friday 17:00 in Pennsylvania: past the cutoff there and in the east, not in Indiana's evening
  // shift of Arizona and California.
  const Answer answer = call({"explain", sample_dir, "--postal", "10001", "--grams", "500",
                              "--service", "ground", "--time", "2024-01-05T22:00Z"});
  EXPECT_EQ(answer.exit_code, exit_ok);
  const std::string expected = R"(region US 100, 500 g, ordered 2024-01-05T22:00Z

ground
node      city                zone       USD  transit  leaves          arrives
GBO       Gouldsboro             2     11.12        2  Sat 2024-01-06  Tue 2024-01-09
CHE       Chester                3     11.68        3  Sat 2024-01-06  Wed 2024-01-10
WCO       West Columbia          5     13.35        4  Sat 2024-01-06  Thu 2024-01-11
LEB       Lebanon                5     13.36        4  Mon 2024-01-08  Fri 2024-01-12
WTN       Whitestown             5     13.38        4  Sat 2024-01-06  Thu 2024-01-11
FTW       Fort Worth             6     14.29        4  Sat 2024-01-06  Thu 2024-01-11
SCZ       Schertz                7     15.47        5  Mon 2024-01-08  Sat 2024-01-13
PHX       Phoenix                8     17.77        5  Fri 2024-01-05  Thu 2024-01-11
MRV       Moreno Valley          8     17.86        5  Fri 2024-01-05  Thu 2024-01-11
TCY       Tracy                  8     17.89        5  Fri 2024-01-05  Thu 2024-01-11
)";
  EXPECT_EQ(answer.out, expected);
}

TEST(NetworkCommand, ExplainsEveryServiceWithoutOne) {
  const Answer answer = call({"explain", sample_dir, "--postal", "60601", "--grams", "2 lb"});
  EXPECT_EQ(answer.exit_code, exit_ok);
  for (const char* service : {"\nground\n", "\neconomy\n", "\nexpress\n"}) {
    EXPECT_TRUE(contains(answer.out, service)) << answer.out;
  }
}

TEST(NetworkCommand, RefusesWhatMakesNoSense) {
  const auto explain = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"explain", sample_dir});
    return call(arguments);
  };
  EXPECT_EQ(explain({"--postal", "00601", "--grams", "500"}).exit_code, exit_failed);
  EXPECT_EQ(explain({"--postal", "10001", "--grams", "much"}).exit_code, exit_usage);
  EXPECT_EQ(explain({"--postal", "10001", "--grams", "1", "--service", "x"}).exit_code, exit_usage);
  EXPECT_EQ(explain({"--postal", "10001", "--grams", "1", "--time", "noon"}).exit_code, exit_usage);
  EXPECT_EQ(explain({"--postal", "10001", "--grams", "1", "--time", "2024-02-30T12:00Z"}).exit_code,
            exit_usage);
  EXPECT_EQ(explain({"--postal", "10001", "--grams", "1", "--country", "USA"}).exit_code,
            exit_usage);
  EXPECT_EQ(explain({"--grams", "500"}).exit_code, exit_usage);
  EXPECT_EQ(call({"explain", "/nonexistent", "--postal", "1", "--grams", "1"}).exit_code,
            exit_input);
  EXPECT_EQ(call({}).exit_code, exit_usage);
}

}  // namespace
}  // namespace millrace::tools
