// The server's counters in the log.
#include "tools/millrace/counter_log.h"

#include <tuple>
#include <vector>

namespace millrace::tools {

namespace {

auto tell_tale(const ServerCounters& counters) {
  return std::tie(counters.connections_open, counters.connections_accepted,
                  counters.connections_refused, counters.slow_readers_dropped,
                  counters.answers_dropped, counters.inbound_room_awaited, counters.errors);
}

}  // namespace

void CounterLog::write(const ServerCounters& counters) {
  written_ = counters;
  std::vector<LogField> fields{{"open", counters.connections_open},
                               {"accepted", counters.connections_accepted},
                               {"turned_away", counters.connections_refused},
                               {"slow_readers", counters.slow_readers_dropped},
                               {"answers_dropped", counters.answers_dropped},
                               {"inbound_bytes", counters.inbound_bytes},
                               {"inbound_room_awaited", counters.inbound_room_awaited},
                               {"frames", counters.frames_in},
                               {"commands", counters.commands_in},
                               {"answers", counters.answers_out},
                               {"availability_reads", counters.availability_reads},
                               {"subscribers", counters.subscribers},
                               {"events_out", counters.events_out},
                               {"bytes_in", counters.bytes_in},
                               {"bytes_out", counters.bytes_out}};
  std::uint64_t refused = 0;
  for (const std::uint64_t count : counters.errors) {
    refused += count;
  }
  fields.push_back({"refused", refused});
  for (std::size_t code = 0; code < counters.errors.size(); ++code) {
    if (counters.errors[code] > 0) {
      fields.push_back({error_name(static_cast<ErrorCode>(code)), counters.errors[code]});
    }
  }
  log_.write(LogLevel::info, "connections", fields);
}

void CounterLog::write_if_changed(const ServerCounters& counters) {
  if (tell_tale(counters) != tell_tale(written_)) {
    write(counters);
  }
}

}  // namespace millrace::tools
