// Steps of an order's life as stories write them.
#include "tests/scenarios/life_words.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "engine/core/names.h"
#include "tests/scenarios/expectation.h"

namespace millrace::scenarios {
namespace {

constexpr std::uint64_t u16_max = 0xffff;
constexpr std::uint64_t u32_max = 0xffffffff;

std::uint8_t reason_of(const Words& words, const std::string& text) {
  constexpr const char* short_names[] = {"not_in_stock", "mismatch", "damage"};
  for (std::uint8_t reason = 0; reason < short_reasons; ++reason) {
    if (text == short_names[reason]) {
      return reason;
    }
  }
  return static_cast<std::uint8_t>(words.number(text, 255));
}

void take_address(Words& words, StepOrder& body) {
  if (const auto postal = words.take_key("to")) {
    const std::string country = words.take_key("country").value_or("US");
    body.value = make_postal(postal->data(), postal->size()).packed;
    body.code = make_country(country.at(0), country.at(1)).packed;
  }
}

void take_tracking(Words& words, StepOrder& body) {
  const auto tracking = words.take_key("tracking");
  if (!tracking) {
    return;
  }
  char text[24] = {};
  std::memcpy(text, tracking->data(), std::min(tracking->size(), sizeof(text)));
  std::memcpy(&body.other, text, sizeof(body.other));
  std::memcpy(&body.value, text + sizeof(body.other), sizeof(body.value));
}

std::uint32_t take_price(Words& words) {
  if (words.empty() || !words.peek().starts_with('@')) {
    return 0;
  }
  return static_cast<std::uint32_t>(words.number(words.take("a price").substr(1), u32_max));
}

}  // namespace

std::optional<millrace::Step> step_named(const std::string& name) {
  if (name == "cancel-units") {
    return millrace::Step::cancel;
  }
  for (std::uint8_t step = 1; step < static_cast<std::uint8_t>(millrace::Step::steps_sent);
       ++step) {
    if (is_sent(step) && name == name_of(static_cast<millrace::Step>(step))) {
      return static_cast<millrace::Step>(step);
    }
  }
  return std::nullopt;
}

std::vector<OrderLine> order_lines(Words& words) {
  std::vector<OrderLine> lines;
  while (!words.empty()) {
    const std::string sku = words.take("a line");
    const std::string units = words.take("xN");
    if (!sku.starts_with("sku=") || !units.starts_with('x')) {
      words.fail("expected a line like sku=7 x2, found '" + sku + " " + units + "'");
    }
    const OrderLine line{Sku{words.number(sku.substr(4), ~0ULL)},
                         Units{static_cast<std::uint32_t>(words.number(units.substr(1), u32_max))},
                         take_price(words)};
    std::uint64_t count = 1;
    if (!words.empty() && words.peek().starts_with('*')) {
      count = words.number(words.take("a count").substr(1), 255);
    }
    lines.insert(lines.end(), count, line);
  }
  return lines;
}

StepOrder step_body(const Network& network, millrace::Step step, Words& words) {
  StepOrder body{};
  body.step = static_cast<std::uint8_t>(step);
  body.order = {0, words.number(words.take("an order id"), u32_max)};
  body.line = any_line;
  body.node = no_node;
  const auto number = [&](const char* key, std::uint64_t max, auto& field) {
    if (const auto text = words.take_key(key)) {
      field = static_cast<std::remove_reference_t<decltype(field)>>(words.number(*text, max));
    }
  };
  number("line", 255, body.line);
  number("units", u32_max, body.units.value);
  number("parcel", u32_max, body.parcel);
  number("code", u16_max, body.code);
  number("value", ~std::uint64_t{0}, body.value);
  number("flags", 255, body.flags);
  number("other", u32_max, body.other.low);
  if (const auto node = words.take_key("node")) {
    body.node = node_index(network, words, *node);
  }
  if (const auto reason = words.take_key("reason")) {
    body.reason = reason_of(words, *reason);
  }
  if (const auto node = words.take_key("to-node")) {
    body.code = node_index(network, words, *node).value;
  }
  if (const auto day = words.take_key("day")) {
    body.code = words.day(*day);
  }
  if (const auto service = words.take_key("service")) {
    body.code = service_index(network, words, *service).value;
  }
  if (const auto price = words.take_key("price")) {
    body.other.low = words.number(*price, u32_max);
  }
  number("sku", ~std::uint64_t{0}, body.value);
  take_address(words, body);
  take_tracking(words, body);
  return body;
}

}  // namespace millrace::scenarios
