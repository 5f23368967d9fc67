// One connection that follows events: where it is, what it wants, and what the socket did not take.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/tcp/event_feed.h"
#include "adapters/wire/frame_buffer.h"
#include "adapters/wire/subscription.h"
#include "engine/journal/event_log.h"

namespace millrace {

/// Which events a subscriber wants.
class EventFilter {
 public:
  explicit EventFilter(const Subscribe& subscribe);

  [[nodiscard]] bool wants_all() const { return wants_all_; }

  [[nodiscard]] bool passes(const Event& event) const;

 private:
  bool wants_all_;
  std::bitset<256> kinds_;
  std::vector<bool> nodes_;      ///< by index; empty: all
  std::vector<bool> channels_;   ///< likewise
  std::vector<OrderId> orders_;  ///< sorted; empty: all
};

class EventSubscriber {
 public:
  EventSubscriber(const EventLog& log, FeedRequest request);
  EventSubscriber(const EventSubscriber&) = delete;
  EventSubscriber& operator=(const EventSubscriber&) = delete;
  ~EventSubscriber();

  /// Whether there is something to do for it without waiting for the socket.
  [[nodiscard]] bool can_go_on() const;
  /// Sends the next events; how many.
  std::size_t go_on(EventChunk& chunk);

  void on_readable(std::size_t frame_bytes_max);
  void on_writable();

  /// Says why it ends; it is dead once that is sent, or cannot be.
  void say_goodbye(ErrorCode code, std::string_view text);

  [[nodiscard]] bool wants_write() const { return sent_ < output_.size(); }

  [[nodiscard]] bool dead() const { return fd_ < 0; }

  [[nodiscard]] int fd() const { return fd_; }

  [[nodiscard]] const std::string& peer() const { return peer_; }

  [[nodiscard]] const std::string& client() const { return client_; }

  [[nodiscard]] std::string_view end() const { return end_; }

  [[nodiscard]] std::uint64_t next() const { return next_; }

 private:
  void take_input(std::size_t frame_bytes_max);
  void write();
  void close(std::string_view why);
  void fail(const Error& error);

  const EventLog& log_;
  EventReader reader_;
  int fd_;
  std::string peer_;
  std::string client_;
  EventFilter filter_;
  std::uint64_t request_;
  std::uint64_t next_;             ///< event to look at next
  std::uint64_t credit_;           ///< events it may still be sent
  std::uint64_t passed_over_ = 0;  ///< events since the last frame
  bool greeted_ = false;           ///< it was sent a frame
  /// What there was by its first frame ends here; it hears when it has come so far, whatever passed.
  std::uint64_t milestone_ = 0;
  bool closing_ = false;
  std::string end_ = "closed";
  std::vector<Event> wanted_;
  FrameBuffer input_;
  FrameBuffer output_;
  std::size_t sent_ = 0;
};

}  // namespace millrace
