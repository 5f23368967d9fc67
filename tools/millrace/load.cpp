// millrace load: streams orders at a server, checks every answer, and measures; later, or after a
// crash, asks for every order that was acknowledged (docs/load.md).
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "adapters/config/network_files.h"
#include "adapters/config/problem.h"
#include "adapters/config/settings.h"
#include "adapters/config/text_value.h"
#include "tools/load/acknowledged.h"
#include "tools/load/frame.h"
#include "tools/load/network_demand.h"
#include "tools/load/progress.h"
#include "tools/load/report.h"
#include "tools/load/run.h"
#include "tools/load/text_file.h"
#include "tools/load/verify.h"
#include "tools/millrace/commands.h"
#include "tools/millrace/lives_flags.h"
#include "tools/millrace/read_flags.h"

namespace millrace::tools {
namespace {

using namespace std::chrono_literals;

struct LoadFlags {
  load::RunOptions run;
  load::GeneratorOptions generator;
  ReadFlags reads;
  LivesFlags lives;
  std::string connect = "127.0.0.1:7400";
  std::string network;
  std::string orders_file;
  std::string acknowledged_file;
  std::string verify_file;
  std::string policy = "mixed";
  std::string workload;
  load::Popular popular = load::Popular::most_stock;
  std::uint64_t orders_total = 0;
  double seconds = 0;
  double reconnect_seconds = 0;
  double answer_seconds = 30;
  bool check = false;
  bool json = false;
  bool csv = false;
  double progress_seconds = 2;
  load::ProgressLine::Options progress;
};

/// A wrong flag or input file: the exit code, and what to say.
struct Unusable : std::runtime_error {
  Unusable(Exit code, const std::string& text) : std::runtime_error(text), exit(code) {}

  Exit exit;
};

std::atomic<bool> stop_wanted{false};

void want_stop(int /*signal*/) {
  stop_wanted.store(true, std::memory_order_relaxed);
}

std::chrono::milliseconds to_ms(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

NetworkFiles read_network(const std::string& directory) {
  if (directory.empty()) {
    throw Unusable(exit_usage, "--network DIR is needed: it names the SKUs and regions to order");
  }
  LoadResult result = load_network(directory);
  for (const Problem& problem : result.problems) {
    std::cerr << to_string(problem) << '\n';
  }
  if (!result.is_ok()) {
    throw Unusable(exit_input, directory + " is no usable network directory");
  }
  return std::move(result.files);
}

load::OrderFile read_orders(const std::string& path, const load::OrderNames& names) {
  Problems problems;
  load::OrderFile file = load::parse_orders(load::read_text_file(path), names, path, problems);
  for (const Problem& problem : problems.kept()) {
    std::cerr << to_string(problem) << '\n';
  }
  if (problems.errors() > 0) {
    throw Unusable(exit_input, path + " has " + std::to_string(problems.errors()) + " errors");
  }
  return file;
}

/// What the server says of itself, so that a file can be sent without a network directory.
Welcome ask_server(const load::Target& target) {
  const ClientResult<Client> client =
      Client::connect(target.host, target.port, {.name = "millrace load", .token = target.token});
  if (!client) {
    throw Unusable(exit_network, "cannot connect to " + target.host + ":" +
                                     std::to_string(target.port) + ": " + client.error().text);
  }
  return client->server();
}

std::unique_ptr<load::Source> make_source(const LoadFlags& flags) {
  std::optional<std::uint64_t> total;
  if (flags.orders_total > 0) {
    total = flags.orders_total;
  }
  if (!flags.orders_file.empty()) {
    const Welcome server = ask_server(flags.run.target);
    return std::make_unique<load::FileSource>(
        read_orders(flags.orders_file, {server.channels, server.services}), flags.orders_file,
        total, flags.run.connections);
  }
  if (!total && !flags.run.duration) {
    throw Unusable(exit_usage, "one of --orders-total, --seconds, --orders or --verify is needed");
  }
  load::Demand demand = load::demand_of(read_network(flags.network), flags.popular);
  return std::make_unique<load::GeneratorSource>(
      load::OrderGenerator(std::move(demand), flags.generator), total, flags.run.connections);
}

/// Ids by number, as the source named in a file of acknowledged orders has them.
load::IdOf ids_of(const std::string& source, const LoadFlags& flags) {
  constexpr std::string_view generator = "generator seed=";
  constexpr std::string_view file = "file ";
  if (source.starts_with(generator)) {
    if (const auto seed = parse_whole(std::string_view(source).substr(generator.size()))) {
      return [seed = *seed](std::uint64_t index) { return load::order_id(seed, index); };
    }
  }
  if (source.starts_with(file)) {
    const Welcome server = ask_server(flags.run.target);
    auto orders = std::make_shared<load::OrderFile>(
        read_orders(source.substr(file.size()), {server.channels, server.services}));
    return [orders](std::uint64_t index) { return orders->heads.at(index).id; };
  }
  throw Unusable(exit_input, "the file of acknowledged orders names no source: " + source);
}

load::VerifyResult verify_all(const load::Acknowledged& orders, const std::string& source,
                              const LoadFlags& flags) {
  const auto count = static_cast<double>(orders.order_count());
  load::ProgressLine line("orders asked for", flags.progress);
  return load::verify(flags.run.target, orders, ids_of(source, flags), [&](std::uint64_t asked) {
    line.show(asked, static_cast<double>(asked) / count);
  });
}

int exit_of(const load::VerifyResult& result) {
  if (!result.broken.empty()) {
    return exit_network;
  }
  return result.is_ok() ? exit_ok : exit_failed;
}

int run_verify(const LoadFlags& flags) {
  const auto file = load::parse_acknowledged(load::read_text_file(flags.verify_file));
  if (!file) {
    throw Unusable(exit_input, flags.verify_file + ": is no whole file of acknowledged orders");
  }
  const load::VerifyResult result = verify_all(file->orders, file->source, flags);
  std::cout << (flags.json ? json_report(result) : text_report(result));
  return exit_of(result);
}

void show_progress(load::ProgressLine& line, const load::RunProgress& progress) {
  std::optional<double> share;
  if (progress.orders_total && *progress.orders_total > 0) {
    share =
        static_cast<double>(progress.orders_answered) / static_cast<double>(*progress.orders_total);
  }
  if (progress.duration_s) {
    share = std::max(share.value_or(0), progress.elapsed_s / *progress.duration_s);
  }
  line.show(progress.orders_answered, share, progress.is_connected ? "" : "not connected");
}

load::RunResult run_orders(load::Source& source, const LoadFlags& flags) {
  load::ProgressLine line("orders answered", flags.progress);
  return load::run(
      source, flags.run,
      [&line](const load::RunProgress& progress) { show_progress(line, progress); }, stop_wanted);
}

/// Sends orders with readers beside them, or lets the readers be alone.
load::RunResult run_with_reads(load::Source* source, const LoadFlags& flags) {
  const load::ReadCatalogue catalogue =
      load::read_catalogue_of(read_network(flags.network), flags.popular);
  load::Reads reads(catalogue, flags.reads.options);
  if (const auto problem = reads.start()) {
    throw Unusable(exit_network, "readers cannot connect: " + *problem);
  }
  load::RunResult result;
  if (source != nullptr) {
    result = run_orders(*source, flags);
  } else {
    const auto until = std::chrono::steady_clock::now() + *flags.run.duration;
    while (!stop_wanted && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(10ms);
    }
  }
  result.reads = reads.finish();
  if (flags.reads.compare && result.broken.empty()) {
    result.compared = load::compare_with_stock(flags.run.target, catalogue);
  }
  return result;
}

load::RunResult run_lives(std::unique_ptr<load::Source> orders, const LoadFlags& flags) {
  load::LivesSource source(std::move(orders),
                           flags.lives.settle(flags.run.target, flags.generator.seed),
                           flags.run.connections);
  load::RunResult result = run_orders(source, flags);
  result.lives = source.totals();
  return result;
}

load::RunResult run_all(const LoadFlags& flags) {
  if (flags.reads.alone) {
    if (!flags.run.duration) {
      throw Unusable(exit_usage, "--reads-alone needs --seconds");
    }
    return run_with_reads(nullptr, flags);
  }
  std::unique_ptr<load::Source> source = make_source(flags);
  if (flags.lives.wanted) {
    return run_lives(std::move(source), flags);
  }
  return flags.reads.any() ? run_with_reads(source.get(), flags) : run_orders(*source, flags);
}

int run_load(const LoadFlags& flags) {
  std::signal(SIGINT, want_stop);
  std::signal(SIGTERM, want_stop);
  const load::RunResult result = run_all(flags);
  if (!flags.acknowledged_file.empty()) {
    load::write_text_file(flags.acknowledged_file, result.acknowledged.to_text(result.source));
  }
  std::optional<load::VerifyResult> verified;
  if (flags.check && result.broken.empty()) {
    verified = verify_all(result.acknowledged, result.source, flags);
  }
  if (flags.json) {
    std::cout << json_report(result, verified ? &*verified : nullptr);
  } else if (flags.csv) {
    std::cout << csv_report(result);
  } else {
    std::cout << text_report(result) << (verified ? text_report(*verified) : "");
  }
  if (!result.is_right()) {
    return exit_failed;
  }
  if (result.is_broken()) {
    return exit_network;
  }
  return verified ? exit_of(*verified) : exit_ok;
}

/// The reference workload and its kin (docs/benchmarks.md).
void settle_workload(LoadFlags& flags) {
  if (flags.workload.empty()) {
    return;
  }
  flags.popular = load::Popular::scattered;
  flags.policy = "split";
  flags.generator.zipf = flags.workload == "uniform" ? 0 : 0.99;
  flags.generator.lines_max = 5;
  flags.generator.distinct = 1'000'000;
  flags.generator.hot = flags.workload == "hot";
  flags.generator.cancels = flags.workload == "cancels" ? 0.1 : 0;
}

/// What the flags say only together.
void settle(LoadFlags& flags) {
  settle_workload(flags);
  const std::optional<Endpoint> server = parse_endpoint(flags.connect);
  if (!server || server->port == 0) {
    throw Unusable(exit_usage, "--connect " + flags.connect + " is not HOST:PORT");
  }
  flags.run.target.host = server->host;
  flags.run.target.port = server->port;
  flags.reads.options.target = flags.run.target;
  flags.reads.options.seed = flags.generator.seed;
  flags.reads.options.zipf = flags.generator.zipf;
  const auto policy = load::policy_mix_of(flags.policy);
  if (!policy) {
    throw Unusable(exit_usage, "--policy " + flags.policy +
                                   " is none of ship-complete, split, backorder, "
                                   "split+backorder, mixed");
  }
  flags.generator.policy = *policy;
  if (flags.seconds > 0) {
    flags.run.duration = to_ms(flags.seconds);
  }
  flags.run.reconnect = to_ms(flags.reconnect_seconds);
  flags.run.answer_timeout = to_ms(flags.answer_seconds);
  flags.progress.plain_every = to_ms(flags.progress_seconds);
}

int run_chosen(LoadFlags flags) {
  try {
    settle(flags);
    return flags.verify_file.empty() ? run_load(flags) : run_verify(flags);
  } catch (const Unusable& error) {
    std::cerr << "millrace load: " << error.what() << '\n';
    return error.exit;
  } catch (const std::exception& error) {
    std::cerr << "millrace load: " << error.what() << '\n';
    return exit_input;
  }
}

void add_run_flags(CLI::App& load, LoadFlags& flags) {
  load.add_option("--connect", flags.connect, "HOST:PORT of the server")->capture_default_str();
  load.add_option("--token", flags.run.target.token, "What the server wants to hear")
      ->envname("MILLRACE_TOKEN");
  load.add_option("--orders-total", flags.orders_total, "Send so many orders");
  load.add_option("--seconds", flags.seconds, "Send for so long")->check(CLI::NonNegativeNumber);
  load.add_option("--rate", flags.run.rate,
                  "Orders a second, sent at their time whatever the answers do; 0 sends as answers "
                  "come")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  load.add_option("--in-flight", flags.run.frames_in_flight,
                  "Frames of a connection without an answer, where there is no rate")
      ->check(CLI::Range(1, 65'536))
      ->capture_default_str();
  load.add_option("--frame", flags.run.frame_orders, "Orders a frame")
      ->check(CLI::Range(1, 65'536))
      ->capture_default_str();
  load.add_option("--connections", flags.run.connections)
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  load.add_option("--reconnect-seconds", flags.reconnect_seconds,
                  "Try so long to connect again when the server is lost, then send again what has "
                  "no answer")
      ->check(CLI::NonNegativeNumber);
  load.add_option("--answer-seconds", flags.answer_seconds, "Give up after so long a silence")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void add_order_flags(CLI::App& load, LoadFlags& flags) {
  load.add_option("--network", flags.network, "Directory with the SKUs and regions to order");
  load.add_option("--seed", flags.generator.seed, "The same seed sends the same orders")
      ->capture_default_str();
  load.add_option("--zipf", flags.generator.zipf, "Exponent of the SKUs' popularity")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  load.add_option("--lines", flags.generator.lines_max, "Most lines of an order")
      ->check(CLI::Range(1, static_cast<int>(lines_per_order_max)))
      ->capture_default_str();
  load.add_option("--policy", flags.policy,
                  "ship-complete, split, backorder, split+backorder or mixed")
      ->capture_default_str();
  load.add_option("--cancels", flags.generator.cancels, "Share of the orders to cancel later")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  load.add_option("--distinct", flags.generator.distinct,
                  "Make so many orders ahead and send them again and again under new ids");
  load.add_option("--workload", flags.workload,
                  "A workload of docs/benchmarks.md on its own network, in place of the options "
                  "above")
      ->check(CLI::IsMember({"reference", "uniform", "hot", "cancels"}));
  load.add_option("--orders", flags.orders_file, "Send the orders of this CSV file instead");
}

}  // namespace

void add_load(CLI::App& app, int& exit_code) {
  CLI::App* load = app.add_subcommand("load", "Stream orders at a server and check every answer");
  auto flags = std::make_shared<LoadFlags>();
  add_run_flags(*load, *flags);
  add_order_flags(*load, *flags);
  add_read_flags(*load, flags->reads);
  add_lives_flags(*load, flags->lives);
  load->add_flag("--check", flags->check, "Afterwards ask for every order acknowledged");
  load->add_option("--acked-file", flags->acknowledged_file, "Note which orders were acknowledged");
  load->add_option("--verify", flags->verify_file,
                   "Send nothing: ask for every order noted in this file");
  load->add_flag("--json", flags->json, "Report as JSON");
  load->add_flag("--csv", flags->csv, "Report as CSV");
  load->add_flag("--quiet", flags->progress.quiet, "No progress on stderr");
  load->add_option("--progress-seconds", flags->progress_seconds,
                   "Between lines of progress where stderr is no terminal")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  load->callback([flags, &exit_code] { exit_code = run_chosen(*flags); });
}

}  // namespace millrace::tools
