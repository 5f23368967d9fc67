// The first commands of a new journal: the network's catalogue and stock, submitted like any
// client's, so that they are journaled and replayed like them. A tick of its own ends them: whether
// a journal is filled is read from the journal, never from the files as they are now.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "adapters/config/network_files.h"
#include "engine/core/limits.h"
#include "engine/journal/file.h"
#include "engine/journal/result.h"
#include "engine/runtime/encoders.h"
#include "engine/runtime/own_frame.h"
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

  /// The bootstrap's frames, which live as long as the pipeline they go to.
  [[nodiscard]] OwnFrames& frames() { return frames_; }

 private:
  ReplySink& next_;
  OwnFrames frames_;
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> refused_{0};
};

/// How many commands a bootstrap takes whose answers must be remembered, so that it can be done
/// over.
[[nodiscard]] std::uint64_t bootstrap_commands(const NetworkFiles& files);

/// Whether a journal that is kept from its first command on, up to the command `last`, holds more
/// than an unfinished bootstrap: its end, or a command of a client, since none is let in before.
[[nodiscard]] Result<bool> bootstrap_is_done(Disk& disk, const Encoders& encoders, Sequence last);

/// Defines every SKU of the catalogue and receives every stock level through the port, and waits
/// until all of it and its end are durable. Says what went wrong, if anything.
[[nodiscard]] std::optional<std::string> bootstrap(const NetworkFiles& files, Port& port,
                                                   const BatchLimits& limits, BootstrapSink& sink,
                                                   const std::atomic<bool>& failed);

}  // namespace millrace::tools
