// The settings of `millrace serve` (docs/operations.md), with their defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "adapters/config/settings.h"
#include "engine/core/limits.h"

namespace millrace {

struct ServeSettings {
  Endpoint listen{"127.0.0.1", 7400};
  std::filesystem::path port_file;  ///< where to write the port; empty: nowhere
  std::filesystem::path network;
  std::filesystem::path journal;

  std::string placement = "auto";
  bool pin = false;
  std::uint32_t io_threads = 1;
  std::uint32_t batches = 16;  ///< in flight

  Limits limits;
  bool touch_memory = true;
  /// commands_max and frame_bytes_max are settings; the others follow from them.
  BatchLimits batch;

  std::string token;  ///< empty: any client may come in
  std::uint32_t credit = 65'536;
  std::uint64_t inbound_bytes_max = 256ULL << 20U;
  std::uint32_t connections_max = 1024;
  std::chrono::milliseconds handshake_timeout{5000};
  std::chrono::milliseconds slow_reader_timeout{10'000};

  std::uint64_t segment_bytes = 64ULL << 20U;
  std::uint32_t spare_segments = 16;
  std::uint64_t snapshot_every_commands = 20'000'000;  ///< 0: none
  std::uint32_t keep_snapshots = 2;
  std::uint64_t snapshot_bytes_per_second = 100'000'000;  ///< 0: no limit
  bool put_away = true;
  std::uint16_t keep_finished_days = 7;

  bool events = true;
  std::uint64_t events_memory_bytes = 16ULL << 20U;
  std::uint64_t events_segment_bytes = 64ULL << 20U;
  std::uint64_t events_keep_bytes = 4ULL << 30U;
  std::chrono::milliseconds events_keep_age{std::chrono::hours{7 * 24}};

  bool plan_waves = true;
  std::chrono::milliseconds waves_budget{20};
  std::uint32_t waves_orders_max = 65'536;

  std::string log_format = "auto";
  std::string log_level = "info";
  std::chrono::milliseconds log_counters_every{60'000};
};

/// Adds every setting of `millrace serve`. resolve() then fills `values`, which outlives
/// `settings`.
void add_serve_settings(Settings& settings, ServeSettings& values);

}  // namespace millrace
