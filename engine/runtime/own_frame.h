// Frames of the process's own on their way to intake.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/core/batch.h"
#include "engine/runtime/encoders.h"
#include "engine/runtime/port.h"

namespace millrace {

/// A pool of frames: once as many are made as are ever under way, it allocates nothing. One thread
/// submits; intake gives the frames back. It outlives whatever the frames were submitted to.
class OwnFrames {
 public:
  OwnFrames() = default;
  OwnFrames(const OwnFrames&) = delete;
  OwnFrames& operator=(const OwnFrames&) = delete;
  ~OwnFrames();

  /// Where the next frame is to be written.
  [[nodiscard]] std::vector<std::byte>& blank();

  /// Submits what was written there: a whole frame that the encoders read.
  void submit(Port& port, const Encoders& encoders, Origin origin);

 private:
  struct Frame : InboundBuffer {
    OwnFrames* pool = nullptr;
    Frame* next = nullptr;
    std::vector<std::byte> bytes;
  };

  static void give_back(InboundBuffer* self);

  std::vector<std::unique_ptr<Frame>> frames_;
  Frame* blank_ = nullptr;                 ///< frames at hand, the first of them to be written
  std::atomic<Frame*> returned_{nullptr};  ///< frames that intake has copied
};

}  // namespace millrace
