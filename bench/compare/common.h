// What the clients of `tools/bench compare` share: the orders of the reference workload, what a
// plain loop over them decides, and the measure of a run. Each client sends the same orders to a
// store of its own and has every answer checked here.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/reference_workload.h"
#include "engine/core/command.h"

namespace millrace::bench::compare {

inline constexpr std::uint32_t nodes = 16;
inline constexpr std::uint32_t skus = 100'000;
inline constexpr std::uint32_t lines_max = 5;

/// What becomes of an order.
enum class Verdict : std::uint8_t { allocated = 1, split = 2, refused = 3 };

/// An answer as every store keeps and returns it: the node of line i in bits 4i to 4i + 3, the
/// verdict above them. A refused order has no nodes.
struct Decision {
  std::uint32_t bits = 0;

  static constexpr std::uint32_t verdict_shift = 4 * lines_max;

  void set_node(std::size_t line, std::uint32_t node) {
    bits |= node << (4 * static_cast<std::uint32_t>(line));
  }

  void set_verdict(Verdict verdict) {
    bits |= static_cast<std::uint32_t>(verdict) << verdict_shift;
  }

  [[nodiscard]] Verdict verdict() const { return static_cast<Verdict>(bits >> verdict_shift); }

  friend bool operator==(const Decision&, const Decision&) = default;
};

struct Order {
  OrderId id;
  std::uint8_t region;
  std::span<const OrderLine> lines;
};

/// The order without its id as a store that knows only bytes keeps it: region, number of lines, and
/// a line's SKU (32 bits, little endian) and quantity (8 bits).
struct Body {
  std::uint8_t bytes[2 + 5 * lines_max];
  std::size_t size;
};

[[nodiscard]] Body body_of(const Order& order);

/// A million bodies, used again and again under new ids, and what is decided about each. Stock
/// never runs out, so a decision depends on the order alone.
class Workload {
 public:
  Workload();

  [[nodiscard]] Order order(std::uint64_t index) const;
  [[nodiscard]] Decision expected(std::uint64_t index) const;

  /// The nodes of a region, the cheapest first.
  [[nodiscard]] std::span<const std::uint8_t> nodes_by_cost(std::uint32_t region) const {
    return std::span(nodes_by_cost_).subspan(std::size_t{region} * nodes, nodes);
  }

  /// Of every region, one after the other.
  [[nodiscard]] std::span<const std::uint8_t> nodes_by_cost() const { return nodes_by_cost_; }

  [[nodiscard]] static std::vector<std::uint32_t> stock_row(std::uint32_t sku);

  /// Units of all cells once the first `count` orders are placed.
  [[nodiscard]] std::uint64_t units_left(std::uint64_t count) const;

 private:
  [[nodiscard]] Decision decide(const Order& order) const;

  Orders orders_;
  std::vector<std::uint32_t> first_line_;
  std::vector<std::uint8_t> regions_;
  std::vector<std::uint8_t> nodes_by_cost_;
  std::vector<Decision> expected_;
};

struct Settings {
  std::uint64_t orders = 0;  ///< 0: until the time is over
  double seconds = 10;
  std::uint32_t call = 256;     ///< orders
  std::uint32_t in_flight = 1;  ///< calls
  std::uint16_t port = 0;
  std::string directory;  ///< of a store in process
  std::string script;     ///< what runs inside the store

  /// From --name value pairs; ends the process at one it does not know.
  static Settings parse(int argc, char** argv);
};

/// Orders that go to the store together.
struct Call {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::chrono::steady_clock::time_point sent;
};

/// One run: hands out calls until its end, checks their answers and measures them. A wrong answer
/// ends the process.
class Run {
 public:
  Run(const Workload& workload, const Settings& settings)
      : workload_(workload), settings_(settings) {}

  /// The next call to send; nothing once the run is over.
  std::optional<Call> next();

  void answered(const Call& call, std::span<const Decision> decisions);

  /// The whole run with settings.in_flight calls on their way; `take` waits for the oldest.
  void loop(const std::function<void(const Call& call)>& send,
            const std::function<std::vector<Decision>()>& take);

  /// Reads an order back; gives what is stored as its body and decision.
  struct Stored {
    std::vector<std::uint8_t> body;
    Decision decision;
  };

  struct Store {
    std::function<std::vector<Decision>(const Call& call)> place;
    std::function<std::optional<Stored>(const Order& order)> read;
    std::function<std::uint64_t()> units;
  };

  /// After the run, off the clock: a call again must get the same answers and take nothing, a
  /// sample of orders must be there, and the units of all cells must add up.
  void check_store(const Store& store) const;

  /// One line of JSON on stdout.
  void print() const;

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] double percentile_us(double share) const;

  const Workload& workload_;
  const Settings& settings_;
  std::optional<Clock::time_point> began_;
  Clock::time_point ended_;
  std::uint64_t handed_out_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t verdicts_[4] = {};
  std::vector<double> latencies_us_;
};

/// The whole of a text file; ends the process without it.
[[nodiscard]] std::string read_file(const std::string& path);

[[noreturn]] void fail(const std::string& text);

}  // namespace millrace::bench::compare
