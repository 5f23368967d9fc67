// One I/O thread: its sessions, its port into the pipeline, its mailbox of answers and its chunks.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "adapters/tcp/chunk_pool.h"
#include "adapters/tcp/counts.h"
#include "adapters/tcp/mailbox.h"
#include "adapters/tcp/server.h"
#include "adapters/tcp/session.h"

namespace millrace {

class EventFeed;

/// What the I/O threads of one server share.
struct ServerShared {
  ServerOptions options;
  LogFunction log;
  EventFeed* feed = nullptr;  ///< of events, if there is one
  std::atomic<std::uint32_t> connections_open{0};
  /// Of the chunks that sessions or the pipeline hold.
  alignas(cache_line) std::atomic<std::uint64_t> inbound_bytes{0};
};

class IoThread {
 public:
  IoThread(ServerShared& shared, std::uint32_t index, Mailbox& mailbox, std::unique_ptr<Port> port);
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;
  ~IoThread();

  /// Runs until drain() has left no session, or kill().
  void run();

  [[nodiscard]] boost::asio::io_context& context() { return context_; }

  // ---- on the thread itself; others post to the context
  void adopt(boost::asio::ip::tcp::socket socket);
  /// Lets every session finish what is due, then ends.
  void drain();
  /// Closes every session and ends.
  void kill();

  // ---- for sessions
  [[nodiscard]] const ServerOptions& options() const { return shared_.options; }

  [[nodiscard]] EventFeed* feed() const { return shared_.feed; }

  [[nodiscard]] IoCounts& counts() { return counts_; }

  [[nodiscard]] const IoCounts& counts() const { return counts_; }

  void log(LogLevel level, std::string_view event, std::span<const LogField> fields) const;

  [[nodiscard]] ChunkPool& chunks() { return chunks_; }

  /// A chunk with room, which other sessions may have begun.
  [[nodiscard]] ChunkRef take_open_chunk();
  /// Gives a chunk whose bytes are all taken to the next session that reads.
  void give_open_chunk(ChunkRef chunk);
  /// Copies a frame to where it is aligned and padded with zeros.
  [[nodiscard]] std::span<const std::byte> copy_aside(std::span<const std::byte> frame,
                                                      Chunk*& chunk);

  /// Memory whose content nobody wants.
  [[nodiscard]] std::span<std::byte> scratch() { return scratch_; }

  /// Queues a message for the pipeline; it is submitted with the others when the handler ends.
  void submit(const Inbound& inbound) {
    inbounds_.push_back(inbound);
    ++in_flight_;
  }

  /// Whether a frame may be taken. Above the budget one may while this thread has none on its way:
  /// peers that leave their frames incomplete hold memory, and must not stop the others by it.
  [[nodiscard]] bool has_room() const {
    return in_flight_ == 0 ||
           shared_.inbound_bytes.load(std::memory_order_relaxed) < options().inbound_bytes_max;
  }

  /// Resumes the paused sessions once there is room.
  void await_room();

  void bury(std::uint32_t slot) { dead_.push_back(slot); }

  /// Handlers by session: they do nothing if it is gone.
  struct OnReadable {
    IoThread* thread;
    SessionId id;
    void operator()(const boost::system::error_code& error) const;
  };

  struct OnWritable {
    IoThread* thread;
    SessionId id;
    void operator()(const boost::system::error_code& error) const;
  };

 private:
  struct Place {
    std::unique_ptr<Session> session;
    std::uint32_t generation = 0;
  };

  [[nodiscard]] Session* find(std::uint32_t slot, std::uint32_t generation);
  /// Ends every handler: submits what came in and buries the dead.
  void settle();
  void wait_for_mail();
  void take_mail();
  void resume_waiting();
  void wait_for_tick();
  void on_tick();
  [[nodiscard]] std::chrono::milliseconds tick_period() const;

  ServerShared& shared_;
  std::uint32_t index_;
  Mailbox& mailbox_;
  std::unique_ptr<Port> port_;
  boost::asio::io_context context_;
  boost::asio::posix::stream_descriptor mail_;
  boost::asio::steady_timer tick_;
  IoCounts counts_;

  ChunkPool chunks_;
  ChunkRef open_chunk_;
  ChunkRef aside_;
  std::vector<std::byte> scratch_;

  std::vector<Place> places_;
  std::vector<std::uint32_t> free_places_;
  std::vector<std::uint32_t> dead_;
  std::size_t live_ = 0;
  bool draining_ = false;
  bool room_awaited_ = false;      ///< by sessions that are paused
  std::size_t resumed_first_ = 0;  ///< whose turn it is
  std::uint64_t in_flight_ = 0;    ///< messages submitted and not answered, of dead sessions too
  std::vector<Inbound> inbounds_;
  std::vector<Session*> answered_;  ///< by the deliveries at hand
};

}  // namespace millrace
