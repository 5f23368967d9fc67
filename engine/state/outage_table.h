// Nodes that are out as a whole or came back, and how far the look at what that concerns has come:
// it goes on bit by bit, so that no command is held up by it. Owned by allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/expiry_wheel.h"

namespace millrace {

struct Outage {
  Time due;              ///< when it goes on; zero if it is done
  std::uint32_t next;    ///< what to look at next: an order, or a SKU row for a node that is back
  std::uint32_t orders;  ///< that left the node so far
  std::uint32_t entry;   ///< of `due` in the wheel, or ExpiryWheel::none; never saved
  NodeIndex node;
  std::uint8_t out;
  std::uint8_t reserved;
};

static_assert(sizeof(Outage) == 24);
static_assert(std::has_unique_object_representations_v<Outage>);

class OutageTable {
 public:
  explicit OutageTable(std::uint16_t node_count) {
    for (std::uint16_t node = 0; node < node_count; ++node) {
      outages_.push_back(Outage{Time{0}, 0, 0, ExpiryWheel::none, NodeIndex{node}, 0, 0});
    }
  }

  [[nodiscard]] Outage& operator[](NodeIndex node) { return outages_[node.value]; }

  /// Calls act(outage) for each node that is out, or not done with being back.
  template <class Act>
  void for_each(Act act) const {
    for (const Outage& outage : outages_) {
      if (outage.out != 0 || outage.due > Time{0}) {
        act(outage);
      }
    }
  }

  void save(SectionWriter& out) const {
    std::vector<Outage> saved;
    for_each([&](const Outage& outage) {
      saved.push_back(outage);
      saved.back().entry = ExpiryWheel::none;
    });
    out.table<Outage>("outages", saved);
  }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in) {
    std::vector<Outage> saved;
    if (!in.table("outages", saved, outages_.size())) {
      return "section outages: damaged";
    }
    for (const Outage& outage : saved) {
      if (outage.node.value >= outages_.size()) {
        return "section outages: names a node that the network does not have";
      }
      outages_[outage.node.value] = outage;
    }
    return std::nullopt;
  }

 private:
  std::vector<Outage> outages_;
};

}  // namespace millrace
