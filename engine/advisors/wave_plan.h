// What is asked of the wave planner, and what it answers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/advisors/wave_index.h"
#include "engine/core/split_mix.h"
#include "engine/core/types.h"

namespace millrace {

/// How long the planner may think. The planner knows no clock; it asks this often.
class WaveBudget {
 public:
  WaveBudget() = default;
  WaveBudget(const WaveBudget&) = delete;
  WaveBudget& operator=(const WaveBudget&) = delete;
  virtual ~WaveBudget() = default;

  /// How much is gone, in parts of `whole`. From `whole` on the planner returns what it has.
  [[nodiscard]] virtual std::uint32_t spent() = 0;

  static constexpr std::uint32_t whole = 1U << 16U;
};

/// So many looks, whatever time they take: the same answer on every machine.
class StepBudget final : public WaveBudget {
 public:
  explicit StepBudget(std::uint64_t steps) : steps_(steps) {}

  [[nodiscard]] std::uint32_t spent() override {
    done_ = done_ < steps_ ? done_ + 1 : steps_;
    return steps_ == 0 ? whole : static_cast<std::uint32_t>(done_ * whole / steps_);
  }

 private:
  std::uint64_t steps_;
  std::uint64_t done_ = 0;
};

struct WaveRequest {
  std::uint64_t units_min = 1;
  std::uint64_t units_max = ~std::uint64_t{0};
  /// Orders that must ship with this wave, the most urgent first. One that cannot (stock, or
  /// units_max) is reported, not forced.
  std::span<const WaveOrder> must;
  std::span<const WaveOrder> excluded;
  std::uint64_t seed = 1;
};

/// Take so many units of an item in an aisle.
struct WavePick {
  WaveAisle aisle;
  WaveItem item;
  Units units;
};

struct WavePlan {
  /// In rising number.
  std::vector<WaveOrder> orders;
  std::vector<WaveAisle> aisles;
  /// By aisle and item; they add up to what the orders ask.
  std::vector<WavePick> picks;
  std::vector<WaveOrder> must_left;
  std::uint64_t units = 0;
  /// Whether units_min was reached.
  bool is_whole = false;

  [[nodiscard]] bool is_empty() const { return orders.empty(); }
};

/// Units an aisle, as a fraction; nothing is less than anything.
struct WaveRatio {
  std::uint64_t units = 0;
  std::uint64_t aisles = 1;

  friend bool operator<(const WaveRatio& a, const WaveRatio& b) {
    return a.units * b.aisles < b.units * a.aisles;
  }
};

/// Chance from a seed.
class WaveChance {
 public:
  explicit WaveChance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return split_mix64(state_); }

  /// 0 to n - 1, n at least 1: the high half of a product, which costs no division.
  std::uint32_t below(std::uint32_t n) {
    return static_cast<std::uint32_t>(((next() >> 32U) * n) >> 32U);
  }

 private:
  std::uint64_t state_;
};

}  // namespace millrace
