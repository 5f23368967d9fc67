// A history: commands, and what the twin says to them. An engine of any shape must say the same.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/batch.h"
#include "engine/core/limits.h"
#include "engine/state/network.h"
#include "tests/support/batch_builder.h"
#include "tests/support/test_command.h"

namespace millrace::law {

/// The state after so many commands.
struct Checkpoint {
  std::size_t commands;
  std::uint64_t digest;
  std::vector<test::Proposal> pending;
};

struct ProposedAt {
  std::size_t command = 0;
  test::Proposal proposal;
};

struct History {
  std::vector<test::TestCommand> commands;
  std::vector<test::Answer> answers;
  std::vector<ProposedAt> proposals;
  std::vector<Checkpoint> checkpoints;  ///< every so many commands, and at the end
  std::string wrong;                    ///< what the twin's own invariants say
};

struct RecordOptions {
  std::size_t commands = 2'000;  ///< to generate
  std::size_t invariants_every = 1;
  std::size_t checkpoint_every = 256;
};

/// Lets the generator and the twin make a history together: waves the twin proposes come back as
/// commands.
[[nodiscard]] History record(const Network& network, const Limits& limits, std::uint64_t seed,
                             const RecordOptions& options);

/// What the twin says to these commands.
[[nodiscard]] History record(const Network& network, const Limits& limits,
                             std::vector<test::TestCommand> commands,
                             const RecordOptions& options = {});

struct EngineShape {
  std::uint32_t batch_commands = 256;
  std::uint32_t shards = 1;
  std::size_t audit_every = 1'024;  ///< commands; rounded up to whole batches
  /// Half way the engine is saved, and a fresh one loaded from it goes on.
  bool restarts = false;
  /// At every checkpoint what is over is put away: at once, or bit by bit as in a live engine.
  bool bit_by_bit = false;
};

/// Runs an engine through the history; what differs first, or nothing.
[[nodiscard]] std::string difference(const Network& network, Limits limits, const History& history,
                                     const EngineShape& shape);

/// Compares what was answered to the commands of one batch, the first of them `at`, with the
/// history; what differs first.
[[nodiscard]] std::string difference(const History& history, std::size_t at,
                                     const std::vector<test::Answer>& answers,
                                     const std::vector<test::Proposal>& proposals);

}  // namespace millrace::law
