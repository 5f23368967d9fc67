// Mailboxes.
#include "adapters/tcp/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/core/check.h"

namespace millrace {
namespace {

/// A delivery that has grown beyond this gives its memory back.
constexpr std::size_t keep_bytes = 4U << 20U;

}  // namespace

Mailbox::Mailbox() : event_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(event_fd_ >= 0);
}

Mailbox::~Mailbox() {
  destroy_all(blanks_);
  destroy_all(sent_.take_all());
  destroy_all(returned_.take_all());
  ::close(event_fd_);
}

void Mailbox::destroy_all(Delivery* first) {
  while (first != nullptr) {
    Delivery* const following = first->next;
    delete first;
    first = following;
  }
}

Delivery* Mailbox::blank() {
  if (blanks_ == nullptr) {
    blanks_ = returned_.take_all();
  }
  if (blanks_ == nullptr) {
    return new Delivery;
  }
  Delivery* const delivery = blanks_;
  blanks_ = delivery->next;
  return delivery;
}

void Mailbox::send(Delivery* delivery) {
  if (sent_.push(delivery)) {
    const std::uint64_t one = 1;
    // It can only fail for a counter that is full, and then the I/O thread is awake.
    [[maybe_unused]] const ssize_t written = ::write(event_fd_, &one, sizeof(one));
    wakeups_.store(wakeups_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
}

void Mailbox::give_back(Delivery* delivery) {
  delivery->bytes.clear_to(keep_bytes);
  delivery->answers.clear();
  returned_.push(delivery);
}

}  // namespace millrace
