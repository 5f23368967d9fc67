// Runs every story in this folder on the engine and on its twin: both must answer as written, keep
// their invariants after every line, and end in the same state.
#include "tests/scenarios/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/reference/twin_subject.h"
#include "tests/scenarios/expectation.h"
#include "tests/support/subject.h"

namespace millrace::scenarios {
namespace {

namespace fs = std::filesystem;

using SubjectMaker = std::unique_ptr<test::Subject> (*)(const Network&, const Limits&);

/// One subject on its way through a story. Returns what is wrong first.
class Runner {
 public:
  Runner(const Scenario& scenario, SubjectMaker make)
      : scenario_(scenario), subject_(make(scenario.network, scenario.limits)) {}

  std::string run(const std::string& file) {
    for (const Step& step : scenario_.steps) {
      std::string wrong = std::visit([&](const auto& what) { return take(what); }, step.what);
      if (wrong.empty()) {
        if (const auto broken = subject_->audit(); broken.has_value()) {
          wrong = "broken invariant: " + *broken;
        }
      }
      if (!wrong.empty()) {
        return file + ":" + std::to_string(step.line) + ": " + wrong;
      }
    }
    if (scenario_.is_about_waves && !outstanding_.empty()) {
      return file + ": a wave the story does not mention: " + to_text(outstanding_.front());
    }
    return {};
  }

  [[nodiscard]] std::uint64_t digest() const { return subject_->digest(); }

 private:
  std::string take(const Ask& ask) {
    const test::Answer answer = subject_->apply(ask.command);
    keep_proposals();
    return mismatch(ask.expected, kind_of(ask.command), answer);
  }

  std::string take(const ExpectWave& wave) {
    if (wave.none) {
      return outstanding_.empty() ? std::string() : "a wave: " + to_text(outstanding_.front());
    }
    if (outstanding_.empty()) {
      return "no wave";
    }
    const std::string differs = test::difference(std::vector<test::Proposal>{wave.proposal},
                                                 std::vector<test::Proposal>{outstanding_.front()});
    proposed_.push_back(outstanding_.front());
    outstanding_.erase(outstanding_.begin());
    return differs;
  }

  std::string take(const ReleaseProposed& release) {
    const auto wave = std::find_if(
        proposed_.begin(), proposed_.end(),
        [&](const test::Proposal& proposal) { return proposal.head.wave.value == release.wave; });
    if (wave == proposed_.end()) {
      return "wave " + std::to_string(release.wave) + " was not expected before its release";
    }
    return take(Ask{release_of(release.time, *wave), release.expected});
  }

  std::string take(const Restart& /*restart*/) {
    subject_->restart();
    outstanding_.clear();
    keep_proposals();
    return {};
  }

  void keep_proposals() {
    for (const test::Proposal& proposal : subject_->take_proposals()) {
      outstanding_.push_back(proposal);
    }
  }

  const Scenario& scenario_;
  std::unique_ptr<test::Subject> subject_;
  std::vector<test::Proposal> outstanding_;  ///< proposed, and not yet mentioned
  std::vector<test::Proposal> proposed_;
};

fs::path folder() {
  return fs::path(MILLRACE_SOURCE_DIR) / "tests" / "scenarios";
}

std::vector<std::string> story_names() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class Story : public testing::TestWithParam<std::string> {};

TEST_P(Story, IsToldByEngineAndTwin) {
  const std::string file = GetParam() + ".txt";
  const Scenario scenario = parse(content_of(folder() / file), file);
  Runner twin(scenario, reference::make_twin_subject);
  ASSERT_EQ(twin.run(file), "") << "told by the twin";
  Runner engine(scenario, test::make_engine_subject);
  ASSERT_EQ(engine.run(file), "") << "told by the engine";
  EXPECT_EQ(twin.digest(), engine.digest());
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Story, testing::ValuesIn(story_names()),
                         [](const auto& story) { return story.param; });

/// What is wrong with a story, as the one who wrote it is told.
std::string complaint(const std::string& text) {
  try {
    (void)parse(text, "story.txt");
  } catch (const BadScenario& bad) {
    return bad.what();
  }
  return {};
}

TEST(ScenarioLanguage, UnknownWordsAreErrorsWithFileAndLine) {
  EXPECT_EQ(complaint("# nothing\n\nordr 1 sku=7 x1\n"), "story.txt:3: unknown word 'ordr'");
  EXPECT_EQ(complaint("order 1 sku=7 x1 -> routd A"), "story.txt:1: unknown status 'routd'");
  EXPECT_EQ(complaint("order 1 sku=7 x1 -> routed A speed=9"),
            "story.txt:1: unknown word 'speed=9'");
  EXPECT_EQ(complaint("order 1 sku=7 x1 -> refused late"), "story.txt:1: unknown reason 'late'");
  EXPECT_EQ(complaint("order 1 sku=7 1"),
            "story.txt:1: expected a line like sku=7 x2, found 'sku=7 1'");
  EXPECT_EQ(complaint("receipt sku=7 units=1 node=Q"),
            "story.txt:1: 'Q' is not a number up to 65535");
  EXPECT_EQ(complaint("receipt sku=7 node=A"), "story.txt:1: expected units=");
  EXPECT_EQ(complaint("tick\nnode A daily=2"),
            "story.txt:2: 'node' must come before the first command");
  EXPECT_EQ(complaint("tick ->"), "story.txt:1: expected an answer after ->");
  EXPECT_EQ(complaint("get-order 1 -> lost"), "story.txt:1: unknown state 'lost'");
  EXPECT_EQ(complaint("time soon"), "story.txt:1: 'soon' is not a date like 2024-06-03");
  EXPECT_EQ(complaint("stock sku=7 node=A units=1\norder 1 sku=7 x1 -> routed A # fine"), "");
}

/// What the runner says of a story that is not so.
std::string objection(const std::string& text) {
  const Scenario scenario = parse(text, "story.txt");
  return Runner(scenario, reference::make_twin_subject).run("story.txt");
}

TEST(ScenarioLanguage, WhatIsNotSoIsFound) {
  const std::string start = "stock sku=7 node=A units=3\n";
  EXPECT_NE(objection(start + "order 1 sku=7 x1 -> routed B"), "");
  EXPECT_NE(objection(start + "order 1 sku=7 x1 -> routed A cost=1"), "");
  EXPECT_NE(objection(start + "order 1 sku=7 x1 -> refused out_of_stock"), "");
  EXPECT_NE(objection(start + "order 1 sku=7 x1 -> routed A slices=0:A:2"), "");
  EXPECT_NE(objection(start + "get-stock 7 -> A=3/2"), "");
  EXPECT_NE(objection(start + "get-stock 7 -> A=3/3 waiting=1"), "");
  EXPECT_NE(objection(start + "get-order 1 -> allocated"), "");
  EXPECT_NE(objection(start + "wave 1 node=A day=2024-06-03 slots=0"), "");
  EXPECT_NE(objection("waves orders=1\n" + start + "order 1 sku=7 x1\nno-wave"), "");
  EXPECT_NE(objection("waves orders=1\n" + start + "no-wave\norder 1 sku=7 x1"), "");
}

}  // namespace
}  // namespace millrace::scenarios
