// One connection: from bytes to messages, and from answers to bytes. Lives on one I/O thread.
//
// A session walks greeting → open → closing → lingering → dead. In `closing` nothing is read any
// more, and the answers that are due still go out. In `lingering` everything is sent and the peer
// is given time to read it: closing a socket with unread input would throw the last answers away.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/tcp/chunk_pool.h"
#include "adapters/tcp/session_id.h"
#include "adapters/wire/codec.h"

namespace millrace {

class IoThread;

class Session {
 public:
  using Clock = std::chrono::steady_clock;

  Session(IoThread& thread, boost::asio::ip::tcp::socket socket, SessionId id, std::string peer);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Begins to read; the first frame must be a Hello.
  void start();
  /// Reads no more, lets the answers that are due go out, says `flaw` and closes.
  void say_goodbye(Flaw flaw, std::uint64_t request = 0);
  /// Closes at once.
  void die(std::string_view reason);

  void on_readable(const boost::system::error_code& error);
  void on_writable(const boost::system::error_code& error);

  /// Takes answers over: they are written, or copied, by the next flush_answers().
  void add_answers(std::uint32_t messages, std::span<const std::byte> bytes);
  void flush_answers();

  /// Goes on with what it has read, and reads, if it was paused and need not be any more.
  void resume();

  /// Closes a session that has run out of time.
  void check_time(Clock::time_point now);

  [[nodiscard]] bool dead() const { return state_ == State::dead; }

  /// Whether it has answers to flush; kept by the I/O thread.
  bool has_answers = false;

 private:
  enum class State : std::uint8_t { greeting, open, closing, lingering, dead };

  /// A frame on its way: what it counts against the credit until its answer is handed over.
  struct Asked {
    std::uint32_t commands;
    std::uint32_t bytes;
  };

  /// Where a whole frame lies, padded and at its alignment.
  struct FramePlace {
    std::span<const std::byte> frame;
    Chunk* chunk;
  };

  /// Answers the socket did not take beyond which no frame is taken.
  static constexpr std::size_t pending_bytes_max = 1U << 20U;

  static bool would_block(const boost::system::error_code& error);

  [[nodiscard]] bool reads() const { return state_ == State::greeting || state_ == State::open; }

  [[nodiscard]] bool may_take() const;
  void arm_read();
  void arm_write();

  [[nodiscard]] std::span<std::byte> make_room();
  /// Reads once; false if there was nothing, or the session is over.
  bool read_some();
  void discard_input();
  void peer_is_gone(const boost::system::error_code& error);

  void take_frames();
  [[nodiscard]] Flaw check_length(std::size_t byte_count) const;
  [[nodiscard]] FramePlace place_frame(std::size_t byte_count);
  void take_hello(const FramePlace& place);
  void take_message(const FramePlace& place);
  /// Appends the answer to a read, or what is wrong with it, to the bytes that wait to be sent.
  void answer_read(const Request& request, Flaw flaw);
  void write_reads();
  /// Hands the connection over to the feed of events, if it may be.
  void subscribe(const FramePlace& place, std::uint64_t request);
  void settle_tail();
  void pause();

  void refuse(Flaw flaw, std::uint64_t request, Chunk* chunk);
  void submit(const Message& message, const std::byte* bytes, Chunk* chunk, std::uint64_t charge);
  void stop_reading();
  void note_flaw(Flaw flaw);
  [[nodiscard]] std::uint64_t charge_of(const Message& message) const;

  void send(std::span<const std::byte> bytes);
  void write_gathered();
  void write_pending();
  void finish_if_done();
  void note_progress(Clock::time_point now);

  IoThread& thread_;
  boost::asio::ip::tcp::socket socket_;
  SessionId id_;
  std::string peer_;
  std::string client_;  ///< as it calls itself
  State state_ = State::greeting;
  Flaw goodbye_ = Flaw::none;  ///< to be said when everything else is out
  std::uint64_t goodbye_request_ = 0;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool paused_ = false;       ///< until there is credit or room, nothing is read
  bool peer_closed_ = false;  ///< it sends nothing more
  Clock::time_point began_;
  Clock::time_point lingers_until_;

  ChunkRef chunk_;         ///< holds the bytes not taken yet, if there are any
  std::size_t begin_ = 0;  ///< of them

  std::uint32_t credit_ = 1;
  std::uint64_t unanswered_commands_ = 0;
  std::uint64_t unanswered_bytes_ = 0;
  /// The frames on their way, the oldest first: a ring whose size is a power of two.
  std::vector<Asked> asked_;
  std::size_t asked_begin_ = 0;
  std::size_t asked_end_ = 0;

  std::vector<boost::asio::const_buffer> gathered_;  ///< answers that lie in deliveries
  FrameBuffer pending_;                              ///< what the socket did not take yet
  std::size_t pending_sent_ = 0;
  Clock::time_point progress_at_;  ///< when the peer or the socket last took some
  int queued_before_ = -1;         ///< bytes the peer had not taken at the last look

  std::size_t reads_in_turn_ = 0;  ///< availabilities told since the socket was found readable
  std::uint64_t frames_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace millrace
