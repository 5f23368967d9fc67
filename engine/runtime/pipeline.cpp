// The live pipeline.
#include "engine/runtime/pipeline.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "engine/core/check.h"
#include "engine/runtime/thread_hints.h"

namespace millrace {

namespace {

/// The longest sleep without a reason to wake: only a safety net, every change notifies.
constexpr std::uint64_t sleep_us_max = us_per_second;
/// How often a thread gives its core away before it sleeps, while commands come a few at a time: to
/// wake a thread whose core has halted takes tens of microseconds, so it pays to stay awake until
/// the next. With more of them at a time the core is wanted by others, and the usual few must do.
constexpr int lone_yields = 1000;
constexpr std::uint32_t few_commands = 4;
/// Frames of one durable write.
constexpr std::size_t group_max = 64;

}  // namespace

Pipeline::Pipeline(Engine& engine, JournalWriter* writer, ReplySink& sink, Clock& clock,
                   const Encoders& encoders, const PipelineOptions& options)
    : engine_(engine),
      writer_(writer),
      sink_(sink),
      encoders_(encoders),
      options_(options),
      ring_(options.limits, options.places),
      intake_(clock, encoders,
              Intake::Start{Sequence{engine.last_sequence().value + 1}, engine.now()}) {
  // A wave of ours and a frame of a client each fit into an empty batch.
  CHECK(options_.limits.lines_max >= wave_orders_limit);
  CHECK(options_.limits.bytes_max >= options_.limits.frame_bytes_max);
  for (std::size_t thread = 0; thread < options_.placement.thread_count; ++thread) {
    workers_.push_back(std::make_unique<Worker>());
    workers_.back()->core = int{options_.placement.core_of[thread]};
  }
  for (const StageSpec& spec : topology) {
    worker_of(spec.id).stages.push_back(spec.id);
  }
  own_port_ = open_port();
  group_.reserve(group_max);
  durable_.store(engine.last_sequence().value, std::memory_order_release);
}

Pipeline::~Pipeline() {
  stop();
}

std::unique_ptr<Port> Pipeline::open_port() {
  return intake_.open_port(worker_of(StageId::intake).signal);
}

void Pipeline::start() {
  Batch pending(options_.limits);
  engine_.propose_pending(pending);
  send_back(pending);
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->thread = std::thread([this, &worker = *worker] { run(worker); });
    const std::string name = "mr-" + std::string(stage_name(worker->stages.front()));
    (void)::pthread_setname_np(worker->thread.native_handle(), name.c_str());
  }
}

void Pipeline::stop() {
  draining_.store(true, std::memory_order_release);
  for (const std::unique_ptr<Worker>& worker : workers_) {
    worker->signal.notify();
  }
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (worker->thread.joinable()) {
      worker->thread.join();
    }
  }
}

void Pipeline::run(Worker& worker) {
  if (options_.pin && worker.core >= 0) {
    pin(worker.core);
  }
  work_in_short_slices();
  while (!stopping_.load(std::memory_order_acquire)) {
    const std::uint32_t seen = worker.signal.epoch();
    bool progress = false;
    for (const StageId stage : worker.stages) {
      progress |= step(stage);
    }
    if (!progress) {
      worker.signal.wait(seen, idle_us(worker),
                         worker.last_commands <= few_commands ? lone_yields : Signal::usual_yields);
    }
  }
}

std::uint64_t Pipeline::idle_us(const Worker& worker) {
  if (worker.stages.front() != StageId::intake) {
    return sleep_us_max;
  }
  const bool full = ring_.done(StageId::intake) >= ring_.ready(StageId::intake);
  return full ? sleep_us_max : intake_.idle_us(engine_.deadline());
}

bool Pipeline::step(StageId stage) {
  switch (stage) {
    case StageId::intake:
      return run_intake();
    case StageId::journal:
      return run_journal();
    case StageId::validate:
    case StageId::allocate:
    case StageId::wave:
      return run_pure(stage);
    case StageId::reply:
      return run_reply();
  }
  CHECK(false);
}

void Pipeline::wake_after(StageId stage) {
  const Worker* const self = &worker_of(stage);
  for (const StageSpec& spec : topology) {
    for (std::size_t wait = 0; wait < spec.after_count; ++wait) {
      if (spec.after[wait] == stage && &worker_of(spec.id) != self) {
        worker_of(spec.id).signal.notify();
      }
    }
  }
  if (stage == StageId::reply && &worker_of(StageId::intake) != self) {
    worker_of(StageId::intake).signal.notify();
  }
}

bool Pipeline::run_intake() {
  const std::uint64_t next = ring_.done(StageId::intake);
  if (next >= ring_.ready(StageId::intake)) {
    return false;
  }
  if (draining_.load(std::memory_order_acquire) && intake_.empty()) {
    // What is in flight may still send waves back; they are proposed again after a restart.
    if (ring_.done(StageId::reply) == next || failed()) {
      stopping_.store(true, std::memory_order_release);
      for (const std::unique_ptr<Worker>& worker : workers_) {
        worker->signal.notify();
      }
    }
    return false;
  }
  if (!intake_.fill(ring_[next], engine_.deadline())) {
    return false;
  }
  worker_of(StageId::intake).last_commands = ring_[next].batch.command_count;
  ring_.publish(StageId::intake, next + 1);
  wake_after(StageId::intake);
  return true;
}

bool Pipeline::run_journal() {
  const std::uint64_t first = ring_.done(StageId::journal);
  const std::uint64_t end = std::min(ring_.ready(StageId::journal), first + group_max);
  if (end <= first || failed()) {
    return false;
  }
  group_.clear();
  worker_of(StageId::journal).last_commands = ring_[end - 1].batch.command_count;
  std::uint64_t last_sequence = 0;
  for (std::uint64_t batch = first; batch < end; ++batch) {
    RingPlace& place = ring_[batch];
    if (place.batch.journaled_count == 0) {
      continue;
    }
    const auto messages = place.batch.in();
    const auto journaled = std::count_if(messages.begin(), messages.end(),
                                         [](const Message& m) { return is_journaled(m.kind); });
    group_.push_back(PendingFrame{place.frame.data(), place.payload_bytes,
                                  place.batch.first_sequence, place.batch.journaled_count,
                                  static_cast<std::uint32_t>(journaled), place.batch.time});
    last_sequence = place.batch.first_sequence.value + place.batch.journaled_count - 1;
  }
  if (writer_ != nullptr && !group_.empty()) {
    const Result<void> written = writer_->append(group_);
    if (!written.ok()) {
      failed_.store(true, std::memory_order_release);
      if (options_.on_failure) {
        options_.on_failure(written.error());
      }
      stopping_.store(true, std::memory_order_release);
      for (const std::unique_ptr<Worker>& worker : workers_) {
        worker->signal.notify();
      }
      return false;
    }
  }
  if (last_sequence != 0) {
    durable_.store(last_sequence, std::memory_order_release);
  }
  ring_.publish(StageId::journal, end);
  wake_after(StageId::journal);
  return true;
}

bool Pipeline::run_pure(StageId stage) {
  const std::uint64_t next = ring_.done(stage);
  if (next >= ring_.ready(stage)) {
    return false;
  }
  engine_.run_stage(stage, ring_[next].batch);
  ring_.publish(stage, next + 1);
  wake_after(stage);
  return true;
}

bool Pipeline::run_reply() {
  const std::uint64_t next = ring_.done(StageId::reply);
  if (next >= ring_.ready(StageId::reply)) {
    return false;
  }
  RingPlace& place = ring_[next];
  sink_.deliver(place.batch);
  send_back(place.batch);
  for (InboundBuffer* buffer : place.held) {
    buffer->drop();
  }
  place.held.clear();
  place.batch.clear();
  place.payload_bytes = 0;
  ring_.publish(StageId::reply, next + 1);
  wake_after(StageId::reply);
  return true;
}

void Pipeline::send_back(const Batch& batch) {
  for (const WaveProposal& proposal : batch.proposals) {
    const auto slots =
        std::span(batch.proposed_slots).subspan(proposal.first_slot, proposal.head.slot_count);
    encoders_.release(proposal.head, slots, own_frames_.blank());
    own_frames_.submit(*own_port_, encoders_, Origin{own_session, 0});
  }
}

}  // namespace millrace
