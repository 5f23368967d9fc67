// Answers come in the order of the requests, so the oldest frame is always the one answered.
#include "tools/load/connection.h"

#include <algorithm>
#include <utility>

namespace millrace::load {

std::optional<std::string> Connection::connect() {
  ClientResult<Client> client = Client::connect(target_.host, target_.port,
                                                {.name = "millrace load", .token = target_.token});
  if (!client) {
    return client.error().text;
  }
  client_.emplace(std::move(*client));
  why_.clear();
  sent_ = 0;
  resend();
  return std::nullopt;
}

FrameBounds Connection::bounds(std::uint32_t commands_max) const {
  constexpr std::uint32_t frame_overhead_bytes = 1024;
  constexpr std::uint32_t order_bytes = sizeof(OrderHead) + sizeof(OrderLine);
  const std::uint32_t bytes = server().frame_bytes_max - frame_overhead_bytes;
  FrameBounds bounds;
  bounds.commands_max = std::min(
      {commands_max, server().credit, server().commands_per_frame_max, bytes / order_bytes});
  const std::size_t line_bytes = bytes - bounds.commands_max * sizeof(OrderHead);
  bounds.lines_max = std::min(server().lines_per_frame_max,
                              static_cast<std::uint32_t>(line_bytes / sizeof(OrderLine)));
  bounds.steps_max = std::min(bounds.commands_max, bytes / std::uint32_t{sizeof(StepOrder)});
  return bounds;
}

bool Connection::has_credit(std::uint32_t commands) const {
  return client_ && sent_ == frames_.size() &&
         client_->unanswered_commands() + commands <= client_->server().credit;
}

void Connection::put(Frame& frame) {
  frames_.push_back(std::move(frame));
  if (spare_.empty()) {
    frame = Frame{};
  } else {
    frame = std::move(spare_.back());
    spare_.pop_back();
    frame.clear();
  }
  if (client_) {
    resend();
  }
}

void Connection::resend() {
  for (; sent_ < frames_.size(); ++sent_) {
    const auto commands = frames_[sent_].count();
    const bool is_first = client_->unanswered_requests() == 0;
    if (!is_first && client_->unanswered_commands() + commands > client_->server().credit) {
      return;
    }
    encode(frames_[sent_]);
  }
}

void Connection::encode(Frame& frame) {
  const std::size_t before = client_->bytes_to_send();
  switch (frame.kind) {
    case FrameKind::orders:
      frame.request = client_->put(std::span<const OrderHead>(frame.heads),
                                   std::span<const OrderLine>(frame.lines));
      break;
    case FrameKind::cancels:
      frame.request = client_->put(std::span<const CancelOrder>(frame.cancels));
      break;
    case FrameKind::steps:
      frame.request = client_->put(std::span<const StepOrder>(frame.steps),
                                   std::span<const OrderLine>(frame.lines));
      break;
    case FrameKind::receipts:
      frame.request = client_->put(std::span<const ReceiveStock>(frame.receipts));
      break;
    case FrameKind::looks:
      frame.request = client_->put(std::span<const GetOrder>(frame.looks));
      break;
  }
  bytes_sent_ += client_->bytes_to_send() - before;
}

void Connection::flush() {
  if (!client_ || !client_->wants_write()) {
    return;
  }
  if (const ClientResult<bool> flushed = client_->flush(); !flushed) {
    close(flushed.error().text);
  }
}

void Connection::receive(const OnAnswer& on_answer) {
  if (!client_) {
    return;
  }
  const ClientResult<std::size_t> filled = client_->fill();
  if (filled) {
    bytes_received_ += *filled;
  }
  // What came before the connection broke still counts.
  while (client_) {
    const auto reply = client_->next();
    if (!reply) {
      failures_.add("connection: " + reply.error().text);
      close(reply.error().text);
    } else if (!reply->has_value()) {
      break;
    } else {
      take(**reply, on_answer);
    }
  }
  if (!client_) {
    return;
  }
  if (!filled) {
    close(filled.error().text);
  } else {
    resend();
  }
}

void Connection::take(const Reply& reply, const OnAnswer& on_answer) {
  if (reply.kind == ReplyKind::error && reply.closes) {
    close("the server closed the connection: " + std::string(reply.text));
    return;
  }
  if (sent_ == 0 || reply.request != frames_.front().request) {
    failures_.add("an answer to request " + std::to_string(reply.request) + " came where " +
                  (sent_ == 0 ? "none" : std::to_string(frames_.front().request)) + " was awaited");
    close("answers out of order");
    return;
  }
  Frame frame = std::move(frames_.front());
  frames_.pop_front();
  --sent_;
  const ReplyKind awaited =
      frame.kind == FrameKind::looks ? ReplyKind::orders : ReplyKind::outcomes;
  if (reply.kind == awaited) {
    on_answer(frame, {reply.first_sequence, reply.outcomes, reply.orders, reply.slices});
  } else {
    failures_.add(
        "request " + std::to_string(reply.request) + " was answered with " +
        (reply.kind == ReplyKind::error
             ? "error " + std::string(error_name(reply.error)) + ": " + std::string(reply.text)
             : std::string("another kind of reply")));
  }
  spare_.push_back(std::move(frame));
}

void Connection::close(const std::string& why) {
  client_.reset();
  why_ = why;
  sent_ = 0;
}

}  // namespace millrace::load
