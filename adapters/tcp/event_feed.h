// The connections that follow events. A session that subscribes hands its socket over to this one
// thread, which reads the log of events for each of them: those that keep up find what they want in
// the page cache, those that do not read segments from the disk, and nothing is kept for anybody.
// It yields to the threads that answer orders.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/tcp/server.h"
#include "adapters/wire/subscription.h"
#include "engine/journal/event_log.h"

namespace millrace {

class EventSubscriber;

/// A connection that subscribes, as its session leaves it.
struct FeedRequest {
  int fd = -1;  ///< handed over, non-blocking
  std::string peer;
  std::string client;
  Subscribe subscribe;
  std::vector<std::byte> input;   ///< received behind the subscription
  std::vector<std::byte> output;  ///< not sent yet
};

/// The events that were read last, for all who follow at the same place.
class EventChunk {
 public:
  EventChunk();

  /// Events from this number on, at least one if there is one.
  [[nodiscard]] Result<std::span<const Event>> from(std::uint64_t number, EventReader& reader);

 private:
  std::vector<Event> events_;
  std::uint64_t first_ = 0;
  std::size_t count_ = 0;
};

class EventFeed {
 public:
  /// The log outlives the feed. `connections_open` counts its connections too.
  EventFeed(const EventLog& log, const LogFunction& log_function, std::size_t frame_bytes_max,
            std::atomic<std::uint32_t>& connections_open);
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;
  ~EventFeed();

  void start();
  /// Tells every subscriber that the server shuts down, and ends.
  void stop();

  /// Takes a connection over. Any thread.
  void adopt(FeedRequest request);
  /// There are more events. Any thread; a system call only if the feed sleeps.
  void wake();

  [[nodiscard]] std::uint64_t subscribers() const { return subscribers_.load(); }

  [[nodiscard]] std::uint64_t events_out() const { return events_out_.load(); }

 private:
  void run();
  void take_in();
  /// Lets every subscriber go on once.
  void work();
  /// Looks after the sockets; waits if no subscriber can go on.
  void sleep();
  void bury();
  void send_signal() const;

  const EventLog& log_;
  const LogFunction& log_function_;
  std::size_t frame_bytes_max_;
  std::atomic<std::uint32_t>& connections_open_;
  int event_fd_;
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> subscribers_{0};
  std::atomic<std::uint64_t> events_out_{0};
  std::mutex mutex_;  ///< of arrived_
  std::vector<FeedRequest> arrived_;
  std::vector<std::unique_ptr<EventSubscriber>> following_;
  EventChunk chunk_;
  std::thread thread_;
};

}  // namespace millrace
