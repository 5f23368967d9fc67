// The reply sink.
#include "adapters/tcp/reply_fan.h"

#include "adapters/tcp/session_id.h"
#include "adapters/wire/codec.h"
#include "engine/core/check.h"
#include "engine/runtime/encoders.h"

namespace millrace {
namespace {

/// Adds an answer of the session, which has just been encoded from `begin` on.
void note_answer(Delivery& delivery, SessionId session, std::size_t begin) {
  if (!delivery.answers.empty()) {
    SessionAnswers& last = delivery.answers.back();
    if (last.slot == session.slot && last.generation == session.generation) {
      last.end = delivery.bytes.size();
      ++last.messages;
      return;
    }
  }
  delivery.answers.push_back({session.slot, session.generation, 1, begin, delivery.bytes.size()});
}

}  // namespace

ReplyFan::ReplyFan(std::size_t io_threads) : open_(io_threads, nullptr) {
  for (std::size_t thread = 0; thread < io_threads; ++thread) {
    mailboxes_.push_back(std::make_unique<Mailbox>());
  }
}

void ReplyFan::deliver(const Batch& batch) {
  for (std::uint32_t index = 0; index < batch.message_count; ++index) {
    const std::uint64_t packed = batch.messages[index].origin.session;
    if (packed >= own_sessions) {
      continue;
    }
    const SessionId session = unpack_session(packed);
    CHECK(session.thread < mailboxes_.size());
    Delivery*& delivery = open_[session.thread];
    if (delivery == nullptr) {
      delivery = mailboxes_[session.thread]->blank();
    }
    const std::size_t begin = delivery->bytes.size();
    encode_answer(delivery->bytes, batch, index, unpack_flaw(packed));
    note_answer(*delivery, session, begin);
  }
  for (std::size_t thread = 0; thread < open_.size(); ++thread) {
    if (open_[thread] != nullptr) {
      mailboxes_[thread]->send(open_[thread]);
      open_[thread] = nullptr;
    }
  }
}

}  // namespace millrace
