// The wave planner of a running Millrace.
#include "tools/millrace/wave_service.h"

#include <string_view>
#include <utility>

namespace millrace::tools {

namespace {

/// Of 8 bytes: some seconds of what the fastest server decides.
constexpr std::size_t feed_words = 1U << 22U;

}  // namespace

std::vector<std::unique_ptr<WaveDesk>> wave_desks(const NetworkFiles& files,
                                                  WaveDeskOptions options) {
  std::vector<std::unique_ptr<WaveDesk>> desks;
  const Network& network = files.network;
  for (std::uint16_t node = 0; node < network.node_count(); ++node) {
    if (network.nodes[node].plans_waves) {
      desks.push_back(std::make_unique<WaveDesk>(
          floor_plan_of(files, NodeIndex{node}), wave_templates_of(files, NodeIndex{node}),
          [&network](NodeIndex at, Day day) { return network.cutoff(at, day); }, options));
    }
  }
  return desks;
}

ReplySink& WaveService::listen(const NetworkFiles& files, Engine& engine, Clock& clock,
                               ReplySink& next) {
  if (!settings_.plan_waves || files.wave_templates.empty()) {
    return next;
  }
  WaveDeskOptions options;
  options.orders_max = settings_.waves_orders_max;
  auto desks = wave_desks(files, options);
  const std::uint64_t nodes = desks.size();
  feed_ = std::make_unique<WaveFeed>(next, feed_words);
  WaveAdvisorOptions advising;
  advising.budget_us = static_cast<std::uint64_t>(settings_.waves_budget.count()) * 1000;
  advisor_ = std::make_unique<WaveAdvisor>(*feed_, std::move(desks), clock, encoders_,
                                           std::move(advising));
  engine.tell_floors(FloorsTold::planned);
  Batch waiting(BatchLimits{});
  engine.tell_waiting(waiting);
  advisor_->hear(waiting);
  log_.write(LogLevel::info, "waves.planned",
             {{"nodes", nodes},
              {"templates", std::uint64_t{files.wave_templates.size()}},
              {"waiting", std::uint64_t{waiting.floor_notes.size()}}});
  return *feed_;
}

void WaveService::start(std::unique_ptr<Port> port) {
  if (enabled()) {
    advisor_->start(std::move(port));
  }
}

void WaveService::stop() {
  if (enabled() && !std::exchange(stopped_, true)) {
    advisor_->stop();
    write_counts("waves.stopped");
  }
}

void WaveService::log_if_changed() {
  if (enabled() && advisor_->counts().plans != logged_) {
    write_counts("waves");
  }
}

void WaveService::write_counts(std::string_view event) {
  const WaveAdvisorCounts counts = advisor_->counts();
  logged_ = counts.plans;
  log_.write(LogLevel::info, event,
             {{"proposed", counts.plans},
              {"released", counts.desks.released},
              {"orders", counts.desks.orders},
              {"left_out", counts.desks.left_out},
              {"units", counts.desks.units},
              {"aisles", counts.desks.aisles},
              {"unplanned", counts.desks.unplanned},
              {"late", counts.late},
              {"elapsed_us_max", counts.elapsed_us_max},
              {"batches_lost", counts.lost}});
}

}  // namespace millrace::tools
