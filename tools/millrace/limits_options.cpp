// Flags for the limits of an engine that replays a journal.
#include "tools/millrace/limits_options.h"

#include <algorithm>
#include <string>

namespace millrace::tools {

void LimitsOptions::add(CLI::App& command) {
  for (std::size_t at = 0; at < limit_settings.size(); ++at) {
    const LimitSetting& limit = limit_settings[at];
    options_[at] = command
                       .add_option("--" + std::string(limit.name), limits_.*limit.value,
                                   std::string(limit.help))
                       ->capture_default_str()
                       ->check([&limit](const std::string& text) {
                         return whole_number_problem(text, limit.range).value_or("");
                       });
  }
}

Limits LimitsOptions::settle(const std::optional<Bounds>& journaled) const {
  Limits settled = limits_;
  for (std::size_t at = 0; journaled && at < limit_settings.size(); ++at) {
    const LimitSetting& limit = limit_settings[at];
    if (limit.bound == nullptr || options_[at]->count() > 0) {
      continue;
    }
    const bool may_rise =
        std::any_of(bound_specs.begin(), bound_specs.end(),
                    [&](const auto& spec) { return spec.value == limit.bound && spec.may_rise; });
    const std::uint32_t needed = *journaled.*limit.bound;
    settled.*limit.value = may_rise ? std::max(settled.*limit.value, needed) : needed;
  }
  return settled;
}

}  // namespace millrace::tools
