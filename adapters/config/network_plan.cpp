// Reads network.toml: names, services, calendars, rules.
#include <toml++/toml.h>

#include <algorithm>

#include "adapters/config/network_reader.h"
#include "adapters/config/text_value.h"
#include "adapters/config/toml_keys.h"

namespace millrace::network_reader {
namespace {

constexpr const char* plan_file = "network.toml";

void read_channels(Loading& loading, Keys& keys) {
  std::vector<std::string>& channels = loading.files.network.channels;
  keys.each("channels", [&](const toml::node& node) {
    const std::optional<std::string> name = keys.text_of(node, "channels");
    if (!name.has_value()) {
      return;
    }
    if (std::ranges::find(channels, *name) != channels.end()) {
      keys.error(node.source().begin.line, "channels", in_quotes(*name) + " appears twice");
    }
    channels.push_back(*name);
  });
  if (channels.size() > 1000) {
    keys.error(keys.line(), "channels", "there are more than 1000 channels");
  }
}

void read_service(Loading& loading, const toml::table& table, std::size_t index) {
  Keys keys{loading, plan_file, table, "service[" + std::to_string(index) + "]."};
  Plan::ServicePlan service;
  service.line = table.source().begin.line;
  service.name = keys.text("name").value_or("");
  service.tariff_file = keys.text("tariff").value_or("");
  if (const toml::node* const carrier = keys.find("carrier"); carrier != nullptr) {
    service.carrier = keys.text_of(*carrier, "carrier").value_or("");
  }
  if (keys.has("rates")) {
    service.rates_file = keys.text("rates").value_or("");
  }
  keys.each("transit_days", [&](const toml::node& node) {
    const std::optional<std::uint64_t> days = keys.whole_of(node, "transit_days", 0, 60);
    service.transit_days.push_back(static_cast<std::uint8_t>(days.value_or(0)));
  });
  keys.reject_others();
  const auto same_name = [&](const Plan::ServicePlan& other) { return other.name == service.name; };
  if (!service.name.empty() && std::ranges::any_of(loading.plan.services, same_name)) {
    keys.error(service.line, "name", in_quotes(service.name) + " appears twice");
  }
  loading.plan.services.push_back(std::move(service));
}

void read_services(Loading& loading, Keys& keys) {
  const toml::node* const node = keys.need("service");
  if (node == nullptr) {
    return;
  }
  const toml::array* const list = node->as_array();
  if (list == nullptr || list->empty() || !list->is_array_of_tables()) {
    keys.error(node->source().begin.line, "service", "services are written as [[service]]");
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    read_service(loading, *list->get_as<toml::table>(i), i);
  }
  if (list->size() > services_max) {
    keys.error(node->source().begin.line, "service",
               "there are " + std::to_string(list->size()) + " services, at most " +
                   std::to_string(services_max) + " are possible");
  }
}

void read_zone_rule(Loading& loading, Keys& top) {
  const toml::node* const node = top.need("zones");
  if (node == nullptr) {
    return;
  }
  if (!node->is_table()) {
    top.error(node->source().begin.line, "zones", "zones are written as a table [zones]");
    return;
  }
  Keys keys{loading, plan_file, *node->as_table(), "zones."};
  if (keys.has("miles") == keys.has("file")) {
    keys.error(keys.line(), "", "either miles or file is wanted");
    return;
  }
  if (keys.has("file")) {
    loading.plan.zones_file = keys.text("file").value_or("");
    keys.reject_others();
    return;
  }
  std::vector<std::uint32_t>& miles = loading.plan.zone_miles;
  keys.each("miles", [&](const toml::node& bound) {
    const auto value =
        static_cast<std::uint32_t>(keys.whole_of(bound, "miles", 1, 100'000).value_or(0));
    if (value != 0 && !miles.empty() && value <= miles.back()) {
      keys.error(bound.source().begin.line, "miles",
                 std::to_string(value) + " is not larger than the bound before it");
    }
    miles.push_back(value);
  });
  if (miles.size() >= zones_max) {
    keys.error(keys.line(), "miles",
               "these are " + std::to_string(miles.size() + 1) + " zones, at most " +
                   std::to_string(zones_max) + " are possible");
    miles.resize(zones_max - 1);
  }
  loading.files.zone_count = static_cast<std::uint8_t>(miles.size() + 1);
  keys.reject_others();
}

void read_wave_rules(Loading& loading, Keys& top) {
  const toml::node* const node = top.find("wave");
  if (node == nullptr) {
    return;
  }
  if (!node->is_table()) {
    top.error(node->source().begin.line, "wave", "wave rules are written as a table [wave]");
    return;
  }
  WaveRules& rules = loading.files.network.wave;
  Keys keys{loading, plan_file, *node->as_table(), "wave."};
  rules.orders_max = static_cast<std::uint32_t>(
      keys.whole("orders_max", 1, wave_orders_limit).value_or(rules.orders_max));
  rules.age_us_max = keys.duration_us("age_max").value_or(rules.age_us_max);
  rules.cutoff_lead_us = keys.duration_us("cutoff_lead").value_or(rules.cutoff_lead_us);
  keys.reject_others();
}

/// A duration that may be left out, and is no moment.
void read_delay(Keys& keys, std::string_view key, std::uint64_t& value_us) {
  const toml::node* const node = keys.find(key);
  if (node == nullptr) {
    return;
  }
  const std::optional<std::uint64_t> read = keys.duration_us_of(*node, key);
  if (read == std::uint64_t{0}) {
    keys.error(node->source().begin.line, key, "this cannot be nothing");
  }
  value_us = read.value_or(value_us);
}

/// A whole number that may be left out.
void read_figure(Keys& keys, std::string_view key, std::int64_t min, std::int64_t max,
                 std::uint16_t& value) {
  if (const toml::node* const node = keys.find(key); node != nullptr) {
    value = static_cast<std::uint16_t>(keys.whole_of(*node, key, min, max).value_or(value));
  }
}

void read_life_rules(Loading& loading, Keys& top) {
  constexpr std::int64_t window_days_max = 3650;
  constexpr std::int64_t whole_permille = 1000;
  const toml::node* const node = top.find("life");
  if (node == nullptr) {
    return;
  }
  if (!node->is_table()) {
    top.error(node->source().begin.line, "life", "life rules are written as a table [life]");
    return;
  }
  LifeRules& rules = loading.files.network.life;
  Keys keys{loading, plan_file, *node->as_table(), "life."};
  read_delay(keys, "payment_hold", rules.payment_hold_us);
  read_delay(keys, "cart_hold", rules.cart_hold_us);
  read_delay(keys, "vendor_answer", rules.vendor_answer_us);
  read_delay(keys, "feedback_after", rules.feedback_after_us);
  read_figure(keys, "return_window_days", 0, window_days_max, rules.return_window_days);
  read_figure(keys, "restocking_fee_permille", 0, whole_permille, rules.restocking_fee_permille);
  keys.reject_others();
}

void read_replenishment(Loading& loading, Keys& top) {
  constexpr std::int64_t year_days = 365;
  constexpr std::int64_t safety_max = 10'000;
  const toml::node* const node = top.find("replenishment");
  if (node == nullptr) {
    return;
  }
  if (!node->is_table()) {
    top.error(node->source().begin.line, "replenishment",
              "rules of replenishment are written as a table [replenishment]");
    return;
  }
  ReplenishRules& rules = loading.files.network.replenishment;
  Keys keys{loading, plan_file, *node->as_table(), "replenishment."};
  read_figure(keys, "lead_days", 0, year_days, rules.lead_days);
  read_figure(keys, "review_days", 0, year_days, rules.review_days);
  read_figure(keys, "safety_permille", 0, safety_max, rules.safety_permille);
  read_figure(keys, "window_days", 1, demand_window_days_max, rules.window_days);
  keys.reject_others();
}

void read_flag(Keys& keys, std::string_view key, bool& value) {
  const toml::node* const node = keys.find(key);
  if (node == nullptr) {
    return;
  }
  const std::optional<bool> read = node->value_exact<bool>();
  if (!read.has_value()) {
    keys.error(node->source().begin.line, key, "true or false is wanted here");
  }
  value = read.value_or(value);
}

void read_routing(Loading& loading, Keys& top) {
  const toml::node* const node = top.find("routing");
  if (node == nullptr) {
    return;
  }
  if (!node->is_table()) {
    top.error(node->source().begin.line, "routing",
              "rules of routing are written as a table [routing]");
    return;
  }
  RoutingRules& rules = loading.files.network.routing;
  Keys keys{loading, plan_file, *node->as_table(), "routing."};
  read_flag(keys, "compare_splits", rules.compare_splits);
  read_flag(keys, "look_ahead", rules.look_ahead);
  read_figure(keys, "near_weight", 0, routing_weight_max, rules.near_weight);
  read_figure(keys, "use_weight", 0, routing_weight_max, rules.use_weight);
  read_figure(keys, "weight_gap_weight", 0, routing_weight_max, rules.weight_gap_weight);
  read_figure(keys, "parcel_gap_weight", 0, routing_weight_max, rules.parcel_gap_weight);
  read_figure(keys, "parcel_weight", 0, routing_weight_max, rules.parcel_weight);
  if (const toml::node* const penalty = keys.find("parcel_penalty_cents"); penalty != nullptr) {
    rules.parcel_penalty_cents = static_cast<std::uint32_t>(
        keys.whole_of(*penalty, "parcel_penalty_cents", 0, surcharge_cents_max).value_or(0));
  }
  keys.reject_others();
}

void read_top(Loading& loading, const toml::table& table) {
  Keys keys{loading, plan_file, table, ""};
  Network& network = loading.files.network;
  loading.files.name = keys.text("name").value_or("");
  loading.files.currency = keys.text("currency").value_or("");
  if (const std::optional<std::string> days = keys.text("carrier_days"); days.has_value()) {
    const std::optional<std::uint8_t> parsed = parse_weekdays(*days);
    if (!parsed.has_value()) {
      keys.error(keys.find("carrier_days")->source().begin.line, "carrier_days",
                 in_quotes(*days) + " is not a list of weekdays such as \"mon-fri\"");
    }
    network.carrier_days = parsed.value_or(network.carrier_days);
  }
  network.capacity_horizon_days = static_cast<std::uint8_t>(
      keys.whole("capacity_horizon_days", 1, capacity_horizon_days_max).value_or(1));
  read_channels(loading, keys);
  read_zone_rule(loading, keys);
  read_services(loading, keys);
  read_wave_rules(loading, keys);
  read_life_rules(loading, keys);
  read_replenishment(loading, keys);
  read_routing(loading, keys);
  keys.reject_others();
}

}  // namespace

void read_plan(Loading& loading) {
  const std::optional<std::string> text = read_file(loading, plan_file);
  if (!text.has_value()) {
    return;
  }
  try {
    read_top(loading, toml::parse(*text));
  } catch (const toml::parse_error& error) {
    loading.problems.add({.file = display_name(loading, plan_file),
                          .line = error.source().begin.line,
                          .text = std::string{error.description()}});
  }
}

}  // namespace millrace::network_reader
