// The log of the millrace binary.
#include "tools/millrace/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iterator>
#include <string>

namespace millrace::tools {

namespace {

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_value(std::string& out, const LogField& field, bool quote) {
  if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
    out += std::to_string(*number);
  } else if (quote) {
    append_quoted(out, std::get<std::string_view>(field.value));
  } else {
    out += std::get<std::string_view>(field.value);
  }
}

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms);
}

}  // namespace

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "?";
}

void Log::write(LogLevel level, std::string_view event, std::span<const LogField> fields) {
  if (level < least_) {
    return;
  }
  std::string line;
  if (format_ == LogFormat::json) {
    line = fmt::format(R"({{"time":"{}","level":"{}","event":)", timestamp(), level_name(level));
    append_quoted(line, event);
    for (const LogField& field : fields) {
      line += ',';
      append_quoted(line, field.key);
      line += ':';
      append_value(line, field, true);
    }
    line += '}';
  } else {
    line = fmt::format("{} {:<7} {}", timestamp(), level_name(level), event);
    for (const LogField& field : fields) {
      line += fmt::format("  {}=", field.key);
      append_value(line, field, false);
    }
  }
  line += '\n';
  const std::lock_guard lock(mutex_);
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

LogFormat default_log_format() {
  return ::isatty(STDERR_FILENO) != 0 ? LogFormat::text : LogFormat::json;
}

}  // namespace millrace::tools
