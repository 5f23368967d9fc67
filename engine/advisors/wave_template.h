// When a planned wave is released, and what may be in it: one template of a node, and the question
// whether its trigger is met. No clock: the moment is the caller's.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/types.h"

namespace millrace {

inline constexpr std::size_t wave_templates_max = 32;
inline constexpr std::uint64_t no_bound = std::numeric_limits<std::uint64_t>::max();

/// How a wave is picked.
enum class PickMode : std::uint8_t {
  single = 0,  ///< one order after the other
  batch = 1,   ///< several orders a walk, each into its tote
  zone = 2,    ///< zone by zone, each with its own picker
  wave = 3,    ///< all units together, sorted into orders afterwards
};

/// What happens between the zones of a wave that is picked by zone.
enum class HandOver : std::uint8_t {
  consolidate = 0,  ///< all zones at once; the parts of an order meet afterwards
  pass = 1,         ///< a tote goes on from zone to zone
};

/// Kinds of shipments, as bits.
enum class ShipmentType : std::uint8_t {
  single_unit = 1,
  single_line = 2,  ///< several units of one SKU
  multi_line = 4,
};
inline constexpr std::uint8_t every_type = 7;

struct WaveMeasure {
  std::uint64_t orders = 0;
  std::uint64_t lines = 0;
  std::uint64_t units = 0;
  std::uint64_t grams = 0;
};

struct WaveTrigger {
  /// As many of each must wait before the interval or an idle picker releases a wave. Without
  /// these two, so many are enough.
  WaveMeasure least;
  /// As many of any release one at once.
  WaveMeasure most{no_bound, no_bound, no_bound, no_bound};
  std::uint64_t age_us = no_bound;   ///< of the oldest; such orders must come
  std::uint64_t lead_us = no_bound;  ///< to the next cutoff; such orders must come
  std::uint64_t interval_us = 0;     ///< since the last wave; 0: none
  std::uint32_t idle_pickers = 0;    ///< 0: they do not matter
};

struct WaveTemplate {
  std::string name;
  // What it takes.
  std::uint32_t services = ~0U;  ///< bits
  std::uint8_t types = every_type;
  std::vector<bool> zones;  ///< by zone of the floor; empty: any. All of an order lies in these

  WaveTrigger trigger;

  // What a wave is.
  std::uint64_t units_min = 1;
  std::uint64_t units_max = 1'000;
  std::uint64_t orders_max = 500;
  std::uint64_t lines_max = no_bound;
  std::uint64_t grams_max = no_bound;
  std::uint32_t open_max = std::numeric_limits<std::uint32_t>::max();  ///< not yet picked
  bool may_join = false;  ///< later orders for which no further aisle is needed

  // How it is picked.
  PickMode mode = PickMode::batch;
  HandOver hand_over = HandOver::consolidate;
  std::uint32_t totes = 12;       ///< of a cart
  std::uint32_t tote_units = 40;  ///< an order of more takes several
  std::uint32_t pickers = 1;
};

/// What waits for a template.
struct WaveBacklog {
  WaveMeasure waiting;
  Time oldest{no_bound};       ///< when it began to wait
  Time next_cutoff{no_bound};  ///< the earliest
};

/// What goes on at its node.
struct WaveProgress {
  Time last_release{0};
  std::uint32_t open_waves = 0;
  std::uint32_t idle_pickers = 0;
};

/// Why a wave should be released now; first_come if it should not.
[[nodiscard]] WaveReason due_reason(const WaveTemplate& rules, const WaveBacklog& backlog,
                                    const WaveProgress& progress, Time now);

/// Whether an order that began to wait then, with this cutoff, must come with the next wave.
[[nodiscard]] bool must_come(const WaveTrigger& trigger, Time made, Time cutoff, Time now);

/// The type of a shipment of so many lines and units.
[[nodiscard]] ShipmentType type_of(std::size_t lines, std::uint64_t units);

}  // namespace millrace
