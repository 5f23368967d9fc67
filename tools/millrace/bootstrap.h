// The first commands of a new journal: the network's catalogue and stock, submitted like any
// client's, so that they are journaled and replayed like them.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/config/network_files.h"
#include "engine/core/limits.h"
#include "engine/runtime/encoders.h"
#include "engine/runtime/port.h"

namespace millrace::tools {

/// Passes batches on, and meanwhile watches for the answers to the bootstrap's own messages.
class BootstrapSink final : public ReplySink {
 public:
  static constexpr std::uint64_t session = own_sessions;

  explicit BootstrapSink(ReplySink& next) : next_(next) {}

  void deliver(const Batch& batch) override;

  /// Waits until `messages` messages are answered, or `failed` becomes true.
  void wait_for(std::uint64_t messages, const std::atomic<bool>& failed);

  [[nodiscard]] std::uint64_t refused() const { return refused_.load(); }

  /// Wakes a waiter who should look at `failed`.
  void wake();

 private:
  ReplySink& next_;
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> refused_{0};
};

/// How many commands a bootstrap takes. They are the first of their journal, since nobody is let in
/// before: a journal with fewer has an unfinished bootstrap.
[[nodiscard]] std::uint64_t bootstrap_commands(const NetworkFiles& files);

/// Defines every SKU of the catalogue and receives every stock level through the port, and waits
/// until all of it is durable. Says what went wrong, if anything.
[[nodiscard]] std::optional<std::string> bootstrap(const NetworkFiles& files, Port& port,
                                                   const BatchLimits& limits, BootstrapSink& sink,
                                                   const std::atomic<bool>& failed);

}  // namespace millrace::tools
