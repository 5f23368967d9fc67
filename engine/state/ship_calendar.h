// When each node can ship next: its calendar, its cutoff and the capacity already promised, by
// local day. Owned by allocate.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/network.h"

namespace millrace {

class ShipCalendar {
 public:
  /// Days for which promised shipments are counted, from a node's local today on.
  static constexpr std::uint32_t window_days = 64;

  explicit ShipCalendar(const Network& network);

  /// Moves to a later moment; cheap unless a cutoff or a midnight lies between.
  void advance(Time now) {
    if (now >= next_change_) {
      refresh(now);
    }
  }

  /// Nodes that can take a shipment within the horizon, 16 a word as in a stock line.
  [[nodiscard]] std::uint32_t open_nodes(std::uint32_t line) const { return open_[line]; }

  using OpenNodes = std::vector<std::uint32_t>;

  /// The open nodes, to set again what shut() took away.
  [[nodiscard]] const OpenNodes& open_nodes() const { return open_; }

  void set_open_nodes(const OpenNodes& open) { open_ = open; }

  [[nodiscard]] bool is_open(NodeIndex node) const {
    return (open_[node.value / node_lanes] >> (node.value % node_lanes) & 1U) != 0;
  }

  /// Leaves a node out of the open ones for a while.
  void shut(NodeIndex node) {
    open_[node.value / node_lanes] &= ~(1U << (node.value % node_lanes));
  }

  /// A node that is out is open for nothing, and no vendor to be asked.
  void set_out(NodeIndex node, bool out);

  /// The vendors that are not out, 16 a word.
  [[nodiscard]] const OpenNodes& vendors() const { return vendors_; }

  [[nodiscard]] bool any_open() const { return open_count_ > 0; }

  /// Of an open node: the day its next shipment leaves.
  [[nodiscard]] Day ship_day(NodeIndex node) const { return ship_day_[node.value]; }

  /// Takes one shipment of an open node's ship day; returns the day.
  Day take(NodeIndex node);
  /// Gives one shipment back, unless its day is past.
  void give_back(NodeIndex node, Day day);

  [[nodiscard]] Day today(NodeIndex node) const { return today_[node.value]; }

  [[nodiscard]] std::uint32_t promised(NodeIndex node, Day day) const;

  void save(SectionWriter& out) const;
  [[nodiscard]] std::optional<std::string> load(SectionReader& in, Time now);

 private:
  struct Count {
    Day day;
    std::uint16_t reserved;
    std::uint32_t shipments;
  };

  void refresh(Time now);
  void find_ship_day(NodeIndex node);
  Count& count(NodeIndex node, Day day);

  const Network& network_;
  std::vector<std::array<Count, window_days>> counts_;
  std::vector<Day> today_;
  std::vector<Day> first_day_;
  std::vector<Day> ship_day_;
  OpenNodes open_;
  OpenNodes out_;
  OpenNodes vendors_;
  std::uint32_t open_count_ = 0;
  Time next_change_{0};
};

}  // namespace millrace
