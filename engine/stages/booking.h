// What reserve books: new orders, and slices that waited and are held somewhere.
#pragma once

#include <cstdint>

#include "engine/core/batch.h"
#include "engine/core/life.h"
#include "engine/core/types.h"
#include "engine/stages/route.h"

namespace millrace {

/// A new, valid order, as validate resolved it.
struct NewOrder {
  const OrderHead& head;
  const Verdict& verdict;  ///< names its slot
  RouteOrder route;
  std::uint32_t command;  ///< batch index
  Sequence sequence;
};

/// Waiting slices of an order that are held somewhere.
struct Filling {
  Slot slot;
  Step step;  ///< fill, fill_on_hold or request_vendor
  std::uint32_t command;
  Batch& batch;

  [[nodiscard]] bool ships() const { return step == Step::fill; }
};

}  // namespace millrace
