// Triggers of planned waves.
#include "engine/advisors/wave_template.h"

#include <array>
#include <utility>

namespace millrace {

namespace {

using Pair = std::pair<std::uint64_t, WaveReason>;

std::array<Pair, 4> by_reason(const WaveMeasure& measure) {
  return {{{measure.orders, WaveReason::orders},
           {measure.lines, WaveReason::lines},
           {measure.units, WaveReason::units},
           {measure.grams, WaveReason::weight}}};
}

bool has_passed(Time since, std::uint64_t us, Time now) {
  return us != no_bound && now.us >= since.us && now.us - since.us >= us;
}

bool comes_within(Time moment, std::uint64_t us, Time now) {
  return us != no_bound && moment.us != no_bound && (moment <= now || moment.us - now.us <= us);
}

}  // namespace

bool must_come(const WaveTrigger& trigger, Time made, Time cutoff, Time now) {
  return comes_within(cutoff, trigger.lead_us, now) || has_passed(made, trigger.age_us, now);
}

WaveReason due_reason(const WaveTemplate& rules, const WaveBacklog& backlog,
                      const WaveProgress& progress, Time now) {
  const WaveTrigger& trigger = rules.trigger;
  if (backlog.waiting.orders == 0 || progress.open_waves >= rules.open_max) {
    return WaveReason::first_come;
  }
  if (comes_within(backlog.next_cutoff, trigger.lead_us, now)) {
    return WaveReason::cutoff;
  }
  if (has_passed(backlog.oldest, trigger.age_us, now)) {
    return WaveReason::age;
  }
  const auto waiting = by_reason(backlog.waiting);
  const auto most = by_reason(trigger.most);
  const auto least = by_reason(trigger.least);
  WaveReason enough = WaveReason::first_come;
  for (std::size_t at = 0; at < waiting.size(); ++at) {
    if (waiting[at].first >= most[at].first) {
      return waiting[at].second;
    }
  }
  for (std::size_t at = 0; at < waiting.size(); ++at) {
    if (waiting[at].first < least[at].first) {
      return WaveReason::first_come;
    }
    if (least[at].first > 0 && enough == WaveReason::first_come) {
      enough = waiting[at].second;
    }
  }
  if (trigger.interval_us == 0 && trigger.idle_pickers == 0) {
    return enough;
  }
  if (trigger.interval_us > 0 && has_passed(progress.last_release, trigger.interval_us, now)) {
    return WaveReason::interval;
  }
  if (trigger.idle_pickers > 0 && progress.idle_pickers >= trigger.idle_pickers) {
    return WaveReason::idle_pickers;
  }
  return WaveReason::first_come;
}

ShipmentType type_of(std::size_t lines, std::uint64_t units) {
  if (lines > 1) {
    return ShipmentType::multi_line;
  }
  return units > 1 ? ShipmentType::single_line : ShipmentType::single_unit;
}

}  // namespace millrace
