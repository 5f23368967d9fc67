// Expected answers: reading them, and holding answers against them.
#include "tests/scenarios/expectation.h"

#include <algorithm>

namespace millrace::scenarios {
namespace {

constexpr std::uint64_t u32_max = 0xffffffff;

void take_number(Words& words, const char* key, std::optional<std::uint32_t>& into) {
  if (const auto text = words.take_key(key)) {
    into = static_cast<std::uint32_t>(words.number(*text, u32_max));
  }
}

template <class Enum>
std::optional<Enum> named(const std::string& name, std::uint8_t count) {
  for (std::uint8_t value = 0; value < count; ++value) {
    if (name == test::name_of(static_cast<Enum>(value))) {
      return static_cast<Enum>(value);
    }
  }
  return std::nullopt;
}

void take_slices(const Network& network, Words& words, Expected& expected) {
  const auto text = words.take_key("slices");
  if (!text) {
    return;
  }
  expected.slices.emplace();
  for (const std::string& slice : split(*text, ',')) {
    const std::vector<std::string> parts = split(slice, ':');
    if (parts.size() != 3 && parts.size() != 4) {
      words.fail("'" + slice + "' is not a slice like 0:A:2");
    }
    const NodeIndex node = parts[1] == "-" ? no_node : node_index(network, words, parts[1]);
    std::optional<SliceState> state;
    if (parts.size() == 4) {
      state = named<SliceState>(parts[3], slice_states);
      if (!state.has_value()) {
        words.fail("unknown state '" + parts[3] + "'");
      }
    }
    expected.slices->push_back({static_cast<std::uint8_t>(words.number(parts[0], 255)), node,
                                Units{static_cast<std::uint32_t>(words.number(parts[2], u32_max))},
                                state});
  }
}

void take_events(Words& words, Expected& expected) {
  const auto text = words.take_key("events");
  if (!text) {
    return;
  }
  expected.events.emplace();
  for (const std::string& name : split(*text, ',')) {
    const auto* const known = std::find_if(std::begin(event_kinds), std::end(event_kinds),
                                           [&](EventKind kind) { return name == name_of(kind); });
    if (known == std::end(event_kinds)) {
      words.fail("unknown event '" + name + "'");
    }
    expected.events->push_back(*known);
  }
}

void take_promise(Words& words, Expected& expected) {
  if (const auto text = words.take_key("promise")) {
    expected.promise = *text == "none" ? 0 : words.day(*text);
  }
}

class Mismatches {
 public:
  template <class Wanted, class Given>
  void compare(const char* what, const std::optional<Wanted>& wanted, const Given& given) {
    if (wanted.has_value() && *wanted != given) {
      text += std::string(text.empty() ? "" : ", ") + what;
    }
  }

  void compare_slices(const std::optional<std::vector<ExpectedSlice>>& wanted,
                      const std::vector<ExpectedSlice>& given) {
    if (!wanted.has_value()) {
      return;
    }
    const auto same = [](const ExpectedSlice& a, const ExpectedSlice& b) {
      return a.line == b.line && a.node == b.node && a.units == b.units &&
             (!a.state.has_value() || a.state == b.state);
    };
    if (!std::equal(wanted->begin(), wanted->end(), given.begin(), given.end(), same)) {
      text += std::string(text.empty() ? "" : ", ") + "slices";
    }
  }

  std::string text;
};

template <class Slice>
std::vector<ExpectedSlice> slices_of(const std::vector<Slice>& slices) {
  std::vector<ExpectedSlice> result;
  for (const Slice& slice : slices) {
    result.push_back({slice.line, slice.node, slice.units, static_cast<SliceState>(slice.state)});
  }
  return result;
}

std::vector<EventKind> kinds_of(const std::vector<Event>& events) {
  std::vector<EventKind> kinds;
  for (const Event& event : events) {
    kinds.push_back(event.kind);
  }
  return kinds;
}

}  // namespace

NodeIndex node_index(const Network& network, const Words& words, const std::string& text) {
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (network.nodes[i].code == text) {
      return NodeIndex{static_cast<std::uint16_t>(i)};
    }
  }
  return NodeIndex{static_cast<std::uint16_t>(words.number(text, 0xffff))};
}

ServiceIndex service_index(const Network& network, const Words& words, const std::string& text) {
  for (std::size_t i = 0; i < network.services.size(); ++i) {
    if (network.services[i].name == text) {
      return ServiceIndex{static_cast<std::uint8_t>(i)};
    }
  }
  return ServiceIndex{static_cast<std::uint8_t>(words.number(text, 255))};
}

ChannelIndex channel_index(const Network& network, const Words& words, const std::string& text) {
  const auto found = std::find(network.channels.begin(), network.channels.end(), text);
  return ChannelIndex{static_cast<std::uint16_t>(
      found == network.channels.end()
          ? words.number(text, 0xffff)
          : static_cast<std::uint64_t>(found - network.channels.begin()))};
}

Expected outcome_expectation(const Network& network, Words& words) {
  Expected expected;
  if (words.empty()) {
    return expected;
  }
  const std::string status = words.take("a status");
  constexpr std::uint8_t statuses = 9;
  expected.status = status == "routed" ? Status::allocated : named<Status>(status, statuses);
  if (!expected.status.has_value()) {
    words.fail("unknown status '" + status + "'");
  }
  expected.refusal = Refusal::none;
  if (expected.status == Status::refused) {
    const std::string reason = words.take("a reason");
    expected.refusal = named<Refusal>(reason, refusals);
    if (!expected.refusal.has_value()) {
      words.fail("unknown reason '" + reason + "'");
    }
  } else if (!words.empty() && words.peek().find('=') == std::string::npos) {
    const std::string node = words.take("a node");
    expected.node = node == "-" ? no_node : node_index(network, words, node);
  }
  take_number(words, "shipments", expected.shipments);
  take_number(words, "allocated", expected.allocated);
  take_number(words, "backordered", expected.backordered);
  take_number(words, "cost", expected.cost);
  take_number(words, "detail", expected.detail);
  take_promise(words, expected);
  take_slices(network, words, expected);
  take_events(words, expected);
  return expected;
}

Expected order_expectation(const Network& network, Words& words) {
  Expected expected;
  const std::string state = words.take("an order's state after ->");
  expected.state = named<OrderState>(state, order_states);
  if (!expected.state.has_value()) {
    words.fail("unknown state '" + state + "'");
  }
  take_promise(words, expected);
  take_slices(network, words, expected);
  return expected;
}

Expected stock_expectation(const Network& network, Words& words) {
  Expected expected;
  expected.known = true;
  take_number(words, "waiting", expected.backordered);
  take_number(words, "grams", expected.grams);
  take_number(words, "flags", expected.flags);
  expected.cells.emplace();
  while (!words.empty()) {
    const std::string word = words.take("a cell");
    if (word == "unknown") {
      expected.known = false;
      continue;
    }
    if (word == "none") {
      continue;
    }
    const std::vector<std::string> sides = split(word, '=');
    const std::vector<std::string> units = sides.size() == 2 ? split(sides[1], '/') : sides;
    if (sides.size() != 2 || units.size() != 2) {
      words.fail("'" + word + "' is not a cell like A=3/2");
    }
    const NodeIndex node = node_index(network, words, sides[0]);
    expected.cells->push_back({node, 0,
                               Units{static_cast<std::uint32_t>(words.number(units[0], u32_max))},
                               Units{static_cast<std::uint32_t>(words.number(units[1], u32_max))}});
  }
  return expected;
}

std::string mismatch(const Expected& expected, CommandKind kind, const test::Answer& answer) {
  Mismatches found;
  if (kind == CommandKind::get_order) {
    found.compare("state", expected.state, answer.order.state);
    found.compare("promise", expected.promise, answer.order.promise_day.value);
    found.compare_slices(expected.slices, slices_of(answer.slices));
  } else if (kind == CommandKind::get_stock) {
    found.compare("known", expected.known, answer.stock.known != 0);
    found.compare("waiting", expected.backordered, answer.stock.backordered.value);
    found.compare("grams", expected.grams, answer.stock.weight_grams);
    found.compare("flags", expected.flags, answer.stock.flags);
    const auto same = [](const StockCell& a, const StockCell& b) {
      return a.node == b.node && a.on_hand == b.on_hand && a.available == b.available;
    };
    const bool cells_fit =
        !expected.cells.has_value() || std::equal(expected.cells->begin(), expected.cells->end(),
                                                  answer.cells.begin(), answer.cells.end(), same);
    found.compare("cells", std::optional(true), cells_fit);
  } else {
    const Outcome& outcome = answer.outcome;
    found.compare("status", expected.status, outcome.status);
    found.compare("refusal", expected.refusal, outcome.refusal);
    found.compare("node", expected.node, outcome.node);
    found.compare("shipments", expected.shipments, outcome.shipments);
    found.compare("promise", expected.promise, outcome.promise_day.value);
    found.compare("allocated", expected.allocated, outcome.allocated.value);
    found.compare("backordered", expected.backordered, outcome.backordered.value);
    found.compare("cost", expected.cost, outcome.cost);
    found.compare("detail", expected.detail, outcome.detail);
    found.compare_slices(expected.slices, slices_of(answer.allocations));
    found.compare("events", expected.events, kinds_of(answer.events));
  }
  return found.text.empty()
             ? std::string()
             : "not as expected: " + found.text + "\nfound: " + to_text(answer, kind);
}

}  // namespace millrace::scenarios
