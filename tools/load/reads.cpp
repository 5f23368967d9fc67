// The frames of questions are made ahead, as many as the popularity of SKUs needs to show; what is
// left to do for a read is to copy its question and look at its answer.
#include "tools/load/reads.h"

#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <span>
#include <utility>

#include "tools/load/alias_table.h"
#include "tools/load/random.h"

namespace millrace::load {
namespace {

constexpr std::size_t distinct_frames = 64;
constexpr std::size_t late_frames_max =
    64;  ///< on their way at once, however late the open loop is
constexpr std::uint64_t ns_per_s = 1'000'000'000;
constexpr std::chrono::seconds answer_timeout{30};
constexpr std::uint64_t look_up_ns = ns_per_s / 50;  ///< at whether to stop

std::uint64_t clock_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

double thread_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A number that no SKU of the catalogue has.
Sku stranger_to(const std::vector<Sku>& skus) {
  std::uint64_t candidate = 1;
  while (std::find(skus.begin(), skus.end(), Sku{candidate}) != skus.end()) {
    ++candidate;
  }
  return Sku{candidate};
}

}  // namespace

ReadCatalogue read_catalogue_of(const NetworkFiles& files, Popular popular) {
  std::vector<std::pair<Sku, std::uint64_t>> stock;
  for (const CatalogueItem& item : files.catalogue) {
    stock.emplace_back(item.sku, 0);
  }
  for (const StockLevel& level : files.stock) {
    stock[level.item].second += level.units.value;
  }
  std::sort(stock.begin(), stock.end());
  ReadCatalogue catalogue;
  catalogue.skus = demand_of(files, popular).skus;
  for (const Sku sku : catalogue.skus) {
    const auto found =
        std::lower_bound(stock.begin(), stock.end(), std::pair(sku, std::uint64_t{0}));
    catalogue.units_max.push_back(
        static_cast<std::uint32_t>(std::min<std::uint64_t>(found->second, units_countless.value)));
  }
  return catalogue;
}

// ---- the loop

class Reads::Loop {
 public:
  Loop(const ReadCatalogue& catalogue, const ReadOptions& options, const std::atomic<bool>& stop)
      : catalogue_(catalogue), options_(options), stop_(stop) {}

  std::optional<std::string> connect();
  void run();

  ReadResult result;

 private:
  struct Frame {
    std::vector<GetAvailability> questions;  ///< the last one for a SKU that nobody knows
    std::vector<std::uint32_t> items;        ///< in the catalogue, of the others
  };

  struct OnTheWay {
    const Frame* frame;
    std::uint64_t intended_ns;
  };

  struct Lane {
    explicit Lane(Client connected) : client(std::move(connected)) {}

    Client client;
    std::deque<OnTheWay> frames;
    /// What each SKU may have at most: what this connection was told last. Another's answers may be
    /// older, though they are looked at later.
    std::vector<std::uint32_t> ceiling;
    std::uint64_t answered_ns = 0;
  };

  void make_frames(std::uint32_t frame_reads);
  void put(Lane& lane);
  [[nodiscard]] std::uint64_t next_due_ns() const;
  [[nodiscard]] bool may_put(const Lane& lane) const;
  void wait();
  void receive(Lane& lane);
  void take(Lane& lane, const Reply& reply);
  void judge(Lane& lane, const Frame& frame, std::span<const Availability> answers);
  void describe(const Frame& frame, std::size_t at, Availability answer, std::uint32_t ceiling);
  void break_off(std::string why);

  const ReadCatalogue& catalogue_;
  const ReadOptions& options_;
  const std::atomic<bool>& stop_;
  std::vector<Frame> frames_;
  std::vector<Lane> lanes_;
  std::vector<pollfd> polled_;
  std::uint64_t frames_put_ = 0;
  std::uint64_t start_ns_ = 0;
  std::uint64_t now_ns_ = 0;
};

std::optional<std::string> Reads::Loop::connect() {
  std::uint32_t frame_reads = options_.frame_reads;
  for (std::uint32_t at = 0; at < options_.connections; ++at) {
    auto client = Client::connect(options_.target.host, options_.target.port,
                                  {.name = "millrace load reads", .token = options_.target.token});
    if (!client) {
      return client.error().text;
    }
    frame_reads = std::min(frame_reads, client->server().commands_per_frame_max);
    lanes_.emplace_back(std::move(*client));
    lanes_.back().ceiling = catalogue_.units_max;
  }
  make_frames(frame_reads);
  return std::nullopt;
}

void Reads::Loop::make_frames(std::uint32_t frame_reads) {
  const AliasTable popularity(zipf_weights(catalogue_.skus.size(), options_.zipf));
  const Sku stranger = stranger_to(catalogue_.skus);
  frames_.resize(distinct_frames);
  for (std::size_t at = 0; at < frames_.size(); ++at) {
    Random random(options_.seed, at);
    for (std::uint32_t read = 0; read + 1 < frame_reads; ++read) {
      const std::uint32_t item = popularity.draw(random);
      frames_[at].items.push_back(item);
      frames_[at].questions.push_back({catalogue_.skus[item], all_nodes, {}});
    }
    frames_[at].questions.push_back({stranger, all_nodes, {}});
  }
}

std::uint64_t Reads::Loop::next_due_ns() const {
  const auto reads = static_cast<double>(frames_put_ * frames_.front().questions.size());
  return start_ns_ + static_cast<std::uint64_t>(reads / options_.rate * ns_per_s);
}

bool Reads::Loop::may_put(const Lane& lane) const {
  if (options_.rate > 0) {
    return lane.frames.size() < late_frames_max && next_due_ns() <= now_ns_;
  }
  return lane.frames.size() < options_.frames_in_flight;
}

void Reads::Loop::put(Lane& lane) {
  const Frame& frame = frames_[frames_put_ % frames_.size()];
  lane.frames.push_back({&frame, options_.rate > 0 ? next_due_ns() : clock_ns()});
  ++frames_put_;
  lane.client.put(std::span<const GetAvailability>(frame.questions));
}

void Reads::Loop::run() {
  start_ns_ = now_ns_ = clock_ns();
  const double start_cpu_s = thread_cpu_seconds();
  for (Lane& lane : lanes_) {
    lane.answered_ns = start_ns_;
  }
  while (!stop_.load(std::memory_order_relaxed) && result.broken.empty()) {
    for (Lane& lane : lanes_) {
      while (may_put(lane)) {
        put(lane);
      }
      if (const auto flushed = lane.client.flush(); !flushed) {
        break_off(flushed.error().text);
      }
    }
    wait();
    now_ns_ = clock_ns();
    for (std::size_t at = 0; at < lanes_.size() && result.broken.empty(); ++at) {
      if (polled_[at].revents != 0) {
        receive(lanes_[at]);
      } else if (!lanes_[at].frames.empty() &&
                 now_ns_ - lanes_[at].answered_ns > answer_timeout.count() * ns_per_s) {
        break_off("no answer in time");
      }
    }
  }
  result.seconds = static_cast<double>(now_ns_ - start_ns_) / ns_per_s;
  result.cpu_seconds = thread_cpu_seconds() - start_cpu_s;
}

void Reads::Loop::wait() {
  polled_.clear();
  for (const Lane& lane : lanes_) {
    const auto events = static_cast<short>(lane.client.wants_write() ? POLLIN | POLLOUT : POLLIN);
    polled_.push_back({lane.client.fd(), events, 0});
  }
  std::uint64_t left = look_up_ns;
  if (options_.rate > 0) {
    const std::uint64_t now = clock_ns();
    left = std::min(left, next_due_ns() > now ? next_due_ns() - now : 0);
  }
  const timespec timeout{0, static_cast<long>(left)};
  if (::ppoll(polled_.data(), polled_.size(), &timeout, nullptr) < 0) {
    for (pollfd& each : polled_) {
      each.revents = 0;
    }
  }
}

void Reads::Loop::receive(Lane& lane) {
  const auto filled = lane.client.fill();
  if (!filled) {
    break_off(filled.error().text);
  }
  while (result.broken.empty()) {
    const auto reply = lane.client.next();
    if (!reply) {
      break_off(reply.error().text);
    } else if (!reply->has_value()) {
      break;
    } else {
      take(lane, **reply);
    }
  }
}

void Reads::Loop::take(Lane& lane, const Reply& reply) {
  if (reply.kind != ReplyKind::availabilities || lane.frames.empty()) {
    break_off(reply.kind == ReplyKind::error ? std::string(reply.text)
                                             : "a read was answered with another kind of reply");
    return;
  }
  const OnTheWay asked = lane.frames.front();
  lane.frames.pop_front();
  lane.answered_ns = now_ns_;
  if (reply.availability.size() != asked.frame->questions.size()) {
    result.failures.add("not one availability for one read");
    return;
  }
  judge(lane, *asked.frame, reply.availability);
  result.reads += reply.availability.size();
  result.latency.record(now_ns_ - std::min(asked.intended_ns, now_ns_), reply.availability.size());
}

void Reads::Loop::judge(Lane& lane, const Frame& frame, std::span<const Availability> answers) {
  for (std::size_t at = 0; at < frame.items.size(); ++at) {
    const Availability answer = answers[at];
    std::uint32_t& ceiling = lane.ceiling[frame.items[at]];
    const bool above = options_.only_falls && answer.units.value > ceiling;
    if (answer.known != Known::yes || above ||
        (answer.units.value == 0) != (answer.node_count == 0)) {
      describe(frame, at, answer, ceiling);
    }
    ceiling = answer.units.value;
  }
  if (answers.back() != Availability{Units{0}, 0, Known::unknown_sku, 0}) {
    result.failures.add("a SKU that nobody defined is known");
  }
}

void Reads::Loop::describe(const Frame& frame, std::size_t at, Availability answer,
                           std::uint32_t ceiling) {
  const std::string sku = "SKU " + std::to_string(frame.questions[at].sku.value);
  if (answer.known != Known::yes) {
    result.failures.add(sku + " is unknown");
  } else if (options_.only_falls && answer.units.value > ceiling) {
    result.failures.add(sku + " rose from " + std::to_string(ceiling) + " to " +
                        std::to_string(answer.units.value) + " units");
  } else {
    result.failures.add(sku + " has " + std::to_string(answer.units.value) + " units at " +
                        std::to_string(answer.node_count) + " nodes");
  }
}

void Reads::Loop::break_off(std::string why) {
  if (result.broken.empty()) {
    result.broken = std::move(why);
  }
}

// ---- from outside

Reads::Reads(ReadCatalogue catalogue, const ReadOptions& options)
    : catalogue_(std::move(catalogue)), options_(options) {}

Reads::~Reads() {
  stop_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::optional<std::string> Reads::start() {
  loop_ = std::make_unique<Loop>(catalogue_, options_, stop_);
  if (auto problem = loop_->connect()) {
    return problem;
  }
  thread_ = std::thread([this] { loop_->run(); });
  return std::nullopt;
}

ReadResult Reads::finish() {
  stop_ = true;
  thread_.join();
  return std::move(loop_->result);
}

}  // namespace millrace::load
