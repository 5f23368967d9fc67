// What lives came to, for a person and for programs.
#pragma once

#include <string>

#include "tools/load/life_ledger.h"
#include "tools/load/run.h"

namespace millrace::load {

[[nodiscard]] std::string text_report(const LifeTotals& lives, const RunResult& run);

/// A JSON object.
[[nodiscard]] std::string json_report(const LifeTotals& lives, const RunResult& run);

}  // namespace millrace::load
