// What routing knows of the stock's future: how much of a SKU is expected to be sold, how many
// shipments left from each node so far, and what advisors hold units to be worth. Owned by
// allocate.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/hash.h"
#include "engine/core/limits.h"
#include "engine/core/section.h"
#include "engine/core/types.h"
#include "engine/state/large_array.h"
#include "engine/state/node_lanes.h"

namespace millrace {

/// Units of a SKU that are expected to be sold from one moment until another.
struct Forecast {
  Time from;
  Time until;  ///< zero: nothing is expected
  std::uint32_t thousandths;
  std::uint32_t reserved;

  /// What of it is still to come, in 65,536ths of units.
  [[nodiscard]] std::uint64_t left(Time now) const {
    if (until <= now) {
      return 0;
    }
    __extension__ using Wide = unsigned __int128;
    constexpr std::uint64_t thousand = 1'000;
    return static_cast<std::uint64_t>((Wide{thousandths} << 16U) * (until.us - now.us) /
                                      (Wide{until.us - from.us} * thousand));
  }
};

static_assert(sizeof(Forecast) == 24);

class PriceTable {
 public:
  /// Before anything was shipped, each node counts as if it had been so often.
  static constexpr std::uint32_t uses_first = 20;
  /// When a node was used so often, all counts are halved: what is long past counts less.
  static constexpr std::uint32_t uses_max = 1U << 16U;

  /// Takes memory only where the network looks ahead.
  PriceTable(bool used, const Limits& limits, std::uint32_t stride, std::uint32_t node_count)
      : stride_(stride),
        node_count_(node_count),
        forecasts_(used ? limits.skus_max : 0, Touch::as_used),
        advised_(used ? std::size_t{limits.skus_max} * stride : 0, Touch::as_used),
        uses_(used ? stride : 0, uses_first),
        used_(used) {}

  [[nodiscard]] bool used() const { return used_; }

  [[nodiscard]] const Forecast& forecast(Row row) const { return forecasts_[row.value]; }

  void expect(Row row, const Forecast& forecast) { forecasts_[row.value] = forecast; }

  /// What a unit is worth by advice, by node.
  [[nodiscard]] const std::uint32_t* advised(Row row) const {
    return &advised_[std::size_t{row.value} * stride_];
  }

  void advise(Row row, NodeIndex node, std::uint32_t cents) {
    advised_[std::size_t{row.value} * stride_ + node.value] = cents;
  }

  /// Shipments that left from each node, the older ones counting less.
  [[nodiscard]] std::span<const std::uint32_t> uses() const { return uses_; }

  void use(NodeIndex node) {
    if (++uses_[node.value] >= uses_max) {
      for (std::uint32_t& uses : uses_) {
        uses = std::max(uses / 2, 1U);
      }
    }
  }

  void digest(Hasher& hasher, std::uint32_t row_count) const {
    if (!used_) {
      return;
    }
    for (std::uint32_t node = 0; node < node_count_; ++node) {
      hasher.add(uses_[node]);
    }
    for (std::uint32_t row = 0; row < row_count; ++row) {
      const Forecast& forecast = forecasts_[row];
      if (forecast.until > Time{0}) {
        hasher.add_pair(row, forecast.thousandths);
        hasher.add_pair(forecast.from.us, forecast.until.us);
      }
      for (std::uint32_t node = 0; node < node_count_; ++node) {
        const std::uint32_t cents = advised(Row{row})[node];
        if (cents > 0) {
          hasher.add_pair(row | (std::uint64_t{node} << 32U), cents);
        }
      }
    }
  }

  void save(SectionWriter& out, std::uint32_t row_count) const {
    if (used_) {
      out.table<std::uint32_t>("node uses", uses_);
      out.table<Forecast>("forecasts", forecasts_.first(row_count));
      out.table<std::uint32_t>("advised prices", advised_.first(std::size_t{row_count} * stride_));
    }
  }

  [[nodiscard]] std::optional<std::string> load(SectionReader& in, std::uint32_t row_count) {
    if (!used_) {
      return std::nullopt;
    }
    std::vector<Forecast> forecasts;
    std::vector<std::uint32_t> advised;
    if (!in.table("node uses", uses_, stride_) || uses_.size() != stride_ ||
        !in.table("forecasts", forecasts, row_count) || forecasts.size() != row_count ||
        !in.table("advised prices", advised, std::size_t{row_count} * stride_) ||
        advised.size() != std::size_t{row_count} * stride_) {
      return "sections node uses, forecasts or advised prices: damaged";
    }
    std::copy(forecasts.begin(), forecasts.end(), forecasts_.first(row_count).begin());
    std::copy(advised.begin(), advised.end(), advised_.first(advised.size()).begin());
    return std::nullopt;
  }

 private:
  std::uint32_t stride_;
  std::uint32_t node_count_;
  LargeArray<Forecast> forecasts_;
  LargeArray<std::uint32_t> advised_;
  std::vector<std::uint32_t> uses_;
  bool used_;
};

}  // namespace millrace
