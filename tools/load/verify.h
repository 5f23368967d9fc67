// Asks a server for every order it has acknowledged, and whether it still knows its own answers.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "engine/core/outcome.h"
#include "tools/load/acknowledged.h"
#include "tools/load/connection.h"
#include "tools/load/tally.h"

namespace millrace::load {

struct VerifyResult {
  std::uint64_t asked = 0;
  std::uint64_t lost = 0;                ///< the server does not know the order
  std::uint64_t changed_ranges = 0;      ///< of orders, one of which has another answer now
  std::uint64_t cancellations = 0;       ///< acknowledged
  std::uint64_t cancellations_lost = 0;  ///< the order is not cancelled
  Stats stats{};                         ///< afterwards, audited: invariant_violations counts
  double seconds = 0;
  std::string broken;  ///< why the server could not be asked, if so

  [[nodiscard]] bool is_ok() const {
    return broken.empty() && lost == 0 && changed_ranges == 0 && cancellations_lost == 0 &&
           stats.invariant_violations == 0;
  }
};

/// The id of an order by its number (Frame::indexes).
using IdOf = std::function<OrderId(std::uint64_t index)>;

/// `orders` is settled. `progress` hears how many were asked so far.
[[nodiscard]] VerifyResult verify(const Target& target, const Acknowledged& orders,
                                  const IdOf& id_of,
                                  const std::function<void(std::uint64_t asked)>& progress);

}  // namespace millrace::load
