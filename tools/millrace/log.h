// The log of the millrace binary: one line an event on stderr, as JSON or, on a terminal, as text.
// Never used on a pipeline thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>

#include "adapters/tcp/server.h"

namespace millrace::tools {

enum class LogFormat : std::uint8_t { text, json };

class Log {
 public:
  Log(LogFormat format, LogLevel least) : format_(format), least_(least) {}

  /// Writes the event with its fields; any thread.
  void write(LogLevel level, std::string_view event, std::span<const LogField> fields);

  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    write(level, event, std::span(fields.begin(), fields.size()));
  }

 private:
  LogFormat format_;
  LogLevel least_;
  std::mutex mutex_;
};

[[nodiscard]] std::string_view level_name(LogLevel level);

/// JSON where stderr is no terminal.
[[nodiscard]] LogFormat default_log_format();

}  // namespace millrace::tools
