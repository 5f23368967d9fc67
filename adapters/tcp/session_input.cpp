// Sessions: bytes in. Reads, cuts the stream into frames, and makes messages of them.
#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <cstring>
#include <utility>

#include "adapters/tcp/io_thread.h"
#include "adapters/tcp/session.h"
#include "engine/core/check.h"

namespace millrace {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t frame_alignment = 8;
/// Reads of one session before the others get their turn.
constexpr int reads_per_turn = 4;
/// Availabilities told to one session before the others get their turn: a tenth of a millisecond.
constexpr std::size_t availabilities_per_turn = 4096;
/// What an answer of a few words costs, its frame included.
constexpr std::uint64_t small_answer_bytes = 256;
/// Lines that an order is taken to have when its view is asked for.
constexpr std::uint64_t view_slices = lines_per_order_max;
constexpr std::size_t client_name_max = 64;

/// Takes as long for a wrong token as for the right one.
bool same_token(std::string_view given, std::string_view expected) {
  unsigned difference = given.size() == expected.size() ? 0 : 1;
  for (std::size_t at = 0; at < expected.size(); ++at) {
    const char other = at < given.size() ? given[at] : '\0';
    difference |= static_cast<unsigned char>(expected[at]) ^ static_cast<unsigned char>(other);
  }
  return difference == 0;
}

/// A name fit for a log: short, and of printable characters.
std::string tame(std::string_view name) {
  std::string tamed(name.substr(0, client_name_max));
  std::replace_if(
      tamed.begin(), tamed.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return tamed;
}

}  // namespace

bool Session::may_take() const {
  if (state_ != State::greeting && !thread_.has_room()) {
    return false;
  }
  return unanswered_commands_ < credit_ && unanswered_bytes_ < thread_.options().credit_bytes &&
         pending_.size() - pending_sent_ < pending_bytes_max;
}

void Session::on_readable(const error_code& error) {
  read_armed_ = false;
  if (error) {
    die("connection_broken");
    return;
  }
  if (state_ == State::lingering) {
    discard_input();
    return;
  }
  reads_in_turn_ = 0;
  for (int turn = 0;
       turn < reads_per_turn && reads() && !paused_ && reads_in_turn_ < availabilities_per_turn;
       ++turn) {
    if (!may_take()) {
      pause();
    } else if (!read_some()) {
      break;
    }
  }
  if (reads() && !paused_) {
    arm_read();
  }
  finish_if_done();
}

std::span<std::byte> Session::make_room() {
  if (chunk_ == nullptr) {
    chunk_ = thread_.take_open_chunk();
    chunk_->filled = padded_bytes(chunk_->filled);
    begin_ = chunk_->filled;
  }
  const std::size_t have = chunk_->filled - begin_;
  const std::size_t need = have < frame_prefix_bytes
                               ? frame_alignment
                               : padded_bytes(frame_bytes(chunk_->data() + begin_));
  if (begin_ % frame_alignment != 0 || begin_ + need > chunk_->capacity) {
    // The frame goes on in a chunk that it fits into; what was taken before stays where it is.
    ChunkRef roomier(thread_.chunks().take(need));
    std::memcpy(roomier->data(), chunk_->data() + begin_, have);
    roomier->filled = have;
    chunk_ = std::move(roomier);
    begin_ = 0;
  }
  return {chunk_->data() + chunk_->filled, chunk_->space()};
}

bool Session::read_some() {
  const std::span<std::byte> room = make_room();
  error_code error;
  const std::size_t got = socket_.read_some(asio::buffer(room.data(), room.size()), error);
  if (error) {
    if (would_block(error)) {
      settle_tail();
    } else {
      peer_is_gone(error);
    }
    return false;
  }
  thread_.counts().reads.add(1);
  thread_.counts().bytes_in.add(got);
  chunk_->filled += got;
  take_frames();
  settle_tail();
  // A short read has emptied the socket.
  return got == room.size();
}

void Session::peer_is_gone(const error_code& error) {
  if (error != asio::error::eof) {
    die("connection_broken");
    return;
  }
  // It may have closed one way only, and still wait for its answers.
  peer_closed_ = true;
  state_ = State::closing;
  stop_reading();
}

void Session::discard_input() {
  for (int turn = 0; turn < reads_per_turn; ++turn) {
    error_code error;
    const std::span<std::byte> room = thread_.scratch();
    const std::size_t got = socket_.read_some(asio::buffer(room.data(), room.size()), error);
    if (error && !would_block(error)) {
      die("closed");
      return;
    }
    if (error || got < room.size()) {
      break;
    }
  }
  arm_read();
}

void Session::stop_reading() {
  chunk_.reset();
  paused_ = false;
}

void Session::pause() {
  paused_ = true;
  if (!thread_.has_room()) {
    thread_.await_room();
  }
}

// ---- frames

void Session::take_frames() {
  while (reads()) {
    const std::size_t have = chunk_->filled - begin_;
    if (have < frame_prefix_bytes) {
      break;
    }
    const std::size_t byte_count = frame_bytes(chunk_->data() + begin_);
    const Flaw flaw = check_length(byte_count);
    if (flaw != Flaw::none) {
      refuse(flaw, 0, chunk_.get());
      break;
    }
    if (have < byte_count || !may_take()) {
      break;
    }
    const FramePlace place = place_frame(byte_count);
    ++frames_;
    thread_.counts().frames_in.add(1);
    if (state_ == State::greeting) {
      take_hello(place);
    } else {
      take_message(place);
    }
  }
  write_reads();
  if (reads() && !may_take()) {
    pause();
  }
}

Flaw Session::check_length(std::size_t byte_count) const {
  if (byte_count < frame_alignment + frame_prefix_bytes) {
    return Flaw::too_short;
  }
  if (state_ == State::greeting) {
    return byte_count > hello_bytes_max ? Flaw::hello_too_long : Flaw::none;
  }
  return byte_count > thread_.options().limits.frame_bytes_max ? Flaw::frame_too_long : Flaw::none;
}

Session::FramePlace Session::place_frame(std::size_t byte_count) {
  const std::size_t at = begin_;
  const std::size_t padded = padded_bytes(byte_count);
  const bool last = at + byte_count == chunk_->filled;
  if (at % frame_alignment == 0 && padded != byte_count && last &&
      at + padded <= chunk_->capacity) {
    // Nothing follows yet, so there is room for the padding that the peer left out.
    std::memset(chunk_->data() + chunk_->filled, 0, padded - byte_count);
    chunk_->filled = at + padded;
    begin_ = chunk_->filled;
    return {{chunk_->data() + at, padded}, chunk_.get()};
  }
  begin_ += byte_count;
  if (at % frame_alignment == 0 && padded == byte_count) {
    return {{chunk_->data() + at, padded}, chunk_.get()};
  }
  Chunk* chunk = nullptr;
  const std::span<const std::byte> copy =
      thread_.copy_aside({chunk_->data() + at, byte_count}, chunk);
  return {copy, chunk};
}

void Session::settle_tail() {
  if (chunk_ == nullptr || begin_ != chunk_->filled) {
    return;
  }
  thread_.give_open_chunk(std::move(chunk_));
}

void Session::take_hello(const FramePlace& place) {
  Hello hello;
  Flaw flaw = decode_hello(place.frame, hello);
  if (flaw == Flaw::none && hello.protocol != protocol_version) {
    flaw = Flaw::wrong_protocol;
  }
  const ServerOptions& options = thread_.options();
  if (flaw == Flaw::none && !options.token.empty() && !same_token(hello.token, options.token)) {
    flaw = Flaw::wrong_token;
  }
  if (flaw != Flaw::none) {
    refuse(flaw, hello.request, place.chunk);
    return;
  }
  client_ = tame(hello.client);
  credit_ = hello.credit == 0 ? options.credit : std::min(hello.credit, options.credit);
  state_ = State::open;
  Welcome welcome = options.welcome;
  welcome.protocol = protocol_version;
  welcome.credit = credit_;
  welcome.frame_bytes_max = options.limits.frame_bytes_max;
  welcome.commands_per_frame_max = options.limits.commands_max;
  welcome.lines_per_frame_max = options.limits.lines_max;
  FrameBuffer answer;
  encode_welcome(answer, hello.request, welcome);
  send(answer.bytes());
  const std::array fields{LogField{"peer", peer_}, LogField{"client", client_},
                          LogField{"credit", std::uint64_t{credit_}}};
  thread_.log(LogLevel::info, "session_opened", fields);
}

void Session::take_message(const FramePlace& place) {
  Request request;
  Flaw flaw = decode_request(place.frame, thread_.options().limits, request);
  if (request.is_read) {
    answer_read(request, flaw);
    return;
  }
  if (request.is_subscription) {
    subscribe(place, request.message.origin.request);
    return;
  }
  Message& message = request.message;
  const std::uint64_t charge = charge_of(message);
  if (flaw == Flaw::none && !is_journaled(message.kind) &&
      charge > thread_.options().credit_bytes) {
    flaw = Flaw::answer_too_large;
  }
  if (flaw != Flaw::none) {
    refuse(flaw, message.origin.request, place.chunk);
    return;
  }
  thread_.counts().commands_in.add(message.count);
  message.origin.session = pack_session(id_, Flaw::none);
  submit(message, place.frame.data(), place.chunk, charge);
}

std::uint64_t Session::charge_of(const Message& message) const {
  const std::uint64_t nodes = thread_.options().welcome.nodes.size();
  std::uint64_t answer = sizeof(Outcome);
  if (message.kind == CommandKind::get_order) {
    answer = sizeof(OrderView) + view_slices * sizeof(SliceView);
  } else if (message.kind == CommandKind::get_stock) {
    answer = sizeof(StockView) + nodes * sizeof(StockCell);
  }
  const std::uint64_t allocations =
      message.kind == CommandKind::place_order && message.wants_allocations
          ? message.detail_count * sizeof(Allocation)
          : 0;
  return small_answer_bytes + message.byte_count + message.count * answer + allocations;
}

void Session::refuse(Flaw flaw, std::uint64_t request, Chunk* chunk) {
  if (state_ == State::greeting) {
    say_goodbye(flaw, request);
    return;
  }
  note_flaw(flaw);
  Message message{};
  message.kind = CommandKind::refused_frame;
  message.error = static_cast<std::uint8_t>(flaw_code(flaw));
  message.closes = flaw_closes(flaw);
  message.origin = Origin{pack_session(id_, flaw), request};
  submit(message, nullptr, chunk, small_answer_bytes);
  if (message.closes) {
    state_ = State::closing;
  }
}

void Session::submit(const Message& message, const std::byte* bytes, Chunk* chunk,
                     std::uint64_t charge) {
  const Asked asked{std::max(message.count, 1U), static_cast<std::uint32_t>(charge)};
  if (asked_end_ - asked_begin_ == asked_.size()) {
    std::vector<Asked> larger(std::max<std::size_t>(64, asked_.size() * 2));
    for (std::size_t at = asked_begin_; at < asked_end_; ++at) {
      larger[at & (larger.size() - 1)] = asked_[at & (asked_.size() - 1)];
    }
    asked_ = std::move(larger);
  }
  asked_[asked_end_++ & (asked_.size() - 1)] = asked;
  unanswered_commands_ += asked.commands;
  unanswered_bytes_ += asked.bytes;
  // A refused frame holds its chunk too: the budget bounds what is queued, whoever is gone.
  chunk->hold();
  thread_.submit(Inbound{message, bytes, chunk});
}

void Session::note_flaw(Flaw flaw) {
  const ErrorCode code = flaw_code(flaw);
  thread_.counts().errors[static_cast<std::size_t>(code)].add(1);
  // One line a session: a client that does nothing else shall not fill the log.
  if (refused_++ == 0) {
    const std::array fields{LogField{"peer", peer_}, LogField{"client", client_},
                            LogField{"code", error_name(code)}, LogField{"text", flaw_text(flaw)}};
    thread_.log(LogLevel::warning, "frame_refused", fields);
  }
}

void Session::resume() {
  if (!paused_ || !reads()) {
    return;
  }
  if (!may_take()) {
    pause();
    return;
  }
  paused_ = false;
  if (chunk_ != nullptr) {
    take_frames();
    settle_tail();
  }
  if (reads() && !paused_) {
    arm_read();
  }
}

}  // namespace millrace
