// Recording the twin and holding engines against the record.
#include "tests/law/history.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/core/check.h"
#include "engine/engine.h"
#include "engine/journal/archive_file.h"
#include "engine/runtime/filing.h"
#include "tests/law/generator.h"
#include "tests/reference/twin.h"
#include "tests/support/memory_sections.h"
#include "tests/support/sim_disk.h"

namespace millrace::law {
namespace {

using test::Answer;
using test::Proposal;
using test::TestCommand;

void add_checkpoint(History& history, const reference::Twin& twin) {
  history.checkpoints.push_back({history.commands.size(), twin.digest(), twin.pending_waves()});
}

/// Applies the last command of the history.
void apply_last(History& history, reference::Twin& twin, const RecordOptions& options) {
  history.answers.push_back(twin.apply(history.commands.back()));
  for (Proposal& proposal : twin.take_proposals()) {
    history.proposals.push_back({history.commands.size() - 1, std::move(proposal)});
  }
  const std::size_t done = history.commands.size();
  if (done % options.invariants_every == 0) {
    if (const auto wrong = twin.invariants(); wrong.has_value()) {
      history.wrong = "the twin after " + to_text(history.commands.back()) + ": " + *wrong;
    }
  }
  if (done % options.checkpoint_every == 0) {
    add_checkpoint(history, twin);
  }
}

void finish(History& history, const reference::Twin& twin, const RecordOptions& options) {
  if (history.commands.size() % options.checkpoint_every != 0) {
    add_checkpoint(history, twin);
  }
}

const Checkpoint* checkpoint_at(const History& history, std::size_t commands) {
  for (const Checkpoint& checkpoint : history.checkpoints) {
    if (checkpoint.commands == commands) {
      return &checkpoint;
    }
  }
  return nullptr;
}

/// One engine on its way through a history.
class Run {
 public:
  Run(const Network& network, const Limits& limits, const EngineShape& shape)
      : network_(network),
        limits_(limits),
        shape_(shape),
        engine_(make_engine()),
        builder_({.commands_max = shape.batch_commands,
                  .message_max = std::min(shape.batch_commands, 64U),
                  .seed = shape.batch_commands}),
        batch_(BatchLimits{}) {}

  std::string through(const History& history) {
    std::size_t at = 0;
    std::size_t audited = 0;
    bool may_restart = shape_.restarts;
    while (at < history.commands.size()) {
      const std::size_t taken = builder_.fill(batch_, std::span(history.commands).subspan(at));
      engine_->apply(batch_);
      if (std::string wrong =
              difference(history, at, test::answers_of(batch_), test::proposals_of(batch_));
          !wrong.empty()) {
        return wrong;
      }
      at += taken;
      const Checkpoint* const checkpoint = checkpoint_at(history, at);
      if (checkpoint != nullptr && engine_->digest() != checkpoint->digest) {
        return "digests differ after " + std::to_string(at) + " commands\n";
      }
      if (checkpoint != nullptr) {
        put_away();
        // Where orders lie changes nothing.
        if (engine_->digest() != checkpoint->digest) {
          return "digests differ once orders are put away after " + std::to_string(at) +
                 " commands\n";
        }
      }
      if (at - audited >= shape_.audit_every) {
        audited = at;
        if (const auto wrong = engine_->audit(); wrong.has_value()) {
          return "audit after " + std::to_string(at) + " commands: " + *wrong + "\n";
        }
      }
      if (checkpoint != nullptr && may_restart && at >= history.commands.size() / 2) {
        may_restart = false;
        if (std::string wrong = restart(*checkpoint); !wrong.empty()) {
          return wrong;
        }
      }
    }
    const auto wrong = engine_->audit();
    return wrong.has_value() ? "audit at the end: " + *wrong + "\n" : std::string();
  }

 private:
  std::unique_ptr<Engine> make_engine() {
    auto engine = std::make_unique<Engine>(network_, limits_);
    engine->attach(std::make_shared<DiskArchive>(disk_));
    return engine;
  }

  void put_away() {
    auto filed = file_orders(*engine_, disk_, 0, {});
    CHECK(filed.ok());
    if (!filed.value()) {
      return;
    }
    if (shape_.bit_by_bit) {
      engine_->offer(std::move(*filed.value()));
    } else {
      engine_->let_go(*filed.value());
    }
  }

  std::string restart(const Checkpoint& checkpoint) {
    test::MemorySectionWriter writer;
    engine_->save(writer);
    engine_ = make_engine();
    test::MemorySectionReader reader(writer.sections());
    if (const auto wrong = engine_->load(reader); wrong.has_value()) {
      return "load: " + *wrong + "\n";
    }
    if (engine_->digest() != checkpoint.digest) {
      return "digests differ after save and load\n";
    }
    batch_.clear();
    engine_->propose_pending(batch_);
    return test::difference(checkpoint.pending, test::proposals_of(batch_));
  }

  const Network& network_;
  Limits limits_;
  EngineShape shape_;
  test::SimDisk disk_;
  std::unique_ptr<Engine> engine_;
  test::BatchBuilder builder_;
  Batch batch_;
};

}  // namespace

History record(const Network& network, const Limits& limits, std::uint64_t seed,
               const RecordOptions& options) {
  reference::Twin twin(network, limits);
  Generator generator(network, seed);
  generator.look_at([&](OrderId order) {
    return twin.apply({Time{0}, GetOrder{order}, {}, {}, false}).slices;
  });
  History history;
  while (history.commands.size() < options.commands && history.wrong.empty()) {
    const std::size_t proposals = history.proposals.size();
    history.commands.push_back(generator.next(twin.order_count()));
    apply_last(history, twin, options);
    generator.learn(history.commands.back(), history.answers.back().outcome);
    for (std::size_t i = proposals; i < history.proposals.size(); ++i) {
      generator.offer(history.proposals[i].proposal);
    }
  }
  finish(history, twin, options);
  return history;
}

History record(const Network& network, const Limits& limits, std::vector<TestCommand> commands,
               const RecordOptions& options) {
  reference::Twin twin(network, limits);
  History history;
  for (TestCommand& command : commands) {
    history.commands.push_back(std::move(command));
    apply_last(history, twin, options);
  }
  finish(history, twin, options);
  return history;
}

std::string difference(const History& history, std::size_t at, const std::vector<Answer>& found,
                       const std::vector<Proposal>& proposals) {
  const std::size_t end = at + found.size();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const TestCommand& command = history.commands[at + i];
    const std::string differs = test::difference(command, history.answers[at + i], found[i]);
    if (!differs.empty()) {
      return "command " + std::to_string(at + i) + "\n" + differs;
    }
  }
  std::vector<Proposal> expected;
  for (const ProposedAt& proposed : history.proposals) {
    if (proposed.command >= at && proposed.command < end) {
      expected.push_back(proposed.proposal);
    }
  }
  const std::string differs = test::difference(expected, proposals);
  return differs.empty() ? differs
                         : "in the batch from command " + std::to_string(at) + "\n" + differs;
}

std::string difference(const Network& network, Limits limits, const History& history,
                       const EngineShape& shape) {
  limits.shards = shape.shards;
  return Run(network, limits, shape).through(history);
}

}  // namespace millrace::law
