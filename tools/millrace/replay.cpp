// `millrace replay`: applies a journal to an empty engine, on two threads, and prints what came
// out.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "adapters/config/network_files.h"
#include "adapters/disk/posix.h"
#include "adapters/wire/wire_encoders.h"
#include "engine/journal/segment.h"
#include "engine/runtime/recovery.h"
#include "tools/load/progress.h"
#include "tools/millrace/commands.h"
#include "tools/millrace/journal_exit.h"
#include "tools/millrace/limits_options.h"

namespace millrace::tools {

namespace {

struct Options {
  std::string journal;
  std::string network;
  std::uint64_t until = ~std::uint64_t{0};
  bool use_snapshots = false;
  bool audit = false;
  bool json = false;
  LimitsOptions limits;
};

void print_json(const Recovered& done, double seconds, const std::string& audit) {
  const Stats stats = done.engine->stats();
  fmt::print(R"({{"commands":{},"frames":{},"seconds":{:.6f},"commands_per_second":{:.0f},)"
             R"("sequence":{},"orders":{},"allocated":{},"split":{},"partly_backordered":{},)"
             R"("backordered":{},"refused":{},"repeated":{},"conflicts":{},"cancelled":{},)"
             R"("units_asked":{},"units_allocated":{},"units_backordered":{},"waves":{},"skus":{},)"
             R"("bytes_an_order":{},"orders_put_away":{},)"
             R"("outcome_digest":"{:016x}","digest":"{:016x}","audit":"{}"}})"
             "\n",
             done.replayed.commands, done.replayed.frames, seconds,
             static_cast<double>(done.replayed.commands) / seconds, stats.sequence.value,
             stats.orders, stats.orders_allocated, stats.orders_split,
             stats.orders_partly_backordered, stats.orders_backordered, stats.orders_refused,
             stats.orders_repeated, stats.conflicts, stats.orders_cancelled, stats.units_asked,
             stats.units_allocated, stats.units_backordered, stats.waves_released, stats.skus,
             stats.bytes_an_order, stats.orders_put_away, stats.outcome_digest,
             done.engine->digest(), audit);
}

void print_text(const Recovered& done, double seconds, const std::string& audit) {
  const Stats stats = done.engine->stats();
  if (done.snapshot) {
    fmt::print("snapshot            {}\n", *done.snapshot);
  }
  fmt::print("commands            {}\n", done.replayed.commands);
  fmt::print("frames              {}\n", done.replayed.frames);
  fmt::print("seconds             {:.3f}\n", seconds);
  fmt::print("commands per second {:.0f}\n", static_cast<double>(done.replayed.commands) / seconds);
  fmt::print("last sequence       {}\n", stats.sequence.value);
  fmt::print("orders              {}\n", stats.orders);
  fmt::print("  allocated         {}\n", stats.orders_allocated);
  fmt::print("  split             {}\n", stats.orders_split);
  fmt::print("  partly backorder  {}\n", stats.orders_partly_backordered);
  fmt::print("  backordered       {}\n", stats.orders_backordered);
  fmt::print("  refused           {}\n", stats.orders_refused);
  fmt::print("repeated            {}\n", stats.orders_repeated);
  fmt::print("conflicts           {}\n", stats.conflicts);
  fmt::print("cancelled           {}\n", stats.orders_cancelled);
  fmt::print("waves released      {}\n", stats.waves_released);
  fmt::print("bytes an order      {}\n", stats.bytes_an_order);
  fmt::print("orders put away     {}\n", stats.orders_put_away);
  fmt::print("outcome digest      {:016x}\n", stats.outcome_digest);
  fmt::print("state digest        {:016x}\n", done.engine->digest());
  if (!audit.empty()) {
    fmt::print("audit               {}\n", audit);
  }
  if (done.tail.torn) {
    fmt::print(
        "torn tail           {} offset {}: {} bytes of a write that was never acknowledged\n",
        done.tail.torn->file, done.tail.torn->offset, done.tail.torn->bytes);
  }
}

int replay(const Options& options) {
  const LoadResult network = load_network(options.network);
  if (!network.is_ok()) {
    fmt::print(stderr, "replay: the network is wrong; `millrace network check {}` says where\n",
               options.network);
    return exit_input;
  }
  const auto disk = open_posix_disk(options.journal, {.direct = true, .create = false});
  if (!disk.ok()) {
    fmt::print(stderr, "replay: {}\n", disk.error().text);
    return exit_for(disk.error());
  }
  const auto journaled = newest_bounds(*disk.value());
  if (!journaled.ok()) {
    fmt::print(stderr, "replay: {}\n", journaled.error().text);
    return exit_for(journaled.error());
  }
  const Limits limits = options.limits.settle(journaled.value());
  const WireEncoders encoders(widest_batch);
  const auto start = std::chrono::steady_clock::now();
  std::optional<load::ProgressLine> line;
  line.emplace("commands", load::ProgressLine::Options{});
  ReplayOptions replaying;
  replaying.until = Sequence{options.until};
  replaying.use_snapshots = options.use_snapshots;
  replaying.progress = [&](const ReplayProgress& progress) {
    line->show(progress.commands,
               static_cast<double>(progress.bytes_done) /
                   static_cast<double>(std::max<std::uint64_t>(1, progress.bytes_total)));
  };
  const auto done = recover(*disk.value(), network.files.network, limits, encoders, replaying);
  line.reset();
  if (!done.ok()) {
    fmt::print(stderr, "replay: {}\n", done.error().text);
    return exit_for(done.error());
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const std::string& problem : done.value().passed_over) {
    fmt::print(stderr, "replay: passed over a snapshot: {}\n", problem);
  }
  std::string audit;
  if (options.audit) {
    audit = done.value().engine->audit().value_or("ok");
  }
  if (options.json) {
    print_json(done.value(), seconds, audit);
  } else {
    print_text(done.value(), seconds, audit);
  }
  return audit.empty() || audit == "ok" ? exit_ok : exit_failed;
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* const command =
      app.add_subcommand("replay", "Apply a journal to an empty engine and print the digest");
  command->add_option("--journal", options->journal, "Journal directory")->required();
  command->add_option("--network", options->network, "Network directory")->required();
  command->add_option("--until", options->until, "Stop before the batch that passes this sequence");
  command->add_flag("--from-snapshot", options->use_snapshots,
                    "Begin at the newest snapshot instead of the first command");
  command->add_flag("--audit", options->audit, "Check every invariant at the end");
  command->add_flag("--json", options->json, "Print one JSON object");
  options->limits.add(*command);
  command->callback([options, &exit_code] { exit_code = replay(*options); });
}

}  // namespace millrace::tools
