// The schema may only grow: every release of it stays readable, old journals with it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace {

const std::string schemas = std::string(MILLRACE_SOURCE_DIR) + "/schemas/";

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool conforms(const std::string& schema, const std::string& release) {
  const std::string command =
      std::string(MILLRACE_FLATC) + " --conform " + release + " " + schema + " > /dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

std::vector<std::string> releases() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(schemas + "released")) {
    paths.push_back(entry.path());
  }
  return paths;
}

TEST(Conform, TheSchemaFollowsEveryRelease) {
  ASSERT_FALSE(releases().empty());
  for (const std::string& release : releases()) {
    EXPECT_TRUE(conforms(schemas + "millrace.fbs", release)) << release;
  }
}

struct Change {
  std::string from;
  std::string to;
};

/// Whether the first release still reads what the changed schema writes.
bool conforms_after(const std::vector<Change>& changes) {
  std::string schema = text_of(schemas + "millrace.fbs");
  for (const Change& change : changes) {
    const std::size_t at = schema.find(change.from);
    EXPECT_NE(at, std::string::npos) << change.from;
    schema.replace(at, change.from.size(), change.to);
  }
  const std::string path =
      testing::TempDir() + "/millrace_changed_" + std::to_string(::getpid()) + ".fbs";
  std::ofstream(path) << schema;
  const bool result = conforms(path, schemas + "released/millrace-1.fbs");
  std::filesystem::remove(path);
  return result;
}

TEST(Conform, ChangesThatBreakAReleaseAreFound) {
  EXPECT_FALSE(conforms_after({{"  priority: ubyte;", "  priority: ushort;"}}));
  EXPECT_FALSE(conforms_after({{"  want_allocations: bool = false;", ""}}));
  EXPECT_FALSE(conforms_after({{"misaligned = 3", "misaligned = 4"}}));
  EXPECT_FALSE(conforms_after({{"GetOrders, GetStocks,", "GetStocks, GetOrders,"}}));
  EXPECT_FALSE(conforms_after({{"protocol: ushort = 1;", "protocol: ushort = 2;"}}));
}

TEST(Conform, GrowthAtTheEndIsFine) {
  EXPECT_TRUE(conforms_after({{"audit: bool = false;", "audit: bool = false; since: ulong;"}}));
  EXPECT_TRUE(conforms_after({{"Events\n}", "Events, Novel\n}"},
                              {"union Body {", "table Novel { text: string; }\nunion Body {"}}));
}

}  // namespace
