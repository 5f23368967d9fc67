// The reply sink of the TCP side: turns each batch into frames and deals them out to the I/O
// threads of the sessions that wait for them.
#pragma once

#include <memory>
#include <vector>

#include "adapters/tcp/mailbox.h"
#include "engine/runtime/port.h"

namespace millrace {

class ReplyFan final : public ReplySink {
 public:
  explicit ReplyFan(std::size_t io_threads);

  void deliver(const Batch& batch) override;

  [[nodiscard]] Mailbox& mailbox(std::size_t thread) { return *mailboxes_[thread]; }

  [[nodiscard]] const Mailbox& mailbox(std::size_t thread) const { return *mailboxes_[thread]; }

 private:
  std::vector<std::unique_ptr<Mailbox>> mailboxes_;
  std::vector<Delivery*> open_;  ///< by thread, of the batch at hand
};

}  // namespace millrace
