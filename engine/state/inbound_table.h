// Stock on its way to a node: ordered from suppliers, or sent from another node. Found by the
// client's reference, and by row in the order in which it is expected. Owned by allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/check.h"
#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/id_index.h"
#include "engine/state/large_array.h"

namespace millrace {

inline constexpr std::uint32_t no_inbound = 0xffffffff;

struct InboundStock {
  Id128 reference;
  Time eta;
  Row row;
  std::uint32_t next;  ///< the next expected of the row, or no_inbound
  Units units;         ///< still to come
  NodeIndex node;
  std::uint8_t transfer;  ///< 1 if it left another node
  std::uint8_t reserved;
};

static_assert(sizeof(InboundStock) == 40);
static_assert(std::has_unique_object_representations_v<InboundStock>);

class InboundTable {
 public:
  explicit InboundTable(const Limits& limits)
      : heads_(limits.skus_max, Touch::as_used),
        inbounds_(inbounds_max, Touch::as_used),
        index_(inbounds_max, Touch::as_used) {
    // The heads start as zeroed memory, so they are kept plus one.
  }

  [[nodiscard]] bool full() const { return count_ == inbounds_max; }

  [[nodiscard]] std::uint32_t find(Id128 reference) const {
    return index_.find(hash_id(reference),
                       [&](std::uint32_t at) { return inbounds_[at].reference == reference; });
  }

  [[nodiscard]] const InboundStock& operator[](std::uint32_t at) const { return inbounds_[at]; }

  /// The first expected of a row, or no_inbound.
  [[nodiscard]] std::uint32_t front(Row row) const { return heads_[row.value] - 1; }

  /// Enters a shipment that is not in the table, which is not full.
  void add(const InboundStock& inbound) {
    CHECK(!full());
    std::uint32_t at = free_;
    if (at == no_inbound) {
      at = used_++;
    } else {
      free_ = inbounds_[at].next;
    }
    inbounds_[at] = inbound;
    index_.insert(hash_id(inbound.reference), at);
    link(at);
    ++count_;
  }

  /// Changes what is to come; behind all others that are expected at the same moment.
  void change(std::uint32_t at, Units units, Time eta) {
    inbounds_[at].units = units;
    if (inbounds_[at].eta != eta) {
      unlink(at);
      inbounds_[at].eta = eta;
      link(at);
    }
  }

  void remove(std::uint32_t at) {
    unlink(at);
    index_.erase(hash_id(inbounds_[at].reference), at);
    inbounds_[at].next = free_;
    free_ = at;
    --count_;
  }

  void save(SectionWriter& out, std::uint32_t row_count) const {
    std::vector<InboundStock> all;
    for (std::uint32_t row = 0; row < row_count; ++row) {
      for (std::uint32_t at = front(Row{row}); at != no_inbound; at = inbounds_[at].next) {
        all.push_back(inbounds_[at]);
      }
    }
    out.table<InboundStock>("inbounds", all);
  }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t row_count) {
    std::vector<InboundStock> all;
    if (!in.table("inbounds", all, inbounds_max)) {
      return "section inbounds: damaged";
    }
    for (const InboundStock& inbound : all) {
      if (inbound.row.value >= row_count) {
        return "section inbounds: names a row that does not exist";
      }
      add(inbound);
    }
    return std::nullopt;
  }

 private:
  void link(std::uint32_t at) {
    std::uint32_t* link = &heads_[inbounds_[at].row.value];
    std::uint32_t next = *link - 1;
    std::uint32_t before = no_inbound;
    while (next != no_inbound && inbounds_[next].eta <= inbounds_[at].eta) {
      before = next;
      next = inbounds_[next].next;
    }
    inbounds_[at].next = next;
    if (before == no_inbound) {
      *link = at + 1;
    } else {
      inbounds_[before].next = at;
    }
  }

  void unlink(std::uint32_t at) {
    std::uint32_t& head = heads_[inbounds_[at].row.value];
    if (head == at + 1) {
      head = inbounds_[at].next + 1;
      return;
    }
    std::uint32_t before = head - 1;
    while (inbounds_[before].next != at) {
      before = inbounds_[before].next;
    }
    inbounds_[before].next = inbounds_[at].next;
  }

  LargeArray<std::uint32_t> heads_;  ///< by row
  LargeArray<InboundStock> inbounds_;
  IdIndex index_;
  std::uint32_t free_ = no_inbound;
  std::uint32_t used_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace millrace
