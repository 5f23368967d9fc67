// Flags for lives.
#include "tools/millrace/lives_flags.h"

#include "adapters/tcp/client.h"

namespace millrace::tools {

namespace {

/// A gift wrap, which any order may want besides.
constexpr Sku service{0x5E'0000'0000'0001};

/// Makes it known to the server; Sku{0} if it will not have it.
Sku define_service(Client& client) {
  const auto flags = static_cast<std::uint16_t>(SkuFlag::service);
  const DefineSku body{{service.value, 1}, service, 0, flags, 0};
  const ClientResult<Outcome> defined = client.define(body);
  return defined && defined->status == Status::accepted ? service : Sku{0};
}

}  // namespace

load::LivesOptions LivesFlags::settle(const load::Target& target, std::uint64_t seed) const {
  constexpr double ns_per_s = 1e9;
  load::LivesOptions options;
  options.seed = seed;
  options.open_max = open_max;
  options.patience_ns = static_cast<std::uint64_t>(patience_seconds * ns_per_s);
  ClientResult<Client> client =
      Client::connect(target.host, target.port, {.name = "millrace load", .token = target.token});
  // If there is no server, the run itself says so.
  if (client) {
    options.node_count = static_cast<std::uint16_t>(client->server().nodes.size());
    options.service = define_service(*client);
  }
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
