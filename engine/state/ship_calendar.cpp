// When each node can ship next.
#include "engine/state/ship_calendar.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {

ShipCalendar::ShipCalendar(const Network& network)
    : network_(network),
      counts_(network.nodes.size()),
      today_(network.nodes.size(), Day{0}),
      first_day_(network.nodes.size(), Day{0}),
      ship_day_(network.nodes.size(), no_day),
      open_((network.nodes.size() + 15) / 16, 0),
      out_(open_.size(), 0),
      vendors_(network.vendors()) {
  for (auto& node : counts_) {
    node.fill(Count{no_day, 0, 0});
  }
  refresh(Time{0});
}

ShipCalendar::Count& ShipCalendar::count(NodeIndex node, Day day) {
  return counts_[node.value][day.value % window_days];
}

std::uint32_t ShipCalendar::promised(NodeIndex node, Day day) const {
  const Count& count = counts_[node.value][day.value % window_days];
  return count.day == day ? count.shipments : 0;
}

void ShipCalendar::refresh(Time now) {
  next_change_ = Time{~std::uint64_t{0}};
  for (std::uint16_t index = 0; index < network_.nodes.size(); ++index) {
    const NodeIndex node{index};
    const Network::LocalTime local = network_.local(node, now);
    const bool missed = local.minute >= network_.nodes[index].cutoff_minute;
    const Day tomorrow{static_cast<std::uint16_t>(local.day.value + 1)};
    today_[index] = local.day;
    first_day_[index] = missed ? tomorrow : local.day;
    // The next moment at which anything above changes: midnight after the cutoff, else the cutoff.
    const Time cutoff = network_.cutoff(node, local.day);
    const std::uint64_t minutes_left = 24U * 60U - local.minute;
    const std::uint64_t midnight =
        now.us / us_per_minute * us_per_minute + minutes_left * us_per_minute;
    next_change_ = std::min(next_change_, missed ? Time{midnight} : cutoff);
    find_ship_day(node);
  }
}

void ShipCalendar::find_ship_day(NodeIndex node) {
  const Node& settings = network_.nodes[node.value];
  const std::uint32_t bit = 1U << (node.value % 16U);
  std::uint32_t& open = open_[node.value / 16U];
  const bool was_open = (open & bit) != 0;
  open &= ~bit;
  // A week holds at least one working day if there is any, so this many days hold the horizon. A
  // vendor ships by days of its own.
  const bool shut = settings.vendor || (out_[node.value / 16U] & bit) != 0;
  const std::uint32_t days_max = shut ? 0 : network_.capacity_horizon_days * 7U;
  std::uint32_t working = 0;
  for (std::uint32_t ahead = 0; ahead < days_max; ++ahead) {
    const Day day{static_cast<std::uint16_t>(first_day_[node.value].value + ahead)};
    if (!network_.works(node, day)) {
      continue;
    }
    if (promised(node, day) < settings.daily_shipments_max) {
      ship_day_[node.value] = day;
      open |= bit;
      break;
    }
    if (++working == network_.capacity_horizon_days) {
      break;
    }
  }
  const bool is_open = (open & bit) != 0;
  open_count_ += static_cast<std::uint32_t>(is_open) - static_cast<std::uint32_t>(was_open);
}

void ShipCalendar::set_out(NodeIndex node, bool out) {
  const std::uint32_t bit = 1U << (node.value % 16U);
  const std::uint32_t word = node.value / 16U;
  out_[word] = out ? out_[word] | bit : out_[word] & ~bit;
  vendors_[word] = network_.vendors()[word] & ~out_[word];
  find_ship_day(node);
}

Day ShipCalendar::take(NodeIndex node) {
  CHECK((open_[node.value / 16U] >> (node.value % 16U) & 1U) != 0);
  const Day day = ship_day_[node.value];
  Count& of_day = count(node, day);
  if (of_day.day != day) {
    of_day = Count{day, 0, 0};
  }
  ++of_day.shipments;
  if (of_day.shipments == network_.nodes[node.value].daily_shipments_max) {
    find_ship_day(node);
  }
  return day;
}

void ShipCalendar::give_back(NodeIndex node, Day day) {
  if (day < today_[node.value]) {
    return;
  }
  Count& of_day = count(node, day);
  CHECK(of_day.day == day);
  CHECK(of_day.shipments > 0);
  --of_day.shipments;
  find_ship_day(node);
}

void ShipCalendar::save(SectionWriter& out) const {
  std::vector<std::uint32_t> triples;
  for (std::uint16_t node = 0; node < counts_.size(); ++node) {
    for (std::uint32_t ahead = 0; ahead < window_days; ++ahead) {
      const Day day{static_cast<std::uint16_t>(today_[node].value + ahead)};
      const std::uint32_t shipments = promised(NodeIndex{node}, day);
      if (shipments > 0) {
        triples.insert(triples.end(), {node, day.value, shipments});
      }
    }
  }
  out.table<std::uint32_t>("capacity", triples);
}

std::optional<std::string> ShipCalendar::load(SectionReader& in, Time now) {
  std::vector<std::uint32_t> triples;
  const std::uint64_t counts_max = counts_.size() * window_days;
  if (!in.table("capacity", triples, counts_max * 3) || triples.size() % 3 != 0) {
    return "section capacity: damaged";
  }
  for (std::size_t at = 0; at < triples.size(); at += 3) {
    if (triples[at] >= counts_.size()) {
      return "section capacity: names a node that the network does not have";
    }
    const Day day{static_cast<std::uint16_t>(triples[at + 1])};
    count(NodeIndex{static_cast<std::uint16_t>(triples[at])}, day) = Count{day, 0, triples[at + 2]};
  }
  refresh(now);
  return std::nullopt;
}

}  // namespace millrace
