// The search for aisles of one-line orders.
#include "engine/advisors/wave_coverage_search.h"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::uint32_t none = 0xffffffff;
/// Cells looked at between two looks at the budget: some ten microseconds.
constexpr std::uint64_t look_every = 4096;

}  // namespace

WaveCoverageSearch::WaveCoverageSearch(const WaveIndex& index)
    : index_(index), coverage_(index), is_wanted_(index.limits().aisles_max) {}

bool WaveCoverageSearch::is_over() {
  if (!is_over_ && coverage_.work() >= next_look_) {
    next_look_ = coverage_.work() + look_every;
    is_over_ = budget_->spent() >= WaveBudget::whole;
  }
  return is_over_;
}

std::int64_t WaveCoverageSearch::counted(std::int64_t units) const {
  return std::min(units, units_max_);
}

/// Whether it would be a better wave than the best; one that reaches units_min beats all that do
/// not.
bool WaveCoverageSearch::is_better(std::int64_t units, std::size_t aisles) const {
  if (best_.aisles.empty()) {
    return aisles > 0;
  }
  const bool is_whole = units >= units_min_;
  if (is_whole != (best_.units >= units_min_)) {
    return is_whole;
  }
  if (!is_whole) {
    return units > best_.units;
  }
  return counted(units) * static_cast<std::int64_t>(best_.aisles.size()) >
         counted(best_.units) * static_cast<std::int64_t>(aisles);
}

void WaveCoverageSearch::keep(Choice& choice) const {
  choice.aisles.assign(coverage_.chosen().begin(), coverage_.chosen().end());
  choice.units = coverage_.units();
}

void WaveCoverageSearch::note() {
  if (is_better(coverage_.units(), coverage_.chosen().size())) {
    if (short_.aisles.size() + 1 != coverage_.chosen().size()) {
      short_.aisles.clear();
    }
    keep(best_);
  }
}

void WaveCoverageSearch::load(const Choice& choice) {
  for (const std::uint32_t aisle : choice.aisles) {
    is_wanted_[aisle] = 1;
  }
  order_.assign(coverage_.chosen().begin(), coverage_.chosen().end());
  for (const std::uint32_t aisle : order_) {
    if (is_wanted_[aisle] == 0) {
      coverage_.remove(aisle);
    }
  }
  for (const std::uint32_t aisle : choice.aisles) {
    is_wanted_[aisle] = 0;
    if (!coverage_.has(aisle)) {
      coverage_.add(aisle);
    }
  }
}

std::uint32_t WaveCoverageSearch::best_addition(std::uint32_t but_not) const {
  std::uint32_t best = none;
  for (std::uint32_t a = 0; a < index_.limits().aisles_max; ++a) {
    if (!coverage_.has(a) && a != but_not &&
        (best == none || coverage_.change(a) > coverage_.change(best))) {
      best = a;
    }
  }
  return best;
}

/// Until units_min is reached, if it can be.
void WaveCoverageSearch::grow() {
  while (coverage_.units() < units_min_) {
    const std::uint32_t aisle = best_addition(none);
    if (aisle == none || coverage_.change(aisle) <= 0) {
      break;
    }
    coverage_.add(aisle);
  }
  note();
}

/// Swaps of one aisle while one helps; sets of the same size.
void WaveCoverageSearch::swap_to_optimum() {
  order_.assign(coverage_.chosen().begin(), coverage_.chosen().end());
  std::size_t failed = 0;
  for (std::size_t turn = 0; failed < order_.size() && !is_over(); ++turn) {
    if (turn % order_.size() == 0) {
      for (std::size_t i = order_.size(); i > 1; --i) {
        std::swap(order_[i - 1], order_[chance_.below(static_cast<std::uint32_t>(i))]);
      }
    }
    std::uint32_t& aisle = order_[turn % order_.size()];
    const std::int64_t loss = coverage_.change(aisle);
    coverage_.remove(aisle);
    const std::uint32_t other = best_addition(aisle);
    if (other != none && coverage_.change(other) > loss) {
      coverage_.add(other);
      aisle = other;
      failed = 0;
    } else {
      coverage_.add(aisle);
      ++failed;
    }
  }
}

/// One aisle more or fewer while the units an aisle rise.
void WaveCoverageSearch::resize_to_optimum() {
  swap_to_optimum();
  note();
  while (!is_over()) {
    const auto size = static_cast<std::int64_t>(coverage_.chosen().size());
    const std::int64_t units = counted(coverage_.units());
    const std::uint32_t more = best_addition(none);
    std::uint32_t fewer = none;
    for (const std::uint32_t aisle : coverage_.chosen()) {
      fewer = fewer == none || coverage_.change(aisle) < coverage_.change(fewer) ? aisle : fewer;
    }
    if (fewer != none && size > 1 && coverage_.units() - coverage_.change(fewer) >= units_min_ &&
        counted(coverage_.units() - coverage_.change(fewer)) * size >= units * (size - 1)) {
      coverage_.remove(fewer);
    } else if (more != none &&
               (coverage_.units() < units_min_ ||
                counted(coverage_.units() + coverage_.change(more)) * size > units * (size + 1))) {
      if (coverage_.change(more) <= 0) {
        break;
      }
      coverage_.add(more);
    } else {
      break;
    }
    swap_to_optimum();
    note();
  }
}

/// A few aisles leave, and others among those that bring most take their place.
void WaveCoverageSearch::disturb() {
  const auto size = static_cast<std::uint32_t>(coverage_.chosen().size());
  const std::uint32_t count = 1 + chance_.below(std::min(size, 3 + size / 8));
  for (std::uint32_t i = 0; i < count; ++i) {
    coverage_.remove(coverage_.chosen()[chance_.below(size - i)]);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    // The best of a few drawn: likely good, seldom the same.
    std::uint32_t pick = none;
    for (std::uint32_t draw = 0; draw < 12; ++draw) {
      const std::uint32_t a = chance_.below(index_.limits().aisles_max);
      if (!coverage_.has(a) && (pick == none || coverage_.change(a) > coverage_.change(pick))) {
        pick = a;
      }
    }
    if (pick != none) {
      coverage_.add(pick);
    }
  }
}

bool WaveCoverageSearch::run(const WaveRequest& request, const WaveMarks& marks,
                             WaveBudget& budget) {
  chance_ = WaveChance(request.seed);
  budget_ = &budget;
  is_over_ = false;
  units_min_ = static_cast<std::int64_t>(request.units_min);
  units_max_ = static_cast<std::int64_t>(std::min(request.units_max, std::uint64_t{1} << 40U));
  best_ = {};
  short_ = {};
  coverage_.reset(marks);
  next_look_ = coverage_.work();
  grow();
  if (best_.units < units_min_) {
    return false;
  }
  resize_to_optimum();
  keep(current_);
  while (!is_over()) {
    explore(current_);
  }
  return best_.units >= units_min_;
}

void WaveCoverageSearch::explore(Choice& from) {
  const std::size_t size = best_.aisles.size();
  // One aisle fewer, while it is not far from enough.
  if (size > 1 && chance_.below(3) == 0) {
    if (short_.aisles.empty()) {
      load(best_);
      std::uint32_t fewer = none;
      for (const std::uint32_t aisle : coverage_.chosen()) {
        fewer = fewer == none || coverage_.change(aisle) < coverage_.change(fewer) ? aisle : fewer;
      }
      coverage_.remove(fewer);
      swap_to_optimum();
      note();
      if (coverage_.units() >= units_min_) {
        keep(from);
        return;
      }
      keep(short_);
      return;
    }
    if (short_.units + short_.units / 50 >= units_min_) {
      load(short_);
      disturb();
      swap_to_optimum();
      note();
      if (coverage_.units() >= units_min_) {
        keep(from);
      } else if (coverage_.units() >= short_.units) {
        keep(short_);
      }
      return;
    }
  }
  load(from);
  disturb();
  resize_to_optimum();
  const bool is_worse =
      coverage_.units() < units_min_ ||
      counted(coverage_.units()) * static_cast<std::int64_t>(from.aisles.size()) <
          counted(from.units) * static_cast<std::int64_t>(coverage_.chosen().size());
  if (!is_worse) {
    keep(from);
  }
}

}  // namespace millrace
