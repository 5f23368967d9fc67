// Events as lines.
#include "tools/millrace/event_text.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <vector>

#include "engine/core/names.h"

namespace millrace::tools {

namespace {

std::string name_at(const std::vector<std::string>& names, std::uint16_t index) {
  return index < names.size() ? names[index] : std::to_string(index);
}

/// Kinds whose reason is a Refusal.
bool is_refusal(EventKind kind) {
  return kind == EventKind::order_refused || kind == EventKind::command_refused ||
         kind == EventKind::command_repeated;
}

/// Calls text(key, value) and number(key, value) for each field that says something.
template <class Text, class Number>
void for_fields(const Event& event, const Welcome& server, Text text, Number number) {
  if (!event.order.is_zero()) {
    text("order", fmt::format("{:016x}{:016x}", event.order.high, event.order.low));
  }
  if (event.channel != no_channel) {
    text("channel", name_at(server.channels, event.channel.value));
  }
  if (event.sku.value != 0) {
    number("sku", event.sku.value);
  }
  if (event.node != no_node) {
    text("node", name_at(server.nodes, event.node.value));
  }
  if (event.day != no_day) {
    number("day", event.day.value);
  }
  if (event.units > Units{0}) {
    number("units", event.units.value);
  }
  if (event.units_waiting > Units{0}) {
    number("units_waiting", event.units_waiting.value);
  }
  if (event.amount != 0) {
    number("amount", event.amount);
  }
  if (is_refusal(event.kind) && event.reason != 0) {
    text("reason", name_of(static_cast<Refusal>(event.reason)));
  } else if (event.reason != 0) {
    number("reason", event.reason);
  }
  if (event.detail != 0) {
    number("detail", event.detail);
  }
}

}  // namespace

std::string event_as_text(const Event& event, const Welcome& server) {
  std::string line = fmt::format("{} {} sequence={} time={}", event.number, name_of(event.kind),
                                 event.sequence.value, event.time.us);
  const auto put = [&line](const char* key, const auto& value) {
    fmt::format_to(std::back_inserter(line), " {}={}", key, value);
  };
  for_fields(event, server, put, put);
  return line;
}

std::string event_as_json(const Event& event, const Welcome& server) {
  std::string line =
      fmt::format(R"({{"number":{},"kind":"{}","sequence":{},"time_us":{})", event.number,
                  name_of(event.kind), event.sequence.value, event.time.us);
  for_fields(
      event, server,
      [&line](const char* key, const std::string& value) {
        std::string escaped;
        for (const char c : value) {
          if (c == '"' || c == '\\') {
            escaped += '\\';
          }
          escaped += c < ' ' ? '?' : c;
        }
        fmt::format_to(std::back_inserter(line), R"(,"{}":"{}")", key, escaped);
      },
      [&line](const char* key, std::uint64_t value) {
        fmt::format_to(std::back_inserter(line), R"(,"{}":{})", key, value);
      });
  return line + "}";
}

}  // namespace millrace::tools
