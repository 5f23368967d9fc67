// What a run comes to: for people, as JSON, and as CSV for tables of many runs.
#pragma once

#include <string>

#include "tools/load/run.h"
#include "tools/load/verify.h"

namespace millrace::load {

[[nodiscard]] std::string text_report(const RunResult& result);
[[nodiscard]] std::string text_report(const VerifyResult& result);

/// One object; `verified` may be null.
[[nodiscard]] std::string json_report(const RunResult& result, const VerifyResult* verified);
[[nodiscard]] std::string json_report(const VerifyResult& result);

/// A header line and a line of figures.
[[nodiscard]] std::string csv_report(const RunResult& result);

}  // namespace millrace::load
