// The server's counters in the log: what happened on its connections, and what was refused.
#pragma once

#include "adapters/tcp/server.h"
#include "tools/millrace/log.h"

namespace millrace::tools {

class CounterLog {
 public:
  explicit CounterLog(Log& log) : log_(log) {}

  /// One line of the counters as they are.
  void write(const ServerCounters& counters);

  /// The same, unless nothing happened since the last line but that frames came and were answered.
  void write_if_changed(const ServerCounters& counters);

 private:
  Log& log_;
  ServerCounters written_;
};

}  // namespace millrace::tools
