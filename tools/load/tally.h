// What a run was answered, and whether the answers can be true: counts, sums of units, and every
// answer that contradicts itself or its order.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/outcome.h"
#include "tools/load/failures.h"
#include "tools/load/frame.h"

namespace millrace::load {

struct Tally {
  std::uint64_t orders = 0;
  std::uint64_t allocated = 0;
  std::uint64_t split = 0;
  std::uint64_t partly_backordered = 0;
  std::uint64_t backordered = 0;
  std::uint64_t refused = 0;
  std::array<std::uint64_t, refusals> refused_by{};
  std::uint64_t lines = 0;
  std::uint64_t units_asked = 0;
  std::uint64_t units_allocated = 0;
  std::uint64_t units_backordered = 0;
  std::uint64_t units_refused = 0;
  std::uint64_t cancels = 0;
  std::uint64_t cancelled = 0;  ///< the other cancellations were refused
  std::uint64_t units_given_back = 0;

  /// Counts the answers to a frame of orders or cancellations; what cannot be true goes to
  /// `failures`.
  void add(const Frame& frame, std::span<const Outcome> outcomes, Failures& failures);

 private:
  void add_order(const OrderHead& head, std::uint64_t asked, const Outcome& outcome,
                 Failures& failures);
  void add_cancel(const CancelOrder& cancel, const Outcome& outcome, Failures& failures);
};

}  // namespace millrace::load
