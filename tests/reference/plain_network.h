// The network's arithmetic in plain loops over its public figures: what docs/semantics.md says of
// regions, costs, calendars and cutoffs, without any of Network's lookups, so that a test of the
// twin against the engine tests those as well.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/state/network.h"

namespace millrace::reference {

/// Days and minutes are signed here: nothing can wrap.
struct LocalMoment {
  std::int64_t day;
  std::int64_t minute;
};

class PlainNetwork {
 public:
  explicit PlainNetwork(const Network& network) : network_(network) {}

  [[nodiscard]] const Network& figures() const { return network_; }

  [[nodiscard]] std::size_t node_count() const { return network_.nodes.size(); }

  /// The region whose prefix is the longest that begins the postal code.
  [[nodiscard]] std::optional<std::size_t> region_of(CountryCode country, PostalCode postal) const;

  [[nodiscard]] std::uint64_t shipment_cost(std::size_t service, std::size_t region,
                                            std::size_t node, std::uint64_t grams) const;

  [[nodiscard]] LocalMoment local(std::size_t node, Time now) const;
  [[nodiscard]] bool works(std::size_t node, std::int64_t day) const;
  /// Whether `now` is no earlier than `lead_us` before the node's cutoff on a local day.
  [[nodiscard]] bool is_cutoff_near(std::size_t node, std::int64_t day, Time now,
                                    std::uint64_t lead_us) const;
  [[nodiscard]] std::int64_t delivery_day(std::size_t service, std::size_t region, std::size_t node,
                                          std::int64_t ship_day) const;

 private:
  [[nodiscard]] std::size_t zone(std::size_t region, std::size_t node) const;
  [[nodiscard]] std::uint64_t price(std::size_t service, std::size_t zone,
                                    std::uint64_t grams) const;

  const Network& network_;
};

/// 0 for Monday.
[[nodiscard]] std::int64_t day_of_week(std::int64_t day);

}  // namespace millrace::reference
