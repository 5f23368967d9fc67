// The TCP side of the engine: accepts connections, turns their frames into messages for the
// pipeline and batches of the pipeline into answers. N I/O threads, each with its own port and its
// own sessions; a session stays on the thread that it began on. docs/protocol.md describes what is
// spoken, credit and limits included.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "adapters/wire/codec.h"
#include "engine/core/limits.h"
#include "engine/journal/event_log.h"
#include "engine/runtime/port.h"
#include "engine/state/availability.h"

namespace millrace {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

struct LogField {
  std::string_view key;
  std::variant<std::uint64_t, std::string_view> value;
};

/// Told what happened, from any I/O thread. The views are valid during the call only.
using LogFunction =
    std::function<void(LogLevel level, std::string_view event, std::span<const LogField> fields)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0 takes any free one
  std::uint32_t io_threads = 1;
  /// What Welcome says; its limits and credit are filled in from the fields below.
  Welcome welcome;
  /// What the I/O threads answer reads of availability from, beside the pipeline; it outlives the
  /// server. Without it the server does not know such frames.
  std::optional<AvailabilityReader> availability;
  /// What subscribers are fed from; it outlives the server. Without it there are none.
  const EventLog* events = nullptr;
  std::string token;  ///< empty: any client may come in
  BatchLimits limits;
  /// Commands and bytes (frames and their answers) one connection may have unanswered. Beyond, it
  /// is not read from. One frame always gets in, so a connection may exceed it by one frame.
  std::uint32_t credit = 65'536;
  std::uint64_t credit_bytes = 16ULL << 20U;
  /// Bytes of received frames that all connections together, those closed by now included, may have
  /// on their way into the pipeline. Beyond, none is read from.
  std::uint64_t inbound_bytes_max = 256ULL << 20U;
  std::uint32_t connections_max = 1024;
  std::chrono::milliseconds handshake_timeout{5000};
  std::chrono::milliseconds slow_reader_timeout{10'000};
  /// How long a connection that is being closed may take to read its last answer.
  std::chrono::milliseconds linger_timeout{1000};
  std::uint32_t chunk_bytes = 128U << 10U;  ///< read at a time, at most
  /// Runs first on each I/O thread: names and pins it.
  std::function<void(std::uint32_t thread)> thread_started;
};

/// Counts since the start. They are read while they move, so they may be a little apart.
struct ServerCounters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t slow_readers_dropped = 0;
  std::uint64_t inbound_bytes = 0;         ///< held now, by whole chunks
  std::uint64_t inbound_room_awaited = 0;  ///< times that reading stopped since there were too many
  std::uint64_t frames_in = 0;
  std::uint64_t frames_copied = 0;  ///< of them not at their alignment, so copied
  std::uint64_t commands_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t answers_out = 0;
  std::uint64_t answers_dropped = 0;  ///< their session was gone
  std::uint64_t availability_reads = 0;
  std::uint64_t subscribers = 0;  ///< now
  std::uint64_t events_out = 0;
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t wakeups = 0;  ///< of an I/O thread by the reply thread
  std::array<std::uint64_t, error_codes> errors{};
};

class Server {
 public:
  Server(ServerOptions options, LogFunction log);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops without grace if it still runs. The pipeline must hold no inbound buffer any more.
  ~Server();

  /// Where the pipeline delivers its batches, from one thread at a time. Usable before start() and
  /// until the destructor.
  [[nodiscard]] ReplySink& sink();

  using MakePort = std::function<std::unique_ptr<Port>()>;

  /// Listens, and starts the I/O threads with a port each. Says what is wrong if it cannot.
  [[nodiscard]] std::optional<std::string> start(const MakePort& make_port);

  /// There are more events in the log. Any thread, until the destructor.
  void wake_subscribers();
  [[nodiscard]] bool has_subscribers() const;

  /// The port it listens on.
  [[nodiscard]] std::uint16_t port() const;

  /// Stops accepting and reading, lets the answers that are due go out, closes every connection and
  /// ends the threads: at once if all is quiet, after `grace` at the latest. The pipeline must run
  /// until this returns; no port is used after it.
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] ServerCounters counters() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace millrace
