// One loop: give frames to the connections that have room, wait for what comes first (an answer,
// room to write, the next frame's time), take the answers.
#include "tools/load/run.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

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

/// Sequences of the frames answered, to find one given twice.
class SequenceCheck {
 public:
  void add(std::uint64_t first, std::uint64_t count) { ranges_.emplace_back(first, first + count); }

  void finish(Failures& failures) {
    std::sort(ranges_.begin(), ranges_.end());
    for (std::size_t i = 1; i < ranges_.size(); ++i) {
      if (ranges_[i].first < ranges_[i - 1].second) {
        failures.add("sequence " + std::to_string(ranges_[i].first) + " was given twice");
      }
    }
  }

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
};

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

  /// Processor time of this process so far, user and system.
  static double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  bool connect_all();
  void set_bounds(const Welcome& server);
  void send();
  bool send_one(std::uint32_t at);
  [[nodiscard]] std::uint64_t next_due_ns() const;
  [[nodiscard]] bool may_send() const;
  [[nodiscard]] bool is_done() const;
  void wait();
  [[nodiscard]] std::uint64_t wake_ns() const;
  void receive(std::uint32_t at);
  void answered(std::uint32_t at, const Frame& frame, std::uint64_t first_sequence,
                std::span<const Outcome> outcomes);
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
  set_bounds(lanes_.front().connection.server());
  return true;
}

void Run::set_bounds(const Welcome& server) {
  constexpr std::uint32_t frame_overhead_bytes = 1024;
  const std::uint32_t bytes = server.frame_bytes_max - frame_overhead_bytes;
  constexpr std::uint32_t order_bytes = sizeof(OrderHead) + sizeof(OrderLine);
  bounds_.commands_max = std::min(
      {options_.frame_orders, server.credit, server.commands_per_frame_max, bytes / order_bytes});
  const std::size_t line_bytes = bytes - bounds_.commands_max * sizeof(OrderHead);
  bounds_.lines_max = std::min(server.lines_per_frame_max,
                               static_cast<std::uint32_t>(line_bytes / sizeof(OrderLine)));
  result_.frame_orders = bounds_.commands_max;
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
  return std::all_of(lanes_.begin(), lanes_.end(), [may](const Lane& lane) {
    return lane.connection.in_flight() == 0 && (!may || lane.is_dry);
  });
}

void Run::send() {
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
  result_.orders_sent += frame_.is_cancel ? 0 : frame_.count();
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
  lanes_[at].connection.receive([this, at](const Frame& frame, std::uint64_t first_sequence,
                                           std::span<const Outcome> outcomes) {
    answered(at, frame, first_sequence, outcomes);
  });
}

void Run::answered(std::uint32_t at, const Frame& frame, std::uint64_t first_sequence,
                   std::span<const Outcome> outcomes) {
  Lane& lane = lanes_[at];
  if (first_sequence < lane.sequence_end) {
    result_.failures.add("sequence " + std::to_string(first_sequence) + " came after " +
                         std::to_string(lane.sequence_end - 1));
  }
  lane.sequence_end = first_sequence + outcomes.size();
  sequences_.add(first_sequence, outcomes.size());
  result_.tally.add(frame, outcomes, result_.failures);
  if (frame.is_cancel) {
    for (std::size_t i = 0; i < std::min(frame.count(), outcomes.size()); ++i) {
      if (outcomes[i].status == Status::cancelled && frame.indexes[i] != no_order) {
        result_.acknowledged.add_cancelled(frame.indexes[i]);
      }
    }
  } else {
    const std::size_t count = std::min(frame.count(), outcomes.size());
    result_.acknowledged.add(std::span(frame.indexes).first(count), outcomes.first(count));
    result_.latency.record(now_ns_ - std::min(frame.intended_ns, now_ns_), count);
  }
  source_.answered(at, frame);
  lane.is_dry = false;
  last_answer_ns_ = now_ns_;
  lane.oldest_ns = now_ns_;
  if (lane.lost_ns) {
    result_.outage_s = std::max(result_.outage_s, static_cast<double>(now_ns_ - *lane.lost_ns) /
                                                      static_cast<double>(ns_per_s));
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
  progress.elapsed_s = static_cast<double>(now_ns_ - start_ns_) / static_cast<double>(ns_per_s);
  progress.is_connected = std::all_of(lanes_.begin(), lanes_.end(),
                                      [](const Lane& lane) { return lane.connection.is_open(); });
  progress_(progress);
}

void Run::finish() {
  report(true);
  result_.seconds =
      static_cast<double>(last_answer_ns_ - start_ns_) / static_cast<double>(ns_per_s);
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
