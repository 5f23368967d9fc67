// A running Millrace: recovers the journal, wires disk, engine, pipeline, snapshots and TCP server
// together, and takes them apart again in order.
#pragma once

#include <cstdint>

#include "adapters/config/serve_settings.h"
#include "tools/millrace/log.h"

namespace millrace::tools {

/// Serves until SIGTERM or SIGINT, then drains. Returns an exit code of commands.h.
[[nodiscard]] int serve(const ServeSettings& settings, Log& log);

}  // namespace millrace::tools
