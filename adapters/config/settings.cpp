// Settles what each setting is. The sources are read from the weakest to the strongest, so that a
// bad value is reported even where a stronger source hides it.
#include "adapters/config/settings.h"

#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <fstream>
#include <iterator>

#include "adapters/config/text_value.h"

namespace millrace {
namespace {

constexpr std::string_view variable_prefix = "MILLRACE_";

std::string list_of(const std::vector<std::string>& choices) {
  std::string out;
  for (const std::string& choice : choices) {
    out += out.empty() ? "" : "|";
    out += choice;
  }
  return out;
}

std::string shown_number(std::uint64_t value, bool is_bytes) {
  return is_bytes ? format_bytes(value) : std::to_string(value);
}

/// What a number must be, for help and for messages.
std::string type_of(const Settings::Range& range, bool is_bytes) {
  std::string out = is_bytes ? "a size" : "a whole number";
  if (range.power_of_two) {
    out += ", a power of two,";
  } else if (range.multiple_of > 1) {
    out += ", a multiple of ";
    out += shown_number(range.multiple_of, is_bytes);
    out += ',';
  }
  out += " from ";
  out += shown_number(range.min, is_bytes);
  if (range.max != std::numeric_limits<std::uint64_t>::max()) {
    out += " to ";
    out += shown_number(range.max, is_bytes);
  }
  return out;
}

bool is_within(std::uint64_t value, const Settings::Range& range) {
  return value >= range.min && value <= range.max && value % range.multiple_of == 0 &&
         (!range.power_of_two || std::has_single_bit(value));
}

}  // namespace

std::optional<std::string> whole_number_problem(const std::string& text,
                                                const Settings::Range& range) {
  const std::optional<std::uint64_t> parsed = parse_whole(text);
  if (!parsed.has_value() || !is_within(*parsed, range)) {
    return in_quotes(text) + " is not " + type_of(range, false);
  }
  return std::nullopt;
}

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (text.starts_with(variable_prefix) && equals != std::string_view::npos) {
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return environment;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    // Without brackets nobody knows where such an address ends and its port begins.
    return std::nullopt;
  }
  const std::optional<std::uint64_t> port = parse_whole(text.substr(colon + 1));
  if (host.empty() || !port.has_value() || *port > std::numeric_limits<std::uint16_t>::max()) {
    return std::nullopt;
  }
  return Endpoint{std::string{host}, static_cast<std::uint16_t>(*port)};
}

std::string to_string(const Endpoint& endpoint) {
  const bool has_colon = endpoint.host.find(':') != std::string::npos;
  std::string out = has_colon ? "[" : "";
  out += endpoint.host;
  out += has_colon ? "]:" : ":";
  out += std::to_string(endpoint.port);
  return out;
}

std::string variable_name(std::string_view setting) {
  std::string name{variable_prefix};
  for (const char c : setting) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

Settings::Settings() = default;

Settings::Setting& Settings::add(std::string name, std::string help, std::string type,
                                 std::string shown) {
  Setting& setting = settings_.emplace_back();
  setting.name = std::move(name);
  setting.help = std::move(help);
  setting.type = std::move(type);
  setting.shown = std::move(shown);
  return setting;
}

void Settings::text(std::string name, std::string& target, std::string help) {
  Setting& setting = add(std::move(name), std::move(help), "a text", target);
  setting.set = [&target](const std::string& value) {
    target = value;
    return std::nullopt;
  };
}

void Settings::secret(std::string name, std::string& target, std::string help) {
  text(std::move(name), target, std::move(help));
  settings_.back().is_secret = true;
}

void Settings::path(std::string name, std::filesystem::path& target, std::string help) {
  Setting& setting = add(std::move(name), std::move(help), "a path", target.string());
  setting.is_path = true;
  setting.set = [&target](const std::string& value) -> std::optional<std::string> {
    if (value.empty()) {
      return "a path is wanted";
    }
    target = value;
    return std::nullopt;
  };
}

void Settings::choice(std::string name, std::string& target, std::vector<std::string> choices,
                      std::string help) {
  Setting& setting = add(std::move(name), std::move(help), list_of(choices), target);
  setting.set = [&target, choices = std::move(choices)](
                    const std::string& value) -> std::optional<std::string> {
    if (std::ranges::find(choices, value) == choices.end()) {
      return in_quotes(value) + " is none of " + list_of(choices);
    }
    target = value;
    return std::nullopt;
  };
}

void Settings::endpoint(std::string name, Endpoint& target, std::string help) {
  Setting& setting = add(std::move(name), std::move(help), "HOST:PORT", to_string(target));
  setting.set = [&target](const std::string& value) -> std::optional<std::string> {
    const std::optional<Endpoint> parsed = parse_endpoint(value);
    if (!parsed.has_value()) {
      return in_quotes(value) + " is not an address such as 127.0.0.1:7400";
    }
    target = *parsed;
    return std::nullopt;
  };
}

void Settings::flag(std::string name, bool& target, std::string help) {
  Setting& setting = add(std::move(name), std::move(help), "true|false", target ? "true" : "false");
  setting.is_flag = true;
  setting.set = [&target](const std::string& value) -> std::optional<std::string> {
    if (value != "true" && value != "false") {
      return in_quotes(value) + " is neither true nor false";
    }
    target = value == "true";
    return std::nullopt;
  };
}

void Settings::duration(std::string name, std::chrono::milliseconds& target,
                        std::chrono::milliseconds min, std::chrono::milliseconds max,
                        std::string help) {
  const std::string type =
      "a duration from " + format_duration(min) + " to " + format_duration(max);
  Setting& setting = add(std::move(name), std::move(help), type, format_duration(target));
  setting.set = [&target, min, max, type](const std::string& value) -> std::optional<std::string> {
    const std::optional<std::chrono::milliseconds> parsed = parse_duration(value);
    if (!parsed.has_value() || *parsed < min || *parsed > max) {
      return in_quotes(value) + " is not " + type;
    }
    target = *parsed;
    return std::nullopt;
  };
}

void Settings::add_number(std::string name, std::string help, Range range, bool is_bytes,
                          std::uint64_t value, std::function<void(std::uint64_t)> set) {
  const std::string type = type_of(range, is_bytes);
  Setting& setting = add(std::move(name), std::move(help), type, shown_number(value, is_bytes));
  setting.is_number = true;
  setting.set = [range, is_bytes, type,
                 set = std::move(set)](const std::string& text) -> std::optional<std::string> {
    const std::optional<std::uint64_t> parsed = is_bytes ? parse_bytes(text) : parse_whole(text);
    if (!parsed.has_value() || !is_within(*parsed, range)) {
      return in_quotes(text) + " is not " + type;
    }
    set(*parsed);
    return std::nullopt;
  };
}

void Settings::require(std::string_view name) {
  find(name)->is_required = true;
}

Settings::Setting* Settings::find(std::string_view name) {
  const auto found = std::ranges::find(settings_, name, &Setting::name);
  return found == settings_.end() ? nullptr : &*found;
}

void Settings::bind(CLI::App& command) {
  for (Setting& setting : settings_) {
    std::string flag = "--" + setting.name;
    const std::string help =
        setting.help +
        (setting.shown.empty() || setting.is_secret ? "" : " [" + setting.shown + ']');
    if (setting.is_flag) {
      setting.option = command.add_flag(flag + "{true}", setting.flag_text, help);
    } else {
      setting.option = command.add_option(flag, setting.flag_text, help);
      setting.option->type_name(setting.type.find(' ') == std::string::npos ? setting.type : "");
    }
  }
  command.add_option("--config", config_flag_, "TOML file with settings")->type_name("FILE");
  command.add_flag("--print-config", wants_print_,
                   "Print every setting, its value and where that came from, and exit");
}

bool Settings::resolve(const Environment& environment) {
  const auto variable = environment.find(variable_name("config"));
  if (!config_flag_.empty()) {
    read_file(config_flag_);
  } else if (variable != environment.end()) {
    read_file(variable->second);
  }
  read_environment(environment);
  read_flags();
  check_required();
  // Rules look at several values, so each of these must be sound by itself first.
  for (std::size_t i = 0; i < rules_.size() && problems_.errors() == 0; ++i) {
    if (std::optional<Problem> broken = rules_[i](); broken.has_value()) {
      problems_.add(std::move(*broken));
    }
  }
  return problems_.errors() == 0;
}

void Settings::apply(Setting& setting, const std::string& value, Source source) {
  if (std::optional<std::string> wrong = setting.set(value); wrong.has_value()) {
    problems_.add({.file = std::move(source.file),
                   .line = source.line,
                   .field = std::move(source.field),
                   .text = std::move(*wrong)});
    return;
  }
  setting.shown = value;
  setting.source = std::move(source.shown);
}

void Settings::read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    problems_.add({.file = file.string(), .text = "the file cannot be read"});
    return;
  }
  try {
    const toml::table table = toml::parse(text);
    for (const auto& [key, node] : table) {
      const Source source{file.string(), node.source().begin.line, std::string{key.str()},
                          file.string() + ':' + std::to_string(node.source().begin.line)};
      const auto report = [&](std::string what) {
        problems_.add({.file = source.file,
                       .line = source.line,
                       .field = source.field,
                       .text = std::move(what)});
      };
      Setting* const setting = find(key.str());
      const std::optional<std::int64_t> number = node.value_exact<std::int64_t>();
      if (setting == nullptr) {
        report("there is no such setting");
      } else if (setting->is_flag && node.is_boolean()) {
        apply(*setting, node.value_exact<bool>().value_or(false) ? "true" : "false", source);
      } else if (setting->is_number && number.has_value()) {
        apply(*setting, std::to_string(*number), source);
      } else if (!setting->is_flag && node.is_string()) {
        std::string value = node.value_exact<std::string>().value_or("");
        if (setting->is_path && !value.empty()) {
          value = (file.parent_path() / value).string();
        }
        apply(*setting, value, source);
      } else {
        report("the value is of the wrong type; wanted is " + setting->type);
      }
    }
  } catch (const toml::parse_error& error) {
    problems_.add({.file = file.string(),
                   .line = error.source().begin.line,
                   .text = std::string{error.description()}});
  }
}

void Settings::read_environment(const Environment& environment) {
  for (Setting& setting : settings_) {
    const auto found = environment.find(variable_name(setting.name));
    if (found != environment.end()) {
      apply(setting, found->second, {"environment", 0, found->first, "variable " + found->first});
    }
  }
  std::vector<std::string> known{variable_name("config")};
  for (const Setting& setting : settings_) {
    known.push_back(variable_name(setting.name));
  }
  for (const auto& [name, value] : environment) {
    if (name.starts_with(variable_prefix) && std::ranges::find(known, name) == known.end()) {
      problems_.add({.severity = Severity::warning,
                     .file = "environment",
                     .field = name,
                     .text = "there is no such setting"});
    }
  }
}

void Settings::read_flags() {
  for (Setting& setting : settings_) {
    if (setting.option != nullptr && setting.option->count() > 0) {
      const std::string name = "--" + setting.name;
      apply(setting, setting.flag_text, {"command line", 0, name, "flag " + name});
    }
  }
}

void Settings::check_required() {
  for (const Setting& setting : settings_) {
    if (setting.is_required && setting.source == "default") {
      problems_.add({.file = "settings",
                     .field = setting.name,
                     .text = "it has no default: give --" + setting.name + ", " +
                             variable_name(setting.name) + " or the key in the file"});
    }
  }
}

std::string Settings::table() const {
  const auto value_of = [](const Setting& setting) -> std::string {
    if (setting.is_secret) {
      return setting.shown.empty() ? "(none)" : "(set)";
    }
    return setting.shown.empty() ? "(none)" : setting.shown;
  };
  std::size_t name_width = std::string_view{"setting"}.size();
  std::size_t value_width = std::string_view{"value"}.size();
  for (const Setting& setting : settings_) {
    name_width = std::max(name_width, setting.name.size());
    value_width = std::max(value_width, value_of(setting).size());
  }
  std::string out;
  const auto line = [&](std::string name, std::string value, const std::string& source) {
    name.resize(name_width + 2, ' ');
    value.resize(value_width + 2, ' ');
    out += name + value + source + '\n';
  };
  line("setting", "value", "source");
  for (const Setting& setting : settings_) {
    line(setting.name, value_of(setting), setting.source);
  }
  return out;
}

}  // namespace millrace
