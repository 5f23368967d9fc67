// A running Millrace.
#include "tools/millrace/service.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "adapters/config/network_files.h"
#include "adapters/disk/posix.h"
#include "adapters/tcp/server.h"
#include "adapters/wire/wire_encoders.h"
#include "engine/journal/writer.h"
#include "engine/runtime/filing.h"
#include "engine/runtime/pipeline.h"
#include "engine/runtime/recovery.h"
#include "engine/runtime/snapshotter.h"
#include "tools/millrace/bootstrap.h"
#include "tools/millrace/commands.h"
#include "tools/millrace/counter_log.h"
#include "tools/millrace/event_service.h"
#include "tools/millrace/journal_exit.h"
#include "tools/millrace/last_words.h"
#include "tools/millrace/port_file.h"
#include "tools/millrace/wave_service.h"

namespace millrace::tools {

namespace {

constexpr std::chrono::milliseconds drain_grace{10'000};

/// Everything that lives while serving, in the order of construction; taken apart in reverse.
class Serving {
 public:
  Serving(const ServeSettings& settings, Log& log)
      : settings_(settings),
        log_(log),
        encoders_(widest_batch),
        events_(settings_, log),
        waves_(settings_, log) {}

  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  ~Serving() {
    // The publisher tells the server of events, and gets them from the pipeline.
    snapshotter_.reset();
    waves_.stop();
    pipeline_.reset();
    events_.stop();
  }

  int run();

 private:
  [[nodiscard]] int load();
  [[nodiscard]] int recover_journal();
  [[nodiscard]] int start_pipeline();
  [[nodiscard]] int fill_new_journal();
  [[nodiscard]] int listen();
  void watch_snapshots();
  [[nodiscard]] int wait_for_stop(const sigset_t& stop_signals);
  void drain();
  [[nodiscard]] ServerOptions server_options() const;

  ServeSettings settings_;  ///< with the limits that the journal's archive makes of those wanted
  Log& log_;
  WireEncoders encoders_;
  LoadResult network_;
  std::unique_ptr<Disk> disk_;
  EventService events_;
  WaveService waves_;
  std::unique_ptr<Engine> engine_;
  Sequence snapshot_sequence_{0};
  Sequence recovered_sequence_{0};
  JournalWriter writer_;
  SystemClock clock_;
  std::atomic<bool> failed_{false};
  CounterLog counters_{log_};
  std::unique_ptr<Server> server_;
  std::unique_ptr<BootstrapSink> sink_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Snapshotter> snapshotter_;
};

int Serving::load() {
  network_ = load_network(settings_.network);
  for (const Problem& problem : network_.problems) {
    log_.write(LogLevel::warning, "network.problem",
               {{"what", std::string_view(to_string(problem))}});
  }
  if (!network_.is_ok()) {
    log_.write(
        LogLevel::error, "network.wrong",
        {{"directory", std::string_view(settings_.network.native())}, {"errors", network_.errors}});
    return exit_input;
  }
  return exit_ok;
}

int Serving::recover_journal() {
  auto disk = open_posix_disk(settings_.journal.native());
  if (!disk.ok()) {
    log_.write(LogLevel::error, "journal.open", {{"what", std::string_view(disk.error().text)}});
    return exit_for(disk.error());
  }
  disk_ = std::move(disk.value());
  // Before anything is read: what a server still writes has no end to go on from.
  if (const auto locked = disk_->lock(); !locked.ok()) {
    log_.write(LogLevel::error, "journal.open", {{"what", std::string_view(locked.error().text)}});
    return exit_for(locked.error());
  }
  if (const int opened = events_.open(*disk_); opened != exit_ok) {
    return opened;
  }
  const auto start = std::chrono::steady_clock::now();
  ReplayOptions replaying;
  events_.prepare(replaying);
  replaying.on_archive_failure = [this](const Error& error) {
    end_for_damaged_archive(log_, error);
  };
  const auto beside = limits_beside_archive(*disk_, settings_.limits);
  settings_.limits = beside.ok() ? beside.value() : settings_.limits;
  auto recovered =
      beside.ok() ? recover(*disk_, network_.files.network, settings_.limits, encoders_, replaying)
                  : beside.error();
  if (!recovered.ok()) {
    const bool limits = recovered.error().code == DiskError::wrong_limits;
    log_.write(LogLevel::error, limits ? "journal.other_limits" : "journal.damaged",
               {{"what", std::string_view(recovered.error().text)}});
    return exit_for(recovered.error());
  }
  Recovered& state = recovered.value();
  for (const std::string& problem : state.passed_over) {
    log_.write(LogLevel::warning, "snapshot.passed_over", {{"what", std::string_view(problem)}});
  }
  if (state.tail.torn) {
    log_.write(LogLevel::warning, "journal.torn_tail",
               {{"file", std::string_view(state.tail.torn->file)},
                {"offset", state.tail.torn->offset},
                {"bytes_dropped", state.tail.torn->bytes}});
  }
  WriterOptions options;
  options.network = network_.files.network.fingerprint();
  options.bounds = bounds_of(settings_.limits);
  options.segment_bytes = settings_.segment_bytes;
  options.spare_segments = settings_.spare_segments;
  if (const auto opened = writer_.open(*disk_, options, state.tail); !opened.ok()) {
    log_.write(LogLevel::error, "journal.open", {{"what", std::string_view(opened.error().text)}});
    return exit_for(opened.error());
  }
  if (!writer_.direct()) {
    log_.write(LogLevel::warning, "journal.not_direct",
               {{"why", std::string_view("the file system refuses O_DIRECT; writes are synced "
                                         "through the page cache, durable but slower")}});
  }
  events_.set_key(writer_.key());
  if (const int settled = events_.settle(*state.engine); settled != exit_ok) {
    return settled;
  }
  if (state.toucher != nullptr) {
    state.toucher->wait();
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  snapshot_sequence_ = state.snapshot_sequence;
  engine_ = std::move(state.engine);
  engine_->set_bounds(options.bounds);
  recovered_sequence_ = engine_->last_sequence();
  log_.write(LogLevel::info, "journal.recovered",
             {{"snapshot", std::string_view(state.snapshot.value_or("none"))},
              {"commands_replayed", state.replayed.commands},
              {"sequence", recovered_sequence_.value},
              {"microseconds", static_cast<std::uint64_t>(took.count())}});
  return exit_ok;
}

ServerOptions Serving::server_options() const {
  ServerOptions options;
  options.address = settings_.listen.host;
  options.port = settings_.listen.port;
  options.io_threads = settings_.io_threads;
  options.token = settings_.token;
  options.availability = engine_->availability();
  options.events = events_.log();
  options.limits = settings_.batch;
  options.credit = settings_.credit;
  options.inbound_bytes_max = settings_.inbound_bytes_max;
  options.connections_max = settings_.connections_max;
  options.handshake_timeout = settings_.handshake_timeout;
  options.slow_reader_timeout = settings_.slow_reader_timeout;
  options.welcome.server = "millrace " MILLRACE_VERSION;
  for (const Node& node : network_.files.network.nodes) {
    options.welcome.nodes.push_back(node.code);
  }
  for (const Service& service : network_.files.network.services) {
    options.welcome.services.push_back(service.name);
  }
  options.welcome.channels = network_.files.network.channels;
  return options;
}

int Serving::start_pipeline() {
  const std::size_t cores = std::thread::hardware_concurrency();
  const std::optional<Placement> placement = find_placement(settings_.placement, cores);
  if (!placement) {
    log_.write(LogLevel::error, "placement.unknown",
               {{"placement", std::string_view(settings_.placement)}});
    return exit_usage;
  }
  server_ = std::make_unique<Server>(
      server_options(),
      [this](LogLevel level, std::string_view event, std::span<const LogField> fields) {
        log_.write(level, event, fields);
      });
  sink_ = std::make_unique<BootstrapSink>(server_->sink());
  PipelineOptions options;
  options.placement = *placement;
  options.limits = settings_.batch;
  options.places = settings_.batches;
  options.pin = settings_.pin;
  options.on_failure = [this](const Error& error) {
    failed_ = true;
    end_for_failed_write(log_, error);
  };
  if (events_.enabled()) {
    events_.publish(
        {*disk_, network_.files.network, encoders_}, *sink_,
        {[this] { return server_->has_subscribers(); }, [this] { server_->wake_subscribers(); }});
  }
  ReplySink& sink =
      waves_.listen(network_.files, *engine_, clock_, events_.enabled() ? events_.sink() : *sink_);
  pipeline_ = std::make_unique<Pipeline>(*engine_, &writer_, sink, clock_, encoders_, options);
  if (events_.enabled()) {
    events_.start();
  }
  pipeline_->start();
  waves_.start(waves_.enabled() ? pipeline_->open_port() : nullptr);
  log_.write(LogLevel::info, "pipeline.started",
             {{"placement", placement->name}, {"cores", std::uint64_t{cores}}});
  return exit_ok;
}

int Serving::fill_new_journal() {
  if (snapshot_sequence_.value > 0) {
    // Snapshots are taken only once clients are let in, and they only after the bootstrap.
    return exit_ok;
  }
  const Result<bool> done = bootstrap_is_done(*disk_, encoders_, recovered_sequence_);
  if (!done.ok()) {
    log_.write(LogLevel::error, "journal.damaged", {{"what", std::string_view(done.error().text)}});
    return exit_for(done.error());
  }
  if (done.value()) {
    return exit_ok;
  }
  if (bootstrap_commands(network_.files) > settings_.limits.commands_max) {
    log_.write(LogLevel::error, "network.too_large",
               {{"commands_max", settings_.limits.commands_max},
                {"commands_needed", bootstrap_commands(network_.files)}});
    return exit_usage;
  }
  const std::unique_ptr<Port> port = pipeline_->open_port();
  const auto problem = bootstrap(network_.files, *port, settings_.batch, *sink_, failed_);
  if (problem) {
    log_.write(LogLevel::error, "bootstrap.failed", {{"what", std::string_view(*problem)}});
    return exit_usage;
  }
  log_.write(LogLevel::info, "bootstrap.done",
             {{"skus", std::uint64_t{network_.files.catalogue.size()}},
              {"stock_levels", std::uint64_t{network_.files.stock.size()}}});
  return exit_ok;
}

int Serving::listen() {
  const auto problem = server_->start([this] { return pipeline_->open_port(); });
  if (problem) {
    log_.write(LogLevel::error, "listen.failed", {{"what", std::string_view(*problem)}});
    return exit_network;
  }
  if (!settings_.port_file.empty() && !write_port_file(settings_.port_file, server_->port())) {
    log_.write(LogLevel::error, "port_file.failed",
               {{"file", std::string_view(settings_.port_file.native())}});
    return exit_usage;
  }
  log_.write(LogLevel::info, "ready",
             {{"address", std::string_view(settings_.listen.host)},
              {"port", std::uint64_t{server_->port()}},
              {"sequence", recovered_sequence_.value}});
  return exit_ok;
}

void Serving::watch_snapshots() {
  SnapshotterOptions options;
  options.every_commands = settings_.snapshot_every_commands;
  options.snapshot.keep = settings_.keep_snapshots;
  options.snapshot.bytes_per_second = settings_.snapshot_bytes_per_second;
  options.snapshot.replayable = [this] { return events_.replayable(); };
  if (settings_.put_away) {
    options.snapshot.retention.days_over = settings_.keep_finished_days;
    options.snapshot.retention.on_archive_failure = [this](const Error& error) {
      end_for_damaged_archive(log_, error);
    };
    options.snapshot.retention.on_filed = [this](Filing filing) {
      engine_->offer(std::move(filing));
    };
  }
  options.on_snapshot = [this](const SnapshotReport& report) {
    log_.write(LogLevel::info, "snapshot.taken",
               {{"file", std::string_view(report.name)},
                {"sequence", report.sequence.value},
                {"snapshots_removed", report.snapshots_removed},
                {"segments_removed", report.segments_removed},
                {"orders_put_away", report.orders_put_away},
                {"archive_files_merged", report.archive_files_merged},
                {"archive_files_removed", report.archive_files_removed}});
  };
  options.on_failure = [this](const Error& error) {
    log_.write(LogLevel::error, "snapshot.failed", {{"what", std::string_view(error.text)}});
  };
  snapshotter_ = std::make_unique<Snapshotter>(
      *disk_, network_.files.network, settings_.limits, encoders_,
      [this] { return pipeline_->durable(); }, snapshot_sequence_, std::move(options));
}

int Serving::wait_for_stop(const sigset_t& stop_signals) {
  const auto every = settings_.log_counters_every;
  const timespec timeout{every.count() / 1000, every.count() % 1000 * 1'000'000};
  while (true) {
    const int received = ::sigtimedwait(&stop_signals, nullptr, &timeout);
    if (received > 0) {
      return received;
    }
    counters_.write_if_changed(server_->counters());
    waves_.log_if_changed();
  }
}

void Serving::drain() {
  snapshotter_->stop();
  server_->stop(drain_grace);
  snapshotter_.reset();
  waves_.stop();
  pipeline_->stop();
  events_.stop();
  const Stats stats = engine_->stats();
  const std::string digest = fmt::format("{:016x}", engine_->digest());
  const std::string outcomes = fmt::format("{:016x}", stats.outcome_digest);
  counters_.write(server_->counters());
  log_.write(LogLevel::info, "stopped",
             {{"sequence", stats.sequence.value},
              {"orders", stats.orders},
              {"journal_bytes", writer_.stats().bytes},
              {"outcome_digest", std::string_view(outcomes)},
              {"digest", std::string_view(digest)}});
}

int Serving::run() {
  // Blocked before any thread is made, so that only wait_for_stop() gets them.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  for (const auto step : {&Serving::load, &Serving::recover_journal, &Serving::start_pipeline,
                          &Serving::fill_new_journal, &Serving::listen}) {
    if (const int code = (this->*step)(); code != exit_ok) {
      return code;
    }
  }
  watch_snapshots();
  const int received = wait_for_stop(stop_signals);
  log_.write(LogLevel::info, "stopping",
             {{"signal", std::string_view(received == SIGTERM ? "SIGTERM" : "SIGINT")}});
  drain();
  return exit_ok;
}

}  // namespace

int serve(const ServeSettings& settings, Log& log) {
  return Serving(settings, log).run();
}

}  // namespace millrace::tools
