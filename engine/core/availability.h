// What anybody may ask beside the commands: how much of a SKU could be promised now. Such a read
// takes no part in the sequence: it is neither journaled nor counted, and no answer depends on it.
#pragma once

#include <cstdint>
#include <type_traits>

#include "engine/core/types.h"

namespace millrace {

/// In a GetAvailability: the sum over all nodes.
inline constexpr NodeIndex all_nodes{0xffff};

struct GetAvailability {
  Sku sku;
  NodeIndex node;
  std::uint16_t reserved[3];
};

static_assert(sizeof(GetAvailability) == 16);
static_assert(std::has_unique_object_representations_v<GetAvailability>);

enum class Known : std::uint8_t { unknown_sku = 0, yes = 1, unknown_node = 2 };

/// What more than the largest number of units reads as.
inline constexpr Units units_countless{0xffff'ffff};

struct Availability {
  Units units;               ///< that may be promised
  std::uint16_t node_count;  ///< nodes that have any of them
  Known known;
  std::uint8_t reserved;
  friend constexpr bool operator==(const Availability&, const Availability&) = default;
};

static_assert(sizeof(Availability) == 8);
static_assert(std::has_unique_object_representations_v<Availability>);

}  // namespace millrace
