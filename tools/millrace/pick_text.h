// A wave as pick lists to read, to import and to print.
#pragma once

#include <string>
#include <vector>

#include "adapters/config/network_files.h"
#include "engine/advisors/pick_list.h"
#include "engine/core/command.h"

namespace millrace::tools {

/// One release of a wave.
struct PickedWave {
  std::uint64_t wave = 0;
  Sequence sequence{0};  ///< of the release
  Time time{0};
  NodeIndex node{};
  Day ship_day{};
  WaveReason reason{};
  std::string template_name;  ///< empty: first come, first served
  PickMode mode = PickMode::batch;
  std::vector<PickOrder> orders;
  std::vector<WaveAisle> aisles;  ///< of a planned wave
  std::vector<PickBatch> batches;
};

[[nodiscard]] const char* name_of(WaveReason reason);

/// A line a stop, with a header.
[[nodiscard]] std::string pick_csv(const PickedWave& wave, const NetworkFiles& files,
                                   const FloorStock& stock);
/// One object.
[[nodiscard]] std::string pick_json(const PickedWave& wave, const NetworkFiles& files,
                                    const FloorStock& stock);
/// A page with barcodes (Code 128) of order, bin and SKU, to be printed: each batch begins a sheet.
[[nodiscard]] std::string pick_html(const PickedWave& wave, const NetworkFiles& files,
                                    const FloorStock& stock);

}  // namespace millrace::tools
