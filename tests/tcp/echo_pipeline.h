// Stands in for the pipeline behind a server: a thread that answers every message with something
// that tells which command it was.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/core/batch.h"
#include "engine/runtime/port.h"

namespace millrace::test {

class EchoPipeline {
 public:
  explicit EchoPipeline(ReplySink& sink, std::function<void()> thread_started = {});
  EchoPipeline(const EchoPipeline&) = delete;
  EchoPipeline& operator=(const EchoPipeline&) = delete;
  ~EchoPipeline();

  [[nodiscard]] std::unique_ptr<Port> open_port();

  /// Holds every answer back until resume().
  void pause();
  void resume();

  /// Messages and commands submitted so far.
  [[nodiscard]] std::uint64_t messages() const { return messages_.load(); }

  [[nodiscard]] std::uint64_t commands() const { return commands_.load(); }

  /// Answers delivered so far.
  [[nodiscard]] std::uint64_t delivered() const { return delivered_.load(); }

 private:
  class EchoPort;

  void submit(std::span<const Inbound> messages);
  void run();
  void answer(std::size_t& taken);
  void answer_message(const Message& message);

  ReplySink& sink_;
  std::function<void()> thread_started_;
  Batch batch_{BatchLimits{}};
  Sequence next_{1};
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> commands_{0};
  std::atomic<std::uint64_t> delivered_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Inbound> queued_;
  std::vector<Inbound> working_;
  bool paused_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

/// What the pipeline answers to a command: `detail` holds the low word of its id.
Outcome echo_of(Id128 id);

}  // namespace millrace::test
