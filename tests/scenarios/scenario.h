// Stories in text files: what is asked of an engine, and what it must answer (STYLE, rule 12). The
// language is described in README.md beside the stories.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/core/limits.h"
#include "engine/state/network.h"
#include "tests/support/test_command.h"

namespace millrace::scenarios {

/// A story that cannot be read: "file:line: what is wrong".
class BadScenario : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Slices as a story writes them: line:node:units or line:node:units:state, with - for a node where
/// they wait.
struct ExpectedSlice {
  std::uint8_t line;
  NodeIndex node;
  Units units;
  std::optional<SliceState> state;
};

/// What stands after the arrow. Only what is written is compared.
struct Expected {
  std::optional<Status> status;
  std::optional<Refusal> refusal;
  std::optional<OrderState> state;
  std::optional<NodeIndex> node;
  std::optional<std::uint32_t> shipments;
  std::optional<std::uint32_t> promise;
  std::optional<std::uint32_t> allocated;
  std::optional<std::uint32_t> backordered;
  std::optional<std::uint32_t> cost;
  std::optional<std::uint32_t> detail;
  std::optional<std::uint32_t> grams;
  std::optional<std::uint32_t> flags;
  std::optional<std::vector<ExpectedSlice>> slices;
  std::optional<std::vector<StockCell>> cells;
  std::optional<bool> known;
  std::optional<std::vector<EventKind>> events;  ///< all of the command, in their order
};

/// A command or query and what it must be answered.
struct Ask {
  test::TestCommand command;
  Expected expected;
};

/// A wave that must be proposed next, or with none = true the absence of any.
struct ExpectWave {
  bool none = false;
  test::Proposal proposal;
};

/// Gives a proposed wave back as the runtime would.
struct ReleaseProposed {
  Time time;
  std::uint64_t wave;
  Expected expected;
};

struct Restart {};

struct Step {
  std::size_t line;
  std::variant<Ask, ExpectWave, ReleaseProposed, Restart> what;
};

struct Scenario {
  Network network;
  Limits limits;
  std::vector<Step> steps;
  /// A story that mentions waves must mention every one.
  bool is_about_waves = false;
};

/// Reads a story; throws BadScenario.
[[nodiscard]] Scenario parse(std::string_view text, const std::string& file);

}  // namespace millrace::scenarios
