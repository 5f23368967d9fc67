// Reads our own sources: the deterministic part knows no clock, chance, thread, file or float;
// includes go down the layers; nothing is left for later; files stay short. And proves on planted
// sources that each of these would be found.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/law/source_check.h"

namespace millrace::law {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t lines_max = 400;

fs::path root() {
  return MILLRACE_SOURCE_DIR;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const std::vector<Source>& our_sources() {
  static const std::vector<Source> sources = [] {
    std::vector<Source> found;
    for (const char* folder : {"engine", "adapters", "tools", "bench", "tests"}) {
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root() / folder)) {
        const std::string extension = entry.path().extension();
        if (extension == ".h" || extension == ".cpp") {
          found.push_back(
              make_source(fs::relative(entry.path(), root()), content_of(entry.path())));
        }
      }
    }
    return found;
  }();
  return sources;
}

using Check = std::vector<Finding> (*)(const Source&);

std::string findings_in(const std::vector<Source>& sources, Check check) {
  std::string text;
  for (const Source& source : sources) {
    for (const Finding& finding : check(source)) {
      text += to_text(finding) + "\n";
    }
  }
  return text;
}

TEST(Sources, AreFound) {
  const auto is_there = [](const char* file) {
    return std::any_of(our_sources().begin(), our_sources().end(),
                       [&](const Source& source) { return source.file == file; });
  };
  EXPECT_TRUE(is_there("engine/stages/allocate.cpp"));
  EXPECT_TRUE(is_there("engine/engine.h"));
  EXPECT_TRUE(is_there("tests/law/source_test.cpp"));
  EXPECT_FALSE(our_sources().front().code.empty());
}

TEST(Sources, DeterministicPartNeedsNothingButItsInput) {
  EXPECT_EQ(findings_in(our_sources(), check_words), "");
}

TEST(Sources, IncludesGoDownTheLayers) {
  EXPECT_EQ(findings_in(our_sources(), check_includes), "");
}

TEST(Sources, NothingIsLeftForLater) {
  EXPECT_EQ(findings_in(our_sources(), check_comments), "");
}

/// Each line of long_files.txt: a file, and why it is as long as it is.
TEST(Sources, FilesAreShortUnlessThereIsAReason) {
  std::map<std::string, std::string> reasons;
  std::istringstream list(content_of(root() / "tests" / "law" / "long_files.txt"));
  for (std::string line; std::getline(list, line);) {
    if (line.empty() || line.front() == '#') {
      continue;
    }
    const std::size_t blank = line.find(' ');
    ASSERT_NE(blank, std::string::npos) << line << " has no reason";
    reasons[line.substr(0, blank)] = line.substr(blank + 1);
  }
  for (const Source& source : our_sources()) {
    const auto lines =
        static_cast<std::size_t>(std::count(source.text.begin(), source.text.end(), '\n'));
    const bool is_listed = reasons.erase(source.file) > 0;
    if (lines > lines_max) {
      EXPECT_TRUE(is_listed) << source.file << " has " << lines << " lines";
    } else {
      EXPECT_FALSE(is_listed) << source.file << " needs no reason any more";
    }
  }
  EXPECT_TRUE(reasons.empty()) << reasons.begin()->first << " is listed, but not there";
}

TEST(SourceText, CommentsAndLiteralsAreToldFromCode) {
  const Source source =
      make_source("engine/core/a.h",
                  "int a = 1'000; // rand()\n"
                  "const char* s = \"rand() // \\\" x\"; char c = '\"'; /* float\n"
                  "double */ int b; auto r = R\"x(float \" ))x\"; int d;\n");
  EXPECT_EQ(source.code.find("rand"), std::string::npos);
  EXPECT_EQ(source.code.find("float"), std::string::npos);
  EXPECT_EQ(source.code.find("double"), std::string::npos);
  EXPECT_NE(source.code.find("int a = 1'000;"), std::string::npos);
  EXPECT_NE(source.code.find("int b;"), std::string::npos);
  EXPECT_NE(source.code.find("int d;"), std::string::npos);
  EXPECT_NE(source.comments.find("rand()"), std::string::npos);
  EXPECT_EQ(std::count(source.code.begin(), source.code.end(), '\n'), 3);
}

struct Planted {
  const char* file;
  const char* text;
};

TEST(SourceCheck, FindsPlantedWords) {
  constexpr std::array planted{
      "auto t = std::chrono::steady_clock::now();",
      "auto t = system_clock::now();",
      "using namespace std::chrono;",
      "gettimeofday(&tv, nullptr);",
      "clock_gettime(CLOCK_REALTIME, &ts);",
      "auto t = time(nullptr);",
      "auto t = ::time(NULL);",
      "std::time_t t = std::time(0);",
      "auto t = clock();",
      "auto t = __rdtsc();",
      "const char* built = __TIME__;",
      "int r = rand();",
      "srand(1);",
      "int r = ::random();",
      "std::random_device d;",
      "std::mt19937_64 generator(1);",
      "std::thread worker([] {});",
      "std::jthread worker;",
      "std::mutex lock;",
      "std::shared_mutex lock;",
      "std::scoped_lock guard(lock);",
      "std::lock_guard<std::mutex> guard(lock);",
      "std::condition_variable wake;",
      "pthread_create(&t, nullptr, f, nullptr);",
      "thread_local int x;",
      "std::this_thread::yield();",
      "FILE* f = fopen(\"a\", \"r\");",
      "std::printf(\"x\");",
      "snprintf(b, 1, \"x\");",
      "std::cout << 1;",
      "std::ofstream out(\"a\");",
      "std::filesystem::remove(p);",
      "int fd = ::open(\"a\", 0);",
      "const char* e = getenv(\"X\");",
      "float price;",
      "auto x = static_cast<double>(y);",
      "auto x = y * 1.5;",
      "auto x = 1e9;",
      "auto x = 3.f;",
      "std::unordered_map<int, int> m;",
      "std::unordered_set<int> s;",
      "auto h = std::hash<int>{}(1);",
  };
  for (const char* const text : planted) {
    const Source source = make_source("engine/stages/route.cpp", text);
    EXPECT_EQ(check_words(source).size(), 1U) << text;
    EXPECT_TRUE(check_words(make_source("adapters/tcp/server.cpp", text)).empty()) << text;
    EXPECT_TRUE(check_words(make_source("engine/state/a.h", std::string("// ") + text)).empty())
        << text;
  }
}

TEST(SourceCheck, LeavesGoodWordsAlone) {
  constexpr std::array good{
      "[[nodiscard]] Time now() const { return now_; }",
      "if (hold.expires_at <= batch.time) {",
      "advance(message.time);",
      "const Time time = batch.time(0);",
      "reader->read(bytes);",
      "Outcome::operator();",
      "const std::uint64_t count = 1'000'000;",
      "constexpr std::uint64_t mask = 0x1e9;",
      "mix(0xff51afd7ed558ccdULL, 0xc4ceb9fe1a85ec53ULL);",
      "std::string text = \"a float at std::mutex\";",
      "out.write(bytes);",
      "slots[1].value = operand(2);",
      "x.clock(0);",
      "random_units(3);",
      "doubled = 2 * x;",
  };
  for (const char* const text : good) {
    const Source source = make_source("engine/stages/route.cpp", text);
    EXPECT_EQ(findings_in({source}, check_words), "") << text;
  }
  EXPECT_TRUE(check_words(make_source("engine/core/check.h", "std::fprintf(stderr, x);")).empty());
}

TEST(SourceCheck, FindsPlantedIncludes) {
  constexpr std::array<Planted, 24> planted{{
      {"engine/core/batch.h", "#include \"engine/state/network.h\""},
      {"engine/core/batch.h", "#include <thread>"},
      {"engine/core/batch.h", "#include <unordered_map>"},
      {"engine/state/network.h", "#include \"engine/stages/route.h\""},
      {"engine/state/network.cpp", "#  include <fstream>"},
      {"engine/stages/wave.cpp", "#include \"engine/stages/allocate.h\""},
      {"engine/stages/validate.h", "#include \"engine/stages/reserve.h\""},
      {"engine/stages/allocate.cpp", "#include \"engine/stages/validate.h\""},
      {"engine/stages/novel.cpp", "#include \"engine/stages/novel.h\""},
      {"engine/stages/route.cpp", "#include \"engine/engine.h\""},
      {"engine/stages/route.cpp", "#include \"engine/runtime/clock.h\""},
      {"engine/engine.cpp", "#include \"engine/journal/writer.h\""},
      {"engine/engine.h", "#include <chrono>"},
      {"engine/engine.h", "#include <mutex>"},
      {"engine/topology.h", "#include \"engine/stages/wave.h\""},
      {"engine/journal/writer.cpp", "#include \"engine/engine.h\""},
      {"engine/journal/writer.cpp", "#include <boost/asio.hpp>"},
      {"engine/runtime/pipeline.cpp", "#include \"adapters/wire/codec.h\""},
      {"engine/runtime/pipeline.cpp", "#include <flatbuffers/flatbuffers.h>"},
      {"engine/runtime/pipeline.cpp", "#include \"schemas/millrace_generated.h\""},
      {"adapters/tcp/server.h", "#include \"tools/load/run.h\""},
      {"adapters/tcp/server.h", "#include \"tests/support/random.h\""},
      {"tools/load/run.cpp", "#include \"bench/reference_workload.h\""},
      {"tools/load/run.cpp", "#include \"run.h\""},
  }};
  for (const Planted& each : planted) {
    const Source source = make_source(each.file, each.text);
    EXPECT_EQ(check_includes(source).size(), 1U) << each.file << ": " << each.text;
    const Source comment = make_source(each.file, std::string("// ") + each.text);
    EXPECT_TRUE(check_includes(comment).empty()) << each.file << ": " << each.text;
  }
}

TEST(SourceCheck, LeavesGoodIncludesAlone) {
  constexpr std::array<Planted, 10> good{{
      {"engine/core/batch.h", "#include \"engine/core/types.h\""},
      {"engine/core/check.h", "#include <cstdio>"},
      {"engine/state/network.h", "#include \"engine/core/types.h\""},
      {"engine/stages/reserve.h", "#include \"engine/stages/route.h\""},
      {"engine/engine.h", "#include \"engine/stages/wave.h\""},
      {"engine/runtime/pipeline.h", "#include \"engine/engine.h\""},
      {"engine/runtime/pipeline.cpp", "#include <thread>"},
      {"engine/journal/writer.h", "#include \"engine/journal/file.h\""},
      {"adapters/tcp/server.cpp", "#include <boost/asio.hpp>"},
      {"tools/millrace/serve.cpp", "#include \"adapters/tcp/server.h\""},
  }};
  for (const Planted& each : good) {
    const Source source = make_source(each.file, each.text);
    EXPECT_EQ(findings_in({source}, check_includes), "") << each.file;
  }
}

TEST(SourceCheck, FindsPlantedLeftovers) {
  // The markers are put together here, so that this file has none.
  const std::array<std::string, 10> planted{
      std::string("// TO") + "DO: later",
      std::string("/* FIX") + "ME */",
      "// return slot;",
      "// holds.push_back(hold);",
      "  // x = y + 1;",
      "// for (auto& c : batch) {",
      "// }",
      "// #include <vector>",
      "// std::sort(a.begin(), a.end());",
      "#if 0",
  };
  for (const std::string& text : planted) {
    EXPECT_EQ(check_comments(make_source("engine/core/a.h", text)).size(), 1U) << text;
  }
  constexpr std::array good{
      "// What is short may wait; what is not, leaves;",
      "/// For a slice that waits: node = no_node.",
      "// if it is new, and `slot` is its record",
      "const char* text = \"// return slot;\";",
      "#if defined(__linux__)",
      "// To do so costs a division.",
  };
  for (const char* const text : good) {
    EXPECT_EQ(findings_in({make_source("engine/core/a.h", text)}, check_comments), "") << text;
  }
}

}  // namespace
}  // namespace millrace::law
