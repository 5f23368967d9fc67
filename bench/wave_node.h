// An instance as a node: its live index, and a plan as the checker sees it.
#pragma once

#include <cstdint>

#include "bench/wave_checker.h"
#include "bench/wave_instances.h"
#include "engine/advisors/wave_index.h"
#include "engine/advisors/wave_plan.h"

namespace millrace::bench {

[[nodiscard]] WaveIndex index_of(const WaveInstance& instance);

[[nodiscard]] CheckedWave checked_of(const WavePlan& plan);

enum class BudgetClock : std::uint8_t { wall, cpu };

/// Milliseconds since some moment: of the machine, or of this thread's own processor time.
[[nodiscard]] double now_ms(BudgetClock clock);

/// A budget in milliseconds, from its making.
class ClockBudget final : public WaveBudget {
 public:
  ClockBudget(double ms, BudgetClock clock) : began_ms_(now_ms(clock)), ms_(ms), clock_(clock) {}

  [[nodiscard]] std::uint32_t spent() override;

  [[nodiscard]] double elapsed_ms() const { return now_ms(clock_) - began_ms_; }

 private:
  double began_ms_;
  double ms_;
  BudgetClock clock_;
};

}  // namespace millrace::bench
