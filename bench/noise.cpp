// How much of each core the machine's other tenants take: a thread on each core reads the clock
// without pause, and every gap between two readings is time the thread did not run. No latency
// below these gaps can be promised on such a machine, and /proc/stat does not show them all.
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr Milliseconds gap_min{0.1};

struct Gaps {
  double longest_ms = 0;
  double lost_ms = 0;
  int over_1_ms = 0;
  int over_5_ms = 0;
};

Gaps watch(int core, std::chrono::seconds duration) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  // Where it is refused, the thread measures whichever core it is on.
  (void)::pthread_setaffinity_np(::pthread_self(), sizeof(one), &one);
  Gaps gaps;
  const Clock::time_point end = Clock::now() + duration;
  for (Clock::time_point last = Clock::now(); last < end;) {
    const Clock::time_point now = Clock::now();
    const Milliseconds gap = now - last;
    if (gap > gap_min) {
      gaps.lost_ms += gap.count();
      gaps.longest_ms = std::max(gaps.longest_ms, gap.count());
      gaps.over_1_ms += gap.count() > 1 ? 1 : 0;
      gaps.over_5_ms += gap.count() > 5 ? 1 : 0;
    }
    last = now;
  }
  return gaps;
}

}  // namespace

int main(int argc, char** argv) {
  const std::chrono::seconds duration{argc > 1 ? std::atoi(argv[1]) : 10};
  const unsigned cores = std::thread::hardware_concurrency();
  std::vector<Gaps> gaps(cores);
  std::vector<std::thread> threads;
  for (unsigned core = 0; core < cores; ++core) {
    threads.emplace_back([&, core] { gaps[core] = watch(static_cast<int>(core), duration); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  std::printf("core,seconds,lost_percent,longest_ms,gaps_over_1_ms,gaps_over_5_ms\n");
  for (unsigned core = 0; core < cores; ++core) {
    const double all_ms = Milliseconds(duration).count();
    std::printf("%u,%lld,%.2f,%.2f,%d,%d\n", core, static_cast<long long>(duration.count()),
                100 * gaps[core].lost_ms / all_ms, gaps[core].longest_ms, gaps[core].over_1_ms,
                gaps[core].over_5_ms);
  }
}
