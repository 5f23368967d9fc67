// Flags for lives.
#include "tools/millrace/lives_flags.h"

namespace millrace::tools {

load::LivesOptions LivesFlags::settle(std::uint64_t seed, std::size_t node_count) const {
  constexpr double ns_per_s = 1e9;
  load::LivesOptions options;
  options.seed = seed;
  options.open_max = open_max;
  options.patience_ns = static_cast<std::uint64_t>(patience_seconds * ns_per_s);
  options.node_count = static_cast<std::uint16_t>(node_count);
  options.shares.unpaid = static_cast<std::uint32_t>(unpaid * 1000);
  return options;
}

void add_lives_flags(CLI::App& load, LivesFlags& flags) {
  CLI::Option* const lives =
      load.add_flag("--lives", flags.wanted,
                    "Lead every order through its life: payment, picking, delivery, return");
  load.add_option("--lives-open", flags.open_max, "Orders that are led at a time")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str()
      ->needs(lives);
  load.add_option("--lives-patience-seconds", flags.patience_seconds,
                  "Leave an order for which nothing has happened for so long")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->needs(lives);
  load.add_option("--lives-unpaid", flags.unpaid, "Share of the orders that are placed unpaid")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->needs(lives);
}

}  // namespace millrace::tools
