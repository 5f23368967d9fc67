// Filings on their way from the thread that took a snapshot to the live engine.
#pragma once

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "engine/core/archive.h"

namespace millrace {

/// Any thread puts filings in, allocate takes them out. What came in never waits for anybody.
class FilingInbox {
 public:
  FilingInbox() = default;
  FilingInbox(const FilingInbox&) = delete;
  FilingInbox& operator=(const FilingInbox&) = delete;

  ~FilingInbox() { take(); }

  void put(Filing filing) {
    auto letter = std::make_unique<Letter>(Letter{std::move(filing), newest_.load()});
    while (!newest_.compare_exchange_weak(letter->before, letter.get())) {
    }
    (void)letter.release();
  }

  [[nodiscard]] bool empty() const { return newest_.load(std::memory_order_relaxed) == nullptr; }

  /// Everything that is there, the oldest last.
  std::vector<Filing> take() {
    std::vector<Filing> taken;
    std::unique_ptr<Letter> letter(newest_.exchange(nullptr));
    while (letter != nullptr) {
      taken.push_back(std::move(letter->filing));
      letter.reset(letter->before);
    }
    return taken;
  }

 private:
  struct Letter {
    Filing filing;
    Letter* before;
  };

  std::atomic<Letter*> newest_{nullptr};
};

}  // namespace millrace
