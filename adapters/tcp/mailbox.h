// How answers get from the reply thread to an I/O thread: whole deliveries, with at most one
// wake-up each, and deliveries that come back to be filled again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapters/tcp/handoff.h"
#include "adapters/wire/frame_buffer.h"

namespace millrace {

/// Answers that go to one session and lie behind each other in their delivery.
struct SessionAnswers {
  std::uint32_t slot;
  std::uint32_t generation;
  std::uint32_t messages;
  std::size_t begin;
  std::size_t end;
};

/// What one batch has for the sessions of one I/O thread.
struct Delivery {
  Delivery* next = nullptr;
  FrameBuffer bytes;
  std::vector<SessionAnswers> answers;
};

/// One an I/O thread.
class Mailbox {
 public:
  Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox();

  // ---- for the reply thread
  [[nodiscard]] Delivery* blank();
  void send(Delivery* delivery);

  // ---- for the I/O thread
  /// Everything sent so far, the first one first.
  [[nodiscard]] Delivery* take() { return sent_.take_all_in_order(); }

  void give_back(Delivery* delivery);

  /// Becomes readable when something is sent; the I/O thread reads it empty.
  [[nodiscard]] int event_fd() const { return event_fd_; }

  [[nodiscard]] std::uint64_t wakeups() const { return wakeups_.load(std::memory_order_relaxed); }

 private:
  static void destroy_all(Delivery* first);

  int event_fd_;
  Delivery* blanks_ = nullptr;
  std::atomic<std::uint64_t> wakeups_{0};
  Handoff<Delivery> sent_;
  Handoff<Delivery> returned_;
};

}  // namespace millrace
