// The search over aisles and orders together.
#include "engine/advisors/wave_annealer.h"

#include <algorithm>
#include <bit>

#include "engine/core/check.h"

namespace millrace {
namespace {

constexpr std::uint32_t none = WaveFloor::none;
/// Fixed point of scores.
constexpr std::int64_t score_one = 256;
/// Work between two looks at the budget: some ten microseconds.
constexpr std::uint64_t look_every = 2048;
/// What a unit short of units_min costs.
constexpr std::int64_t short_cost = 3;
/// Cooling begins at a quarter of an aisle's price and halves six times.
constexpr std::int64_t hot_share = 4;
constexpr std::uint64_t halvings = 6;
/// Of how many drawn at random the best is taken.
constexpr int drop_draws = 2;
constexpr int add_draws = 8;
constexpr std::uint32_t order_draws = 12;
/// In percent: how often a move is of each kind. The others insert an order and drop aisles.
constexpr std::uint32_t swap_share = 60;
constexpr std::uint32_t drop_share = 10;
constexpr std::uint32_t add_share = 10;
constexpr std::uint32_t order_share = 10;
/// Up to here promises are counted after the drop, which is better and, with more aisles, dearer.
constexpr std::size_t small_wave = 50;

/// -log2 of a fair number between 0 and 1, in 1/256.
std::int64_t drawn_log(std::uint64_t chance) {
  const std::uint64_t mantissa = chance | 1U;
  const int zeros = std::countl_zero(mantissa);
  const std::uint64_t bits = (mantissa << static_cast<unsigned>(zeros)) >> 55U;
  return zeros * 256 + (511 - static_cast<std::int64_t>(bits));
}

}  // namespace

WaveAnnealer::WaveAnnealer(const WaveIndex& index)
    : index_(index), floor_(index), worth_(index.limits().aisles_max) {}

void WaveAnnealer::run(const WaveRequest& request, const WaveMarks& marks, WaveBudget& budget) {
  chance_ = WaveChance(request.seed);
  budget_ = &budget;
  marks_ = &marks;
  units_min_ = static_cast<std::int64_t>(request.units_min);
  units_max_ = static_cast<std::int64_t>(std::min(request.units_max, std::uint64_t{1} << 40U));
  best_ = {};
  grown_ = {};
  price_ = 0;
  promise_max_ = 0;
  spent_ = 0;
  floor_.reset(marks);
  next_look_ = work();
  grow();
  shrink();
  if (best_.orders.empty()) {
    return;
  }
  // The smallest wave that is enough and the best one may be far apart, with nothing but worse
  // waves between them; so both are tried before the rest of the time goes to the better.
  if (!grown_.aisles.empty() && grown_.aisles.size() * 5 < best_.aisles.size() * 4) {
    const Choice large = best_;
    load(grown_);
    anneal(std::max(spent_, WaveBudget::whole * 3 / 10));
    load(large);
    anneal(std::max(spent_, WaveBudget::whole / 2));
  }
  load(best_);
  anneal(WaveBudget::whole);
  std::sort(best_.orders.begin(), best_.orders.end());
}

void WaveAnnealer::anneal(std::uint32_t until) {
  cooling_begin_ = spent_;
  cooling_end_ = until;
  next_look_ = work();
  while (spent_ < until) {
    look();
    try_move();
    // A move that finds nothing to do is work, too, or the end would never be seen.
    ++moves_;
  }
}

void WaveAnnealer::look() {
  if (work() < next_look_) {
    return;
  }
  next_look_ = work() + look_every;
  spent_ = std::max(spent_, budget_->spent());
  // By halves, with straight lines between.
  const std::uint64_t length = std::max<std::uint64_t>(cooling_end_ - cooling_begin_, 1);
  const std::uint64_t done = std::min<std::uint64_t>(spent_ - cooling_begin_, length);
  const std::uint64_t way = done * WaveBudget::whole / length * halvings;
  const std::int64_t base = (price_ / hot_share) >> (way / WaveBudget::whole);
  const auto rest = static_cast<std::int64_t>(way % WaveBudget::whole);
  heat_ = base - base * rest / (2 * WaveBudget::whole);
}

void WaveAnnealer::keep(Choice& choice) const {
  choice.aisles.assign(floor_.aisles().begin(), floor_.aisles().end());
  choice.orders.clear();
  for (const std::uint32_t order : floor_.orders()) {
    choice.orders.push_back(WaveOrder{order});
  }
  choice.units = floor_.units();
}

/// A wave that reaches units_min beats all that do not; of those that do not, most units win.
void WaveAnnealer::note() {
  const std::int64_t units = floor_.units();
  const auto aisles = static_cast<std::int64_t>(floor_.aisles().size());
  if (units > units_max_ || aisles == 0) {
    return;
  }
  const auto best_aisles = static_cast<std::int64_t>(best_.aisles.size());
  const bool is_whole = units >= units_min_;
  const bool was_whole = has_whole();
  const bool is_better = is_whole && was_whole ? units * best_aisles > best_.units * aisles
                                               : is_whole || (!was_whole && units > best_.units);
  if (is_better) {
    keep(best_);
    price_ = units * score_one / aisles;
  }
}

void WaveAnnealer::load(const Choice& choice) {
  scratch_.assign(floor_.orders().begin(), floor_.orders().end());
  for (const std::uint32_t order : scratch_) {
    floor_.evict(order);
  }
  scratch_.assign(floor_.aisles().begin(), floor_.aisles().end());
  for (const std::uint32_t aisle : scratch_) {
    floor_.remove_aisle(aisle);
  }
  for (const std::uint32_t aisle : choice.aisles) {
    floor_.add_aisle(aisle);
  }
  for (const WaveOrder order : choice.orders) {
    floor_.insert(order.value);
  }
  floor_.forget_log();
}

/// What the score would be with so many units and aisles more.
std::int64_t WaveAnnealer::score_with(std::int64_t units, std::int64_t aisles) const {
  const std::int64_t sum = std::min(floor_.units() + units, units_max_);
  const std::int64_t lack = std::max<std::int64_t>(0, units_min_ - sum);
  return (sum - short_cost * lack) * score_one -
         price_ * (static_cast<std::int64_t>(floor_.aisles().size()) + aisles);
}

/// One change of the wave, kept or taken back.
void WaveAnnealer::try_move() {
  const std::int64_t before = score();
  patience_ = heat_ * drawn_log(chance_.next()) / 256;
  const std::uint32_t kind = chance_.below(100);
  bool is_done = false;
  if (kind < swap_share) {
    is_done = change_aisles(true, true);
  } else if (kind < swap_share + drop_share) {
    is_done = change_aisles(true, false);
  } else if (kind < swap_share + drop_share + add_share) {
    is_done = change_aisles(false, true);
  } else if (kind < swap_share + drop_share + add_share + order_share) {
    is_done = change_orders();
  } else {
    is_done = insert_and_drop();
  }
  if (is_done) {
    floor_.fill(units_max_);
    is_done = score() >= before - patience_;
  }
  if (is_done) {
    floor_.forget_log();
    note();
  } else {
    floor_.take_back();
  }
}

std::uint32_t WaveAnnealer::to_drop() {
  const auto size = static_cast<std::uint32_t>(floor_.aisles().size());
  std::uint32_t pick = none;
  for (int i = 0; i < drop_draws && size > 0; ++i) {
    const std::uint32_t a = floor_.aisles()[chance_.below(size)];
    if (pick == none || floor_.loss(a) < floor_.loss(pick)) {
      pick = a;
    }
  }
  return pick;
}

std::uint32_t WaveAnnealer::to_add() {
  const auto count = static_cast<std::uint32_t>(floor_.stocked().size());
  std::uint32_t pick = none;
  for (int i = 0; i < add_draws; ++i) {
    const std::uint32_t a = floor_.stocked()[chance_.below(count)];
    if (!floor_.has_aisle(a) && (pick == none || floor_.promise(a) > floor_.promise(pick))) {
      pick = a;
    }
  }
  return pick;
}

bool WaveAnnealer::drop(std::uint32_t aisle) {
  floor_.remove_aisle(aisle);
  if (!floor_.evict_short(aisle)) {
    return false;
  }
  floor_.prune();
  return true;
}

/// One aisle leaves, or comes, or both. What is plainly worse is given up before the work is done:
/// a little is allowed for what estimates miss.
bool WaveAnnealer::change_aisles(bool is_dropping, bool is_adding) {
  const std::int64_t enough = score() - patience_;
  const bool counts_after = floor_.aisles().size() <= small_wave;
  if (is_adding && !counts_after) {
    floor_.know_promises();
  }
  if (is_dropping) {
    const std::uint32_t old = to_drop();
    if (old == none) {
      return false;
    }
    const std::int64_t units = (is_adding ? promise_max_ : 0) - floor_.loss(old);
    if (score_with(units, is_adding ? 0 : -1) + price_ / 6 < enough || !drop(old)) {
      return false;
    }
  }
  if (!is_adding) {
    return true;
  }
  if (counts_after) {
    floor_.count_promises();
  }
  const std::uint32_t fresh = to_add();
  if (fresh == none) {
    return false;
  }
  promise_max_ = std::max(promise_max_ - promise_max_ / 64, floor_.promise(fresh));
  if (score_with(floor_.promise(fresh), 1) + price_ / 4 < enough) {
    return false;
  }
  floor_.add_aisle(fresh);
  return true;
}

/// The aisle that has most of the lines an order lacks, by chance among equals; none if no aisle by
/// itself has enough for a line.
std::uint32_t WaveAnnealer::best_holder(std::uint32_t order) {
  std::uint32_t fullest = none;
  std::uint32_t fullest_units = 0;
  candidates_.clear();
  for (const ItemUnits& line : index_.lines_of(WaveOrder{order})) {
    const auto lack = static_cast<std::int32_t>(line.units.value) - floor_.left(line.item);
    if (lack <= 0) {
      continue;
    }
    for (const AisleUnits& holder : index_.aisles_of(line.item)) {
      const std::uint32_t a = holder.aisle.value;
      if (floor_.has_aisle(a)) {
        continue;
      }
      if (holder.units.value > fullest_units) {
        fullest = a;
        fullest_units = holder.units.value;
      }
      if (static_cast<std::int32_t>(holder.units.value) >= lack) {
        if (worth_[a] == 0) {
          worth_[a] = 1 + chance_.below(1U << 16U);
          candidates_.push_back(a);
        }
        worth_[a] += 1 << 16U;
      }
    }
  }
  std::uint32_t pick = none;
  for (const std::uint32_t a : candidates_) {
    pick = pick == none || worth_[a] > worth_[pick] ? a : pick;
  }
  for (const std::uint32_t a : candidates_) {
    worth_[a] = 0;
  }
  return pick == none ? fullest : pick;
}

/// Adds the aisles that an order lacks, few of them. False if they cannot be found.
bool WaveAnnealer::cover(std::uint32_t order) {
  while (floor_.missing(order) > 0) {
    const std::uint32_t aisle = best_holder(order);
    if (aisle == none) {
      return false;
    }
    floor_.add_aisle(aisle);
  }
  return true;
}

/// Inserts an order that is not chosen, with the aisles it lacks.
bool WaveAnnealer::insert_one() {
  const auto count = static_cast<std::uint32_t>(floor_.eligible().size());
  std::uint32_t pick = none;
  std::int64_t pick_value = 0;
  // Any order at times, or the same few would always be preferred.
  for (std::uint32_t draws = chance_.below(4) == 0 ? 1 : order_draws; draws > 0; --draws) {
    const std::uint32_t o = floor_.eligible()[chance_.below(count)];
    if (floor_.has_order(o)) {
      continue;
    }
    // An aisle that comes for one order serves others too, so a quarter of its price is counted.
    const std::int64_t value = index_.units_of(WaveOrder{o}) * score_one -
                               price_ / 4 * static_cast<std::int64_t>(floor_.missing(o));
    if (pick == none || value > pick_value) {
      pick = o;
      pick_value = value;
    }
  }
  if (pick == none || !cover(pick)) {
    return false;
  }
  if (floor_.units() + index_.units_of(WaveOrder{pick}) <= units_max_) {
    floor_.insert(pick);
  }
  return true;
}

bool WaveAnnealer::evict_one() {
  const auto size = static_cast<std::uint32_t>(floor_.orders().size());
  if (size == 0) {
    return false;
  }
  const std::uint32_t order = floor_.orders()[chance_.below(size)];
  if ((*marks_)[WaveOrder{order}] == WaveMark::must) {
    return false;
  }
  floor_.evict(order);
  return true;
}

/// One or two orders leave, with the aisles only they needed, and one or two come.
bool WaveAnnealer::change_orders() {
  if (!evict_one()) {
    return false;
  }
  if (chance_.below(2) == 0) {
    evict_one();
  }
  floor_.prune();
  return insert_one() && (chance_.below(2) == 0 || insert_one());
}

/// An order comes with its aisles, and as many aisles leave, or fewer.
bool WaveAnnealer::insert_and_drop() {
  const std::size_t before = floor_.aisles().size();
  if (!insert_one()) {
    return false;
  }
  const auto added = static_cast<std::uint32_t>(floor_.aisles().size() - before);
  for (std::uint32_t left = chance_.below(added + 1); left > 0; --left) {
    const auto count = static_cast<std::uint32_t>(floor_.aisles().size());
    if (count == 0) {
      return false;
    }
    const std::uint32_t a = floor_.aisles()[chance_.below(count)];
    const std::uint32_t b = floor_.aisles()[chance_.below(count)];
    if (!drop(floor_.loss_now(a) <= floor_.loss_now(b) ? a : b)) {
      return false;
    }
  }
  return true;
}

}  // namespace millrace
