// Names, bounds and explanations of the settings of `millrace serve`.
#include "adapters/config/serve_settings.h"

#include <algorithm>

namespace millrace {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t segment_bytes_min = 4ULL << 20U;
constexpr std::uint32_t lines_per_command = 8;
/// Indexes of orders, slices and rows are 32-bit, and the last one means none.
constexpr std::uint64_t records_most = 1ULL << 31U;

void add_engine_settings(Settings& settings, ServeSettings& values) {
  settings.choice("placement", values.placement, {"auto", "one", "two", "staged"},
                  "Which thread runs which stages; auto goes by the number of cores");
  settings.flag("pin", values.pin, "Pin the threads of the stages to cores");
  settings.whole("batches", values.batches, {.min = 2, .max = 4096}, "Batches in flight");
  settings.whole("batch-commands", values.batch.commands_max,
                 {.min = 64, .max = widest_batch.commands_max},
                 "Most commands of one batch, and of one frame");
  settings.whole("shards", values.limits.shards, {.min = 1, .max = 1024, .power_of_two = true},
                 "Memory blocks of the stock table");
  settings.flag("touch-memory", values.touch_memory,
                "Take all memory at start, so that no page is zeroed while orders wait");
  settings.whole("skus-max", values.limits.skus_max, {.min = 1, .max = records_most}, "SKUs");
  settings.whole("orders-max", values.limits.orders_max, {.min = 1, .max = records_most},
                 "Order records");
  settings.whole("slices-max", values.limits.slices_max, {.min = 1, .max = records_most},
                 "Pieces of order lines");
  settings.whole("backorders-max", values.limits.backorders_max, {.min = 1, .max = records_most},
                 "Slices that wait for stock");
  settings.whole("commands-max", values.limits.commands_max, {.min = 1, .max = records_most},
                 "Commands other than orders whose answers are remembered");
}

void add_connection_settings(Settings& settings, ServeSettings& values) {
  settings.whole("io-threads", values.io_threads, {.min = 1, .max = 64},
                 "Threads that serve connections");
  settings.secret("token", values.token,
                  "What a client must say to come in; none lets everybody in");
  settings.whole("credit", values.credit, {.min = 1, .max = 1U << 24U},
                 "Commands a connection may have unanswered");
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
  settings.whole("snapshot-every-commands", values.snapshot_every_commands, {},
                 "Take a snapshot once so many commands came; 0 takes none");
  settings.whole("keep-snapshots", values.keep_snapshots, {.min = 1, .max = 1000},
                 "Snapshots to keep");
}

/// One frame always fits into an empty batch, and one batch into an empty segment.
std::optional<Problem> fit_batches(ServeSettings& values) {
  BatchLimits& batch = values.batch;
  batch.messages_max = batch.commands_max;
  batch.lines_max = std::clamp(batch.commands_max * lines_per_command, lines_per_order_max,
                               widest_batch.lines_max);
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
  settings.choice("log-format", values.log_format, {"auto", "json", "text"},
                  "auto is text on a terminal and JSON elsewhere");
  settings.choice("log-level", values.log_level, {"debug", "info", "warning", "error"},
                  "Least level that is logged");
  settings.rule([&values] { return fit_batches(values); });
  settings.rule([&values]() -> std::optional<Problem> {
    values.limits.touch = values.touch_memory ? Touch::at_start : Touch::as_used;
    return std::nullopt;
  });
}

}  // namespace millrace
