// Reads stories line by line.
#include "tests/scenarios/scenario.h"

#include <algorithm>
#include <set>
#include <utility>

#include "tests/scenarios/expectation.h"
#include "tests/scenarios/life_words.h"
#include "tests/scenarios/routing_words.h"
#include "tests/scenarios/stock_words.h"
#include "tests/scenarios/words.h"
#include "tests/support/small_network.h"

namespace millrace::scenarios {
namespace {

constexpr std::uint64_t u16_max = 0xffff;
constexpr std::uint64_t u32_max = 0xffffffff;
constexpr std::uint32_t stock_sku_grams = 100;
/// Ids that the story does not give are numbered from here.
constexpr std::uint64_t first_free_id = 1'000'000;

class Parser {
 public:
  Parser() {
    scenario_.network = test::small_network();
    scenario_.limits = {.skus_max = 256,
                        .orders_max = 4'096,
                        .slices_max = 1U << 16U,
                        .backorders_max = 1U << 14U,
                        .commands_max = 4'096,
                        .shards = 4};
    time_ = Time{test::monday_morning.us + 15 * 60 * us_per_minute};
  }

  void read_line(std::size_t number, Words words) {
    line_ = number;
    if (words.empty()) {
      return;
    }
    Words expectation = words.take_expectation();
    const std::string verb = words.take("a verb");
    if (!read_setting(verb, words) && !read_command(verb, words, expectation) &&
        !read_wave(verb, words, expectation)) {
      words.fail("unknown word '" + verb + "'");
    }
    words.finish();
    expectation.finish();
  }

  Scenario finish() {
    scenario_.network.compile();
    return std::move(scenario_);
  }

 private:
  bool read_setting(const std::string& verb, Words& words) {
    if (verb == "time") {
      read_time(words);
      return true;
    }
    if (verb != "node" && verb != "network" && verb != "waves" && verb != "limits") {
      return false;
    }
    if (!scenario_.steps.empty()) {
      words.fail("'" + verb + "' must come before the first command");
    }
    if (verb == "node") {
      read_node(words);
    } else if (verb == "network") {
      read_network(words);
    } else if (verb == "waves") {
      read_waves(words);
    } else {
      read_limits(words);
    }
    return true;
  }

  void read_time(Words& words) {
    const std::string when = words.take("a date or +duration");
    if (when.starts_with('+')) {
      time_.us += words.duration(when.substr(1));
      return;
    }
    time_.us = words.day(when) * us_per_day + words.time_of_day(words.take("a time of day"));
  }

  void read_node(Words& words) {
    const NodeIndex index = node_index(scenario_.network, words, words.take("a node"));
    if (index.value >= scenario_.network.nodes.size()) {
      words.fail("no such node");
    }
    Node& node = scenario_.network.nodes[index.value];
    if (const auto daily = words.take_key("daily")) {
      node.daily_shipments_max = static_cast<std::uint32_t>(words.number(*daily, u32_max));
    }
    if (const auto handling = words.take_key("handling")) {
      node.handling_cents = static_cast<std::uint32_t>(words.number(*handling, u32_max));
    }
    if (const auto cutoff = words.take_key("cutoff")) {
      node.cutoff_minute = static_cast<std::uint16_t>(words.time_of_day(*cutoff) / us_per_minute);
    }
    if (const auto offset = words.take_key("offset")) {
      node.utc_offset_minutes = static_cast<std::int16_t>(words.signed_number(*offset));
    }
    node.vendor = words.take_key("vendor").value_or("no") == "yes";
    if (const auto days = words.take_key("days")) {
      node.working_days = words.weekdays(*days);
    }
    if (const auto waves = words.take_key("waves")) {
      node.plans_waves = *waves == "planned";
    }
  }

  void read_network(Words& words) {
    if (const auto horizon = words.take_key("horizon")) {
      scenario_.network.capacity_horizon_days =
          static_cast<std::uint8_t>(words.number(*horizon, 8));
    }
    scenario_.network.life.vendor_answer_us =
        words.duration(words.take_key("vendor-answer").value_or("24h"));
    if (const auto carrier = words.take_key("carrier")) {
      scenario_.network.carrier_days = words.weekdays(*carrier);
    }
    read_routing(words, scenario_.network.routing);
  }

  void read_waves(Words& words) {
    WaveRules& rules = scenario_.network.wave;
    if (const auto orders = words.take_key("orders")) {
      rules.orders_max = static_cast<std::uint32_t>(words.number(*orders, wave_orders_limit));
    }
    if (const auto age = words.take_key("age")) {
      rules.age_us_max = words.duration(*age);
    }
    if (const auto lead = words.take_key("lead")) {
      rules.cutoff_lead_us = words.duration(*lead);
    }
    if (const auto age = words.take_key("planned-age")) {
      rules.planned_age_us_max = words.duration(*age);
    }
    if (const auto lead = words.take_key("planned-lead")) {
      rules.planned_lead_us = words.duration(*lead);
    }
  }

  void read_limits(Words& words) {
    Limits& limits = scenario_.limits;
    if (const auto skus = words.take_key("skus")) {
      limits.skus_max = static_cast<std::uint32_t>(words.number(*skus, 1'000));
    }
    if (const auto orders = words.take_key("orders")) {
      limits.orders_max = static_cast<std::uint32_t>(words.number(*orders, 10'000));
    }
    if (const auto commands = words.take_key("commands")) {
      limits.commands_max = static_cast<std::uint32_t>(words.number(*commands, 10'000));
    }
  }

  bool read_command(const std::string& verb, Words& words, Words& expectation) {
    if (verb == "sku") {
      ask(definition(words), outcome_expectation_or_accepted(expectation));
    } else if (verb == "stock") {
      read_stock(words);
    } else if (verb == "receipt") {
      ask(receipt(words), outcome_expectation(expectation));
    } else if (verb == "adjust") {
      ask(adjustment(words), outcome_expectation(expectation));
    } else if (const auto change = stock_change(scenario_.network, verb, words, time_)) {
      StockChange body = *change;
      body.command = command_id(words);
      ask(command_of(body), outcome_expectation(expectation));
    } else if (verb == "order") {
      const OrderId id{0, words.number(words.take("an order id"), first_free_id - 1)};
      ask(order(id, words), outcome_expectation(expectation));
    } else if (verb == "cancel") {
      ask(cancellation(words), outcome_expectation(expectation));
    } else if (verb == name_of(millrace::Step::change_lines)) {
      ask(change_of_lines(words), outcome_expectation_or_accepted(expectation));
    } else if (step_named(verb).has_value()) {
      StepOrder body = step_body(scenario_.network, *step_named(verb), words);
      body.command = command_id(words);
      ask(command_of(body), outcome_expectation_or_accepted(expectation));
    } else if (verb == "tick") {
      ask(command_of(Tick{0}), outcome_expectation_or_accepted(expectation));
    } else if (verb == "get-order") {
      const OrderId id{0, words.number(words.take("an order id"), first_free_id)};
      ask(command_of(GetOrder{id}), order_expectation(scenario_.network, expectation));
    } else if (verb == "get-stock") {
      const Sku sku{words.number(words.take("a SKU"), ~0ULL)};
      ask(command_of(GetStock{sku}), stock_expectation(scenario_.network, expectation));
    } else if (verb == "restart") {
      scenario_.steps.push_back({line_, Restart{}});
    } else {
      return false;
    }
    return true;
  }

  bool read_wave(const std::string& verb, Words& words, Words& expectation) {
    if (verb == "no-wave") {
      scenario_.is_about_waves = true;
      scenario_.steps.push_back({line_, ExpectWave{true, {}}});
    } else if (verb == "wave") {
      scenario_.is_about_waves = true;
      const std::uint64_t id = words.number(words.take("a wave id"), u32_max);
      scenario_.steps.push_back({line_, ExpectWave{false, wave(id, words)}});
    } else if (verb == "release") {
      const std::uint64_t id = words.number(words.take("a wave id"), u32_max);
      if (words.empty()) {
        scenario_.steps.push_back(
            {line_, ReleaseProposed{time_, id, outcome_expectation(expectation)}});
      } else {
        // A release the engine did not propose.
        ask(release_of(time_, wave(id, words)), outcome_expectation(expectation));
      }
    } else {
      return false;
    }
    return true;
  }

  void ask(test::TestCommand command, Expected expected) {
    scenario_.steps.push_back({line_, Ask{std::move(command), std::move(expected)}});
  }

  [[nodiscard]] Expected outcome_expectation(Words& words) const {
    return scenarios::outcome_expectation(scenario_.network, words);
  }

  [[nodiscard]] Expected outcome_expectation_or_accepted(Words& words) const {
    Expected expected = outcome_expectation(words);
    if (!expected.status.has_value()) {
      expected.status = Status::accepted;
    }
    return expected;
  }

  template <class Body>
  [[nodiscard]] test::TestCommand command_of(const Body& body) const {
    return {time_, body, {}, {}, false};
  }

  CommandId command_id(Words& words) {
    const auto id = words.take_key("id");
    return id ? CommandId{0, words.number(*id, first_free_id - 1)} : CommandId{0, next_id_++};
  }

  test::TestCommand definition(Words& words) {
    DefineSku body{};
    body.sku = Sku{words.number(words.take("a SKU"), ~0ULL)};
    body.weight_grams = static_cast<std::uint32_t>(words.number(words.need_key("grams"), u32_max));
    if (const auto flags = words.take_key("flags")) {
      body.flags = static_cast<std::uint16_t>(words.number(*flags, u16_max));
    }
    body.command = command_id(words);
    defined_.insert(body.sku.value);
    return command_of(body);
  }

  test::TestCommand receipt(Words& words) {
    ReceiveStock body{};
    body.sku = Sku{words.number(words.need_key("sku"), ~0ULL)};
    body.node = node_index(scenario_.network, words, words.need_key("node"));
    body.quantity =
        Units{static_cast<std::uint32_t>(words.number(words.need_key("units"), u32_max))};
    body.command = command_id(words);
    return command_of(body);
  }

  /// A receipt that must be accepted, of a SKU that is defined on the way if it is not yet.
  void read_stock(Words& words) {
    const test::TestCommand command = receipt(words);
    const Sku sku = std::get<ReceiveStock>(command.body).sku;
    Expected accepted;
    accepted.status = Status::accepted;
    if (defined_.insert(sku.value).second) {
      ask(command_of(DefineSku{{0, next_id_++}, sku, stock_sku_grams, 0, 0}), accepted);
    }
    ask(command, accepted);
  }

  test::TestCommand adjustment(Words& words) {
    AdjustStock body{};
    body.sku = Sku{words.number(words.need_key("sku"), ~0ULL)};
    body.node = node_index(scenario_.network, words, words.need_key("node"));
    if (const auto delta = words.take_key("delta")) {
      body.value = words.signed_number(*delta);
    } else {
      body.mode = static_cast<std::uint8_t>(AdjustMode::absolute);
      body.value = words.signed_number(words.need_key("set"));
      body.expected =
          Units{static_cast<std::uint32_t>(words.number(words.need_key("expected"), u32_max))};
    }
    if (const auto mode = words.take_key("mode")) {
      body.mode = static_cast<std::uint8_t>(words.number(*mode, 255));
    }
    if (const auto reason = words.take_key("reason")) {
      body.reason = static_cast<std::uint8_t>(words.number(*reason, 255));
    }
    body.command = command_id(words);
    return command_of(body);
  }

  test::TestCommand cancellation(Words& words) {
    CancelOrder body{};
    body.order = {0, words.number(words.take("an order id"), first_free_id)};
    if (const auto reason = words.take_key("reason")) {
      body.reason = static_cast<std::uint16_t>(words.number(*reason, u16_max));
    }
    body.command = command_id(words);
    return command_of(body);
  }

  test::TestCommand change_of_lines(Words& words) {
    StepOrder body{};
    body.order = {0, words.number(words.take("an order id"), first_free_id)};
    body.line = any_line;
    body.node = no_node;
    body.command = command_id(words);
    return test::make_change_of_lines(time_, body, order_lines(words));
  }

  test::TestCommand order(OrderId id, Words& words) {
    OrderHead head{};
    head.id = id;
    const std::string postal = words.take_key("to").value_or("10001");
    head.postal = make_postal(postal.data(), postal.size());
    const std::string country = words.take_key("country").value_or("US");
    if (country.size() != 2) {
      words.fail("'" + country + "' is not a country like US");
    }
    head.country = make_country(country[0], country[1]);
    head.channel =
        channel_index(scenario_.network, words, words.take_key("channel").value_or("web"));
    head.service =
        service_index(scenario_.network, words, words.take_key("service").value_or("ground"));
    head.policy = policy_bits_of(words, words.take_key("policy").value_or("complete"));
    if (const auto priority = words.take_key("priority")) {
      head.priority = static_cast<std::uint8_t>(words.number(*priority, 255));
    }
    if (const auto group = words.take_key("group")) {
      head.group = words.number(*group, ~0ULL);
    }
    return test::make_order(time_, head, order_lines(words));
  }

  /// Slots are numbered as orders first arrive, so a story names them by the number of the order
  /// among its orders.
  test::Proposal wave(std::uint64_t id, Words& words) {
    test::Proposal proposal{};
    proposal.head.wave = WaveId{id};
    proposal.head.node = node_index(scenario_.network, words, words.need_key("node"));
    proposal.head.ship_day = Day{words.day(words.need_key("day"))};
    proposal.head.service =
        service_index(scenario_.network, words, words.take_key("service").value_or("ground"));
    if (const auto reason = words.take_key("reason")) {
      proposal.head.reason = static_cast<std::uint8_t>(words.number(*reason, wave_reasons - 1));
      proposal.head.aisle_count = static_cast<std::uint16_t>(
          words.number(words.take_key("aisles").value_or("0"), wave_orders_limit));
    }
    const std::string slots = words.need_key("slots");
    for (const std::string& slot : slots == "-" ? std::vector<std::string>{} : split(slots, ',')) {
      proposal.slots.push_back(static_cast<std::uint32_t>(words.number(slot, u32_max)));
    }
    proposal.head.slot_count = static_cast<std::uint32_t>(proposal.slots.size());
    return proposal;
  }

  Scenario scenario_;
  Time time_{0};
  std::size_t line_ = 0;
  std::uint64_t next_id_ = first_free_id;
  std::set<std::uint64_t> defined_;
};

}  // namespace

Scenario parse(std::string_view text, const std::string& file) {
  Parser parser;
  std::size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    parser.read_line(number, Words(line, file + ":" + std::to_string(number)));
  }
  return parser.finish();
}

}  // namespace millrace::scenarios
