// What the planning desk proposes.
#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "engine/advisors/wave_desk.h"
#include "engine/core/check.h"
#include "engine/core/limits.h"

namespace millrace {

std::optional<WaveDraft> WaveDesk::propose(Time now, WaveBudget& budget) {
  open_.pass_time(now);
  if (claims_.size() >= options_.unanswered_max) {
    return std::nullopt;
  }
  const bool looks = now.us >= looked_.us + options_.look_us;
  if (looks) {
    looked_ = now;
    look();
  }
  for (std::uint32_t number = 0; number < templates_.size(); ++number) {
    if (tried_[number].us != 0 && now.us < tried_[number].us + options_.look_us) {
      continue;
    }
    const WaveProgress progress = progress_of(number, now);
    WaveBacklog backlog = backlogs_[number];
    if (now.us < progress.last_release.us + options_.urgent_us) {
      // Else each order that comes late would be a wave of its own.
      backlog.oldest = Time{no_bound};
      backlog.next_cutoff = Time{no_bound};
    }
    const WaveReason reason = due_reason(templates_[number], backlog, progress, now);
    if (reason == WaveReason::first_come) {
      continue;
    }
    if (auto draft = plan(number, reason, now, budget)) {
      last_release_[number] = now;
      return draft;
    }
    tried_[number] = now;
  }
  for (std::uint32_t number = 0; looks && number < templates_.size(); ++number) {
    if (templates_[number].may_join) {
      if (auto draft = join(number)) {
        return draft;
      }
    }
  }
  return std::nullopt;
}

void WaveDesk::look() {
  for (WaveBacklog& backlog : backlogs_) {
    backlog.oldest = Time{no_bound};
    backlog.next_cutoff = Time{no_bound};
  }
  for (const auto& [slot, at] : at_) {
    const Entry& entry = entries_[at];
    for (std::uint32_t bits = entry.is_claimed ? 0 : entry.templates; bits != 0; bits &= bits - 1) {
      WaveBacklog& backlog = backlogs_[static_cast<std::size_t>(std::countr_zero(bits))];
      backlog.oldest = std::min(backlog.oldest, entry.made);
      backlog.next_cutoff = std::min(backlog.next_cutoff, entry.cutoff);
    }
  }
}

WaveProgress WaveDesk::progress_of(std::uint32_t number, Time now) {
  // A template's first interval begins when it is asked for the first time.
  if (last_release_[number].us == 0) {
    last_release_[number] = now;
  }
  std::uint32_t open = open_.count(number);
  for (const Claim& claim : claims_) {
    open += claim.template_number == number ? 1 : 0;
  }
  const std::uint32_t pickers = templates_[number].pickers;
  return {last_release_[number], open, pickers > open ? pickers - open : 0};
}

std::vector<WaveOrder> WaveDesk::urgent(std::uint32_t number, Time now) const {
  std::vector<WaveOrder> must;
  for (const auto& [slot, at] : at_) {
    const Entry& entry = entries_[at];
    if (!entry.is_claimed && (entry.templates >> number & 1U) != 0 &&
        must_come(templates_[number].trigger, entry.made, entry.cutoff, now)) {
      must.push_back(WaveOrder{at});
    }
  }
  std::sort(must.begin(), must.end(), [&](WaveOrder a, WaveOrder b) {
    const Entry& first = entries_[a.value];
    const Entry& second = entries_[b.value];
    return std::tuple(first.cutoff, first.made, first.slot) <
           std::tuple(second.cutoff, second.made, second.slot);
  });
  return must;
}

std::optional<WaveDraft> WaveDesk::plan(std::uint32_t number, WaveReason reason, Time now,
                                        WaveBudget& budget) {
  const WaveTemplate& rules = templates_[number];
  const std::vector<WaveOrder> must = urgent(number, now);
  std::vector<WaveOrder> excluded;
  for (const auto& [slot, at] : at_) {
    if (!entries_[at].is_claimed && (entries_[at].templates >> number & 1U) == 0) {
      excluded.push_back(WaveOrder{at});
    }
  }
  WaveRequest request;
  request.units_max = rules.units_max;
  request.units_min = std::min({rules.units_min, rules.units_max, backlogs_[number].waiting.units});
  request.must = std::span(must).first(std::min<std::size_t>(must.size(), rules.orders_max));
  request.excluded = excluded;
  request.seed = ++seed_;
  const WavePlan found = planner_.plan(request, budget);
  const bool is_urgent = reason == WaveReason::age || reason == WaveReason::cutoff;
  if (found.is_empty() || (!found.is_whole && !is_urgent)) {
    return std::nullopt;
  }
  std::vector<WaveOrder> orders = found.orders;
  trim(rules, must, orders);
  ReleaseWave head{};
  head.reason = static_cast<std::uint8_t>(reason);
  head.template_number = static_cast<std::uint8_t>(number);
  return claim(head, orders, found.aisles);
}

/// Keeps the bounds that the search does not know: those that must come first, then as they stand.
void WaveDesk::trim(const WaveTemplate& rules, std::span<const WaveOrder> must,
                    std::vector<WaveOrder>& orders) const {
  std::map<std::uint32_t, std::size_t> rank;
  for (std::size_t at = 0; at < must.size(); ++at) {
    rank.emplace(must[at].value, at);
  }
  std::stable_sort(orders.begin(), orders.end(), [&](WaveOrder a, WaveOrder b) {
    const auto first = rank.find(a.value);
    const auto second = rank.find(b.value);
    if (first == rank.end() || second == rank.end()) {
      return first != rank.end() && second == rank.end();
    }
    return first->second < second->second;
  });
  std::size_t kept = 0;
  std::uint64_t lines = 0;
  std::uint64_t grams = 0;
  for (const WaveOrder order : orders) {
    const std::size_t more_lines = index_.lines_of(order).size();
    const std::uint64_t more_grams = entries_[order.value].grams;
    // One that alone is too much comes alone, for it would never come.
    const bool fits = kept < rules.orders_max && lines + more_lines <= rules.lines_max &&
                      grams + more_grams <= rules.grams_max;
    if (fits || kept == 0) {
      orders[kept++] = order;
      lines += more_lines;
      grams += more_grams;
    }
  }
  orders.resize(kept);
  std::sort(orders.begin(), orders.end());
}

std::optional<WaveDraft> WaveDesk::join(std::uint32_t number) {
  const WaveTemplate& rules = templates_[number];
  for (const OpenWave& wave : open_.all()) {
    if (wave.template_number != number) {
      continue;
    }
    std::vector<WaveOrder> orders;
    std::map<WaveItem, std::uint64_t> taken;
    std::uint64_t units = wave.units;
    for (const auto& [slot, at] : at_) {
      const Entry& entry = entries_[at];
      if (entry.is_claimed || (entry.templates >> number & 1U) == 0) {
        continue;
      }
      const std::span<const ItemUnits> lines = index_.lines_of(WaveOrder{at});
      bool fits = units + index_.units_of(WaveOrder{at}) <= rules.units_max &&
                  wave.orders.size() + orders.size() < rules.orders_max;
      for (const ItemUnits& line : lines) {
        std::uint64_t there = 0;
        for (const WaveAisle aisle : wave.aisles) {
          there += stock_.in_aisle(line.item, aisle).value;
        }
        fits = fits && taken[line.item] + line.units.value <= there;
      }
      if (fits) {
        orders.push_back(WaveOrder{at});
        units += index_.units_of(WaveOrder{at});
        for (const ItemUnits& line : lines) {
          taken[line.item] += line.units.value;
        }
      }
    }
    if (!orders.empty()) {
      ReleaseWave head{};
      head.wave = WaveId{wave.wave};
      head.reason = static_cast<std::uint8_t>(WaveReason::joined);
      head.template_number = static_cast<std::uint8_t>(number);
      std::sort(orders.begin(), orders.end());
      return claim(head, orders, wave.aisles);
    }
  }
  return std::nullopt;
}

WaveDraft WaveDesk::claim(ReleaseWave head, std::span<const WaveOrder> orders,
                          std::span<const WaveAisle> aisles) {
  CHECK(!orders.empty());
  WaveDraft draft;
  Claim claim;
  claim.template_number = head.template_number;
  std::map<WaveItem, std::uint32_t> wanted;
  head.node = stock_.plan().node;
  head.service = entries_[orders.front().value].service;
  for (const WaveOrder order : orders) {
    Entry& entry = entries_[order.value];
    const std::span<const ItemUnits> lines = index_.lines_of(order);
    entry.kept.assign(lines.begin(), lines.end());
    remove(order.value);
    entry.is_claimed = true;
    for (const ItemUnits& line : entry.kept) {
      wanted[line.item] += line.units.value;
      counts_.units += line.units.value;
    }
    head.ship_day = std::max(head.ship_day, entry.ship_day);
    head.service = head.service == entry.service ? head.service : any_service;
    draft.details.push_back(entry.slot.value);
    claim.orders.push_back({order.value, entry.slot});
  }
  picks_.clear();
  std::set<WaveAisle> walked;
  for (const auto& [item, units] : wanted) {
    stock_.take(item, Units{units}, aisles, picks_);
    settle(item);
  }
  for (const BinPick& pick : picks_) {
    walked.insert(WaveAisle{stock_.bin(pick.bin).aisle});
  }
  picks_.clear();
  counts_.aisles += walked.size();
  ++counts_.proposed;
  claim.aisles.assign(walked.begin(), walked.end());
  if (draft.details.size() + walked.size() <= wave_orders_limit) {
    for (const WaveAisle aisle : walked) {
      draft.details.push_back(aisle.value);
    }
    head.aisle_count = static_cast<std::uint16_t>(walked.size());
  }
  CHECK(draft.details.size() <= wave_orders_limit);
  head.slot_count = static_cast<std::uint32_t>(draft.details.size());
  draft.head = head;
  claims_.push_back(std::move(claim));
  return draft;
}

}  // namespace millrace
