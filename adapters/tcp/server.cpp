// The server: listens, deals connections out to the I/O threads, and stops them in good order.
#include "adapters/tcp/server.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "adapters/tcp/event_feed.h"
#include "adapters/tcp/io_thread.h"
#include "adapters/tcp/reply_fan.h"
#include "engine/core/check.h"

namespace millrace {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// Between attempts to accept while the process is out of descriptors or memory.
constexpr std::chrono::milliseconds accept_pause{100};

}  // namespace

class Server::Implementation {
 public:
  Implementation(ServerOptions options, LogFunction log)
      : shared_{std::move(options), std::move(log), nullptr, {}, {}},
        fan_(shared_.options.io_threads) {
    CHECK(shared_.options.io_threads > 0);
    CHECK(shared_.options.io_threads <= io_threads_max);
    CHECK(shared_.options.limits.frame_bytes_max <= shared_.options.credit_bytes);
    if (shared_.options.events != nullptr) {
      feed_ = std::make_unique<EventFeed>(*shared_.options.events, shared_.log,
                                          shared_.options.limits.frame_bytes_max,
                                          shared_.connections_open);
      shared_.feed = feed_.get();
    }
  }

  // What throws here has nobody left to tell; ending at once is what noexcept does.
  // NOLINTNEXTLINE(bugprone-exception-escape)
  ~Implementation() { stop(std::chrono::milliseconds(0)); }

  [[nodiscard]] ReplySink& sink() { return fan_; }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  [[nodiscard]] std::optional<std::string> start(const MakePort& make_port);
  void stop(std::chrono::milliseconds grace);
  [[nodiscard]] ServerCounters counters() const;

  [[nodiscard]] bool has_subscribers() const {
    return feed_ != nullptr && feed_->subscribers() > 0;
  }

  void wake_subscribers() {
    if (feed_ != nullptr) {
      feed_->wake();
    }
  }

 private:
  [[nodiscard]] std::optional<std::string> listen();
  void accept();
  void on_accepted(const error_code& error, IoThread& thread, asio::ip::tcp::socket socket);
  void run_thread(IoThread& thread);

  ServerShared shared_;
  ReplyFan fan_;
  std::unique_ptr<EventFeed> feed_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::optional<asio::ip::tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> accept_again_;
  std::uint16_t port_ = 0;
  std::size_t next_thread_ = 0;

  std::vector<std::thread> running_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t ended_count_ = 0;
};

std::optional<std::string> Server::Implementation::start(const MakePort& make_port) {
  CHECK(threads_.empty());
  for (std::uint32_t index = 0; index < shared_.options.io_threads; ++index) {
    threads_.push_back(
        std::make_unique<IoThread>(shared_, index, fan_.mailbox(index), make_port()));
  }
  if (auto problem = listen()) {
    accept_again_.reset();
    acceptor_.reset();
    threads_.clear();
    return problem;
  }
  accept();
  if (feed_ != nullptr) {
    feed_->start();
  }
  for (const auto& thread : threads_) {
    running_.emplace_back([this, &thread] { run_thread(*thread); });
  }
  return std::nullopt;
}

std::optional<std::string> Server::Implementation::listen() {
  const ServerOptions& options = shared_.options;
  error_code error;
  const asio::ip::address address = asio::ip::make_address(options.address, error);
  if (error) {
    return "not an address to listen on: " + options.address;
  }
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  acceptor_.emplace(threads_.front()->context());
  accept_again_.emplace(threads_.front()->context());
  acceptor_->open(endpoint.protocol(), error);
  if (!error) {
    acceptor_->set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor_->bind(endpoint, error);
  }
  if (!error) {
    acceptor_->listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return "cannot listen on " + options.address + ":" + std::to_string(options.port) + ": " +
           error.message();
  }
  port_ = acceptor_->local_endpoint().port();
  return std::nullopt;
}

void Server::Implementation::accept() {
  IoThread& thread = *threads_[next_thread_];
  next_thread_ = (next_thread_ + 1) % threads_.size();
  acceptor_->async_accept(thread.context(),
                          [this, &thread](const error_code& error, asio::ip::tcp::socket socket) {
                            on_accepted(error, thread, std::move(socket));
                          });
}

void Server::Implementation::on_accepted(const error_code& error, IoThread& thread,
                                         asio::ip::tcp::socket socket) {
  if (!acceptor_->is_open()) {
    return;
  }
  if (!error) {
    asio::post(thread.context(),
               [&thread, taken = std::move(socket)]() mutable { thread.adopt(std::move(taken)); });
    accept();
    return;
  }
  const std::string text = error.message();
  const std::array fields{LogField{"text", text}};
  threads_.front()->log(LogLevel::warning, "accept_failed", fields);
  accept_again_->expires_after(accept_pause);
  accept_again_->async_wait([this](const error_code& cancelled) {
    if (!cancelled && acceptor_->is_open()) {
      accept();
    }
  });
}

void Server::Implementation::run_thread(IoThread& thread) {
  thread.run();
  const std::lock_guard lock(mutex_);
  ++ended_count_;
  ended_.notify_all();
}

void Server::Implementation::stop(std::chrono::milliseconds grace) {
  if (running_.empty()) {
    return;
  }
  asio::post(threads_.front()->context(), [this] {
    error_code error;
    acceptor_->close(error);
    accept_again_->cancel();
    // Sockets accepted before were posted before, so every thread knows them when it drains.
    for (const auto& thread : threads_) {
      asio::post(thread->context(), [&thread] { thread->drain(); });
    }
  });
  {
    std::unique_lock lock(mutex_);
    ended_.wait_for(lock, grace, [this] { return ended_count_ == running_.size(); });
  }
  for (const auto& thread : threads_) {
    asio::post(thread->context(), [&thread] { thread->kill(); });
  }
  for (std::thread& thread : running_) {
    thread.join();
  }
  running_.clear();
  if (feed_ != nullptr) {
    feed_->stop();
  }
}

ServerCounters Server::Implementation::counters() const {
  ServerCounters total;
  total.connections_open = shared_.connections_open.load(std::memory_order_relaxed);
  total.inbound_bytes = shared_.inbound_bytes.load(std::memory_order_relaxed);
  total.subscribers = feed_ == nullptr ? 0 : feed_->subscribers();
  total.events_out = feed_ == nullptr ? 0 : feed_->events_out();
  for (std::size_t index = 0; index < threads_.size(); ++index) {
    const IoCounts& counts = threads_[index]->counts();
    total.connections_accepted += counts.accepted.get();
    total.connections_refused += counts.refused.get();
    total.slow_readers_dropped += counts.slow_readers.get();
    total.inbound_room_awaited += counts.room_awaited.get();
    total.frames_in += counts.frames_in.get();
    total.frames_copied += counts.frames_copied.get();
    total.commands_in += counts.commands_in.get();
    total.bytes_in += counts.bytes_in.get();
    total.bytes_out += counts.bytes_out.get();
    total.answers_out += counts.answers_out.get();
    total.answers_dropped += counts.answers_dropped.get();
    total.availability_reads += counts.availability_reads.get();
    total.reads += counts.reads.get();
    total.writes += counts.writes.get();
    total.wakeups += fan_.mailbox(index).wakeups();
    for (std::size_t code = 0; code < total.errors.size(); ++code) {
      total.errors[code] += counts.errors[code].get();
    }
  }
  return total;
}

Server::Server(ServerOptions options, LogFunction log)
    : implementation_(std::make_unique<Implementation>(std::move(options), std::move(log))) {}

Server::~Server() = default;

ReplySink& Server::sink() {
  return implementation_->sink();
}

std::optional<std::string> Server::start(const MakePort& make_port) {
  return implementation_->start(make_port);
}

void Server::wake_subscribers() {
  implementation_->wake_subscribers();
}

bool Server::has_subscribers() const {
  return implementation_->has_subscribers();
}

std::uint16_t Server::port() const {
  return implementation_->port();
}

void Server::stop(std::chrono::milliseconds grace) {
  implementation_->stop(grace);
}

ServerCounters Server::counters() const {
  return implementation_->counters();
}

}  // namespace millrace
