// `millrace serve`: settles the configuration and serves.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "adapters/config/serve_settings.h"
#include "adapters/config/settings.h"
#include "tools/millrace/commands.h"
#include "tools/millrace/log.h"
#include "tools/millrace/service.h"

namespace millrace::tools {

namespace {

LogFormat log_format(const std::string& name) {
  if (name == "auto") {
    return default_log_format();
  }
  return name == "json" ? LogFormat::json : LogFormat::text;
}

LogLevel log_level(const std::string& name) {
  for (const LogLevel level : {LogLevel::debug, LogLevel::info, LogLevel::warning}) {
    if (name == level_name(level)) {
      return level;
    }
  }
  return LogLevel::error;
}

struct Command {
  Settings settings;
  ServeSettings values;
};

int run(Command& command) {
  const bool sound = command.settings.resolve(process_environment());
  for (const Problem& problem : command.settings.problems().kept()) {
    fmt::print(stderr, "serve: {}\n", to_string(problem));
  }
  if (!sound) {
    return exit_usage;
  }
  if (command.settings.wants_print()) {
    fmt::print("{}", command.settings.table());
    return exit_ok;
  }
  Log log(log_format(command.values.log_format), log_level(command.values.log_level));
  return serve(command.values, log);
}

}  // namespace

void add_serve(CLI::App& app, int& exit_code) {
  auto command = std::make_shared<Command>();
  add_serve_settings(command->settings, command->values);
  CLI::App* const sub = app.add_subcommand("serve", "Serve orders over TCP, durably");
  command->settings.bind(*sub);
  sub->callback([command, &exit_code] { exit_code = run(*command); });
}

}  // namespace millrace::tools
