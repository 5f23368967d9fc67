// A server that answers as a test tells it to: how a run judges wrong answers, silence and broken
// connections can only be seen against a server that gives them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <thread>
#include <vector>

#include "adapters/wire/codec.h"
#include "engine/core/batch.h"

namespace millrace::load::test {

class FakeServer {
 public:
  /// Appends what is to be answered to a message; false closes the connection afterwards. Called
  /// on the server's thread; `nth` counts the messages of the connection from 0.
  using Answer = std::function<bool(const Message& message, std::uint64_t nth, FrameBuffer& out)>;

  /// Serves one connection after the other with the answers of the same place, the last for all
  /// that follow.
  explicit FakeServer(std::vector<Answer> answers, std::uint32_t credit = 65'536);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void run();
  void serve(int socket, const Answer& answer) const;

  std::vector<Answer> answers_;
  std::uint32_t credit_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

/// Every order allocated at one node, every cancellation carried out.
std::vector<Outcome> true_outcomes(const Message& message);

/// Sequence numbers are those of the connection's messages: nth * 1,000,000.
bool answer_truly(const Message& message, std::uint64_t nth, FrameBuffer& out);
void answer_with(const Message& message, std::uint64_t nth, std::span<const Outcome> outcomes,
                 FrameBuffer& out);

}  // namespace millrace::load::test
