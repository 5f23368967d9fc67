// The wave advisor's thread.
#include "engine/runtime/wave_advisor.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/runtime/thread_hints.h"

namespace millrace {

namespace {

/// Between looks at a feed that has nothing new.
constexpr std::chrono::milliseconds nap_time{2};
/// Notes between two looks at whether to stop.
constexpr std::size_t notes_at_once = 4'096;
constexpr std::uint64_t late_us = 2'000;

std::uint64_t steady_us() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

class TimeBudget final : public WaveBudget {
 public:
  explicit TimeBudget(std::uint64_t us) : begin_(steady_us()), us_(us) {}

  [[nodiscard]] std::uint32_t spent() override {
    const std::uint64_t gone = elapsed_us();
    return gone >= us_ ? whole : static_cast<std::uint32_t>(gone * whole / us_);
  }

  [[nodiscard]] std::uint64_t elapsed_us() const { return steady_us() - begin_; }

 private:
  std::uint64_t begin_;
  std::uint64_t us_;
};

}  // namespace

WaveAdvisor::WaveAdvisor(WaveFeed& feed, std::vector<std::unique_ptr<WaveDesk>> desks, Clock& clock,
                         const Encoders& encoders, WaveAdvisorOptions options)
    : feed_(feed),
      desks_(std::move(desks)),
      clock_(clock),
      encoders_(encoders),
      options_(std::move(options)) {
  for (const std::unique_ptr<WaveDesk>& desk : desks_) {
    const std::size_t node = desk->stock().plan().node.value;
    desk_of_.resize(std::max(desk_of_.size(), node + 1), nullptr);
    desk_of_[node] = desk.get();
  }
}

WaveAdvisor::~WaveAdvisor() {
  stop();
}

void WaveAdvisor::start(std::unique_ptr<Port> port) {
  port_ = std::move(port);
  thread_ = std::thread([this] { run(); });
  (void)::pthread_setname_np(thread_.native_handle(), "mr-waves");
}

void WaveAdvisor::stop() {
  stopping_.store(true, std::memory_order_release);
  if (thread_.joinable()) {
    thread_.join();
  }
  port_.reset();
}

void WaveAdvisor::hear(const Batch& batch) {
  for_floor_notes(batch, [this](const FloorNote& note, std::span<const FloorLine> lines) {
    hear(note, lines);
  });
}

void WaveAdvisor::hear(const FloorNote& note, std::span<const FloorLine> lines) {
  if (note.node == no_node) {
    for (const std::unique_ptr<WaveDesk>& desk : desks_) {
      desk->hear(note, lines);
    }
  } else if (note.node.value < desk_of_.size() && desk_of_[note.node.value] != nullptr) {
    desk_of_[note.node.value]->hear(note, lines);
  }
}

void WaveAdvisor::drain() {
  if (const std::uint64_t lost = feed_.lost(); lost != lost_) {
    lost_ = lost;
    for (const std::unique_ptr<WaveDesk>& desk : desks_) {
      desk->lose_track();
    }
  }
  const auto act = [this](const FloorNote& note, std::span<const FloorLine> lines) {
    hear(note, lines);
  };
  while (feed_.drain(notes_at_once, act) == notes_at_once &&
         !stopping_.load(std::memory_order_acquire)) {
  }
}

bool WaveAdvisor::propose(WaveDesk& desk) {
  TimeBudget budget(options_.budget_us);
  const std::optional<WaveDraft> draft = desk.propose(clock_.now(), budget);
  if (!draft) {
    return false;
  }
  const std::uint64_t elapsed_us = budget.elapsed_us();
  encoders_.release(draft->head, draft->details, frames_.blank());
  frames_.submit(*port_, encoders_, Origin{own_session, 0});
  shared_.plans.fetch_add(1, std::memory_order_relaxed);
  shared_.late.fetch_add(elapsed_us > options_.budget_us + late_us ? 1 : 0,
                         std::memory_order_relaxed);
  shared_.elapsed_us_max.store(std::max(elapsed_us, shared_.elapsed_us_max.load()),
                               std::memory_order_relaxed);
  if (options_.on_wave) {
    options_.on_wave(draft->head, elapsed_us);
  }
  return true;
}

void WaveAdvisor::run() {
  work_behind_others();
  while (!stopping_.load(std::memory_order_acquire)) {
    bool busy = false;
    for (const std::unique_ptr<WaveDesk>& desk : desks_) {
      if (stopping_.load(std::memory_order_acquire)) {
        break;
      }
      drain();
      busy |= propose(*desk);
    }
    publish_counts();
    if (!busy) {
      std::this_thread::sleep_for(nap_time);
    }
  }
}

void WaveAdvisor::publish_counts() {
  WaveDeskCounts sum;
  for (const std::unique_ptr<WaveDesk>& desk : desks_) {
    const WaveDeskCounts& each = desk->counts();
    sum.proposed += each.proposed;
    sum.released += each.released;
    sum.orders += each.orders;
    sum.left_out += each.left_out;
    sum.units += each.units;
    sum.aisles += each.aisles;
    sum.unplanned += each.unplanned;
  }
  shared_.proposed.store(sum.proposed, std::memory_order_relaxed);
  shared_.released.store(sum.released, std::memory_order_relaxed);
  shared_.orders.store(sum.orders, std::memory_order_relaxed);
  shared_.left_out.store(sum.left_out, std::memory_order_relaxed);
  shared_.units.store(sum.units, std::memory_order_relaxed);
  shared_.aisles.store(sum.aisles, std::memory_order_relaxed);
  shared_.unplanned.store(sum.unplanned, std::memory_order_relaxed);
}

WaveAdvisorCounts WaveAdvisor::counts() const {
  WaveAdvisorCounts counts;
  counts.plans = shared_.plans.load(std::memory_order_relaxed);
  counts.elapsed_us_max = shared_.elapsed_us_max.load(std::memory_order_relaxed);
  counts.late = shared_.late.load(std::memory_order_relaxed);
  counts.lost = feed_.lost();
  counts.desks.proposed = shared_.proposed.load(std::memory_order_relaxed);
  counts.desks.released = shared_.released.load(std::memory_order_relaxed);
  counts.desks.orders = shared_.orders.load(std::memory_order_relaxed);
  counts.desks.left_out = shared_.left_out.load(std::memory_order_relaxed);
  counts.desks.units = shared_.units.load(std::memory_order_relaxed);
  counts.desks.aisles = shared_.aisles.load(std::memory_order_relaxed);
  counts.desks.unplanned = shared_.unplanned.load(std::memory_order_relaxed);
  return counts;
}

}  // namespace millrace
