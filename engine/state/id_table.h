// Ids that came before, by slot: the order ids (kept for good) and the ids of other commands (the
// last so many). Owned and written by validate; what was answered lies with allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/hash.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/id_index.h"

namespace millrace {

/// Order ids: slot numbers in the order of first arrival.
class OrderIds {
 public:
  OrderIds(std::uint32_t orders_max, Touch touch)
      : orders_max_(orders_max), ids_(orders_max, touch), index_(orders_max, touch) {}

  void fetch(std::uint64_t hash) const { index_.fetch(hash); }

  [[nodiscard]] Slot find(OrderId id, std::uint64_t hash) const {
    return Slot{index_.find(hash, [&](std::uint32_t slot) { return ids_[slot] == id; })};
  }

  [[nodiscard]] bool full() const { return count_ == orders_max_; }

  /// Is full with so many from now on; at most what there is memory for.
  void bound(std::uint32_t orders_max) {
    CHECK(orders_max >= count_);
    CHECK(orders_max <= ids_.size());
    orders_max_ = orders_max;
  }

  [[nodiscard]] std::uint32_t size() const { return count_; }

  [[nodiscard]] OrderId operator[](Slot slot) const { return ids_[slot.value]; }

  Slot add(OrderId id, std::uint64_t hash) {
    CHECK(!full());
    ids_[count_] = id;
    index_.insert(hash, count_);
    return Slot{count_++};
  }

  void save(SectionWriter& out) const { out.table<Id128>("order ids", ids_.first(count_)); }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in) {
    std::vector<Id128> rows;
    if (!in.table("order ids", rows, orders_max_)) {
      return "section order ids: damaged, or more orders than orders_max";
    }
    constexpr std::size_t ahead = 16;
    for (std::size_t at = 0; at < rows.size(); ++at) {
      if (at + ahead < rows.size()) {
        index_.fetch(hash_id(rows[at + ahead]));
      }
      add(rows[at], hash_id(rows[at]));
    }
    return std::nullopt;
  }

 private:
  std::uint32_t orders_max_;
  std::uint32_t count_ = 0;
  LargeArray<Id128> ids_;
  IdIndex index_;
};

/// Ids of the last commands that are not orders: a ring, the oldest forgotten first.
class CommandIds {
 public:
  CommandIds(std::uint32_t commands_max, Touch touch)
      : commands_max_(commands_max), ids_(commands_max, touch), index_(commands_max, touch) {
    CHECK(commands_max > 0);
  }

  void fetch(std::uint64_t hash) const { index_.fetch(hash); }

  [[nodiscard]] std::uint32_t find(CommandId id, std::uint64_t hash) const {
    return index_.find(hash, [&](std::uint32_t entry) { return ids_[entry] == id; });
  }

  /// Remembers a new id and forgets the oldest if the ring is full.
  std::uint32_t add(CommandId id, std::uint64_t hash) {
    const auto entry = static_cast<std::uint32_t>(total_ % commands_max_);
    if (total_ >= commands_max_) {
      index_.erase(hash_id(ids_[entry]), entry);
    }
    ids_[entry] = id;
    index_.insert(hash, entry);
    ++total_;
    return entry;
  }

  [[nodiscard]] std::uint64_t total() const { return total_; }

  [[nodiscard]] std::uint32_t commands_max() const { return commands_max_; }

  [[nodiscard]] CommandId operator[](std::uint32_t entry) const { return ids_[entry]; }

  void save(SectionWriter& out) const {
    const std::uint64_t total[1] = {total_};
    out.table<std::uint64_t>("command count", total);
    out.table<Id128>("command ids", ids_.first(remembered()));
  }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in) {
    std::vector<std::uint64_t> total;
    std::vector<Id128> rows;
    if (!in.table("command count", total, 1) || total.size() != 1 ||
        !in.table("command ids", rows, commands_max_)) {
      return "section command ids: damaged, or more than commands_max";
    }
    total_ = total[0];
    if (rows.size() != remembered()) {
      return "section command ids: the snapshot was made with another commands_max";
    }
    for (std::uint32_t entry = 0; entry < rows.size(); ++entry) {
      ids_[entry] = rows[entry];
      index_.insert(hash_id(rows[entry]), entry);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::uint64_t remembered() const {
    return total_ < commands_max_ ? total_ : commands_max_;
  }

  /// The entry of the i-th remembered command, the oldest first.
  [[nodiscard]] std::uint32_t oldest(std::uint64_t i) const {
    return static_cast<std::uint32_t>((total_ - remembered() + i) % commands_max_);
  }

 private:
  std::uint32_t commands_max_;
  std::uint64_t total_ = 0;
  LargeArray<Id128> ids_;
  IdIndex index_;
};

}  // namespace millrace
