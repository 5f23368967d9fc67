// Settings: who wins, what is refused, and where every value is said to come from.
#include "adapters/config/settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "adapters/config/serve_settings.h"
#include "tests/support/temp_directory.h"

namespace millrace {
namespace {

using Lines = std::vector<std::string>;

/// The settings of serve, and the CLI11 command they are bound to.
struct Serve {
  ServeSettings values;
  Settings settings;
  CLI::App app{"serve"};

  Serve() {
    add_serve_settings(settings, values);
    settings.bind(app);
  }

  bool resolve(std::vector<std::string> arguments, const Environment& environment = {}) {
    std::ranges::reverse(arguments);
    app.parse(arguments);
    return settings.resolve(environment);
  }

  [[nodiscard]] Lines problems() const {
    Lines out;
    for (const Problem& problem : settings.problems().kept()) {
      out.push_back(to_string(problem));
    }
    return out;
  }

  /// The value and the source of one line of the table.
  [[nodiscard]] std::string shown(const std::string& name) const {
    const std::string table = '\n' + settings.table();
    const std::size_t begin = table.find('\n' + name + ' ') + 1;
    std::string line = table.substr(begin, table.find('\n', begin) - begin);
    std::string out;
    std::ranges::unique_copy(line, std::back_inserter(out),
                             [](char a, char b) { return a == ' ' && b == ' '; });
    return out;
  }
};

const Lines needed{"--network", "net", "--journal", "log"};

Lines needed_and(std::vector<std::string> more) {
  more.insert(more.begin(), needed.begin(), needed.end());
  return more;
}

TEST(Settings, WithoutAnythingEveryValueIsItsDefault) {
  Serve serve;
  ASSERT_TRUE(serve.resolve(needed)) << serve.problems()[0];
  const ServeSettings fresh;
  EXPECT_EQ(to_string(serve.values.listen), "127.0.0.1:7400");
  EXPECT_EQ(serve.values.network, "net");
  EXPECT_EQ(serve.values.limits.orders_max, fresh.limits.orders_max);
  EXPECT_EQ(serve.values.slow_reader_timeout, fresh.slow_reader_timeout);
  EXPECT_EQ(serve.shown("listen"), "listen 127.0.0.1:7400 default");
  EXPECT_EQ(serve.shown("journal"), "journal log flag --journal");
  EXPECT_EQ(serve.shown("token"), "token (none) default");
}

TEST(Settings, FlagsWinOverVariablesOverTheFileOverDefaults) {
  const TempDirectory directory;
  const std::string file =
      directory.write("serve.toml", "io-threads = 2\ncredit = 200\n\nconnections-max = 20\n")
          .string();
  Serve serve;
  ASSERT_TRUE(serve.resolve(needed_and({"--config", file, "--io-threads", "4"}),
                            {{"MILLRACE_IO_THREADS", "3"}, {"MILLRACE_CREDIT", "300"}}));
  EXPECT_EQ(serve.values.io_threads, 4U);
  EXPECT_EQ(serve.values.credit, 300U);
  EXPECT_EQ(serve.values.connections_max, 20U);
  EXPECT_EQ(serve.values.batches, 16U);
  EXPECT_EQ(serve.shown("io-threads"), "io-threads 4 flag --io-threads");
  EXPECT_EQ(serve.shown("credit"), "credit 300 variable MILLRACE_CREDIT");
  EXPECT_EQ(serve.shown("connections-max"), "connections-max 20 " + file + ":4");
  EXPECT_EQ(serve.shown("batches"), "batches 16 default");
}

TEST(Settings, EveryTypeIsReadFromTheFile) {
  const TempDirectory directory;
  const std::string file = directory
                               .write("serve.toml", R"(listen = "[::1]:7500"
network = "nets/us"
journal = "/var/lib/millrace"
placement = "staged"
pin = true
shards = 8
segment-bytes = "16M"
frame-bytes-max = 65536
handshake-timeout = "750ms"
token = "secret"
)")
                               .string();
  Serve serve;
  ASSERT_TRUE(serve.resolve({"--config", file})) << serve.problems()[0];
  EXPECT_EQ(serve.values.listen.host, "::1");
  EXPECT_EQ(serve.values.listen.port, 7500);
  EXPECT_EQ(serve.values.network, directory.path() / "nets/us") << "from the folder of the file";
  EXPECT_EQ(serve.values.journal, "/var/lib/millrace");
  EXPECT_EQ(serve.values.placement, "staged");
  EXPECT_TRUE(serve.values.pin);
  EXPECT_EQ(serve.values.limits.shards, 8U);
  EXPECT_EQ(serve.values.segment_bytes, 16U << 20U);
  EXPECT_EQ(serve.values.batch.frame_bytes_max, 65'536U);
  EXPECT_EQ(serve.values.handshake_timeout, std::chrono::milliseconds{750});
  EXPECT_EQ(serve.values.token, "secret");
  EXPECT_EQ(serve.shown("token"), "token (set) " + file + ":10") << "never shown";
}

TEST(Settings, TheFileMayBeNamedByAVariable) {
  const TempDirectory directory;
  const std::string weak = directory.write("weak.toml", "credit = 1\n").string();
  const std::string strong = directory.write("strong.toml", "credit = 2\n").string();
  Serve by_variable;
  ASSERT_TRUE(by_variable.resolve(needed, {{"MILLRACE_CONFIG", weak}}));
  EXPECT_EQ(by_variable.values.credit, 1U);
  Serve by_both;
  ASSERT_TRUE(by_both.resolve(needed_and({"--config", strong}), {{"MILLRACE_CONFIG", weak}}));
  EXPECT_EQ(by_both.values.credit, 2U);
}

TEST(Settings, FlagsOfYesAndNoMayBeTakenBack) {
  Serve on;
  ASSERT_TRUE(on.resolve(needed_and({"--pin"})));
  EXPECT_TRUE(on.values.pin);
  Serve off;
  ASSERT_TRUE(off.resolve(needed_and({"--pin=false"}), {{"MILLRACE_PIN", "true"}}));
  EXPECT_FALSE(off.values.pin);
}

TEST(Settings, BadFlagsAndVariablesAreNamed) {
  Serve serve;
  EXPECT_FALSE(serve.resolve(
      needed_and({"--listen", "7400", "--io-threads", "0", "--handshake-timeout", "5",
                  "--placement", "three", "--frame-bytes-max", "4097", "--pin=maybe"}),
      {{"MILLRACE_SHARDS", "3"},
       {"MILLRACE_CREDIT", "-1"},
       {"MILLRACE_ORDERS_MAX", "4294967296"},
       {"MILLRACE_SEGMENT_BYTES", "1K"}}));
  Lines problems = serve.problems();
  std::ranges::sort(problems);
  EXPECT_EQ(
      problems,
      (Lines{
          std::string(
              "command line: --frame-bytes-max: \"4097\" is not a size, a multiple of 8, ") +
              "from 4K to 4000000",
          "command line: --handshake-timeout: \"5\" is not a duration from 10ms to 10m",
          "command line: --io-threads: \"0\" is not a whole number from 1 to 64",
          "command line: --listen: \"7400\" is not an address such as 127.0.0.1:7400",
          "command line: --pin: \"maybe\" is neither true nor false",
          "command line: --placement: \"three\" is none of auto|one|ends|two|staged",
          "environment: MILLRACE_CREDIT: \"-1\" is not a whole number from 1 to 16777216",
          std::string("environment: MILLRACE_ORDERS_MAX: \"4294967296\" is not a whole number ") +
              "from 1 to 2147483648",
          std::string("environment: MILLRACE_SEGMENT_BYTES: \"1K\" is not a size, ") +
              "a multiple of 4K, from 4M to 1024G",
          std::string("environment: MILLRACE_SHARDS: \"3\" is not a whole number, ") +
              "a power of two, from 1 to 1024"}));
}

TEST(Settings, TheFileMustNameSettingsWithTheirTypes) {
  const TempDirectory directory;
  const std::string file = directory
                               .write("serve.toml", R"(io_threads = 2
credit = "many"
pin = 1

listen = 7400
batches = 2.5
[limits]
orders-max = 1
)")
                               .string();
  Serve serve;
  EXPECT_FALSE(serve.resolve(needed_and({"--config", file})));
  Lines problems = serve.problems();
  std::ranges::sort(problems);
  EXPECT_EQ(problems,
            (Lines{file + ":1: io_threads: there is no such setting",
                   file + ":2: credit: \"many\" is not a whole number from 1 to 16777216",
                   file + ":3: pin: the value is of the wrong type; wanted is true|false",
                   file + ":5: listen: the value is of the wrong type; wanted is HOST:PORT",
                   file + ":6: batches: the value is of the wrong type; wanted is a whole number "
                          "from 2 to 4096",
                   file + ":7: limits: there is no such setting"}));
}

TEST(Settings, ABrokenOrMissingFileIsAProblem) {
  const TempDirectory directory;
  const std::string file = directory.write("serve.toml", "credit = 1\ncredit = 2\n").string();
  Serve broken;
  EXPECT_FALSE(broken.resolve(needed_and({"--config", file})));
  ASSERT_EQ(broken.problems().size(), 1U);
  EXPECT_TRUE(broken.problems()[0].starts_with(file + ":2: ")) << broken.problems()[0];
  Serve missing;
  EXPECT_FALSE(missing.resolve(needed_and({"--config", "/nonexistent.toml"})));
  EXPECT_EQ(missing.problems(), Lines{"/nonexistent.toml: the file cannot be read"});
}

TEST(Settings, AnUnknownVariableIsAWarning) {
  Serve serve;
  EXPECT_TRUE(serve.resolve(needed, {{"MILLRACE_CREDITS", "1"}}));
  EXPECT_EQ(serve.problems(),
            Lines{"environment: MILLRACE_CREDITS: warning: there is no such setting"});
}

TEST(Settings, WhatHasNoDefaultMustBeGiven) {
  Serve serve;
  EXPECT_FALSE(serve.resolve({"--journal", "log"}));
  EXPECT_EQ(serve.problems(), Lines{"settings: network: it has no default: give --network, "
                                    "MILLRACE_NETWORK or the key in the file"});
}

TEST(Settings, UnknownFlagsAreRefusedByTheParser) {
  Serve serve;
  EXPECT_THROW(serve.resolve(needed_and({"--io-thread", "2"})), CLI::ParseError);
}

TEST(Settings, PrintConfigIsAFlag) {
  Serve serve;
  ASSERT_TRUE(serve.resolve(needed_and({"--print-config"})));
  EXPECT_TRUE(serve.settings.wants_print());
  EXPECT_FALSE(Serve{}.settings.wants_print());
}

TEST(ServeSettings, BatchesFollowFromFramesAndCommands) {
  Serve serve;
  ASSERT_TRUE(serve.resolve(needed_and({"--batch-commands", "64", "--frame-bytes-max", "2M"})));
  EXPECT_EQ(serve.values.batch.commands_max, 64U);
  EXPECT_EQ(serve.values.batch.messages_max, 64U);
  EXPECT_EQ(serve.values.batch.lines_max, wave_orders_limit);
  EXPECT_EQ(serve.values.batch.bytes_max, 2U << 20U);
}

TEST(ServeSettings, ASegmentHoldsTwoBatches) {
  Serve serve;
  EXPECT_FALSE(
      serve.resolve(needed_and({"--segment-bytes", "4M", "--frame-bytes-max", "4000000"})));
  EXPECT_EQ(serve.problems(),
            Lines{"settings: segment-bytes: a segment must have at least twice frame-bytes-max"});
}

TEST(Endpoint, IsAHostAndAPort) {
  EXPECT_EQ(parse_endpoint("localhost:0")->host, "localhost");
  EXPECT_EQ(parse_endpoint("[::]:7400")->host, "::");
  EXPECT_EQ(to_string(*parse_endpoint("[::1]:65535")), "[::1]:65535");
  for (const char* text :
       {"", "7400", ":7400", "host:", "host:65536", "host:-1", "::1:7400", "[]:1"}) {
    EXPECT_FALSE(parse_endpoint(text).has_value()) << text;
  }
}

TEST(Environment, OfTheProcessHasOnlyItsOwnVariables) {
  ASSERT_EQ(::setenv("MILLRACE_TEST_VARIABLE", "a=b", 1), 0);
  const Environment environment = process_environment();
  ASSERT_TRUE(environment.contains("MILLRACE_TEST_VARIABLE"));
  EXPECT_EQ(environment.find("MILLRACE_TEST_VARIABLE")->second, "a=b");
  EXPECT_FALSE(environment.contains("PATH"));
}

}  // namespace
}  // namespace millrace
