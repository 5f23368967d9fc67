// A peer that sends any bytes it likes, and the server under test with its stand-in pipeline.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/tcp/server.h"
#include "adapters/wire/codec.h"
#include "tests/tcp/echo_pipeline.h"

namespace millrace::test {

inline constexpr std::chrono::seconds patience{20};

/// Waits until the condition holds; false after a long time.
bool eventually(const std::function<bool()>& condition);

class RawPeer {
 public:
  /// Connects to the server; a small receive buffer makes a reader slow early.
  explicit RawPeer(std::uint16_t port, int receive_buffer = 0);
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  ~RawPeer();

  /// Sends everything; false if the server has closed.
  bool send(std::span<const std::byte> bytes);

  bool send(const FrameBuffer& frame) { return send(frame.bytes()); }

  /// Sends what the socket takes at once.
  std::size_t send_some(std::span<const std::byte> bytes);
  /// No more bytes will come from this side.
  void finish_sending();
  void close();
  /// Closes so that the other side sees a reset.
  void reset();

  /// The next reply; nothing at the end of the stream or after a long time. It is void after the
  /// next call.
  std::optional<Reply> receive();
  /// Reads at most so many bytes, without a look at them; false at the end of the stream.
  bool read_some(std::size_t bytes_max);
  /// Whether the stream ends now, cleanly or not, without another reply.
  bool ended();

  /// Hello and Welcome.
  bool greet(std::uint32_t credit = 0, const std::string& token = "");

 private:
  bool fill() { return read_some(65'536); }

  int fd_ = -1;
  FrameBuffer incoming_;
  std::size_t taken_ = 0;
};

/// Frames of one command each, whose answer echoes `id`.
FrameBuffer order_frame(std::uint64_t request, std::uint64_t id, std::size_t lines = 1);
FrameBuffer orders_frame(std::uint64_t request, std::uint64_t first_id, std::size_t count);

/// A server on a free port.
class ServerTest : public testing::Test {
 public:
  ~ServerTest() override;

 protected:
  ServerTest();

  /// Starts with `options_`.
  void start();

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  [[nodiscard]] ServerCounters counters() const { return server_->counters(); }

  [[nodiscard]] std::uint64_t errors(ErrorCode code) const {
    return counters().errors[static_cast<std::size_t>(code)];
  }

  /// Whether an event with this value of a field was logged.
  bool logged(const std::string& event, const std::string& key, const std::string& value);

  /// Sends the frame as the first thing after the handshake, expects the error, and says whether
  /// the connection goes on.
  bool goes_on_after(const FrameBuffer& frame, ErrorCode code, std::uint64_t request);
  void expect_error(RawPeer& peer, ErrorCode code, std::uint64_t request, bool closes);
  void expect_echo(RawPeer& peer, std::uint64_t request, std::uint64_t id);

  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<EchoPipeline> pipeline_;

 private:
  struct Line {
    std::string event;
    std::map<std::string, std::string> fields;
  };

  std::mutex log_mutex_;
  std::vector<Line> log_;
};

}  // namespace millrace::test
