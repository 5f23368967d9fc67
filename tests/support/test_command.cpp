// Commands and answers as text, and what differs between two answers.
#include "tests/support/test_command.h"

#include <cstring>
#include <sstream>
#include <utility>

namespace millrace::test {
namespace {

/// By the alternative of CommandBody.
constexpr CommandKind kinds[] = {
    CommandKind::place_order,  CommandKind::cancel_order, CommandKind::receive_stock,
    CommandKind::adjust_stock, CommandKind::define_sku,   CommandKind::tick,
    CommandKind::release_wave, CommandKind::get_order,    CommandKind::get_stock,
    CommandKind::get_stats,    CommandKind::stock_change, CommandKind::step_order};
static_assert(std::size(kinds) == std::variant_size_v<CommandBody>);

std::string id_text(Id128 id) {
  return id.high == 0 ? std::to_string(id.low)
                      : std::to_string(id.high) + ":" + std::to_string(id.low);
}

std::string node_text(NodeIndex node) {
  return node == no_node ? "-" : std::to_string(node.value);
}

void put(std::ostream& out, const OrderHead& head) {
  out << "order id=" << id_text(head.id) << " group=" << head.group << " postal=" << std::hex
      << head.postal.packed << " country=" << head.country.packed << std::dec
      << " channel=" << head.channel.value << " service=" << int{head.service.value}
      << " policy=" << int{head.policy} << " priority=" << int{head.priority};
}

void put(std::ostream& out, const CancelOrder& body) {
  out << "cancel id=" << id_text(body.command) << " order=" << id_text(body.order)
      << " reason=" << body.reason;
}

void put(std::ostream& out, const StepOrder& body) {
  out << "step id=" << id_text(body.command) << " order=" << id_text(body.order) << " "
      << name_of(static_cast<Step>(body.step)) << " line=" << int{body.line}
      << " node=" << node_text(body.node) << " units=" << body.units.value
      << " parcel=" << body.parcel << " reason=" << int{body.reason} << " code=" << body.code
      << " value=" << body.value << " other=" << id_text(body.other)
      << " flags=" << int{body.flags};
}

void put(std::ostream& out, const ReceiveStock& body) {
  out << "receive id=" << id_text(body.command) << " sku=" << body.sku.value
      << " node=" << body.node.value << " units=" << body.quantity.value;
}

void put(std::ostream& out, const AdjustStock& body) {
  out << "adjust id=" << id_text(body.command) << " sku=" << body.sku.value
      << " node=" << body.node.value << " mode=" << int{body.mode} << " value=" << body.value
      << " expected=" << body.expected.value << " reason=" << int{body.reason};
}

void put(std::ostream& out, const DefineSku& body) {
  out << "define id=" << id_text(body.command) << " sku=" << body.sku.value
      << " grams=" << body.weight_grams << " flags=" << body.flags;
}

void put(std::ostream& out, const StockChange& body) {
  out << "stock-change id=" << id_text(body.command) << " action=" << int{body.action}
      << " reference=" << id_text(body.reference) << " sku=" << body.sku.value
      << " node=" << node_text(body.node) << " to_node=" << node_text(body.to_node)
      << " units=" << body.units.value << " moment=" << body.moment.us
      << " channel=" << body.channel.value << " number=" << body.number
      << " from=" << int{body.from} << " to=" << int{body.to};
}

void put(std::ostream& out, const Tick& /*body*/) {
  out << "tick";
}

void put(std::ostream& out, const ReleaseWave& body) {
  out << "release wave=" << body.wave.value << " node=" << body.node.value
      << " day=" << body.ship_day.value << " service=" << int{body.service.value}
      << " reason=" << int{body.reason} << " aisles=" << body.aisle_count << " slots=";
}

void put(std::ostream& out, const GetOrder& body) {
  out << "get-order id=" << id_text(body.order);
}

void put(std::ostream& out, const GetStock& body) {
  out << "get-stock sku=" << body.sku.value;
}

void put(std::ostream& out, const GetStats& /*body*/) {
  out << "get-stats";
}

std::string line_of(const Allocation& a) {
  std::ostringstream out;
  out << "line " << int{a.line} << ": " << a.units.value << " at " << node_text(a.node) << " day "
      << a.ship_day.value << " " << name_of(static_cast<SliceState>(a.state));
  return out.str();
}

std::string line_of(const SliceView& s) {
  std::ostringstream out;
  out << "line " << int{s.line} << ": sku " << s.sku.value << " " << s.units.value << " at "
      << node_text(s.node) << " day " << s.ship_day.value << " " << name_of(s.state);
  return out.str();
}

std::string line_of(const StockCell& c) {
  return "node " + std::to_string(c.node.value) + ": " + std::to_string(c.on_hand.value) +
         " on hand, " + std::to_string(c.available.value) + " available";
}

std::string line_of(const OrderView& v) {
  std::ostringstream out;
  out << "order " << id_text(v.id) << " sequence=" << v.sequence.value << " " << name_of(v.state)
      << " promise=" << v.promise_day.value << " slices=" << v.slice_count
      << " outcome: " << to_text(v.outcome);
  return out.str();
}

std::string line_of(const StockView& v) {
  std::ostringstream out;
  out << "sku " << v.sku.value << " known=" << int{v.known} << " cells=" << v.cell_count
      << " waiting=" << v.backordered.value << " grams=" << v.weight_grams << " flags=" << v.flags;
  return out.str();
}

std::string line_of(const Stats& stats) {
  static_assert(sizeof(Stats) == 25 * 8);
  std::uint64_t words[25];
  std::memcpy(words, &stats, sizeof(stats));
  std::string text = "stats";
  for (const std::uint64_t word : words) {
    text += " " + std::to_string(word);
  }
  return text;
}

/// Every type compared here has no padding.
template <class T>
bool same(const T& a, const T& b) {
  static_assert(std::has_unique_object_representations_v<T>);
  return std::memcmp(&a, &b, sizeof(T)) == 0;
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  static_assert(std::has_unique_object_representations_v<T>);
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace

CommandKind kind_of(const TestCommand& command) {
  return kinds[command.body.index()];
}

TestCommand make_order(Time time, OrderHead head, std::vector<OrderLine> lines) {
  head.line_count = static_cast<std::uint8_t>(lines.size());
  return {time, head, std::move(lines), {}, true};
}

TestCommand make_change_of_lines(Time time, StepOrder body, std::vector<OrderLine> lines) {
  body.step = static_cast<std::uint8_t>(Step::change_lines);
  body.parcel = static_cast<std::uint32_t>(lines.size());
  return {time, body, std::move(lines), {}, false};
}

TestCommand make_release(Time time, ReleaseWave head, std::vector<std::uint32_t> slots) {
  head.slot_count = static_cast<std::uint32_t>(slots.size());
  return {time, head, {}, std::move(slots), false};
}

TestCommand release_of(Time time, const Proposal& proposal) {
  return make_release(time, proposal.head, proposal.slots);
}

std::string to_text(const TestCommand& command) {
  std::ostringstream out;
  out << "@" << command.time.us << " ";
  std::visit([&](const auto& body) { put(out, body); }, command.body);
  for (const OrderLine& line : command.lines) {
    out << " sku=" << line.sku.value << " x" << line.quantity.value;
  }
  for (const std::uint32_t slot : command.slots) {
    out << slot << ",";
  }
  return out.str();
}

std::string to_text(const Outcome& o) {
  std::ostringstream out;
  out << name_of(o.status) << " " << name_of(o.refusal) << " node=" << node_text(o.node)
      << " shipments=" << int{o.shipments} << " promise=" << o.promise_day.value
      << " allocated=" << o.allocated.value << " backordered=" << o.backordered.value
      << " cost=" << o.cost << " detail=" << o.detail;
  return out.str();
}

std::string to_text(const Event& e) {
  std::ostringstream out;
  out << "event " << e.number << " " << name_of(e.kind) << " sequence=" << e.sequence.value << " @"
      << e.time.us << " order=" << id_text(e.order) << " channel=" << e.channel.value
      << " sku=" << e.sku.value << " node=" << node_text(e.node) << " day=" << e.day.value
      << " units=" << e.units.value << " waiting=" << e.units_waiting.value
      << " amount=" << e.amount << " reason=" << int{e.reason} << " detail=" << e.detail;
  return out.str();
}

std::string to_text(const Answer& answer, CommandKind kind) {
  std::ostringstream out;
  if (kind == CommandKind::get_order) {
    out << line_of(answer.order);
    for (const SliceView& slice : answer.slices) {
      out << "\n    " << line_of(slice);
    }
  } else if (kind == CommandKind::get_stock) {
    out << line_of(answer.stock);
    for (const StockCell& cell : answer.cells) {
      out << "\n    " << line_of(cell);
    }
  } else if (kind == CommandKind::get_stats) {
    out << line_of(answer.stats);
  } else {
    out << to_text(answer.outcome);
    for (const Allocation& allocation : answer.allocations) {
      out << "\n    " << line_of(allocation);
    }
    for (const Event& event : answer.events) {
      out << "\n    " << to_text(event);
    }
  }
  return out.str();
}

std::string to_text(const Proposal& proposal) {
  return to_text(make_release(Time{0}, proposal.head, proposal.slots));
}

std::string difference(const TestCommand& command, const Answer& expected, const Answer& found) {
  const bool is_same = same(expected.outcome, found.outcome) &&
                       same(expected.allocations, found.allocations) &&
                       same(expected.order, found.order) && same(expected.slices, found.slices) &&
                       same(expected.stock, found.stock) && same(expected.cells, found.cells) &&
                       same(expected.stats, found.stats) && same(expected.events, found.events);
  if (is_same) {
    return {};
  }
  const CommandKind kind = kind_of(command);
  return "command:  " + to_text(command) + "\nexpected: " + to_text(expected, kind) +
         "\nfound:    " + to_text(found, kind) + "\n";
}

std::string difference(const std::vector<Proposal>& expected, const std::vector<Proposal>& found) {
  for (std::size_t i = 0; i < expected.size() || i < found.size(); ++i) {
    const std::string wanted = i < expected.size() ? to_text(expected[i]) : "no wave";
    const std::string given = i < found.size() ? to_text(found[i]) : "no wave";
    if (wanted != given) {
      return "proposal " + std::to_string(i) + "\nexpected: " + wanted + "\nfound:    " + given +
             "\n";
    }
  }
  return {};
}

}  // namespace millrace::test
