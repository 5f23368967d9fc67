// What orders led through their lives were answered and what they came to: every answer against
// what it must be, every order's units and money at its end.
#pragma once

#include <array>
#include <cstdint>

#include "tools/load/failures.h"
#include "tools/load/life.h"

namespace millrace::load {

struct LifeTotals {
  struct StepCount {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  ///< as it had to be
    std::uint64_t late = 0;     ///< refused since time or stock had overtaken it
    std::uint64_t units = 0;    ///< moved
  };

  std::uint64_t orders = 0;   ///< accepted
  std::uint64_t refused = 0;  ///< orders
  std::uint64_t unpaid = 0;   ///< placed so
  std::uint64_t replacements = 0;
  std::uint64_t ended = 0;
  std::uint64_t left = 0;     ///< given up before their end, since nothing happened any more
  std::uint64_t repeats = 0;  ///< commands sent twice
  std::uint64_t receipts = 0;
  std::uint64_t units_received = 0;
  std::uint64_t cancels = 0;
  std::uint64_t units_cancelled = 0;  ///< by whole cancellations
  std::array<StepCount, static_cast<std::size_t>(Step::steps_sent)> steps{};
  // Of orders that have ended or were left.
  std::uint64_t units_asked = 0;
  std::uint64_t units_found = 0;
  std::array<std::uint64_t, slice_states> units_by_state{};
  std::array<std::uint64_t, order_states> orders_by_state{};
  std::uint64_t authorised = 0;
  std::uint64_t captured = 0;
  std::uint64_t paid = 0;
  std::uint64_t refunded = 0;

  /// Orders that are still led.
  [[nodiscard]] std::uint64_t under_way() const { return orders - ended - left; }
};

class LifeLedger {
 public:
  /// Judges the answer to a command of an order and notes in `life` what it brings about.
  void answered(Life& life, const LifeCommand& command, const Outcome& outcome, Failures& failures);

  /// The answer to its placement.
  void placed(Life& life, const Outcome& outcome);

  /// The order as it is at its end, or as it is left.
  void ended(const Life& life, const Sight& sight, bool is_left, Failures& failures);

  [[nodiscard]] const LifeTotals& totals() const { return totals_; }

 private:
  void step_answered(Life& life, const StepOrder& body, const Expected& expected,
                     const Outcome& outcome, Failures& failures);
  static void note(Life& life, const StepOrder& body, const Outcome& outcome);
  static void note_more(Life& life, const LifeLine& more);

  LifeTotals totals_;
};

}  // namespace millrace::load
