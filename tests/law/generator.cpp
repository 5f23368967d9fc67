// Random commands.
#include "tests/law/generator.h"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>

#include "tests/support/small_network.h"

namespace millrace::law {
namespace {

using test::TestCommand;

constexpr std::int64_t stock_max = stock_units_max;

}  // namespace

void Generator::remember(std::deque<TestCommand>& commands, const TestCommand& command) {
  constexpr std::size_t remembered_max = 400;
  commands.push_back(command);
  if (commands.size() > remembered_max) {
    commands.pop_front();
  }
}

Generator::Mood Generator::random_mood(test::Random& random) {
  Mood mood{};
  mood.skus = random.between(1, random.chance(25) ? 24 : 12);
  mood.order_percent = random.between(20, 60);
  mood.cancel_percent = random.between(2, 25);
  mood.step_percent = test::one_of(random, std::array<std::uint64_t, 4>{0, 30, 50, 70});
  mood.receipt_units_max = test::one_of(random, std::array<std::uint64_t, 4>{2, 6, 20, 500});
  mood.quantity_max = test::one_of(random, std::array<std::uint64_t, 5>{1, 2, 3, 8, 40});
  mood.lines_max = test::one_of(random, std::array<std::uint64_t, 6>{1, 3, 4, 5, 10, 20});
  mood.repeat_percent = random.between(0, 10);
  mood.nonsense_percent = test::one_of(random, std::array<std::uint64_t, 5>{0, 0, 1, 2, 10});
  mood.query_percent = random.between(0, 10);
  mood.services = random.chance(40);
  return mood;
}

Generator::Generator(const Network& network, std::uint64_t seed)
    : network_(network), random_(seed), mood_(random_mood(random_)), time_(test::monday_morning) {}

void Generator::pass_time() {
  const std::uint64_t draw = random_.below(1000);
  if (draw < 600) {
    return;
  }
  if (draw < 800) {
    time_.us += random_.below(us_per_second);
  } else if (draw < 960) {
    time_.us += random_.below(10 * us_per_minute);
  } else if (draw < 990) {
    time_.us += random_.below(us_per_day / 6);
  } else if (draw < 993) {
    time_.us += random_.below(4 * us_per_day);
  } else if (draw < 994) {
    time_.us += random_.below(90 * us_per_day);
  } else if (draw < 997) {
    pass_to_boundary();
  } else {
    // The core's time must not follow.
    time_.us -= std::min(time_.us, random_.below(us_per_day));
  }
}

void Generator::pass_to_boundary() {
  if (random_.chance(40)) {
    time_.us += network_.wave.age_us_max;
    return;
  }
  const NodeIndex node{static_cast<std::uint16_t>(random_.below(network_.nodes.size()))};
  const std::uint64_t day = time_.us / us_per_day + random_.below(2);
  const Time cutoff = network_.cutoff(node, Day{static_cast<std::uint16_t>(day)});
  const std::uint64_t lead = random_.chance(50) ? network_.wave.cutoff_lead_us : 0;
  time_.us = cutoff.us - lead - random_.below(2);
}

TestCommand Generator::next(std::size_t order_count) {
  pass_time();
  ++made_;
  if (!releases_.empty() && releases_.front().due <= made_) {
    const TestCommand release = test::release_of(time_, releases_.front().proposal);
    releases_.erase(releases_.begin());
    return release;
  }
  if (made_ <= mood_.skus) {
    return definition();
  }
  if (random_.chance(mood_.repeat_percent)) {
    return random_.chance(60) ? repeated_order() : repeated_command();
  }
  return fresh(order_count);
}

TestCommand Generator::fresh(std::size_t order_count) {
  if (random_.chance(mood_.query_percent)) {
    return query();
  }
  if (random_.chance(mood_.order_percent)) {
    return order();
  }
  if (random_.chance(mood_.step_percent)) {
    return step();
  }
  if (random_.chance(mood_.cancel_percent)) {
    return cancel();
  }
  const std::uint64_t draw = random_.below(100);
  if (draw < 50) {
    return receipt();
  }
  if (draw < 78) {
    return stock_change();
  }
  if (draw < 92) {
    return adjustment();
  }
  if (draw < 95) {
    return definition();
  }
  if (draw < 97) {
    return bogus_release(order_count);
  }
  return {time_, Tick{0}, {}, {}, false};
}

void Generator::offer(const test::Proposal& proposal) {
  if (random_.chance(5)) {
    return;  // a proposal that is lost until the restart
  }
  const std::uint64_t copies = random_.chance(3) ? 2 : 1;
  for (std::uint64_t i = 0; i < copies; ++i) {
    const std::uint64_t due = made_ + random_.below(random_.chance(80) ? 20 : 300);
    const auto after = std::find_if(releases_.begin(), releases_.end(),
                                    [&](const DueRelease& other) { return other.due > due; });
    releases_.insert(after, {due, proposal});
  }
}

Sku Generator::sku() {
  return Sku{nonsense() ? random_.below(3) * (mood_.skus + 1) : random_.between(1, mood_.skus)};
}

NodeIndex Generator::node() {
  if (nonsense()) {
    return random_.chance(50) ? no_node
                              : NodeIndex{static_cast<std::uint16_t>(network_.nodes.size())};
  }
  return NodeIndex{static_cast<std::uint16_t>(random_.below(network_.nodes.size()))};
}

CommandId Generator::new_command_id() {
  return nonsense() && random_.chance(30) ? CommandId{0, 0} : CommandId{7, ++ids_};
}

OrderId Generator::some_order_id() {
  if (!walks_.empty() && random_.chance(40)) {
    return walks_[random_.below(walks_.size())];
  }
  if (orders_.empty() || random_.chance(3)) {
    return {random_.below(2), random_.below(50)};
  }
  // Young orders are the ones in waves and queues.
  const std::size_t age = random_.chance(60)
                              ? random_.below(std::min<std::size_t>(20, orders_.size()))
                              : random_.below(orders_.size());
  return std::get<OrderHead>(orders_[orders_.size() - 1 - age].body).id;
}

PostalCode Generator::postal() {
  static constexpr std::array<std::string_view, 8> postals{"1",   "12",  "9A1", "331",
                                                           "2AA", "A11", "",    "Z"};
  const std::string_view text = test::one_of(random_, postals);
  return make_postal(text.data(), text.size());
}

CountryCode Generator::country() {
  const CountryCode usual = random_.chance(85) ? make_country('U', 'S') : make_country('C', 'A');
  return nonsense() ? make_country('X', 'X') : usual;
}

OrderHead Generator::head() {
  // Splitting is the hardest part, so most orders allow it.
  static constexpr std::array<std::uint64_t, 30> policies{
      0,  1,  1,  2,  3,  3,  7,  9,   9,   4,   17,  17,  18,  19,  25,
      32, 33, 41, 65, 67, 81, 83, 128, 129, 129, 130, 131, 137, 145, 195};
  OrderHead head{};
  head.postal = postal();
  head.id = nonsense() && random_.chance(20) ? OrderId{0, 0} : OrderId{1, ++ids_};
  head.group = random_.below(3);
  head.country = country();
  const std::uint64_t channels = network_.channels.size() + (nonsense() ? 1 : 0);
  head.channel = ChannelIndex{static_cast<std::uint16_t>(random_.below(channels))};
  const std::uint64_t services = network_.services.size() + (nonsense() ? 1 : 0);
  head.service = ServiceIndex{static_cast<std::uint8_t>(random_.below(services))};
  head.policy =
      static_cast<std::uint8_t>(nonsense() ? random_.below(256) : test::one_of(random_, policies));
  head.priority = static_cast<std::uint8_t>(random_.below(2));
  return head;
}

Units Generator::quantity() {
  static constexpr std::array<std::uint32_t, 7> odd{0,         100,       600'000,   1'000'000,
                                                    1'000'001, 0xfffffff, 0xffffffff};
  return nonsense() ? Units{test::one_of(random_, odd)}
                    : Units{static_cast<std::uint32_t>(random_.between(1, mood_.quantity_max))};
}

std::vector<OrderLine> Generator::lines() {
  static constexpr std::array<std::uint64_t, 6> odd{0, 63, 64, 65, 100, 255};
  const std::uint64_t count = nonsense() && random_.chance(40)
                                  ? test::one_of(random_, odd)
                                  : random_.between(1, mood_.lines_max);
  std::vector<OrderLine> lines;
  for (std::uint64_t i = 0; i < count; ++i) {
    lines.push_back({sku(), quantity(), static_cast<std::uint32_t>(random_.below(2))});
  }
  return lines;
}

TestCommand Generator::order() {
  // One after the other: compilers may evaluate arguments in any order, and each draws chance.
  const OrderHead order_head = head();
  TestCommand command = test::make_order(time_, order_head, lines());
  command.wants_allocations = random_.chance(70);
  remember(orders_, command);
  return command;
}

TestCommand Generator::repeated_order() {
  if (orders_.empty()) {
    return order();
  }
  TestCommand command = orders_[random_.below(orders_.size())];
  command.time = time_;
  if (random_.chance(40)) {
    OrderHead other = std::get<OrderHead>(command.body);
    std::vector<OrderLine> other_lines = command.lines;
    if (random_.chance(50) && !other_lines.empty()) {
      other_lines.front().unit_price += 1;
    } else {
      other.group += 1;
    }
    command = test::make_order(time_, other, other_lines);
  }
  return command;
}

TestCommand Generator::logged(const test::CommandBody& body) {
  TestCommand command{time_, body, {}, {}, false};
  remember(commands_, command);
  return command;
}

TestCommand Generator::cancel() {
  return logged(CancelOrder{
      new_command_id(), some_order_id(), static_cast<std::uint16_t>(random_.below(3)), {}});
}

TestCommand Generator::receipt() {
  static constexpr std::array<std::uint32_t, 6> odd{
      0, 1, 3'999'999'990, stock_units_max, stock_units_max + 1, 0xffffffff};
  const std::uint32_t units =
      nonsense() ? test::one_of(random_, odd)
                 : static_cast<std::uint32_t>(random_.between(1, mood_.receipt_units_max));
  return logged(ReceiveStock{new_command_id(), sku(), Units{units}, node(), 0});
}

TestCommand Generator::adjustment() {
  static constexpr std::array<std::int64_t, 12> hostile{std::numeric_limits<std::int64_t>::min(),
                                                        std::numeric_limits<std::int64_t>::max(),
                                                        -stock_max,
                                                        -stock_max - 1,
                                                        stock_max,
                                                        stock_max + 1,
                                                        stock_max - 3,
                                                        1LL << 32,
                                                        -(1LL << 32),
                                                        (1LL << 32) + 2,
                                                        -1,
                                                        0};
  AdjustStock body{};
  body.command = new_command_id();
  body.sku = sku();
  body.node = node();
  body.mode = static_cast<std::uint8_t>(random_.below(nonsense() ? 4 : 2));
  body.reason = static_cast<std::uint8_t>(random_.below(nonsense() ? 10 : adjust_reasons));
  const std::int64_t small = static_cast<std::int64_t>(random_.below(12));
  body.value = body.mode == 0 ? small - 6 : small;
  if (nonsense()) {
    body.value = test::one_of(random_, hostile);
  }
  body.expected = Units{static_cast<std::uint32_t>(random_.below(8))};
  return logged(body);
}

TestCommand Generator::definition() {
  static constexpr std::array<std::uint32_t, 7> weights{0, 1, 250, 1'000, 4'321, 30'000, 1'000'000};
  DefineSku body{};
  body.command = new_command_id();
  body.sku = made_ <= mood_.skus ? Sku{made_} : sku();
  body.weight_grams = nonsense() ? weight_grams_max + 1 : test::one_of(random_, weights);
  body.flags = static_cast<std::uint16_t>(random_.below(8));
  // Every fourth is a service, and rarely one is said to be what it is not.
  if ((mood_.services && body.sku.value % 4 == 0) != random_.chance(2)) {
    body.flags |= static_cast<std::uint16_t>(SkuFlag::service);
  }
  return logged(body);
}

TestCommand Generator::bogus_release(std::size_t order_count) {
  ReleaseWave release{};
  release.wave = WaveId{random_.below(40)};
  release.node = node();
  const std::uint64_t today = time_.us / us_per_day;
  release.ship_day = Day{static_cast<std::uint16_t>(today + random_.below(3))};
  release.service = ServiceIndex{static_cast<std::uint8_t>(random_.below(4))};
  std::vector<std::uint32_t> slots;
  std::uint64_t count = random_.below(6);
  if (random_.chance(60)) {
    // One that a planner might propose: many of the youngest orders, and some aisles.
    release.wave = WaveId{random_.chance(80) ? 0 : random_.below(40)};
    release.reason = static_cast<std::uint8_t>(random_.between(1, wave_reasons - 1));
    release.aisle_count = static_cast<std::uint16_t>(random_.below(4));
    release.template_number = static_cast<std::uint8_t>(random_.below(3));
    release.service = random_.chance(70) ? any_service : release.service;
    count = random_.below(12);
    for (std::uint64_t i = 0; i < count && i < order_count; ++i) {
      slots.push_back(static_cast<std::uint32_t>(order_count - 1 - i));
    }
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    slots.push_back(static_cast<std::uint32_t>(random_.below(order_count + 2)));
  }
  if (random_.chance(10)) {
    slots.push_back(0xffffffff);
  }
  return test::make_release(time_, release, slots);
}

TestCommand Generator::query() {
  const std::uint64_t draw = random_.below(100);
  if (draw < 50) {
    return {time_, GetOrder{some_order_id()}, {}, {}, false};
  }
  if (draw < 90) {
    return {time_, GetStock{sku()}, {}, {}, false};
  }
  return {time_, GetStats{0}, {}, {}, false};
}

TestCommand Generator::repeated_command() {
  if (commands_.empty()) {
    return receipt();
  }
  TestCommand command = commands_[random_.below(commands_.size())];
  command.time = time_;
  if (random_.chance(30)) {
    // Another body, of another kind perhaps, under the same id.
    ReceiveStock other{CommandId{7, random_.between(1, ids_ + 1)}, sku(), Units{1}, node(), 0};
    command.body = other;
    command.lines.clear();
  }
  return command;
}

Limits random_limits(std::uint64_t seed) {
  test::Random random(seed);
  Limits limits;
  limits.skus_max = random.chance(92) ? 64 : static_cast<std::uint32_t>(random.between(1, 8));
  limits.orders_max =
      random.chance(92) ? 1U << 15U : static_cast<std::uint32_t>(random.between(1, 300));
  limits.slices_max = 1U << 18U;
  limits.backorders_max = 1U << 16U;
  limits.commands_max =
      test::one_of(random, std::array<std::uint32_t, 5>{1, 3, 50, 1'000, 100'000});
  limits.shards = 1;
  return limits;
}

}  // namespace millrace::law
