// The only door to time. Nothing else under engine/ asks what time it is; the time a batch carries
// comes from here, once a batch.
#pragma once

#include "engine/core/types.h"

namespace millrace {

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() = 0;
};

/// The machine's UTC clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() override;
};

/// A clock that stands until it is set.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(start) {}

  [[nodiscard]] Time now() override { return now_; }

  void set(Time now) { now_ = now; }

 private:
  Time now_;
};

}  // namespace millrace
