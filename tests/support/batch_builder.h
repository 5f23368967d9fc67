// Turns timed test commands into batches, as intake would, and reads the answers back out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/batch.h"
#include "tests/support/random.h"
#include "tests/support/test_command.h"

namespace millrace::test {

struct BatchShape {
  std::uint32_t commands_max = 256;  ///< a batch ends here
  std::uint32_t message_max = 64;    ///< most commands of one message; each draws its own size
  std::uint64_t seed = 1;
};

class BatchBuilder {
 public:
  explicit BatchBuilder(const BatchShape& shape) : shape_(shape), random_(shape.seed) {}

  /// Fills the batch with the first of the commands and returns how many it took. Commands of one
  /// kind and time that follow each other share messages of random size. The messages point into
  /// memory of the builder, which is good until the next call.
  std::size_t fill(Batch& batch, std::span<const TestCommand> commands);

  /// Of the next journaled command; it continues from batch to batch.
  [[nodiscard]] Sequence next_sequence() const { return Sequence{next_}; }

  void set_next_sequence(Sequence next) { next_ = next.value; }

 private:
  struct Bytes {
    std::vector<std::uint64_t> heads;
    std::vector<std::uint64_t> details;
  };

  std::size_t message_size(const Batch& batch, std::span<const TestCommand> commands);
  void add_message(Batch& batch, std::span<const TestCommand> commands);

  BatchShape shape_;
  Random random_;
  std::uint64_t next_ = 1;
  std::vector<std::unique_ptr<Bytes>> messages_;
};

/// The commands of a batch, each with the time of its message.
[[nodiscard]] std::vector<TestCommand> commands_of(const Batch& batch);

/// The answers of a decided batch, one for each of its commands.
[[nodiscard]] std::vector<Answer> answers_of(const Batch& batch);

/// The waves a decided batch proposes.
[[nodiscard]] std::vector<Proposal> proposals_of(const Batch& batch);

}  // namespace millrace::test
