// Random commands that look for trouble: few SKUs and nodes, so that stock, capacity and patience
// run out; repetitions, conflicts and nonsense; time that stands, jumps and runs backwards.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "engine/core/limits.h"
#include "engine/state/network.h"
#include "tests/support/random.h"
#include "tests/support/test_command.h"

namespace millrace::law {

class Generator {
 public:
  /// The seed also decides the mood: how many SKUs, how much of each kind of command.
  Generator(const Network& network, std::uint64_t seed);

  /// `order_count` is the number of order records there are.
  [[nodiscard]] test::TestCommand next(std::size_t order_count);

  /// Where the slices of an order stand; without it, no order is led through its life.
  void look_at(std::function<std::vector<SliceView>(OrderId)> look) { look_ = std::move(look); }

  /// What its last command was answered: orders that live are led on.
  void learn(const test::TestCommand& command, const Outcome& outcome);

  /// The wave comes back as a command some time later, or never.
  void offer(const test::Proposal& proposal);

 private:
  struct Mood {
    std::uint64_t skus;
    std::uint64_t order_percent;
    std::uint64_t cancel_percent;
    std::uint64_t step_percent;
    std::uint64_t receipt_units_max;
    std::uint64_t quantity_max;
    std::uint64_t lines_max;
    std::uint64_t repeat_percent;
    std::uint64_t nonsense_percent;
    std::uint64_t query_percent;
    bool services;  ///< among its SKUs
  };

  struct DueRelease {
    std::uint64_t due = 0;  ///< in commands
    test::Proposal proposal;
  };

  [[nodiscard]] static Mood random_mood(test::Random& random);
  void pass_time();
  /// To a moment at which a rule just begins to hold, or a microsecond before.
  void pass_to_boundary();
  test::TestCommand fresh(std::size_t order_count);
  test::TestCommand order();
  test::TestCommand repeated_order();
  test::TestCommand cancel();
  test::TestCommand step();
  test::TestCommand receipt();
  test::TestCommand adjustment();
  test::TestCommand stock_change();
  void aim(StockChange& change);
  void aim_at_channel(StockChange& change);
  void aim_at_moment(StockChange& change);
  void aim_at_worth(StockChange& change);
  test::TestCommand definition();
  test::TestCommand bogus_release(std::size_t order_count);
  test::TestCommand query();
  test::TestCommand repeated_command();
  test::TestCommand logged(const test::CommandBody& body);

  static void remember(std::deque<test::TestCommand>& commands, const test::TestCommand& command);

  bool nonsense() { return random_.chance(mood_.nonsense_percent); }

  Sku sku();
  NodeIndex node();
  CommandId new_command_id();
  OrderId some_order_id();
  /// A step that an order on its way may take.
  StepOrder likely_step();
  void aim(StepOrder& body, const SliceView& slice);
  /// Fills in how the order is to be changed.
  void aim_amendment(StepOrder& body, const SliceView& slice);
  /// Any step with anything in its fields.
  StepOrder odd_step();
  PostalCode postal();
  CountryCode country();
  OrderHead head();
  Units quantity();
  std::vector<OrderLine> lines();
  /// What a change of lines says that an order shall have.
  std::vector<OrderLine> wanted_lines(OrderId order);

  const Network& network_;
  test::Random random_;
  Mood mood_;
  Time time_;
  std::uint64_t made_ = 0;
  std::uint64_t ids_ = 0;
  std::deque<test::TestCommand> orders_;    ///< sent of late
  std::deque<test::TestCommand> commands_;  ///< with a command id, sent of late
  std::vector<DueRelease> releases_;
  OrderId linked_{0, 0};        ///< sent instead of goods that came back, the last one
  std::vector<OrderId> walks_;  ///< orders that are led through their lives
  std::function<std::vector<SliceView>(OrderId)> look_;
};

/// Bounds small enough that some of the histories reach them.
[[nodiscard]] Limits random_limits(std::uint64_t seed);

}  // namespace millrace::law
