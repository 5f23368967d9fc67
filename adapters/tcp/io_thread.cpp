// I/O threads.
#include "adapters/tcp/io_thread.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/core/check.h"
#include "engine/runtime/thread_hints.h"

namespace millrace {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t scratch_bytes = 64U << 10U;
/// Connections beyond the maximum that are told so; those beyond these are closed without a word.
constexpr std::uint32_t connections_told_max = 64;

std::string peer_name(const asio::ip::tcp::socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? "unknown" : endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

}  // namespace

IoThread::IoThread(ServerShared& shared, std::uint32_t index, Mailbox& mailbox,
                   std::unique_ptr<Port> port)
    : shared_(shared),
      index_(index),
      mailbox_(mailbox),
      port_(std::move(port)),
      context_(1),
      mail_(context_, ::dup(mailbox.event_fd())),
      tick_(context_),
      chunks_(shared.options.chunk_bytes, shared.options.limits.frame_bytes_max,
              shared.inbound_bytes),
      scratch_(scratch_bytes) {
  inbounds_.reserve(1024);
  wait_for_mail();
  wait_for_tick();
}

IoThread::~IoThread() = default;

void IoThread::run() {
  work_in_short_slices();
  if (shared_.options.thread_started) {
    shared_.options.thread_started(index_);
  }
  context_.run();
  places_.clear();
  open_chunk_.reset();
  aside_.reset();
  port_.reset();
}

void IoThread::log(LogLevel level, std::string_view event, std::span<const LogField> fields) const {
  if (shared_.log) {
    shared_.log(level, event, fields);
  }
}

// ---- sessions

void IoThread::adopt(asio::ip::tcp::socket socket) {
  const std::uint32_t open = shared_.connections_open.fetch_add(1) + 1;
  if (open > options().connections_max + connections_told_max) {
    shared_.connections_open.fetch_sub(1);
    counts_.refused.add(1);
    return;
  }
  error_code error;
  socket.non_blocking(true, error);
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  socket.set_option(asio::socket_base::keep_alive(true), error);
  std::uint32_t slot = 0;
  if (free_places_.empty()) {
    slot = static_cast<std::uint32_t>(places_.size());
    places_.emplace_back();
  } else {
    slot = free_places_.back();
    free_places_.pop_back();
  }
  Place& place = places_[slot];
  place.generation = place.generation == generation_mask ? 1 : place.generation + 1;
  const SessionId id{index_, slot, place.generation};
  std::string peer = peer_name(socket);
  place.session = std::make_unique<Session>(*this, std::move(socket), id, std::move(peer));
  ++live_;
  if (open > options().connections_max) {
    counts_.refused.add(1);
    place.session->say_goodbye(Flaw::connections_exhausted);
  } else if (draining_) {
    place.session->say_goodbye(Flaw::server_stops);
  } else {
    counts_.accepted.add(1);
    place.session->start();
  }
  settle();
}

Session* IoThread::find(std::uint32_t slot, std::uint32_t generation) {
  if (slot >= places_.size() || places_[slot].generation != generation) {
    return nullptr;
  }
  Session* const session = places_[slot].session.get();
  return session == nullptr || session->dead() ? nullptr : session;
}

void IoThread::OnReadable::operator()(const error_code& error) const {
  if (Session* const session = thread->find(id.slot, id.generation)) {
    session->on_readable(error);
    thread->settle();
  }
}

void IoThread::OnWritable::operator()(const error_code& error) const {
  if (Session* const session = thread->find(id.slot, id.generation)) {
    session->on_writable(error);
    thread->settle();
  }
}

void IoThread::settle() {
  if (!inbounds_.empty()) {
    port_->submit(inbounds_);
    inbounds_.clear();
  }
  for (const std::uint32_t slot : dead_) {
    places_[slot].session.reset();
    free_places_.push_back(slot);
    --live_;
    shared_.connections_open.fetch_sub(1);
  }
  dead_.clear();
  if (draining_ && live_ == 0) {
    context_.stop();
  }
}

void IoThread::drain() {
  draining_ = true;
  for (const Place& place : places_) {
    if (place.session != nullptr && !place.session->dead()) {
      place.session->say_goodbye(Flaw::server_stops);
    }
  }
  settle();
}

void IoThread::kill() {
  draining_ = true;
  for (const Place& place : places_) {
    if (place.session != nullptr && !place.session->dead()) {
      place.session->die("server_stopped");
    }
  }
  settle();
}

// ---- chunks

ChunkRef IoThread::take_open_chunk() {
  if (open_chunk_ == nullptr) {
    return ChunkRef(chunks_.take(0));
  }
  if (open_chunk_->references.load(std::memory_order_acquire) == 1) {
    open_chunk_->filled = 0;
  }
  return std::move(open_chunk_);
}

void IoThread::give_open_chunk(ChunkRef chunk) {
  // Small reads share a chunk, large ones get one of their own.
  const bool roomy =
      chunk->capacity == chunks_.chunk_bytes() && chunk->space() >= chunks_.chunk_bytes() / 4;
  if (roomy && (open_chunk_ == nullptr || open_chunk_->space() < chunk->space())) {
    open_chunk_ = std::move(chunk);
  }
}

std::span<const std::byte> IoThread::copy_aside(std::span<const std::byte> frame, Chunk*& chunk) {
  const std::size_t byte_count = padded_bytes(frame.size());
  if (aside_ == nullptr || aside_->space() < byte_count) {
    aside_ = ChunkRef(chunks_.take(byte_count));
  }
  chunk = aside_.get();
  std::byte* const at = aside_->data() + aside_->filled;
  aside_->filled += byte_count;
  std::memcpy(at, frame.data(), frame.size());
  std::memset(at + frame.size(), 0, byte_count - frame.size());
  counts_.frames_copied.add(1);
  return {at, byte_count};
}

// ---- answers

void IoThread::wait_for_mail() {
  mail_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) {
      return;
    }
    std::uint64_t count = 0;
    // Read before the mail is taken: what is sent from now on wakes this thread again.
    [[maybe_unused]] const ssize_t got = ::read(mail_.native_handle(), &count, sizeof(count));
    take_mail();
    wait_for_mail();
  });
}

void IoThread::take_mail() {
  Delivery* const first = mailbox_.take();
  for (Delivery* delivery = first; delivery != nullptr; delivery = delivery->next) {
    for (const SessionAnswers& answers : delivery->answers) {
      CHECK(answers.messages <= in_flight_);
      in_flight_ -= answers.messages;
      Session* const session = find(answers.slot, answers.generation);
      if (session == nullptr) {
        counts_.answers_dropped.add(answers.messages);
        continue;
      }
      session->add_answers(answers.messages, delivery->bytes.bytes().subspan(
                                                 answers.begin, answers.end - answers.begin));
      if (!session->has_answers) {
        session->has_answers = true;
        answered_.push_back(session);
      }
    }
  }
  for (Session* session : answered_) {
    session->has_answers = false;
    session->flush_answers();
  }
  answered_.clear();
  for (Delivery* delivery = first; delivery != nullptr;) {
    Delivery* const following = delivery->next;
    mailbox_.give_back(delivery);
    delivery = following;
  }
  resume_waiting();
  settle();
}

// ---- the budget of inbound bytes

void IoThread::await_room() {
  if (!room_awaited_) {
    room_awaited_ = true;
    counts_.room_awaited.add(1);
  }
}

void IoThread::resume_waiting() {
  if (!room_awaited_ || !has_room()) {
    return;
  }
  room_awaited_ = false;
  const std::size_t first = resumed_first_;
  for (std::size_t step = 0; step < places_.size(); ++step) {
    const std::size_t slot = (first + step) % places_.size();
    const Place& place = places_[slot];
    if (place.session != nullptr && !place.session->dead()) {
      place.session->resume();
    }
    if (room_awaited_) {
      resumed_first_ = slot + 1;
      break;
    }
  }
}

// ---- time

std::chrono::milliseconds IoThread::tick_period() const {
  const auto shortest = std::min(
      {options().handshake_timeout, options().slow_reader_timeout, options().linger_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

void IoThread::wait_for_tick() {
  tick_.expires_after(tick_period());
  tick_.async_wait([this](const error_code& error) {
    if (!error) {
      on_tick();
      wait_for_tick();
    }
  });
}

void IoThread::on_tick() {
  const Session::Clock::time_point now = Session::Clock::now();
  for (const Place& place : places_) {
    if (place.session != nullptr && !place.session->dead()) {
      place.session->check_time(now);
    }
  }
  // What came back for the sessions of other threads woke nobody here.
  chunks_.collect();
  resume_waiting();
  settle();
}

}  // namespace millrace
