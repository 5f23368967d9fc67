// The search for orders of any number of lines: aisles leave and come, orders with them, and
// changes for the worse are kept less and less often while time goes by. What is weighed is units
// less a price for each aisle, and the price is the best ratio found (Dinkelbach).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/advisors/wave_floor.h"
#include "engine/advisors/wave_plan.h"

namespace millrace {

class WaveAnnealer {
 public:
  explicit WaveAnnealer(const WaveIndex& index);

  /// orders() and aisles() hold the best wave afterwards; below units_min, the one with most units.
  void run(const WaveRequest& request, const WaveMarks& marks, WaveBudget& budget);

  [[nodiscard]] const std::vector<WaveOrder>& orders() const { return best_.orders; }

  [[nodiscard]] const std::vector<std::uint32_t>& aisles() const { return best_.aisles; }

 private:
  struct Choice {
    std::vector<WaveOrder> orders;
    std::vector<std::uint32_t> aisles;
    std::int64_t units = 0;
  };

  // wave_annealer_start.cpp: waves to begin with.
  void shrink();
  void grow();
  [[nodiscard]] std::uint32_t most_helpful();
  [[nodiscard]] std::uint32_t cheapest(std::vector<std::uint32_t>& heap);

  [[nodiscard]] bool has_whole() const {
    return !best_.aisles.empty() && best_.units >= units_min_;
  }

  [[nodiscard]] std::uint64_t work() const { return floor_.work() + 16 * moves_; }

  void look();
  void note();
  void keep(Choice& choice) const;
  void load(const Choice& choice);
  void anneal(std::uint32_t until);
  void try_move();

  [[nodiscard]] std::int64_t score() const { return score_with(0, 0); }

  [[nodiscard]] std::int64_t score_with(std::int64_t units, std::int64_t aisles) const;
  [[nodiscard]] std::uint32_t to_drop();
  [[nodiscard]] std::uint32_t to_add();
  [[nodiscard]] bool drop(std::uint32_t aisle);
  [[nodiscard]] bool cover(std::uint32_t order);
  [[nodiscard]] std::uint32_t best_holder(std::uint32_t order);
  bool insert_one();
  bool evict_one();
  [[nodiscard]] bool change_aisles(bool is_dropping, bool is_adding);
  [[nodiscard]] bool change_orders();
  [[nodiscard]] bool insert_and_drop();

  const WaveIndex& index_;
  WaveFloor floor_;
  WaveChance chance_{1};
  WaveBudget* budget_ = nullptr;
  const WaveMarks* marks_ = nullptr;
  std::int64_t units_min_ = 0;
  std::int64_t units_max_ = 0;
  std::uint64_t next_look_ = 0;
  std::uint64_t moves_ = 0;
  std::uint32_t spent_ = 0;
  std::uint32_t cooling_begin_ = 0;
  std::uint32_t cooling_end_ = WaveBudget::whole;
  /// In units / score_one: what an aisle costs, how much worse a change may be by half a chance,
  /// and how much worse this one may be.
  std::int64_t price_ = 0;
  std::int64_t heat_ = 0;
  std::int64_t patience_ = 0;
  /// About the most that an added aisle brought of late.
  std::int64_t promise_max_ = 0;
  Choice best_;
  /// The first grown wave that reached units_min.
  Choice grown_;
  std::vector<std::uint32_t> scratch_;
  /// By aisle, zero between calls.
  std::vector<std::int64_t> worth_;
  std::vector<std::uint32_t> candidates_;
};

}  // namespace millrace
