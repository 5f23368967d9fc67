// What the planning desk hears.
#include "engine/advisors/wave_desk.h"

#include <algorithm>
#include <utility>

#include "engine/core/check.h"

namespace millrace {

WaveDesk::WaveDesk(const FloorPlan& plan, std::vector<WaveTemplate> templates, CutoffOf cutoff_of,
                   WaveDeskOptions options)
    : templates_(std::move(templates)),
      cutoff_of_(std::move(cutoff_of)),
      options_(options),
      stock_(plan, static_cast<std::uint32_t>(plan.bins.size()) + options.further_items_max),
      index_(
          {options.orders_max, stock_.items_max(), static_cast<std::uint32_t>(plan.aisles.size())}),
      planner_(index_),
      entries_(options.orders_max),
      backlogs_(templates_.size()),
      last_release_(templates_.size(), Time{0}),
      tried_(templates_.size(), Time{0}),
      demand_(stock_.items_max(), 0) {
  CHECK(templates_.size() <= wave_templates_max);
  for (std::uint32_t entry = options.orders_max; entry > 0; --entry) {
    free_.push_back(entry - 1);
  }
  for (std::uint32_t item = 0; item < stock_.item_count(); ++item) {
    settle(WaveItem{item});
  }
}

void WaveDesk::hear(const FloorNote& note, std::span<const FloorLine> lines) {
  switch (note.kind) {
    case FloorNoteKind::waits:
      waits(note, lines);
      break;
    case FloorNoteKind::gone:
      forget(note.slot);
      open_.pick(note.slot, Units{~0U});
      break;
    case FloorNoteKind::waved:
      waved(note, lines);
      break;
    case FloorNoteKind::released:
      released(note);
      break;
    case FloorNoteKind::received:
      received(lines);
      break;
    case FloorNoteKind::picked:
      open_.pick(note.slot, note.units);
      break;
  }
}

bool WaveDesk::read_items(std::span<const FloorLine> lines) {
  scratch_.clear();
  for (const FloorLine& line : lines) {
    WaveItem item{};
    if (!stock_.find_item(line.sku, item)) {
      return false;
    }
    scratch_.push_back({item, line.units});
  }
  return true;
}

void WaveDesk::waits(const FloorNote& note, std::span<const FloorLine> lines) {
  const auto known = at_.find(note.slot);
  if (lines.empty()) {
    forget(note.slot);
    return;
  }
  if (!read_items(lines) || (known == at_.end() && free_.empty())) {
    ++counts_.unplanned;
    forget(note.slot);
    return;
  }
  std::uint32_t at = 0;
  if (known != at_.end()) {
    at = known->second;
    if (!entries_[at].is_claimed) {
      remove(at);
    }
  } else {
    at = free_.back();
    free_.pop_back();
    at_.emplace(note.slot, at);
    entries_[at].is_used = true;
    entries_[at].slot = note.slot;
    entries_[at].made = note.time;
  }
  Entry& entry = entries_[at];
  entry.ship_day = note.ship_day;
  entry.service = note.service;
  entry.cutoff = cutoff_of_(note.node, note.ship_day);
  entry.grams = 0;
  for (const FloorLine& line : lines) {
    entry.grams += std::uint64_t{line.unit_grams} * line.units.value;
  }
  if (entry.is_claimed) {
    entry.kept = scratch_;
  } else {
    add(at, scratch_);
  }
}

void WaveDesk::forget(Slot slot) {
  const auto known = at_.find(slot);
  if (known == at_.end()) {
    return;
  }
  const std::uint32_t at = known->second;
  if (!entries_[at].is_claimed) {
    remove(at);
  }
  entries_[at] = Entry{};
  free_.push_back(at);
  at_.erase(known);
}

void WaveDesk::lose_track() {
  for (const Claim& claim : std::exchange(claims_, {})) {
    for (const ClaimedOrder& order : claim.orders) {
      const Entry& entry = entries_[order.entry];
      if (entry.is_used && entry.is_claimed && entry.slot == order.slot) {
        forget(order.slot);
      }
    }
  }
  waved_.clear();
}

void WaveDesk::add(std::uint32_t at, std::span<const ItemUnits> lines) {
  Entry& entry = entries_[at];
  entry.templates = templates_of(entry.service, lines);
  index_.add_order(WaveOrder{at}, lines);
  const std::span<const ItemUnits> summed = index_.lines_of(WaveOrder{at});
  for (const ItemUnits& line : summed) {
    demand_[line.item.value] += line.units.value;
    if (index_.stock(line.item) < demand_[line.item.value]) {
      settle(line.item);
    }
  }
  count(entry, summed.size(), index_.units_of(WaveOrder{at}), true);
}

void WaveDesk::remove(std::uint32_t at) {
  const std::span<const ItemUnits> lines = index_.lines_of(WaveOrder{at});
  for (const ItemUnits& line : lines) {
    demand_[line.item.value] -= line.units.value;
  }
  count(entries_[at], lines.size(), index_.units_of(WaveOrder{at}), false);
  index_.remove_order(WaveOrder{at});
}

void WaveDesk::count(const Entry& entry, std::size_t lines, std::uint64_t units, bool comes) {
  for (std::size_t number = 0; number < templates_.size(); ++number) {
    if ((entry.templates >> number & 1U) == 0) {
      continue;
    }
    WaveBacklog& backlog = backlogs_[number];
    if (comes) {
      backlog.waiting.orders += 1;
      backlog.waiting.lines += lines;
      backlog.waiting.units += units;
      backlog.waiting.grams += entry.grams;
      backlog.oldest = std::min(backlog.oldest, entry.made);
      backlog.next_cutoff = std::min(backlog.next_cutoff, entry.cutoff);
    } else {
      backlog.waiting.orders -= 1;
      backlog.waiting.lines -= lines;
      backlog.waiting.units -= units;
      backlog.waiting.grams -= entry.grams;
    }
  }
}

std::uint32_t WaveDesk::templates_of(ServiceIndex service, std::span<const ItemUnits> lines) const {
  std::uint64_t units = 0;
  for (const ItemUnits& line : lines) {
    units += line.units.value;
  }
  const auto type = static_cast<std::uint8_t>(type_of(lines.size(), units));
  std::uint32_t bits = 0;
  for (std::size_t number = 0; number < templates_.size(); ++number) {
    const WaveTemplate& rules = templates_[number];
    bool takes = (rules.services >> service.value & 1U) != 0 && (rules.types & type) != 0;
    for (const ItemUnits& line : lines) {
      const std::span<const std::uint32_t> bins = stock_.bins_of(line.item);
      takes = takes &&
              (rules.zones.empty() || std::any_of(bins.begin(), bins.end(), [&](std::uint32_t bin) {
                 const FloorPlan& plan = stock_.plan();
                 return rules.zones[plan.aisles[plan.bins[bin].aisle].zone];
               }));
    }
    bits |= takes ? 1U << number : 0U;
  }
  return bits;
}

void WaveDesk::settle(WaveItem item) {
  if (const std::uint64_t held = stock_.total(item); held < demand_[item.value]) {
    // More is here than the floor plan knows of: whoever allocated the order saw it.
    stock_.put(item, Units{static_cast<std::uint32_t>(demand_[item.value] - held)});
  }
  for (const std::uint32_t bin : stock_.bins_of(item)) {
    const WaveAisle aisle{stock_.bin(bin).aisle};
    index_.set_stock(aisle, item, stock_.in_aisle(item, aisle));
  }
}

void WaveDesk::received(std::span<const FloorLine> lines) {
  if (read_items(lines)) {
    for (const ItemUnits& line : scratch_) {
      stock_.put(line.item, line.units);
      settle(line.item);
    }
  }
}

void WaveDesk::waved(const FloorNote& note, std::span<const FloorLine> lines) {
  const auto known = at_.find(note.slot);
  // What a planned wave takes left the bins when it was proposed.
  const bool was_claimed = known != at_.end() && entries_[known->second].is_claimed;
  forget(note.slot);
  Units units{0};
  for (const FloorLine& line : lines) {
    units += line.units;
  }
  waved_.push_back({note.slot, units});
  if (was_claimed || !read_items(lines)) {
    return;
  }
  for (const ItemUnits& line : scratch_) {
    stock_.take(line.item, line.units, {}, picks_);
    settle(line.item);
  }
  picks_.clear();
}

void WaveDesk::released(const FloorNote& note) {
  // Answers come in the order of the proposals; one that is unknown was asked for before the track
  // was lost, or by somebody else.
  const auto asked = std::find_if(claims_.begin(), claims_.end(), [&](const Claim& each) {
    return each.orders.front().slot == note.slot;
  });
  if (note.reason == static_cast<std::uint8_t>(WaveReason::first_come) || asked == claims_.end()) {
    waved_.clear();
    return;
  }
  const Claim claim = std::move(*asked);
  claims_.erase(asked);
  for (const ClaimedOrder& order : claim.orders) {
    Entry& entry = entries_[order.entry];
    if (!entry.is_used || !entry.is_claimed || entry.slot != order.slot) {
      continue;
    }
    // It waits still, so its units go back.
    ++counts_.left_out;
    entry.is_claimed = false;
    const std::vector<ItemUnits> lines = std::exchange(entry.kept, {});
    for (const ItemUnits& line : lines) {
      stock_.put(line.item, line.units);
    }
    add(order.entry, lines);
    for (const ItemUnits& line : lines) {
      settle(line.item);
    }
  }
  counts_.released += note.units > Units{0} ? 1 : 0;
  counts_.orders += note.units.value;
  const WaveTemplate& rules = templates_[claim.template_number];
  const bool matters = rules.may_join || rules.trigger.idle_pickers > 0 ||
                       rules.open_max != std::numeric_limits<std::uint32_t>::max();
  if (matters && !waved_.empty()) {
    open_.add({note.wave,
               claim.template_number,
               0,
               cutoff_of_(note.node, note.ship_day),
               claim.aisles,
               {}},
              waved_);
  }
  waved_.clear();
}

}  // namespace millrace
