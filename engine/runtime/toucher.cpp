// Touching memory.
#include "engine/runtime/toucher.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

namespace millrace {

namespace {

constexpr std::size_t page_bytes = 2U << 20U;
constexpr std::size_t turns = 256;

/// Where a block's share of the first `turn` turns ends.
std::size_t share(const MemoryBlock& block, std::size_t turn) {
  const std::size_t end = block.bytes / turns * turn;
  return turn == turns ? block.bytes : end / page_bytes * page_bytes;
}

}  // namespace

Toucher::Toucher(std::vector<MemoryBlock> blocks)
    : blocks_(std::move(blocks)), thread_([this] { run(); }) {}

Toucher::~Toucher() {
  stopping_.store(true, std::memory_order_relaxed);
  wait();
}

void Toucher::wait() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Toucher::run() {
  for (std::size_t turn = 0; turn < turns; ++turn) {
    for (const MemoryBlock& block : blocks_) {
      const std::size_t end = share(block, turn + 1);
      for (std::size_t at = share(block, turn); at < end; at += page_bytes) {
        if (stopping_.load(std::memory_order_relaxed)) {
          return;
        }
        // A refusal costs speed only: the page is then made when it is first written.
        (void)::madvise(static_cast<std::byte*>(block.data) + at, std::min(page_bytes, end - at),
                        MADV_POPULATE_WRITE);
      }
    }
  }
}

}  // namespace millrace
