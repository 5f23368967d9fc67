// The engine as a subject: one command a batch; restarts by way of saved sections.
#include <iterator>
#include <utility>

#include "engine/core/check.h"
#include "engine/engine.h"
#include "tests/support/batch_builder.h"
#include "tests/support/memory_sections.h"
#include "tests/support/subject.h"

namespace millrace::test {
namespace {

class EngineSubject final : public Subject {
 public:
  EngineSubject(const Network& network, const Limits& limits)
      : network_(network),
        limits_(limits),
        engine_(std::make_unique<Engine>(network, limits)),
        builder_({.commands_max = 1, .message_max = 1}),
        batch_(BatchLimits{.commands_max = 1, .lines_max = 256, .messages_max = 1}) {}

  Answer apply(const TestCommand& command) override {
    CHECK(builder_.fill(batch_, {&command, 1}) == 1);
    engine_->apply(batch_);
    keep_proposals();
    return answers_of(batch_).front();
  }

  std::vector<Proposal> take_proposals() override { return std::exchange(proposals_, {}); }

  void restart() override {
    MemorySectionWriter writer;
    engine_->save(writer);
    engine_ = std::make_unique<Engine>(network_, limits_);
    MemorySectionReader reader(writer.sections());
    const std::optional<std::string> wrong = engine_->load(reader);
    CHECK(!wrong.has_value());
    proposals_.clear();
    batch_.clear();
    engine_->propose_pending(batch_);
    keep_proposals();
  }

  std::uint64_t digest() const override { return engine_->digest(); }

  std::optional<std::string> audit() const override { return engine_->audit(); }

 private:
  void keep_proposals() {
    std::vector<Proposal> proposed = proposals_of(batch_);
    proposals_.insert(proposals_.end(), std::make_move_iterator(proposed.begin()),
                      std::make_move_iterator(proposed.end()));
  }

  const Network& network_;
  Limits limits_;
  std::unique_ptr<Engine> engine_;
  BatchBuilder builder_;
  Batch batch_;
  std::vector<Proposal> proposals_;
};

}  // namespace

std::unique_ptr<Subject> make_engine_subject(const Network& network, const Limits& limits) {
  return std::make_unique<EngineSubject>(network, limits);
}

}  // namespace millrace::test
