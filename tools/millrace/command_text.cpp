// One function a kind says which fields it shows; Line knows how text and JSON look.
#include "tools/millrace/command_text.h"

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "engine/core/check.h"
#include "engine/core/command.h"
#include "engine/core/life.h"
#include "engine/core/names.h"
#include "engine/core/stock_command.h"

namespace millrace::tools {
namespace {

/// One line that grows field by field. Names and texts hold nothing that JSON would escape.
class Line {
 public:
  Line(std::string& out, CommandStyle style) : out_(out), json_(style == CommandStyle::json) {}

  void begin(Sequence sequence, Time time, CommandKind kind) {
    if (json_) {
      print(R"({{"sequence":{},"time":"{}","kind":"{}")", sequence.value, time_text(time),
            kind_name(kind));
    } else {
      print("{} {} {}", sequence.value, time_text(time), kind_name(kind));
    }
  }

  void end() { out_ += json_ ? "}\n" : "\n"; }

  template <class T>
  void number(std::string_view name, T value) {
    if (json_) {
      print(R"(,"{}":{})", name, value);
    } else {
      print(" {}={}", name, value);
    }
  }

  void text(std::string_view name, std::string_view value) {
    print(json_ ? R"(,"{}":"{}")" : " {}={}", name, value);
  }

  void id(std::string_view name, Id128 value) {
    text(name, fmt::format("{:016x}{:016x}", value.high, value.low));
  }

  void line(const OrderLine& line, bool first) {
    if (json_) {
      print(R"({}{{"sku":{},"quantity":{},"unit_price":{}}})", first ? R"(,"lines":[)" : ",",
            line.sku.value, line.quantity.value, line.unit_price);
    } else {
      print("{}{}x{}@{}", first ? " lines=" : ",", line.sku.value, line.quantity.value,
            line.unit_price);
    }
  }

  void slot(std::uint32_t slot, bool first) {
    print("{}{}", first ? (json_ ? R"(,"slots":[)" : " slots=") : ",", slot);
  }

  void end_list() { out_ += json_ ? "]" : ""; }

 private:
  template <class... Values>
  void print(fmt::string_view format, const Values&... values) {
    fmt::vformat_to(std::back_inserter(out_), format, fmt::make_format_args(values...));
  }

  std::string& out_;
  bool json_;
};

std::string postal_text(PostalCode postal) {
  std::string text;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const auto byte = static_cast<unsigned char>(postal.packed >> static_cast<unsigned>(shift));
    // It is what a client sent: anything but letters, digits, blanks and dashes could break a line.
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z') || byte == ' ' || byte == '-';
    if (byte != 0) {
      text += plain ? static_cast<char>(byte) : '?';
    }
  }
  return text;
}

std::string country_text(CountryCode country) {
  std::string text;
  for (const unsigned shift : {8U, 0U}) {
    const auto byte = static_cast<unsigned char>(country.packed >> shift);
    text += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte) : '?';
  }
  return text;
}

std::string policy_text(std::uint8_t policy) {
  if (policy == 0) {
    return "ship_complete";
  }
  if (!is_policy(policy)) {
    return std::to_string(policy);
  }
  constexpr std::array<std::pair<Policy, std::string_view>, 8> names{{
      {Policy::allow_split, "split"},
      {Policy::allow_backorder, "backorder"},
      {Policy::allow_preorder, "preorder"},
      {Policy::allow_partial, "partial"},
      {Policy::unpaid, "unpaid"},
      {Policy::cart_hold, "cart_hold"},
      {Policy::from_cart, "from_cart"},
      {Policy::allow_dropship, "dropship"},
  }};
  std::string text;
  for (const auto& [bit, name] : names) {
    if (allows(policy, bit)) {
      text += text.empty() ? (bit < Policy::unpaid ? "allow_" : "") : "_and_";
      text += name;
    }
  }
  return text;
}

std::string mode_text(std::uint8_t mode) {
  switch (mode) {
    case static_cast<std::uint8_t>(AdjustMode::delta):
      return "delta";
    case static_cast<std::uint8_t>(AdjustMode::absolute):
      return "absolute";
    default:
      return std::to_string(mode);
  }
}

std::string action_text(std::uint8_t action) {
  return action > 0 && action < stock_actions ? name_of(static_cast<StockAction>(action))
                                              : std::to_string(action);
}

void show(Line& line, const OrderHead& head) {
  line.id("order", head.id);
  line.number("group", head.group);
  line.text("country", country_text(head.country));
  line.text("postal", postal_text(head.postal));
  line.number("channel", head.channel.value);
  line.number("service", head.service.value);
  line.text("policy", policy_text(head.policy));
  line.number("priority", head.priority);
}

void show(Line& line, const CancelOrder& cancel) {
  line.id("command", cancel.command);
  line.id("order", cancel.order);
  line.number("reason", cancel.reason);
}

void show(Line& line, const StepOrder& step) {
  line.id("command", step.command);
  line.id("order", step.order);
  line.text("step", name_of(static_cast<Step>(step.step)));
  line.number("line", step.line);
  line.number("node", step.node.value);
  line.number("units", step.units.value);
  line.number("parcel", step.parcel);
  line.number("reason", step.reason);
  line.number("code", step.code);
  line.number("value", step.value);
  line.id("other", step.other);
  line.number("flags", step.flags);
}

void show(Line& line, const ReceiveStock& receipt) {
  line.id("command", receipt.command);
  line.number("sku", receipt.sku.value);
  line.number("node", receipt.node.value);
  line.number("quantity", receipt.quantity.value);
}

void show(Line& line, const AdjustStock& adjustment) {
  line.id("command", adjustment.command);
  line.number("sku", adjustment.sku.value);
  line.number("node", adjustment.node.value);
  line.text("mode", mode_text(adjustment.mode));
  line.number("value", adjustment.value);
  line.number("expected", adjustment.expected.value);
  line.number("reason", adjustment.reason);
}

void show(Line& line, const StockChange& change) {
  line.id("command", change.command);
  line.text("action", action_text(change.action));
  line.id("reference", change.reference);
  line.number("sku", change.sku.value);
  line.number("node", change.node.value);
  line.number("to_node", change.to_node.value);
  line.number("units", change.units.value);
  line.text("moment", time_text(change.moment));
  line.number("channel", change.channel.value);
  line.number("number", change.number);
  line.number("from", change.from);
  line.number("to", change.to);
}

void show(Line& line, const DefineSku& sku) {
  line.id("command", sku.command);
  line.number("sku", sku.sku.value);
  line.number("weight_grams", sku.weight_grams);
  line.number("flags", sku.flags);
}

void show(Line& /*line*/, const Tick& /*tick*/) {}

void show(Line& line, const ReleaseWave& release) {
  line.number("wave", release.wave.value);
  line.number("node", release.node.value);
  line.number("service", release.service.value);
  line.number("ship_day", release.ship_day.value);
  if (release.is_planned()) {
    line.number("reason", release.reason);
    line.number("template", release.template_number);
    line.number("aisles", release.aisle_count);
  }
}

/// How many of the message's details (lines, slots) belong to a command.
template <class T>
std::uint32_t details_of(const T& /*command*/) {
  return 0;
}

std::uint32_t details_of(const OrderHead& head) {
  return head.line_count;
}

std::uint32_t details_of(const StepOrder& step) {
  return line_count_of(step);
}

std::uint32_t details_of(const ReleaseWave& release) {
  return release.slot_count;
}

void show_details(Line& line, const Message& message, std::size_t first, std::size_t count) {
  for (std::size_t at = 0; at < count; ++at) {
    if (message.kind != CommandKind::release_wave) {
      line.line(message.lines()[first + at], at == 0);
    } else {
      line.slot(message.slots()[first + at], at == 0);
    }
  }
  if (count > 0) {
    line.end_list();
  }
}

template <class T>
void append(std::string& out, const Message& message, Sequence first, Sequence from, Sequence until,
            CommandStyle style) {
  Line line(out, style);
  Sequence sequence = first;
  std::size_t detail = 0;
  for (const T& command : message.commands<T>()) {
    const std::size_t details = details_of(command);
    if (from <= sequence && sequence <= until) {
      line.begin(sequence, message.time, message.kind);
      show(line, command);
      show_details(line, message, detail, details);
      line.end();
    }
    detail += details;
    ++sequence.value;
  }
}

}  // namespace

void append_commands(std::string& out, const Message& message, Sequence first, Sequence from,
                     Sequence until, CommandStyle style) {
  switch (message.kind) {
    case CommandKind::place_order:
      return append<OrderHead>(out, message, first, from, until, style);
    case CommandKind::cancel_order:
      return append<CancelOrder>(out, message, first, from, until, style);
    case CommandKind::step_order:
      return append<StepOrder>(out, message, first, from, until, style);
    case CommandKind::receive_stock:
      return append<ReceiveStock>(out, message, first, from, until, style);
    case CommandKind::adjust_stock:
      return append<AdjustStock>(out, message, first, from, until, style);
    case CommandKind::stock_change:
      return append<StockChange>(out, message, first, from, until, style);
    case CommandKind::define_sku:
      return append<DefineSku>(out, message, first, from, until, style);
    case CommandKind::tick:
      return append<Tick>(out, message, first, from, until, style);
    case CommandKind::release_wave:
      return append<ReleaseWave>(out, message, first, from, until, style);
    case CommandKind::get_order:
    case CommandKind::get_stock:
    case CommandKind::get_stats:
    case CommandKind::refused_frame:
      break;
  }
  CHECK(is_journaled(message.kind));
}

std::string time_text(Time time) {
  // Howard Hinnant's civil_from_days, for days since 1970 that are not negative.
  const std::uint64_t day = time.us / us_per_day + 719'468;
  const std::uint64_t era = day / 146'097;
  const std::uint64_t day_of_era = day % 146'097;
  const std::uint64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::uint64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::uint64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  const std::uint64_t us = time.us % us_per_day;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", year, month,
                     day_of_year - (153 * month_from_march + 2) / 5 + 1, us / (60 * us_per_minute),
                     us / us_per_minute % 60, us / us_per_second % 60, us % us_per_second);
}

const char* kind_name(CommandKind kind) {
  switch (kind) {
    case CommandKind::place_order:
      return "place_order";
    case CommandKind::cancel_order:
      return "cancel_order";
    case CommandKind::step_order:
      return "step_order";
    case CommandKind::receive_stock:
      return "receive_stock";
    case CommandKind::adjust_stock:
      return "adjust_stock";
    case CommandKind::stock_change:
      return "stock_change";
    case CommandKind::define_sku:
      return "define_sku";
    case CommandKind::tick:
      return "tick";
    case CommandKind::release_wave:
      return "release_wave";
    case CommandKind::get_order:
      return "get_order";
    case CommandKind::get_stock:
      return "get_stock";
    case CommandKind::get_stats:
      return "get_stats";
    case CommandKind::refused_frame:
      return "refused_frame";
  }
  return "unknown";
}

std::string bounds_json(const Bounds& bounds) {
  std::string out;
  for (const BoundSpec& spec : bound_specs) {
    out += fmt::format(R"({}"{}":{})", out.empty() ? "" : ",", spec.name, bounds.*spec.value);
  }
  return "{" + out + "}";
}

}  // namespace millrace::tools
