// One row an order; its lines stand in one field as sku:quantity:price, joined with '|'.
#include "tools/load/order_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>

#include "adapters/config/csv.h"
#include "tools/load/generator.h"

namespace millrace::load {
namespace {

enum Column : std::size_t {
  column_command,
  column_id,
  column_order,
  column_group,
  column_time,
  column_country,
  column_postal,
  column_channel,
  column_service,
  column_policy,
  column_lines,
};

constexpr std::array<std::string_view, 11> column_names{"command", "id",      "order",  "group",
                                                        "time",    "country", "postal", "channel",
                                                        "service", "policy",  "lines"};

template <class T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<Id128> parse_id(std::string_view text) {
  if (text.size() != 32) {
    return std::nullopt;
  }
  const auto high = parse_number<std::uint64_t>(text.substr(0, 16), 16);
  const auto low = parse_number<std::uint64_t>(text.substr(16), 16);
  if (!high || !low) {
    return std::nullopt;
  }
  return Id128{*high, *low};
}

template <class Index>
std::optional<Index> parse_name(std::string_view text, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) {
    return std::nullopt;
  }
  return Index{static_cast<typename Index::Value>(found - names.begin())};
}

/// Cuts the text before the first `mark` off `rest`, with the mark.
std::string_view cut(std::string_view& rest, char mark) {
  const std::size_t at = std::min(rest.find(mark), rest.size());
  const std::string_view piece = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return piece;
}

/// Reads one file row by row and keeps what it has read so far.
class Parser {
 public:
  Parser(std::string_view text, const OrderNames& names, const std::string& file_name,
         Problems& problems)
      : table_(text, {.required = {column_names.begin(), column_names.end()}, .optional = {}}),
        names_(names),
        file_name_(file_name),
        problems_(problems) {}

  OrderFile parse() {
    while (table_.next()) {
      const std::string_view command = table_.field(column_command);
      if (command == "order") {
        parse_order();
      } else if (command == "cancel") {
        parse_cancel();
      } else {
        fault(column_command, "is neither order nor cancel");
      }
    }
    for (const CsvTable::Fault& each : table_.faults()) {
      add(each.line, each.column, each.text);
    }
    return std::move(file_);
  }

 private:
  void add(std::uint32_t line, const std::string& column, const std::string& text) {
    problems_.add({Severity::error, file_name_, line, column, text});
  }

  void fault(std::size_t column, std::string_view text) {
    add(table_.line(), std::string(column_names.at(column)),
        "'" + std::string(table_.field(column)) + "' " + std::string(text));
  }

  /// The value, or a zero one and a fault.
  template <class T>
  T take(std::optional<T> value, std::size_t column, std::string_view otherwise) {
    if (!value) {
      fault(column, otherwise);
      return T{};
    }
    return *value;
  }

  std::optional<CountryCode> country() const {
    const std::string_view text = table_.field(column_country);
    return text.size() == 2 ? std::optional(make_country(text[0], text[1])) : std::nullopt;
  }

  std::optional<PostalCode> postal() const {
    const std::string_view text = table_.field(column_postal);
    return text.size() <= 8 ? std::optional(make_postal(text.data(), text.size())) : std::nullopt;
  }

  std::optional<std::uint64_t> group() const {
    const std::string_view text = table_.field(column_group);
    return text.empty() ? std::optional<std::uint64_t>(0) : parse_number<std::uint64_t>(text, 16);
  }

  std::optional<std::uint8_t> policy() const {
    const auto mix = policy_mix_of(table_.field(column_policy));
    if (!mix || *mix == PolicyMix::mixed) {
      return std::nullopt;
    }
    return static_cast<std::uint8_t>(*mix);
  }

  bool parse_lines() {
    std::string_view rest = table_.field(column_lines);
    while (!rest.empty()) {
      std::string_view line = cut(rest, '|');
      const auto sku = parse_number<std::uint64_t>(cut(line, ':'));
      const auto quantity = parse_number<std::uint32_t>(cut(line, ':'));
      const auto price = line.empty() ? 0 : parse_number<std::uint32_t>(line);
      if (!sku || !quantity || !price) {
        return false;
      }
      file_.lines.push_back({Sku{*sku}, Units{*quantity}, *price});
    }
    return true;
  }

  void parse_order() {
    const auto first = static_cast<std::uint32_t>(file_.lines.size());
    OrderHead head{};
    head.id = take(parse_id(table_.field(column_id)), column_id, "is not 32 hexadecimal digits");
    head.group = take(group(), column_group, "is not a hexadecimal number");
    head.country = take(country(), column_country, "is not two letters");
    head.postal = take(postal(), column_postal, "is longer than 8 characters");
    head.channel = take(parse_name<ChannelIndex>(table_.field(column_channel), names_.channels),
                        column_channel, "is no channel of the network");
    head.service = take(parse_name<ServiceIndex>(table_.field(column_service), names_.services),
                        column_service, "is no service of the network");
    head.policy = take(policy(), column_policy,
                       "is none of ship-complete, split, backorder, split+backorder");
    if (!parse_lines()) {
      fault(column_lines, "is not sku:quantity or sku:quantity:price, joined with |");
    }
    const std::size_t count = file_.lines.size() - first;
    if (count > std::numeric_limits<std::uint8_t>::max()) {
      fault(column_lines, "are more lines than an order can name");
    }
    head.line_count = static_cast<std::uint8_t>(count);
    file_.entries.push_back({false, static_cast<std::uint32_t>(file_.heads.size())});
    file_.first_line.push_back(first);
    file_.heads.push_back(head);
  }

  void parse_cancel() {
    CancelOrder cancel{};
    cancel.command =
        take(parse_id(table_.field(column_id)), column_id, "is not 32 hexadecimal digits");
    cancel.order =
        take(parse_id(table_.field(column_order)), column_order, "is not 32 hexadecimal digits");
    file_.entries.push_back({true, static_cast<std::uint32_t>(file_.cancels.size())});
    file_.cancels.push_back(cancel);
  }

  CsvTable table_;
  const OrderNames& names_;
  const std::string& file_name_;
  Problems& problems_;
  OrderFile file_;
};

void append_postal(std::string& out, PostalCode postal) {
  for (std::uint64_t rest = postal.packed; rest != 0; rest <<= 8U) {
    out += static_cast<char>(rest >> 56U);
  }
}

}  // namespace

OrderFile parse_orders(std::string_view text, const OrderNames& names, const std::string& file_name,
                       Problems& problems) {
  return Parser(text, names, file_name, problems).parse();
}

std::string order_file_header() {
  std::string header;
  for (const std::string_view name : column_names) {
    header += header.empty() ? "" : ",";
    header += name;
  }
  return header + "\n";
}

void write_order(std::string& out, const OrderHead& head, std::span<const OrderLine> lines,
                 const OrderNames& names, std::string_view time) {
  std::array<char, 20> group{};
  if (head.group != 0) {
    std::snprintf(group.data(), group.size(), "%llx", static_cast<unsigned long long>(head.group));
  }
  out += "order," + to_hex(head.id) + ",," + group.data() + ",";
  out += time;
  out += ',';
  out += static_cast<char>(head.country.packed >> 8U);
  out += static_cast<char>(head.country.packed & 0xffU);
  out += ',';
  append_postal(out, head.postal);
  out += ',' + names.channels.at(head.channel.value) + ',' + names.services.at(head.service.value) +
         ',';
  out += name_of(static_cast<PolicyMix>(head.policy));
  char mark = ',';
  for (const OrderLine& line : lines) {
    out += mark;
    out += std::to_string(line.sku.value) + ':' + std::to_string(line.quantity.value);
    if (line.unit_price != 0) {
      out += ':' + std::to_string(line.unit_price);
    }
    mark = '|';
  }
  out += lines.empty() ? ",\n" : "\n";
}

void write_cancel(std::string& out, const CancelOrder& cancel, std::string_view time) {
  out += "cancel," + to_hex(cancel.command) + ',' + to_hex(cancel.order) + ",,";
  out += time;
  out += ",,,,,,\n";
}

std::string to_hex(Id128 id) {
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx",
                static_cast<unsigned long long>(id.high), static_cast<unsigned long long>(id.low));
  return text.data();
}

}  // namespace millrace::load
