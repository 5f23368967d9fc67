// Makes an engine's memory real beside the thread that fills it.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "engine/core/limits.h"

namespace millrace {

/// Touches blocks of memory on a thread of its own: a little of each in turn, since tables fill
/// side by side. The blocks outlive it.
class Toucher {
 public:
  explicit Toucher(std::vector<MemoryBlock> blocks);
  /// Ends it where it is.
  ~Toucher();
  Toucher(const Toucher&) = delete;
  Toucher& operator=(const Toucher&) = delete;

  /// Waits until all is touched.
  void wait();

 private:
  void run();

  std::vector<MemoryBlock> blocks_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace millrace
