// Stock changes of stories.
#include "tests/scenarios/stock_words.h"

#include <algorithm>
#include <array>

#include "tests/scenarios/expectation.h"

namespace millrace::scenarios {
namespace {

constexpr std::array<const char*, 4> buckets{"sellable", "damaged", "quarantine", "gone"};

std::uint8_t bucket(const Words& words, const std::string& text) {
  const auto* const found = std::find(buckets.begin(), buckets.end(), text);
  return found == buckets.end() ? static_cast<std::uint8_t>(words.number(text, 255))
                                : static_cast<std::uint8_t>(found - buckets.begin());
}

/// "2024-06-05", or "+2d" from now.
Time moment(const Words& words, const std::string& text, Time now) {
  return text.starts_with('+') ? Time{now.us + words.duration(text.substr(1))}
                               : Time{words.day(text) * us_per_day};
}

}  // namespace

std::optional<StockChange> stock_change(const Network& network, const std::string& verb,
                                        Words& words, Time now) {
  std::string name = verb;
  std::replace(name.begin(), name.end(), '-', '_');
  StockChange change{};
  for (std::uint8_t action = 1; action < stock_actions; ++action) {
    if (name == name_of(static_cast<StockAction>(action))) {
      change.action = action;
    }
  }
  if (change.action == 0) {
    return std::nullopt;
  }
  if (const auto reference = words.take_key("ref")) {
    change.reference = {0, words.number(*reference, ~0ULL)};
  }
  if (const auto sku = words.take_key("sku")) {
    change.sku = Sku{words.number(*sku, ~0ULL)};
  }
  if (const auto node = words.take_key("node")) {
    change.node = node_index(network, words, *node);
  }
  if (const auto node = words.take_key("to-node")) {
    change.to_node = node_index(network, words, *node);
  }
  if (const auto units = words.take_key("units")) {
    change.units = Units{static_cast<std::uint32_t>(words.number(*units, 0xffffffff))};
  }
  if (const auto when = words.take_key("at")) {
    change.moment = moment(words, *when, now);
  }
  if (const auto channel = words.take_key("channel")) {
    change.channel = channel_index(network, words, *channel);
  }
  if (const auto number = words.take_key("number")) {
    change.number = static_cast<std::uint16_t>(words.number(*number, 0xffff));
  }
  if (const auto from = words.take_key("from")) {
    change.from = bucket(words, *from);
  }
  if (const auto to = words.take_key("to")) {
    change.to = bucket(words, *to);
  }
  return change;
}

}  // namespace millrace::scenarios
