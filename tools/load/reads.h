// Reads of availability beside a run: a thread of its own asks for thousands of SKUs a frame, as
// often as answers come or at a rate, and checks what it is told.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/config/network_files.h"
#include "tools/load/connection.h"
#include "tools/load/histogram.h"
#include "tools/load/network_demand.h"
#include "tools/load/tally.h"

namespace millrace::load {

struct ReadOptions {
  Target target;
  std::uint32_t connections = 0;  ///< 0 reads nothing
  std::uint32_t frame_reads = 4096;
  std::uint32_t frames_in_flight = 4;  ///< of a connection; closed loop only
  double rate = 0;                     ///< reads a second, an open loop; 0 is the closed loop
  std::uint64_t seed = 1;
  double zipf = 0.99;  ///< exponent of the popularity of SKUs
  /// Nobody but this run changes the stock that the server began with, and only by taking it:
  /// availability must never be above the network's stock, nor rise.
  bool only_falls = false;
};

/// What may be asked for, and what there was at first.
struct ReadCatalogue {
  std::vector<Sku> skus;                 ///< the most popular first
  std::vector<std::uint32_t> units_max;  ///< of each, over all nodes
};

[[nodiscard]] ReadCatalogue read_catalogue_of(const NetworkFiles& files, Popular popular);

struct ReadResult {
  std::uint64_t reads = 0;
  double seconds = 0;
  double cpu_seconds = 0;    ///< of the reading thread
  LatencyHistogram latency;  ///< of frames, from the intended send time to the answer
  Failures failures;
  std::string broken;  ///< why the reading ended before its time, if it did
};

/// Reads until it is told to end.
class Reads {
 public:
  Reads(ReadCatalogue catalogue, const ReadOptions& options);
  Reads(const Reads&) = delete;
  Reads& operator=(const Reads&) = delete;
  ~Reads();

  /// Connects and begins to read. An error text if nobody listens.
  [[nodiscard]] std::optional<std::string> start();
  /// Ends the reading and tells what came of it.
  [[nodiscard]] ReadResult finish();

 private:
  class Loop;

  ReadCatalogue catalogue_;
  ReadOptions options_;
  std::atomic<bool> stop_{false};
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

/// What every SKU's availability comes to, beside what GetStock says of it at rest.
struct ReadComparison {
  std::uint64_t skus = 0;
  std::uint64_t units = 0;  ///< of all SKUs
  std::uint64_t differences = 0;
  std::string broken;  ///< why the server could not be asked, if so
};

[[nodiscard]] ReadComparison compare_with_stock(const Target& target,
                                                const ReadCatalogue& catalogue);

}  // namespace millrace::load
