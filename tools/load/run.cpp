// One loop: give frames to the connections that have room, wait for what comes first (an answer,
// room to write, the next frame's time), take the answers.
#include "tools/load/run.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

#include "tools/load/cpu_time.h"
#include "tools/load/sequence_check.h"

namespace millrace::load {
namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;
constexpr std::uint64_t ns_per_ms = 1'000'000;
constexpr std::uint64_t progress_ns = 100 * ns_per_ms;
constexpr std::uint64_t reconnect_every_ns = 50 * ns_per_ms;
/// Small frames share a call to send, large ones do not wait for each other.
constexpr std::size_t flush_bytes = 32UL * 1024;

std::uint64_t to_ns(std::chrono::milliseconds time) {
  return static_cast<std::uint64_t>(time.count()) * ns_per_ms;
}

double to_s(std::uint64_t ns) {
  return static_cast<double>(ns) / static_cast<double>(ns_per_s);
}

class Run {
 public:
  Run(Source& source, const RunOptions& options, const OnProgress& progress,
      const std::atomic<bool>& stop)
      : source_(source), options_(options), progress_(progress), stop_(stop) {
    result_.source = source.name();
    for (std::uint32_t i = 0; i < options.connections; ++i) {
      lanes_.emplace_back(options_.target, result_.failures);
    }
  }

  RunResult run();

 private:
  /// A connection and what the run knows of it.
  struct Lane {
    Lane(const Target& target, Failures& failures) : connection(target, failures) {}

    Connection connection;
    std::uint64_t sequence_end = 0;  ///< past the last one it was answered
    std::uint64_t oldest_ns = 0;     ///< when it was last answered, or idle
    /// The source had nothing for it. An answer may still bring it a cancellation to send.
    bool is_dry = false;
    std::optional<std::uint64_t> lost_ns;  ///< when the connection broke, until an answer comes
  };

  static std::uint64_t clock_ns() {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::steady_clock::now().time_since_epoch())
                                          .count());
  }

  bool connect_all();
  void send();
  void wake_sources();
  bool send_one(std::uint32_t at);
  [[nodiscard]] std::uint64_t next_due_ns() const;
  [[nodiscard]] bool may_send() const;
  [[nodiscard]] bool is_done() const;
  void wait();
  [[nodiscard]] std::uint64_t wake_ns() const;
  void receive(std::uint32_t at);
  void answered(std::uint32_t at, const Frame& frame, const FrameAnswer& answer);
  void decided(Lane& lane, const Frame& frame, const FrameAnswer& answer);
  void acknowledge(const Frame& frame, std::span<const Outcome> outcomes);
  void mend();
  void lose(Lane& lane);
  void report(bool is_last);
  void finish();

  Source& source_;
  const RunOptions& options_;
  const OnProgress& progress_;
  const std::atomic<bool>& stop_;
  std::vector<Lane> lanes_;
  std::vector<pollfd> polled_;
  FrameBounds bounds_;
  RunResult result_;
  SequenceCheck sequences_;
  Frame frame_;  ///< the next one, empty between uses
  std::uint64_t start_ns_ = 0;
  double start_cpu_s_ = 0;
  std::uint64_t now_ns_ = 0;
  std::uint64_t last_answer_ns_ = 0;
  std::uint64_t next_progress_ns_ = 0;
  std::uint64_t next_reconnect_ns_ = 0;
  std::uint32_t turn_ = 0;  ///< the connection that is asked first for room
  bool is_over_ = false;    ///< the run broke off
};

RunResult Run::run() {
  if (!connect_all()) {
    return std::move(result_);
  }
  start_ns_ = clock_ns();
  start_cpu_s_ = cpu_seconds();
  last_answer_ns_ = start_ns_;
  next_progress_ns_ = start_ns_ + progress_ns;
  now_ns_ = start_ns_;
  for (Lane& lane : lanes_) {
    lane.oldest_ns = start_ns_;
  }
  while (!is_over_ && !is_done()) {
    send();
    wait();
    now_ns_ = clock_ns();
    for (std::uint32_t at = 0; at < lanes_.size(); ++at) {
      if (polled_[at].revents != 0) {
        receive(at);
      }
    }
    mend();
    report(false);
  }
  finish();
  return std::move(result_);
}

bool Run::connect_all() {
  for (Lane& lane : lanes_) {
    if (const auto error = lane.connection.connect()) {
      result_.broken = "cannot connect to " + options_.target.host + ":" +
                       std::to_string(options_.target.port) + ": " + *error;
      return false;
    }
  }
  bounds_ = lanes_.front().connection.bounds(options_.frame_orders);
  result_.frame_orders = bounds_.commands_max;
  return true;
}

/// In the open loop: when the frame after those already sent was to leave.
std::uint64_t Run::next_due_ns() const {
  return start_ns_ + static_cast<std::uint64_t>(static_cast<double>(result_.orders_sent) /
                                                options_.rate * static_cast<double>(ns_per_s));
}

/// Whether it is still time to send new orders.
bool Run::may_send() const {
  return !stop_.load(std::memory_order_relaxed) &&
         (!options_.duration || now_ns_ - start_ns_ < to_ns(*options_.duration));
}

bool Run::is_done() const {
  const bool may = may_send();
  for (std::uint32_t at = 0; at < lanes_.size(); ++at) {
    const Lane& lane = lanes_[at];
    const bool is_at_end = lane.is_dry && !source_.next_ns(at);
    if (lane.connection.in_flight() > 0 || (may && !is_at_end)) {
      return false;
    }
  }
  return true;
}

/// Lanes whose source said when to ask it again.
void Run::wake_sources() {
  for (std::uint32_t at = 0; at < lanes_.size(); ++at) {
    const auto next = source_.next_ns(at);
    lanes_[at].is_dry = lanes_[at].is_dry && !(next && *next <= now_ns_);
  }
}

void Run::send() {
  wake_sources();
  // Connections take frames in turn, so that none starves while another has room.
  for (bool any = true; any && may_send();) {
    any = false;
    for (std::uint32_t i = 0; i < lanes_.size() && may_send(); ++i) {
      const auto at = static_cast<std::uint32_t>((turn_ + i) % lanes_.size());
      if (options_.rate > 0 && next_due_ns() > now_ns_) {
        any = false;
        break;
      }
      any = send_one(at) || any;
    }
    turn_ = static_cast<std::uint32_t>((turn_ + 1) % lanes_.size());
    now_ns_ = clock_ns();
  }
  for (Lane& lane : lanes_) {
    lane.connection.flush();
    lose(lane);
  }
}

bool Run::send_one(std::uint32_t at) {
  Lane& lane = lanes_[at];
  Connection& connection = lane.connection;
  const bool is_full = options_.rate <= 0 && connection.in_flight() >= options_.frames_in_flight;
  if (lane.is_dry || is_full || !connection.has_credit(bounds_.commands_max)) {
    return false;
  }
  frame_.intended_ns = options_.rate > 0 ? next_due_ns() : clock_ns();
  if (!source_.next(at, bounds_, frame_)) {
    lane.is_dry = true;
    return false;
  }
  if (connection.in_flight() == 0) {
    lane.oldest_ns = clock_ns();
  }
  result_.orders_sent += frame_.kind == FrameKind::orders ? frame_.count() : 0;
  connection.put(frame_);
  if (connection.bytes_to_send() >= flush_bytes) {
    connection.flush();
  }
  return true;
}

std::uint64_t Run::wake_ns() const {
  std::uint64_t wake = next_progress_ns_;
  const bool has_room = std::any_of(lanes_.begin(), lanes_.end(), [this](const Lane& lane) {
    return !lane.is_dry && lane.connection.has_credit(bounds_.commands_max);
  });
  if (options_.rate > 0 && has_room && may_send()) {
    wake = std::min(wake, next_due_ns());
  }
  for (std::uint32_t at = 0; may_send() && at < lanes_.size(); ++at) {
    wake = std::min(wake, source_.next_ns(at).value_or(wake));
  }
  if (std::any_of(lanes_.begin(), lanes_.end(),
                  [](const Lane& lane) { return !lane.connection.is_open(); })) {
    wake = std::min(wake, std::max(next_reconnect_ns_, now_ns_));
  }
  return wake;
}

void Run::wait() {
  polled_.clear();
  for (const Lane& lane : lanes_) {
    const auto events =
        static_cast<short>(lane.connection.wants_write() ? POLLIN | POLLOUT : POLLIN);
    polled_.push_back({lane.connection.fd(), events, 0});
  }
  const std::uint64_t wake = wake_ns();
  const std::uint64_t now = clock_ns();
  const std::uint64_t left = wake > now ? wake - now : 0;
  const timespec timeout{static_cast<time_t>(left / ns_per_s), static_cast<long>(left % ns_per_s)};
  // Interrupted or timed out, the loop looks at everything again.
  if (::ppoll(polled_.data(), polled_.size(), &timeout, nullptr) < 0) {
    for (pollfd& each : polled_) {
      each.revents = 0;
    }
  }
}

void Run::receive(std::uint32_t at) {
  lanes_[at].connection.flush();
  lanes_[at].connection.receive(
      [this, at](const Frame& frame, const FrameAnswer& answer) { answered(at, frame, answer); });
}

/// Notes the answer to commands that are journaled.
void Run::decided(Lane& lane, const Frame& frame, const FrameAnswer& answer) {
  if (answer.first_sequence < lane.sequence_end) {
    result_.failures.add("sequence " + std::to_string(answer.first_sequence) + " came after " +
                         std::to_string(lane.sequence_end - 1));
  }
  lane.sequence_end = answer.first_sequence + answer.outcomes.size();
  sequences_.add(answer.first_sequence, answer.outcomes.size());
  result_.commands += answer.outcomes.size();
  if (frame.kind == FrameKind::orders || frame.kind == FrameKind::cancels) {
    result_.tally.add(frame, answer.outcomes, result_.failures);
    acknowledge(frame, answer.outcomes);
  }
}

void Run::acknowledge(const Frame& frame, std::span<const Outcome> outcomes) {
  const std::size_t count = std::min(frame.count(), outcomes.size());
  if (frame.kind == FrameKind::cancels) {
    for (std::size_t i = 0; i < count; ++i) {
      if (outcomes[i].status == Status::cancelled && frame.indexes[i] != no_order) {
        result_.acknowledged.add_cancelled(frame.indexes[i]);
      }
    }
    return;
  }
  // Orders that no source has a number for come in frames of their own.
  if (count > 0 && frame.indexes[0] != no_order) {
    result_.acknowledged.add(std::span(frame.indexes).first(count), outcomes.first(count));
  }
  result_.latency.record(now_ns_ - std::min(frame.intended_ns, now_ns_), count);
}

void Run::answered(std::uint32_t at, const Frame& frame, const FrameAnswer& answer) {
  Lane& lane = lanes_[at];
  if (frame.kind == FrameKind::looks) {
    result_.looks += answer.orders.size();
  } else {
    decided(lane, frame, answer);
  }
  source_.answered(at, frame, answer, result_.failures);
  lane.is_dry = false;
  last_answer_ns_ = now_ns_;
  lane.oldest_ns = now_ns_;
  if (lane.lost_ns) {
    result_.outage_s = std::max(result_.outage_s, to_s(now_ns_ - *lane.lost_ns));
    lane.lost_ns.reset();
  }
}

/// Notes a connection that broke just now.
void Run::lose(Lane& lane) {
  if (!lane.connection.is_open() && !lane.lost_ns) {
    lane.lost_ns = now_ns_;
    next_reconnect_ns_ = now_ns_;
  }
}

/// Looks after connections that are lost or silent.
void Run::mend() {
  for (Lane& lane : lanes_) {
    lose(lane);
    if (lane.connection.is_open()) {
      if (lane.connection.in_flight() > 0 &&
          now_ns_ - std::min(lane.oldest_ns, now_ns_) > to_ns(options_.answer_timeout)) {
        result_.broken = "no answer for " + std::to_string(options_.answer_timeout.count()) + " ms";
        is_over_ = true;
      }
      continue;
    }
    if (now_ns_ - *lane.lost_ns >= to_ns(options_.reconnect)) {
      result_.broken = "the connection was lost: " + lane.connection.why();
      is_over_ = true;
      continue;
    }
    if (now_ns_ < next_reconnect_ns_) {
      continue;
    }
    const std::string why = lane.connection.why();
    if (lane.connection.connect()) {
      lane.connection.close(why);
      next_reconnect_ns_ = clock_ns() + reconnect_every_ns;
    } else {
      ++result_.reconnects;
      lane.oldest_ns = clock_ns();
    }
  }
}

void Run::report(bool is_last) {
  if (!is_last && now_ns_ < next_progress_ns_) {
    return;
  }
  next_progress_ns_ = now_ns_ + progress_ns;
  RunProgress progress;
  progress.orders_sent = result_.orders_sent;
  progress.orders_answered = result_.tally.orders;
  progress.orders_total = source_.order_count();
  if (options_.duration) {
    progress.duration_s = std::chrono::duration<double>(*options_.duration).count();
  }
  progress.elapsed_s = to_s(now_ns_ - start_ns_);
  progress.is_connected = std::all_of(lanes_.begin(), lanes_.end(),
                                      [](const Lane& lane) { return lane.connection.is_open(); });
  progress_(progress);
}

void Run::finish() {
  report(true);
  result_.seconds = to_s(last_answer_ns_ - start_ns_);
  result_.cpu_seconds = cpu_seconds() - start_cpu_s_;
  for (const Lane& lane : lanes_) {
    result_.bytes_sent += lane.connection.bytes_sent();
    result_.bytes_received += lane.connection.bytes_received();
  }
  sequences_.finish(result_.failures);
  result_.orders_unanswered = result_.orders_sent - result_.tally.orders;
  if (result_.orders_unanswered > 0 && result_.broken.empty()) {
    result_.failures.add(std::to_string(result_.orders_unanswered) + " orders got no answer");
  }
  if (const std::uint64_t doubled = result_.acknowledged.settle(); doubled > 0) {
    result_.failures.add(std::to_string(doubled) + " orders were answered twice");
  }
}

}  // namespace

RunResult run(Source& source, const RunOptions& options, const OnProgress& progress,
              const std::atomic<bool>& stop) {
  return Run(source, options, progress, stop).run();
}

}  // namespace millrace::load
