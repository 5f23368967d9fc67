// Names, bounds and explanations of the settings of `millrace serve`.
#include "adapters/config/serve_settings.h"

#include <algorithm>
#include <string>

#include "adapters/config/limit_settings.h"

namespace millrace {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t segment_bytes_min = 4ULL << 20U;
constexpr std::uint32_t lines_per_command = 8;
static_assert(wave_orders_limit >= lines_per_order_max);

void add_engine_settings(Settings& settings, ServeSettings& values) {
  settings.choice("placement", values.placement, {"auto", "one", "ends", "two", "staged"},
                  "Which thread runs which stages; auto goes by the number of cores");
  settings.flag("pin", values.pin, "Pin the threads of the stages to cores");
  settings.whole("batches", values.batches, {.min = 2, .max = 4096}, "Batches in flight");
  settings.whole("batch-commands", values.batch.commands_max,
                 {.min = 64, .max = widest_batch.commands_max},
                 "Most commands of one batch, and of one frame");
  settings.flag("touch-memory", values.touch_memory,
                "Take all memory at start, so that no page is zeroed while orders wait");
  for (const LimitSetting& limit : limit_settings) {
    settings.whole(std::string(limit.name), values.limits.*limit.value, limit.range,
                   std::string(limit.help));
  }
}

void add_connection_settings(Settings& settings, ServeSettings& values) {
  settings.whole("io-threads", values.io_threads, {.min = 1, .max = 64},
                 "Threads that serve connections");
  settings.secret("token", values.token,
                  "What a client must say to come in; none lets everybody in");
  settings.whole("credit", values.credit, {.min = 1, .max = 1U << 24U},
                 "Commands a connection may have unanswered");
  settings.bytes("inbound-bytes-max", values.inbound_bytes_max,
                 {.min = widest_batch.frame_bytes_max, .max = 1ULL << 40U},
                 "Received bytes that all connections may have on their way");
  settings.whole("connections-max", values.connections_max, {.min = 1, .max = 65'536},
                 "Connections at a time");
  settings.bytes("frame-bytes-max", values.batch.frame_bytes_max,
                 {.min = 4096, .max = widest_batch.frame_bytes_max, .multiple_of = 8},
                 "Largest frame");
  settings.duration("handshake-timeout", values.handshake_timeout, milliseconds{10},
                    std::chrono::minutes{10}, "How long a client may take to say hello");
  settings.duration("slow-reader-timeout", values.slow_reader_timeout, milliseconds{10},
                    std::chrono::hours{1}, "How long a client may leave its answers unread");
}

void add_journal_settings(Settings& settings, ServeSettings& values) {
  settings.bytes("segment-bytes", values.segment_bytes,
                 {.min = segment_bytes_min, .max = 1ULL << 40U, .multiple_of = 4096},
                 "Size of a journal segment");
  settings.whole("spare-segments", values.spare_segments, {.max = 100'000},
                 "Segments to zero ahead while little happens, for times of many orders");
  settings.whole("snapshot-every-commands", values.snapshot_every_commands, {},
                 "Take a snapshot once so many commands came; 0 takes none");
  settings.whole("keep-snapshots", values.keep_snapshots, {.min = 1, .max = 1000},
                 "Snapshots to keep");
  settings.bytes("snapshot-bytes-per-second", values.snapshot_bytes_per_second, {},
                 "Write and read back snapshots no faster; 0: as fast as the disk takes it");
  settings.flag(
      "put-away", values.put_away,
      "With each snapshot, put orders that are over into a file, and use their memory again");
  settings.whole("keep-finished-days", values.keep_finished_days, {.min = 0, .max = 3650},
                 "Days, by the journal's time, that an order stays in memory once it is over");
}

void add_event_settings(Settings& settings, ServeSettings& values) {
  settings.flag("events", values.events, "Keep a log of events in the journal directory");
  settings.bytes("events-memory", values.events_memory_bytes,
                 {.min = 256U << 10U, .max = 1ULL << 34U},
                 "Memory for the newest events, taken twice");
  settings.bytes("events-segment-bytes", values.events_segment_bytes,
                 {.min = 128U << 10U, .max = 1ULL << 40U}, "Size of a segment of events");
  settings.bytes("events-keep-bytes", values.events_keep_bytes, {},
                 "Drop the oldest events beyond so much");
  settings.duration("events-keep-age", values.events_keep_age, milliseconds{1},
                    std::chrono::hours{24 * 36'500},
                    "Drop events that are so much older than the newest");
}

void add_wave_settings(Settings& settings, ServeSettings& values) {
  settings.flag("plan-waves", values.plan_waves,
                "Plan waves where the network has templates for them");
  settings.duration("waves-budget", values.waves_budget, milliseconds{1}, std::chrono::seconds{60},
                    "How long a wave is thought over");
  settings.whole("waves-orders-max", values.waves_orders_max, {.min = 64, .max = 1U << 22U},
                 "Orders of a node that the planner looks at; others go first come, first served");
}

/// One frame and one wave always fit into an empty batch, and one batch into an empty segment.
std::optional<Problem> fit_batches(ServeSettings& values) {
  BatchLimits& batch = values.batch;
  batch.messages_max = batch.commands_max;
  batch.lines_max =
      std::clamp(batch.commands_max * lines_per_command, wave_orders_limit, widest_batch.lines_max);
  batch.bytes_max = std::max(batch.bytes_max, batch.frame_bytes_max);
  if (values.segment_bytes < 2 * std::uint64_t{batch.bytes_max}) {
    return Problem{.file = "settings",
                   .field = "segment-bytes",
                   .text = "a segment must have at least twice frame-bytes-max"};
  }
  return std::nullopt;
}

}  // namespace

void add_serve_settings(Settings& settings, ServeSettings& values) {
  settings.endpoint("listen", values.listen, "Where to listen; port 0 takes any free one");
  settings.path("port-file", values.port_file, "File to write the port to once it listens");
  settings.path("network", values.network, "Network directory");
  settings.path("journal", values.journal, "Journal directory; made if it does not exist");
  settings.require("network");
  settings.require("journal");
  add_engine_settings(settings, values);
  add_connection_settings(settings, values);
  add_journal_settings(settings, values);
  add_event_settings(settings, values);
  add_wave_settings(settings, values);
  settings.choice("log-format", values.log_format, {"auto", "json", "text"},
                  "auto is text on a terminal and JSON elsewhere");
  settings.choice("log-level", values.log_level, {"debug", "info", "warning", "error"},
                  "Least level that is logged");
  settings.duration("log-counters-every", values.log_counters_every, milliseconds{10},
                    std::chrono::hours{24}, "How often what changed on connections is logged");
  settings.rule([&values] { return fit_batches(values); });
  settings.rule([&values]() -> std::optional<Problem> {
    values.limits.touch = values.touch_memory ? Touch::at_start : Touch::as_used;
    return std::nullopt;
  });
}

}  // namespace millrace
