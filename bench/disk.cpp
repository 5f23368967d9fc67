// What the disk carries, without any of Millrace's work around it: writes as the journal makes
// them, at the pace it makes them, into a file that is already there. The share of time spent in
// slow writes bounds every percentile of a durable answer from below: an order that comes meanwhile
// waits.
//
// With so many threads beside it that always want a core and never get one from it (idle class),
// the machine looks busy to its host, and nothing else changes.
//
//   disk DIRECTORY [KIB [EVERY_US [WRITES [BUSY]]]]
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "engine/core/check.h"
#include "engine/journal/aligned.h"
#include "tests/support/temp_directory.h"

namespace {

using Clock = std::chrono::steady_clock;

/// Longer than this is slow.
constexpr double slow_us = 1000;

std::size_t argument(int count, char** values, int at, std::size_t otherwise) {
  return at < count ? std::strtoull(values[at], nullptr, 10) : otherwise;
}

void write_at(int fd, const millrace::AlignedBuffer& bytes, std::size_t offset) {
  CHECK(::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
        static_cast<ssize_t>(bytes.size()));
}

/// The microseconds of each write, `every` after the one before or as soon as that is done.
std::vector<double> durations(int fd, const millrace::AlignedBuffer& bytes, std::size_t writes,
                              std::chrono::microseconds every) {
  std::vector<double> took(writes);
  Clock::time_point due = Clock::now();
  for (std::size_t at = 0; at < writes; ++at) {
    std::this_thread::sleep_until(due);
    const Clock::time_point began = Clock::now();
    write_at(fd, bytes, at * bytes.size());
    const Clock::time_point ended = Clock::now();
    took[at] = std::chrono::duration<double, std::micro>(ended - began).count();
    due = std::max(due + every, ended);
  }
  return took;
}

class Spinners {
 public:
  explicit Spinners(std::size_t count) {
    for (std::size_t at = 0; at < count; ++at) {
      threads_.emplace_back([this] {
        const sched_param none{};
        CHECK(::pthread_setschedparam(::pthread_self(), SCHED_IDLE, &none) == 0);
        while (!stopping_.load(std::memory_order_relaxed)) {
        }
      });
    }
  }

  ~Spinners() {
    stopping_ = true;
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

  Spinners(const Spinners&) = delete;
  Spinners& operator=(const Spinners&) = delete;

 private:
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs("usage: disk DIRECTORY [KIB [EVERY_US [WRITES [BUSY]]]]\n", stderr);
    return 2;
  }
  const millrace::AlignedBuffer bytes(argument(argc, argv, 2, 24) << 10U);
  const std::chrono::microseconds every(argument(argc, argv, 3, 256));
  const std::size_t writes = std::max<std::size_t>(argument(argc, argv, 4, 20'000), 1);
  const millrace::TempDirectory directory(argv[1]);
  const std::string path = (directory.path() / "disk").native();
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  CHECK(made >= 0);
  for (std::size_t at = 0; at < writes; ++at) {
    write_at(made, bytes, at * bytes.size());
  }
  CHECK(::fsync(made) == 0);
  ::close(made);
  const int fd = ::open(path.c_str(), O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
  CHECK(fd >= 0);
  const Spinners busy(argument(argc, argv, 5, 0));
  std::vector<double> took = durations(fd, bytes, writes, every);
  ::close(fd);
  std::sort(took.begin(), took.end());
  double all_us = 0;
  double in_slow_us = 0;
  for (const double us : took) {
    all_us += std::max(us, static_cast<double>(every.count()));
    in_slow_us += us > slow_us ? us : 0;
  }
  std::printf("p50_us,p90_us,p99_us,p999_us,max_us,slow_time_percent\n");
  std::printf("%.0f,%.0f,%.0f,%.0f,%.0f,%.2f\n", took[writes / 2], took[writes * 9 / 10],
              took[writes * 99 / 100], took[writes * 999 / 1000], took.back(),
              100 * in_slow_us / all_us);
  return 0;
}
