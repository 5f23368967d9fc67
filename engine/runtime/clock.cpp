// The machine's clock.
#include "engine/runtime/clock.h"

#include <ctime>

namespace millrace {

Time SystemClock::now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return Time{static_cast<std::uint64_t>(now.tv_sec) * us_per_second +
              static_cast<std::uint64_t>(now.tv_nsec) / 1000U};
}

}  // namespace millrace
