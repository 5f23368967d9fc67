// The planning desk of one node: what waits there, in a live index, the templates by which waves
// are released, the waves that are proposed and not answered yet, and those that are open. It hears
// floor notes and proposes releases; it has no clock and no thread of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "engine/advisors/floor_stock.h"
#include "engine/advisors/open_waves.h"
#include "engine/advisors/wave_index.h"
#include "engine/advisors/wave_plan.h"
#include "engine/advisors/wave_planner.h"
#include "engine/advisors/wave_template.h"
#include "engine/core/command.h"
#include "engine/core/floor_note.h"

namespace millrace {

struct WaveDeskOptions {
  /// What is more waits unplanned, and goes by first come, first served.
  std::uint32_t orders_max = 1U << 16U;
  /// SKUs beyond those of the floor plan.
  std::uint32_t further_items_max = 4'096;
  /// The backlog is looked over for age, cutoff and orders that may join once in so long.
  std::uint64_t look_us = 250'000;
  /// Where age or cutoff alone ask for a wave, a template's waves are so far apart.
  std::uint64_t urgent_us = 5'000'000;
  /// So many proposals may wait for their answers.
  std::size_t unanswered_max = 8;
};

/// A release as it is proposed.
struct WaveDraft {
  ReleaseWave head{};
  std::vector<std::uint32_t> details;  ///< slots, then aisles
};

struct WaveDeskCounts {
  std::uint64_t proposed = 0;
  std::uint64_t released = 0;   ///< answered, with orders in them
  std::uint64_t orders = 0;     ///< in those
  std::uint64_t left_out = 0;   ///< orders that were proposed and did not come
  std::uint64_t units = 0;      ///< proposed
  std::uint64_t aisles = 0;     ///< proposed, each once a wave
  std::uint64_t unplanned = 0;  ///< times that there was no room for an order here
};

/// Of a node, when what leaves on a day must have left.
using CutoffOf = std::function<Time(NodeIndex node, Day ship_day)>;

class WaveDesk {
 public:
  WaveDesk(const FloorPlan& plan, std::vector<WaveTemplate> templates, CutoffOf cutoff_of,
           WaveDeskOptions options);

  /// A note of this node, or one that concerns all.
  void hear(const FloorNote& note, std::span<const FloorLine> lines);

  /// Notes were lost: what is proposed and not answered yet is nobody's business here any more.
  void lose_track();

  /// What to release now, if anything. What it names is spoken for until the answer is heard.
  [[nodiscard]] std::optional<WaveDraft> propose(Time now, WaveBudget& budget);

  [[nodiscard]] const WaveDeskCounts& counts() const { return counts_; }

  [[nodiscard]] const WaveIndex& index() const { return index_; }

  [[nodiscard]] const FloorStock& stock() const { return stock_; }

  /// Orders that wait, those that are spoken for included.
  [[nodiscard]] std::uint32_t waiting() const { return static_cast<std::uint32_t>(at_.size()); }

 private:
  struct Entry {
    Slot slot{};
    Time made{};
    Time cutoff{};
    Day ship_day{};
    ServiceIndex service{};
    std::uint32_t templates = 0;  ///< bits of those that take it
    std::uint64_t grams = 0;
    bool is_used = false;
    bool is_claimed = false;
    std::vector<ItemUnits> kept;  ///< its lines while it is claimed
  };

  struct ClaimedOrder {
    std::uint32_t entry;
    Slot slot;
  };

  struct Claim {
    std::vector<ClaimedOrder> orders;
    std::uint32_t template_number = 0;
    std::vector<WaveAisle> aisles;
  };

  void waits(const FloorNote& note, std::span<const FloorLine> lines);
  void waved(const FloorNote& note, std::span<const FloorLine> lines);
  void released(const FloorNote& note);
  void received(std::span<const FloorLine> lines);
  void forget(Slot slot);
  /// The lines as items, in scratch_; false if one of them cannot have a number here.
  bool read_items(std::span<const FloorLine> lines);
  void add(std::uint32_t at, std::span<const ItemUnits> lines);
  void remove(std::uint32_t at);
  void count(const Entry& entry, std::size_t lines, std::uint64_t units, bool comes);
  [[nodiscard]] std::uint32_t templates_of(ServiceIndex service,
                                           std::span<const ItemUnits> lines) const;
  /// The index has what the bins have, and these what is waited for.
  void settle(WaveItem item);

  // wave_desk_plan.cpp
  void look();
  [[nodiscard]] WaveProgress progress_of(std::uint32_t number, Time now);
  [[nodiscard]] std::optional<WaveDraft> plan(std::uint32_t number, WaveReason reason, Time now,
                                              WaveBudget& budget);
  [[nodiscard]] std::optional<WaveDraft> join(std::uint32_t number);
  [[nodiscard]] std::vector<WaveOrder> urgent(std::uint32_t number, Time now) const;
  void trim(const WaveTemplate& rules, std::span<const WaveOrder> must,
            std::vector<WaveOrder>& orders) const;
  [[nodiscard]] WaveDraft claim(ReleaseWave head, std::span<const WaveOrder> orders,
                                std::span<const WaveAisle> aisles);

  std::vector<WaveTemplate> templates_;
  CutoffOf cutoff_of_;
  WaveDeskOptions options_;
  FloorStock stock_;
  WaveIndex index_;
  WavePlanner planner_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::map<Slot, std::uint32_t> at_;   ///< where an order's entry is
  std::vector<WaveBacklog> backlogs_;  ///< by template
  std::vector<Time> last_release_;     ///< by template
  std::vector<Time> tried_;            ///< by template, when it last found no wave
  std::vector<std::uint64_t> demand_;  ///< by item, of what waits
  std::deque<Claim> claims_;
  OpenWaves open_;
  std::vector<OpenOrder> waved_;  ///< of the release that is heard of just now
  Time looked_{0};
  Time joined_{0};
  std::uint64_t seed_ = 0;
  WaveDeskCounts counts_;
  std::vector<ItemUnits> scratch_;
  std::vector<BinPick> picks_;
};

}  // namespace millrace
