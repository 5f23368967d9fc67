// The orders, the plain loop that says what must become of them, and the measure of a run.
#include "bench/compare/common.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iterator>
#include <numeric>

#include "engine/core/check.h"
#include "engine/core/hash.h"

namespace millrace::bench::compare {

namespace {

constexpr std::uint64_t distinct = 1U << 20U;
constexpr std::uint32_t sample_max = 1000;
/// A SKU in every order three at a time cannot empty a cell before.
constexpr std::uint64_t orders_max = WorkloadOptions{}.units_per_cell / 3;

}  // namespace

void fail(const std::string& text) {
  std::fprintf(stderr, "compare: %s\n", text.c_str());
  std::exit(1);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fail("cannot read " + path);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

Body body_of(const Order& order) {
  Body body{};
  body.bytes[0] = order.region;
  body.bytes[1] = static_cast<std::uint8_t>(order.lines.size());
  body.size = 2;
  for (const OrderLine& line : order.lines) {
    const auto sku = static_cast<std::uint32_t>(line.sku.value);
    std::memcpy(body.bytes + body.size, &sku, 4);
    body.bytes[body.size + 4] = static_cast<std::uint8_t>(line.quantity.value);
    body.size += 5;
  }
  return body;
}

Workload::Workload() : orders_(reference_orders({}, 0, distinct)) {
  const WorkloadOptions options;
  CHECK(options.skus == skus);
  CHECK(options.nodes == nodes);
  const Network network = reference_network(options);
  for (std::uint16_t region = 0; region < options.regions; ++region) {
    std::vector<std::uint8_t> order(nodes);
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    // No two nodes are in the same zone of a region, so zones order them at any weight.
    const std::uint8_t* const zones =
        network.zones.data() + std::size_t{region} * network.nodes.size();
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return zones[a] < zones[b]; });
    nodes_by_cost_.insert(nodes_by_cost_.end(), order.begin(), order.end());
  }
  std::uint32_t line = 0;
  for (const OrderHead& head : orders_.heads) {
    first_line_.push_back(line);
    line += head.line_count;
    regions_.push_back(
        static_cast<std::uint8_t>(network.region_of(head.country, head.postal).value));
  }
  expected_.reserve(distinct);
  for (std::uint64_t index = 0; index < distinct; ++index) {
    expected_.push_back(decide(order(index)));
  }
}

Order Workload::order(std::uint64_t index) const {
  const std::uint64_t body = index % distinct;
  return {
      .id = OrderId{mix64(index * 2 + 1), mix64(index * 2 + 2)},
      .region = regions_[body],
      .lines = std::span(orders_.lines).subspan(first_line_[body], orders_.heads[body].line_count)};
}

Decision Workload::expected(std::uint64_t index) const {
  return expected_[index % distinct];
}

Decision Workload::decide(const Order& order) const {
  const auto by_cost = nodes_by_cost(order.region);
  Decision one;
  Decision split;
  for (std::size_t at = 0; at < order.lines.size(); ++at) {
    const std::uint64_t sku = order.lines[at].sku.value;
    const auto node = std::find_if(by_cost.begin(), by_cost.end(),
                                   [&](std::uint8_t n) { return !empty_cell(sku, n); });
    if (node == by_cost.end()) {
      one.set_verdict(Verdict::refused);
      return one;
    }
    split.set_node(at, *node);
  }
  for (const std::uint8_t node : by_cost) {
    if (std::none_of(order.lines.begin(), order.lines.end(),
                     [&](const OrderLine& line) { return empty_cell(line.sku.value, node); })) {
      for (std::size_t at = 0; at < order.lines.size(); ++at) {
        one.set_node(at, node);
      }
      one.set_verdict(Verdict::allocated);
      return one;
    }
  }
  split.set_verdict(Verdict::split);
  return split;
}

std::vector<std::uint32_t> Workload::stock_row(std::uint32_t sku) {
  std::vector<std::uint32_t> row(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    row[node] = empty_cell(sku, node) ? 0 : WorkloadOptions{}.units_per_cell;
  }
  return row;
}

std::uint64_t Workload::units_left(std::uint64_t count) const {
  std::uint64_t units = 0;
  for (std::uint32_t sku = 1; sku <= skus; ++sku) {
    for (const std::uint32_t cell : stock_row(sku)) {
      units += cell;
    }
  }
  for (std::uint64_t index = 0; index < count; ++index) {
    if (expected(index).verdict() != Verdict::refused) {
      for (const OrderLine& line : order(index).lines) {
        units -= line.quantity.value;
      }
    }
  }
  return units;
}

Settings Settings::parse(int argc, char** argv) {
  Settings settings;
  for (int at = 1; at < argc; at += 2) {
    const std::string name = argv[at];
    if (at + 1 == argc) {
      fail(name + " needs a value");
    }
    const std::string value = argv[at + 1];
    if (name == "--orders") {
      settings.orders = std::stoull(value);
    } else if (name == "--seconds") {
      settings.seconds = std::stod(value);
    } else if (name == "--call") {
      settings.call = static_cast<std::uint32_t>(std::stoul(value));
    } else if (name == "--in-flight") {
      settings.in_flight = static_cast<std::uint32_t>(std::stoul(value));
    } else if (name == "--port") {
      settings.port = static_cast<std::uint16_t>(std::stoul(value));
    } else if (name == "--directory") {
      settings.directory = value;
    } else if (name == "--script") {
      settings.script = value;
    } else {
      fail("unknown flag " + name);
    }
  }
  CHECK(settings.call > 0);
  CHECK(settings.in_flight > 0);
  return settings;
}

std::optional<Call> Run::next() {
  const auto now = Clock::now();
  if (!began_) {
    began_ = now;
  }
  std::uint64_t left = orders_max - handed_out_;
  if (settings_.orders > 0) {
    left = std::min(left, settings_.orders - handed_out_);
  } else if (now - *began_ >= std::chrono::duration<double>(settings_.seconds)) {
    left = 0;
  }
  const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, settings_.call));
  if (count == 0) {
    return std::nullopt;
  }
  const Call call{handed_out_, count, now};
  handed_out_ += count;
  return call;
}

void Run::answered(const Call& call, std::span<const Decision> decisions) {
  ended_ = Clock::now();
  latencies_us_.push_back(std::chrono::duration<double, std::micro>(ended_ - call.sent).count());
  if (decisions.size() != call.count) {
    fail(std::to_string(decisions.size()) + " answers to " + std::to_string(call.count));
  }
  for (std::uint32_t at = 0; at < call.count; ++at) {
    if (decisions[at] != workload_.expected(call.first + at)) {
      fail("order " + std::to_string(call.first + at) + " is decided wrongly");
    }
    ++verdicts_[static_cast<std::size_t>(decisions[at].verdict())];
  }
  answered_ += call.count;
}

void Run::loop(const std::function<void(const Call& call)>& send,
               const std::function<std::vector<Decision>()>& take) {
  std::deque<Call> calls;
  bool is_open = true;
  while (is_open || !calls.empty()) {
    while (is_open && calls.size() < settings_.in_flight) {
      const auto call = next();
      is_open = call.has_value();
      if (call) {
        send(*call);
        calls.push_back(*call);
      }
    }
    if (!calls.empty()) {
      answered(calls.front(), take());
      calls.pop_front();
    }
  }
}

void Run::check_store(const Store& store) const {
  CHECK(answered_ == handed_out_);
  CHECK(answered_ > 0);
  const Call again{0,
                   static_cast<std::uint32_t>(std::min<std::uint64_t>(settings_.call, answered_)),
                   Clock::now()};
  const auto decisions = store.place(again);
  CHECK(decisions.size() == again.count);
  for (std::uint32_t at = 0; at < again.count; ++at) {
    CHECK(decisions[at] == workload_.expected(at));
  }
  const std::uint64_t step = answered_ / sample_max + 1;
  for (std::uint64_t index = answered_ - 1; index < answered_; index -= step) {
    const Order order = workload_.order(index);
    const auto stored = store.read(order);
    const Body body = body_of(order);
    if (!stored || stored->decision != workload_.expected(index) ||
        !std::equal(stored->body.begin(), stored->body.end(), body.bytes, body.bytes + body.size)) {
      fail("order " + std::to_string(index) + " is not stored as it was sent");
    }
  }
  if (store.units() != workload_.units_left(answered_)) {
    fail("the units of all cells do not add up");
  }
}

double Run::percentile_us(double share) const {
  std::vector<double> sorted = latencies_us_;
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

void Run::print() const {
  const double seconds = std::chrono::duration<double>(ended_ - *began_).count();
  const auto count = [&](Verdict verdict) {
    return static_cast<unsigned long long>(verdicts_[static_cast<std::size_t>(verdict)]);
  };
  std::printf(
      "{\"orders\": %llu, \"seconds\": %.3f, \"orders_per_second\": %.0f, \"p50_us\": %.0f, "
      "\"p99_us\": %.0f, \"allocated\": %llu, \"split\": %llu, \"refused\": %llu}\n",
      static_cast<unsigned long long>(answered_), seconds, static_cast<double>(answered_) / seconds,
      percentile_us(0.5), percentile_us(0.99), count(Verdict::allocated), count(Verdict::split),
      count(Verdict::refused));
}

}  // namespace millrace::bench::compare
