// Sessions: the one that subscribes gives its connection away.
#include <array>
#include <utility>

#include "adapters/tcp/event_feed.h"
#include "adapters/tcp/io_thread.h"
#include "adapters/tcp/session.h"

namespace millrace {

using boost::system::error_code;

void Session::subscribe(const FramePlace& place, std::uint64_t request) {
  FeedRequest handed;
  Flaw flaw =
      decode_subscribe(place.frame, thread_.options().limits.frame_bytes_max, handed.subscribe);
  if (flaw == Flaw::none && thread_.feed() == nullptr) {
    flaw = Flaw::no_event_log;
  } else if (flaw == Flaw::none && unanswered_commands_ != 0) {
    flaw = Flaw::subscribed_too_early;
  }
  if (flaw != Flaw::none) {
    refuse(flaw, request, place.chunk);
    return;
  }
  error_code error;
  handed.fd = socket_.release(error);
  if (error) {
    die("connection_broken");
    return;
  }
  handed.peer = peer_;
  handed.client = client_;
  handed.input.assign(chunk_->data() + begin_, chunk_->data() + chunk_->filled);
  const std::span<const std::byte> unsent = pending_.bytes().subspan(pending_sent_);
  handed.output.assign(unsent.begin(), unsent.end());
  pending_.clear();
  pending_sent_ = 0;
  const std::array fields{LogField{"peer", peer_}, LogField{"client", client_},
                          LogField{"from", handed.subscribe.from}};
  thread_.log(LogLevel::info, "session_subscribed", fields);
  state_ = State::dead;
  stop_reading();
  thread_.bury(id_.slot);
  thread_.feed()->adopt(std::move(handed));
}

}  // namespace millrace
