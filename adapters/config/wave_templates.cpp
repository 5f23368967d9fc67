// Reads waves.toml: how waves are planned, and where.
#include <algorithm>
#include <array>
#include <string>

#include "adapters/config/network_reader.h"
#include "adapters/config/text_value.h"
#include "adapters/config/toml_keys.h"

namespace millrace::network_reader {
namespace {

constexpr const char* waves_file = "waves.toml";
/// Orders and aisles of a release fit into one command.
constexpr std::int64_t orders_in_wave_max = 3'000;
constexpr std::int64_t large = 1'000'000'000;

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};

constexpr std::array<Named<PickMode>, 4> modes{{{"single", PickMode::single},
                                                {"batch", PickMode::batch},
                                                {"zone", PickMode::zone},
                                                {"wave", PickMode::wave}}};
constexpr std::array<Named<HandOver>, 2> hand_overs{
    {{"consolidate", HandOver::consolidate}, {"pass", HandOver::pass}}};
constexpr std::array<Named<ShipmentType>, 3> types{{{"single_unit", ShipmentType::single_unit},
                                                    {"single_line", ShipmentType::single_line},
                                                    {"multi_line", ShipmentType::multi_line}}};

template <class List>
std::string names_of(const List& list) {
  std::string names;
  for (const auto& each : list) {
    names += (names.empty() ? "" : ", ") + std::string{each.name};
  }
  return names;
}

/// One of the names in a list, which may be left out.
template <class Value, std::size_t size>
void read_name(Keys& keys, std::string_view key, const std::array<Named<Value>, size>& list,
               Value& value) {
  const toml::node* const node = keys.find(key);
  if (node == nullptr) {
    return;
  }
  const std::string name = node->value_exact<std::string>().value_or("");
  for (const Named<Value>& each : list) {
    if (each.name == name) {
      value = each.value;
      return;
    }
  }
  keys.error(node->source().begin.line, key, "one of " + names_of(list) + " is wanted here");
}

template <class Value>
void read_whole(Keys& keys, std::string_view key, std::int64_t min, std::int64_t max,
                Value& value) {
  if (const toml::node* const node = keys.find(key); node != nullptr) {
    if (const auto read = keys.whole_of(*node, key, min, max)) {
      value = static_cast<Value>(*read);
    }
  }
}

void read_duration(Keys& keys, std::string_view key, std::uint64_t& value) {
  if (const toml::node* const node = keys.find(key); node != nullptr) {
    value = keys.duration_us_of(*node, key).value_or(value);
  }
}

void read_weight(Keys& keys, std::string_view key, std::uint64_t& value) {
  const toml::node* const node = keys.find(key);
  if (node == nullptr) {
    return;
  }
  const auto grams = parse_weight(node->value_exact<std::string>().value_or(""));
  if (!grams) {
    keys.error(node->source().begin.line, key, "a weight such as \"500 kg\" is wanted here");
  }
  value = grams.value_or(0);
}

void read_measure(Keys& keys, const std::string& end, WaveMeasure& measure) {
  read_whole(keys, "orders" + end, 1, large, measure.orders);
  read_whole(keys, "lines" + end, 1, large, measure.lines);
  read_whole(keys, "units" + end, 1, large, measure.units);
  read_weight(keys, "weight" + end, measure.grams);
}

/// A table within a template, which may be left out.
template <class Read>
void read_table(Loading& loading, Keys& top, std::string_view key, const std::string& prefix,
                Read read) {
  const toml::node* const node = top.find(key);
  if (node == nullptr) {
    return;
  }
  if (!node->is_table()) {
    top.error(node->source().begin.line, key, "this is written as a table");
    return;
  }
  Keys keys{loading, waves_file, *node->as_table(), prefix + std::string{key} + "."};
  read(keys);
  keys.reject_others();
}

void read_trigger(Keys& keys, WaveTrigger& trigger) {
  read_measure(keys, "_min", trigger.least);
  read_measure(keys, "_max", trigger.most);
  read_duration(keys, "age", trigger.age_us);
  read_duration(keys, "cutoff_lead", trigger.lead_us);
  read_duration(keys, "interval", trigger.interval_us);
  read_whole(keys, "idle_pickers", 1, 10'000, trigger.idle_pickers);
}

void read_wave(Keys& keys, WaveTemplate& rules) {
  read_whole(keys, "units_min", 1, large, rules.units_min);
  read_whole(keys, "units_max", 1, large, rules.units_max);
  read_whole(keys, "orders_max", 1, orders_in_wave_max, rules.orders_max);
  read_whole(keys, "lines_max", 1, large, rules.lines_max);
  read_weight(keys, "weight_max", rules.grams_max);
  read_whole(keys, "open_max", 1, large, rules.open_max);
  if (rules.units_min > rules.units_max) {
    keys.error(keys.line(), "units_min", "this is more than units_max");
  }
  if (const toml::node* const node = keys.find("may_join"); node != nullptr) {
    const auto value = node->value_exact<bool>();
    if (!value) {
      keys.error(node->source().begin.line, "may_join", "true or false is wanted here");
    }
    rules.may_join = value.value_or(false);
  }
}

void read_pick(Keys& keys, WaveTemplate& rules) {
  read_name(keys, "mode", modes, rules.mode);
  read_name(keys, "hand_over", hand_overs, rules.hand_over);
  read_whole(keys, "totes", 1, 1'000, rules.totes);
  read_whole(keys, "tote_units", 1, 1'000'000, rules.tote_units);
  read_whole(keys, "pickers", 1, 10'000, rules.pickers);
}

/// A list of texts that may be left out: calls use(line, text) for each.
template <class Use>
void read_list(Keys& keys, std::string_view key, Use use) {
  if (keys.find(key) == nullptr) {
    return;
  }
  keys.each(key, [&](const toml::node& node) {
    if (const auto text = keys.text_of(node, key)) {
      use(node.source().begin.line, *text);
    }
  });
}

/// Services by name and by carrier; both must fit.
void read_services(Loading& loading, Keys& keys, WaveTemplate& rules) {
  const auto bits_of = [&](std::string_view key, auto fits) {
    std::uint32_t bits = keys.has(key) ? 0U : ~0U;
    read_list(keys, key, [&](std::uint32_t line, const std::string& name) {
      std::uint32_t found = 0;
      for (std::size_t at = 0; at < loading.plan.services.size(); ++at) {
        found |= fits(loading.plan.services[at], name) ? 1U << at : 0U;
      }
      if (found == 0) {
        keys.error(line, key, in_quotes(name) + " is in no [[service]] of network.toml");
      }
      bits |= found;
    });
    return bits;
  };
  const std::uint32_t by_name = bits_of(
      "services", [](const auto& service, const auto& name) { return service.name == name; });
  const std::uint32_t by_carrier = bits_of(
      "carriers", [](const auto& service, const auto& name) { return service.carrier == name; });
  rules.services = by_name & by_carrier;
}

void read_places(Loading& loading, Keys& keys, WaveTemplateRow& row) {
  const NetworkFiles& files = loading.files;
  std::vector<bool> has_aisles(files.network.nodes.size(), false);
  for (const Aisle& aisle : files.aisles) {
    has_aisles[files.pick_zones[aisle.pick_zone].node.value] = true;
  }
  read_list(keys, "nodes", [&](std::uint32_t line, const std::string& code) {
    const auto node = loading.node_by_code.find(code);
    if (node == loading.node_by_code.end()) {
      keys.error(line, "nodes", "there is no node " + in_quotes(code) + " in nodes.csv");
    } else if (!has_aisles[node->second.value]) {
      keys.error(line, "nodes", "the node " + in_quotes(code) + " has no aisle in aisles.csv");
    } else {
      row.nodes.push_back(node->second);
    }
  });
  for (std::uint16_t node = 0; !keys.has("nodes") && node < has_aisles.size(); ++node) {
    if (has_aisles[node]) {
      row.nodes.push_back(NodeIndex{node});
    }
  }
  std::sort(row.nodes.begin(), row.nodes.end());
  read_list(keys, "zones", [&](std::uint32_t line, const std::string& code) {
    const bool known = std::any_of(files.pick_zones.begin(), files.pick_zones.end(),
                                   [&](const PickZone& zone) { return zone.code == code; });
    if (!known) {
      keys.error(line, "zones", "no node has a pick zone " + in_quotes(code));
    }
    row.zones.push_back(code);
  });
}

void read_template(Loading& loading, const toml::table& table, std::size_t index) {
  const std::string prefix = "template[" + std::to_string(index) + "].";
  Keys keys{loading, waves_file, table, prefix};
  WaveTemplateRow row;
  row.rules.name = keys.text("name").value_or("");
  read_places(loading, keys, row);
  read_services(loading, keys, row.rules);
  if (keys.has("types")) {
    row.rules.types = 0;
  }
  read_list(keys, "types", [&](std::uint32_t line, const std::string& name) {
    const auto found = std::find_if(types.begin(), types.end(),
                                    [&](const auto& each) { return each.name == name; });
    if (found == types.end()) {
      keys.error(line, "types", "one of " + names_of(types) + " is wanted here");
    } else {
      row.rules.types |= static_cast<std::uint8_t>(found->value);
    }
  });
  read_table(loading, keys, "trigger", prefix,
             [&](Keys& inner) { read_trigger(inner, row.rules.trigger); });
  read_table(loading, keys, "wave", prefix, [&](Keys& inner) { read_wave(inner, row.rules); });
  read_table(loading, keys, "pick", prefix, [&](Keys& inner) { read_pick(inner, row.rules); });
  keys.reject_others();
  for (const NodeIndex node : row.nodes) {
    loading.files.network.nodes[node.value].plans_waves = true;
  }
  loading.files.wave_templates.push_back(std::move(row));
}

void read_top(Loading& loading, const toml::table& table) {
  Keys keys{loading, waves_file, table, ""};
  WaveRules& rules = loading.files.network.wave;
  read_duration(keys, "fallback_age", rules.planned_age_us_max);
  read_duration(keys, "fallback_lead", rules.planned_lead_us);
  const toml::node* const node = keys.need("template");
  const toml::array* const list = node == nullptr ? nullptr : node->as_array();
  if (node != nullptr && (list == nullptr || list->empty() || !list->is_array_of_tables())) {
    keys.error(node->source().begin.line, "template", "templates are written as [[template]]");
    return;
  }
  if (list != nullptr && list->size() > wave_templates_max) {
    keys.error(node->source().begin.line, "template",
               "at most " + std::to_string(wave_templates_max) + " templates are possible");
    return;
  }
  for (std::size_t at = 0; list != nullptr && at < list->size(); ++at) {
    read_template(loading, *list->get_as<toml::table>(at), at);
  }
  keys.reject_others();
}

}  // namespace

void read_wave_templates(Loading& loading) {
  if (!has_file(loading, waves_file)) {
    return;
  }
  const std::optional<std::string> text = read_file(loading, waves_file);
  if (!text.has_value()) {
    return;
  }
  try {
    read_top(loading, toml::parse(*text));
  } catch (const toml::parse_error& error) {
    loading.problems.add({.file = display_name(loading, waves_file),
                          .line = error.source().begin.line,
                          .text = std::string{error.description()}});
  }
}

}  // namespace millrace::network_reader
