// A pipeline under load, and a record of everything it answered: what its journal says must be what
// the twin says to the same commands one at a time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/batch.h"
#include "engine/runtime/clock.h"
#include "engine/runtime/port.h"
#include "tests/law/history.h"
#include "tests/support/test_command.h"

namespace millrace::law {

/// A clock that any thread may set, forwards or back.
class SharedClock final : public Clock {
 public:
  explicit SharedClock(Time start) : us_(start.us) {}

  [[nodiscard]] Time now() override { return Time{us_.load()}; }

  void set(Time now) { us_.store(now.us); }

 private:
  std::atomic<std::uint64_t> us_;
};

/// Keeps every batch that is delivered.
class Recorder final : public ReplySink {
 public:
  void deliver(const Batch& batch) override;

  /// Waits until no more than `unanswered` of the `submitted` messages of a session are unanswered.
  void wait(std::uint64_t session, std::uint64_t submitted, std::uint64_t unanswered);

  /// What differs from the twin, which is told the same commands; and the twin's record of them.
  [[nodiscard]] std::string difference(const Network& network, const Limits& limits,
                                       History& history) const;

  /// Messages answered out of their session's order, or twice, or not at all in between.
  [[nodiscard]] std::uint64_t disorder() const { return disorder_; }

  static constexpr std::uint64_t sessions_max = 32;

 private:
  struct Delivered {
    std::size_t first;  ///< in commands_
    std::vector<test::Answer> answers;
    std::vector<test::Proposal> proposals;
  };

  std::vector<test::TestCommand> commands_;
  std::vector<Delivered> batches_;
  std::array<std::atomic<std::uint64_t>, sessions_max> answered_{};
  std::uint64_t disorder_ = 0;
};

/// One client: frames on the wire's format, random commands, never too far ahead of its answers.
class Client {
 public:
  struct Options {
    std::uint64_t session;
    std::uint64_t seed;
    std::size_t commands;
    std::uint32_t frame_commands_max;
  };

  Client(const Network& network, Port& port, Recorder& recorder, SharedClock& clock,
         const BatchLimits& limits, const Options& options);

  /// Submits everything and waits for the last answer.
  void run();

 private:
  void submit(std::span<const test::TestCommand> commands);

  const Network& network_;
  Port& port_;
  Recorder& recorder_;
  SharedClock& clock_;
  BatchLimits limits_;
  Options options_;
  std::uint64_t submitted_ = 0;
};

}  // namespace millrace::law
