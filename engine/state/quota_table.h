// How much of a SKU each channel may sell: quotas that may stand under a wider one. Few SKUs have
// any. Owned by allocate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/id_index.h"
#include "engine/state/large_array.h"

namespace millrace {

struct Quota {
  Sequence since;  ///< of the command that set it first: it counts the orders after it
  Row row;
  Units limit;
  Units used;
  ChannelIndex channel;
  std::uint16_t parent;  ///< the channel whose quota counts these units too, or no_parent
};

static_assert(sizeof(Quota) == 24);

class QuotaTable {
 public:
  QuotaTable() : quotas_(quotas_max, Touch::as_used), index_(quotas_max, Touch::as_used) {}

  [[nodiscard]] bool any() const { return count_ > 0; }

  [[nodiscard]] bool full() const { return count_ == quotas_max; }

  [[nodiscard]] std::uint32_t size() const { return count_; }

  [[nodiscard]] Quota& operator[](std::uint32_t at) { return quotas_[at]; }

  [[nodiscard]] const Quota& operator[](std::uint32_t at) const { return quotas_[at]; }

  /// Where the quota of a row and channel stands, or IdIndex::none.
  [[nodiscard]] std::uint32_t find(Row row, std::uint16_t channel) const {
    return index_.find(hash(row, channel), [&](std::uint32_t at) {
      return quotas_[at].row == row && quotas_[at].channel.value == channel;
    });
  }

  void add(const Quota& quota) {
    index_.insert(hash(quota.row, quota.channel.value), count_);
    quotas_[count_++] = quota;
  }

  /// Calls act(place) for the quota of a channel and those above it.
  template <class Act>
  void for_chain(Row row, std::uint16_t channel, Act act) const {
    for (std::uint32_t at = find(row, channel); at != IdIndex::none;
         at = find(row, quotas_[at].parent)) {
      act(at);
    }
  }

  /// Calls act(quota) for each quota of the chain that counted an order: as far up as there were
  /// quotas when it was placed.
  template <class Act>
  void for_counted(Row row, std::uint16_t channel, Sequence placed, Act act) {
    bool counted = any();
    for (std::uint32_t at = counted ? find(row, channel) : IdIndex::none;
         at != IdIndex::none && counted; at = find(row, quotas_[at].parent)) {
      counted = quotas_[at].since < placed;
      if (counted) {
        act(quotas_[at]);
      }
    }
  }

  void save(SectionWriter& out) const { out.table<Quota>("quotas", quotas_.first(count_)); }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t row_count) {
    std::vector<Quota> quotas;
    if (!in.table("quotas", quotas, quotas_max)) {
      return "section quotas: damaged";
    }
    for (const Quota& quota : quotas) {
      if (quota.row.value >= row_count) {
        return "section quotas: names a row that does not exist";
      }
      add(quota);
    }
    return std::nullopt;
  }

 private:
  static std::uint64_t hash(Row row, std::uint16_t channel) {
    return hash_id({row.value, channel});
  }

  LargeArray<Quota> quotas_;
  IdIndex index_;
  std::uint32_t count_ = 0;
};

}  // namespace millrace
