// Something that answers commands: the engine or its twin. Scenarios ask both the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/limits.h"
#include "engine/state/network.h"
#include "tests/support/test_command.h"

namespace millrace::test {

class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  [[nodiscard]] virtual Answer apply(const TestCommand& command) = 0;
  /// Waves proposed since the last call.
  [[nodiscard]] virtual std::vector<Proposal> take_proposals() = 0;
  /// Goes on from a snapshot of itself; every pending wave is proposed again.
  virtual void restart() = 0;
  [[nodiscard]] virtual std::uint64_t digest() const = 0;
  /// What is wrong with its tables, if anything.
  [[nodiscard]] virtual std::optional<std::string> audit() const = 0;
};

/// The engine, each command a batch of its own. The network must outlive the subject.
[[nodiscard]] std::unique_ptr<Subject> make_engine_subject(const Network& network,
                                                           const Limits& limits);

}  // namespace millrace::test
