// One connection of a run: the frames on their way, the answers as they come, and a new connection
// with the same frames when the server went away in between.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "adapters/tcp/client.h"
#include "tools/load/frame.h"
#include "tools/load/tally.h"

namespace millrace::load {

struct Target {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string token;
};

class Connection {
 public:
  /// Gets every frame that is answered, once, in the order in which it was sent.
  using OnAnswer = std::function<void(const Frame& frame, const FrameAnswer& answer)>;

  Connection(const Target& target, Failures& failures) : target_(target), failures_(failures) {}

  /// Connects, or connects again; the frames that have no answer yet are sent first. An error text
  /// if nobody listens.
  std::optional<std::string> connect();

  [[nodiscard]] bool is_open() const { return client_.has_value(); }

  [[nodiscard]] const Welcome& server() const { return client_->server(); }

  /// What the server lets a frame hold, and at most so many commands.
  [[nodiscard]] FrameBounds bounds(std::uint32_t commands_max) const;

  [[nodiscard]] int fd() const { return client_ ? client_->fd() : -1; }

  [[nodiscard]] bool wants_write() const { return client_ && client_->wants_write(); }

  [[nodiscard]] std::size_t bytes_to_send() const { return client_ ? client_->bytes_to_send() : 0; }

  /// Whether a frame of so many commands may go out now under the server's credit.
  [[nodiscard]] bool has_credit(std::uint32_t commands) const;

  /// Frames without an answer.
  [[nodiscard]] std::size_t in_flight() const { return frames_.size(); }

  /// Puts a frame on its way and keeps it until it is answered; `frame` becomes an empty one.
  void put(Frame& frame);

  /// Sends what the socket takes.
  void flush();

  /// Takes the answers that have come. A connection that breaks is closed; why() says how.
  void receive(const OnAnswer& on_answer);

  void close(const std::string& why);

  [[nodiscard]] const std::string& why() const { return why_; }

  [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

  [[nodiscard]] std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  void encode(Frame& frame);
  /// Sends frames again while the server's credit lasts.
  void resend();
  void take(const Reply& reply, const OnAnswer& on_answer);

  const Target& target_;
  Failures& failures_;
  std::optional<Client> client_;
  std::deque<Frame> frames_;  ///< without an answer, oldest first
  std::size_t sent_ = 0;      ///< how many of them this client has been given
  std::deque<Frame> spare_;   ///< answered ones, whose memory is used again
  std::string why_;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace millrace::load
