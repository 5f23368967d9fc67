// Requests to the scheduler.
#include "engine/runtime/thread_hints.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace millrace {

namespace {

/// The shortest slice the kernel grants.
constexpr std::uint64_t slice_ns = 100'000;

/// The lowest of the usual class.
constexpr int niceness_behind_others = 19;

/// As sched_setattr(2) has it; the C library declares none.
struct SchedulingAttributes {
  std::uint32_t size;
  std::uint32_t policy;
  std::uint64_t flags;
  std::int32_t nice;
  std::uint32_t priority;
  std::uint64_t runtime;
  std::uint64_t deadline;
  std::uint64_t period;
};

}  // namespace

void pin(int core) {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    return;
  }
  const int count = CPU_COUNT(&allowed);
  int wanted = core % count;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed) && wanted-- == 0) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      (void)::pthread_setaffinity_np(::pthread_self(), sizeof(one), &one);
      return;
    }
  }
}

void work_in_short_slices() {
  SchedulingAttributes wanted{};
  wanted.size = sizeof(wanted);
  wanted.policy = SCHED_OTHER;
  wanted.nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
  wanted.runtime = slice_ns;
  (void)::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

void work_behind_others() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness_behind_others);
}

}  // namespace millrace
