// Every bound of one engine in one place. Memory is taken from these numbers at start.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

namespace millrace {

// Bounds that are part of the rules: changing one changes outcomes.
inline constexpr std::uint32_t lines_per_order_max = 64;
inline constexpr std::uint32_t quantity_max = 1'000'000;
inline constexpr std::uint32_t stock_units_max = 4'000'000'000U;
inline constexpr std::uint32_t weight_grams_max = 1'000'000;
inline constexpr std::uint32_t nodes_max = 1024;
inline constexpr std::uint32_t services_max = 16;
inline constexpr std::uint32_t zones_max = 16;
/// An order leaves in at most this many shipments at its placement.
inline constexpr std::uint32_t shipments_per_order_max = 10;
/// Up to this many lines a split is the cheapest there is.
inline constexpr std::uint32_t exact_split_lines_max = 10;
/// Beyond, it is the cheapest from these many nodes, or what is found greedily.
inline constexpr std::uint32_t wide_split_nodes_max = 10;
/// Most orders of one released wave.
inline constexpr std::uint32_t wave_orders_limit = 4096;
/// Most waves proposed and not yet released.
inline constexpr std::uint32_t pending_waves_max = 65'536;

/// Cells of stock with anything beside what is on hand and available.
inline constexpr std::uint32_t stock_marks_max = 1U << 22U;
/// Quotas of a SKU and a channel.
inline constexpr std::uint32_t quotas_max = 1U << 18U;
/// Shipments of stock on their way to a node.
inline constexpr std::uint32_t inbounds_max = 1U << 18U;

/// Memory of a table.
struct MemoryBlock {
  void* data;
  std::size_t bytes;
};

/// When a table's memory becomes real.
struct Touch {
  bool now = false;
  std::vector<MemoryBlock>* later = nullptr;  ///< gets the memory that somebody else will touch

  static const Touch as_used;   ///< page by page, when first written: quick to start
  static const Touch at_start;  ///< all of it now: no page is zeroed while orders wait

  friend bool operator==(const Touch&, const Touch&) = default;
};

inline constexpr Touch Touch::as_used{};
inline constexpr Touch Touch::at_start{.now = true};

/// The bounds a deployment chooses and its journal carries: what is refused because something is
/// full, and which commands are forgotten, follows from them.
struct Bounds {
  std::uint32_t skus_max;
  std::uint32_t orders_max;
  std::uint32_t slices_max;
  std::uint32_t backorders_max;
  std::uint32_t commands_max;
  std::uint32_t notes_max;

  friend bool operator==(const Bounds&, const Bounds&) = default;
};

static_assert(sizeof(Bounds) == 24);
static_assert(std::has_unique_object_representations_v<Bounds>);

struct BoundSpec {
  std::string_view name;
  std::uint32_t Bounds::*value;
  bool may_rise;  ///< at a restart
};

inline constexpr std::array bound_specs{
    BoundSpec{"skus_max", &Bounds::skus_max, true},
    BoundSpec{"orders_max", &Bounds::orders_max, true},
    BoundSpec{"slices_max", &Bounds::slices_max, true},
    BoundSpec{"backorders_max", &Bounds::backorders_max, true},
    // The ring of remembered commands is dealt over it.
    BoundSpec{"commands_max", &Bounds::commands_max, false},
    BoundSpec{"notes_max", &Bounds::notes_max, true},
};

/// Indexes of orders, slices and rows are 32-bit, and the last one means none.
inline constexpr std::uint32_t bound_most = 1U << 31U;

/// The memory an engine takes, and the bounds it goes by until it is told others.
struct Limits {
  std::uint32_t skus_max = 1U << 20U;
  std::uint32_t orders_max = 1U << 22U;
  /// Pieces of order lines: a line that stays whole needs one.
  std::uint32_t slices_max = 1U << 24U;
  /// Slices waiting for stock.
  std::uint32_t backorders_max = 1U << 20U;
  /// Commands other than orders whose answers are remembered; the oldest is forgotten first.
  std::uint32_t commands_max = 1U << 20U;
  /// Parcels, payments and nodes tried in vain, of all orders together.
  std::uint32_t notes_max = 1U << 20U;
  /// Of these, so many lie in files as things are: no memory is touched for them before it is used.
  /// Never changes an outcome.
  std::uint32_t orders_away = 0;
  std::uint32_t slices_away = 0;
  std::uint32_t notes_away = 0;
  /// Stock rows are dealt over this many memory blocks; a power of two. Never changes an outcome.
  std::uint32_t shards = 4;
  /// Never changes an outcome either.
  Touch touch = Touch::as_used;
};

constexpr Bounds bounds_of(const Limits& limits) {
  return {limits.skus_max,       limits.orders_max,   limits.slices_max,
          limits.backorders_max, limits.commands_max, limits.notes_max};
}

/// The bounds of one batch. One client frame always fits into an empty batch, and so does one wave:
/// lines_max is at least wave_orders_limit.
struct BatchLimits {
  std::uint32_t commands_max = 4096;
  std::uint32_t lines_max = 32'768;
  std::uint32_t messages_max = 4096;
  std::uint32_t frame_bytes_max = 1U << 20U;
  /// Bytes of messages in one batch, at least frame_bytes_max.
  std::uint32_t bytes_max = 1U << 20U;
};

/// The bounds that no deployment may exceed: whatever was journaled with smaller ones can be
/// replayed with these.
inline constexpr BatchLimits widest_batch{.commands_max = 65'536,
                                          .lines_max = 262'144,
                                          .messages_max = 65'536,
                                          .frame_bytes_max = 4'000'000,
                                          .bytes_max = 4'000'000};

}  // namespace millrace
