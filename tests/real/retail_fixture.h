// A year of a real shop, imported for a server of its own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/config/network_files.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_directory.h"
#include "tools/load/network_demand.h"
#include "tools/load/order_file.h"
#include "tools/load/text_file.h"

namespace millrace::load {

inline std::filesystem::path data_file() {
  const char* elsewhere = std::getenv("MILLRACE_DATA");
  const std::filesystem::path data =
      elsewhere != nullptr ? std::filesystem::path(elsewhere)
                           : std::filesystem::path(MILLRACE_SOURCE_DIR) / ".." / "shared" / "data";
  return data / "online-retail" / "online_retail_II_2009-2010.csv.xz";
}

struct Output {
  int code = -1;
  std::string text;
};

/// Runs the millrace binary to its end.
inline Output millrace(const std::string& arguments) {
  const std::string command = std::string("'") + MILLRACE_BINARY + "' " + arguments;
  FILE* pipe = ::popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  Output output;
  std::array<char, 4096> chunk{};
  while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
    output.text.append(chunk.data(), got);
  }
  const int status = ::pclose(pipe);
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

/// The figure on the line of the import's report that begins with `name`.
inline std::uint64_t reported(const Output& import, const std::string& name) {
  std::istringstream lines(import.text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + " ")) {
      return std::stoull(line.substr(line.find_last_of(' ') + 1));
    }
  }
  ADD_FAILURE() << "no line '" << name << "' in " << import.text;
  return 0;
}

/// The text between the quotes after a key, from the last line that has it.
inline std::string value_of(const std::string& text, const std::string& key) {
  const std::string mark = "\"" + key + "\":\"";
  const std::size_t at = text.rfind(mark);
  if (at == std::string::npos) {
    ADD_FAILURE() << "no " << key << " in " << text;
    return "";
  }
  const std::size_t begin = at + mark.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

class OnlineRetail : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(data_file())) {
      GTEST_SKIP() << data_file() << " is not here; set MILLRACE_DATA to the folder of data sets";
    }
    import_ =
        millrace("import online-retail '" + data_file().native() + "' --base '" +
                 MILLRACE_SOURCE_DIR + "/docs/sample-network' --network '" + network_.native() +
                 "' --orders '" + orders_.native() + "' " + import_flags_);
    ASSERT_EQ(import_.code, 0) << import_.text;
  }

  OrderFile read_orders() const {
    const LoadResult network = load_network(network_);
    EXPECT_EQ(network.errors, 0U);
    EXPECT_EQ(network.files.catalogue.size(), reported(import_, "SKUs"));
    Problems problems;
    OrderFile file =
        parse_orders(read_text_file(orders_), names_of(network.files), orders_.native(), problems);
    EXPECT_EQ(problems.errors(), 0U);
    return file;
  }

  /// Stops the server and replays its journal, which must come to the same.
  void expect_replay(test::ServerProcess& server) const {
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait_exit(), 0) << server.log();
    const Output replay = millrace("replay --network '" + network_.native() + "' --journal '" +
                                   journal_.native() + "' --json --audit 2>/dev/null");
    EXPECT_EQ(replay.code, 0) << replay.text;
    EXPECT_EQ(value_of(replay.text, "audit"), "ok");
    EXPECT_EQ(value_of(replay.text, "digest"), value_of(server.log(), "digest"));
    EXPECT_EQ(value_of(replay.text, "outcome_digest"), value_of(server.log(), "outcome_digest"));
  }

  [[nodiscard]] std::vector<std::string> serve_flags() const {
    return {"--network", network_.native(), "--journal", journal_.native()};
  }

  TempDirectory scratch_;
  std::filesystem::path network_ = scratch_.path() / "network";
  std::filesystem::path orders_ = scratch_.path() / "orders.csv";
  std::filesystem::path journal_ = scratch_.path() / "journal";
  std::string import_flags_;
  Output import_;
};

}  // namespace millrace::load
