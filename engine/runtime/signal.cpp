// Sleeping and waking of pipeline threads.
#include "engine/runtime/signal.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace millrace {

void Signal::notify() {
  epoch_.fetch_add(1, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) != 0) {
    ::syscall(SYS_futex, &epoch_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  }
}

void Signal::wait(std::uint32_t seen, std::uint64_t timeout_us, int yields) {
  for (; yields > 0; --yields) {
    if (epoch() != seen) {
      return;
    }
    ::sched_yield();
  }
  const timespec timeout{static_cast<std::time_t>(timeout_us / us_per_second),
                         static_cast<long>(timeout_us % us_per_second * 1000)};
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  if (epoch_.load(std::memory_order_seq_cst) == seen) {
    ::syscall(SYS_futex, &epoch_, FUTEX_WAIT_PRIVATE, seen, &timeout, nullptr, 0);
  }
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

}  // namespace millrace
