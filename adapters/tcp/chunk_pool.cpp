// The pool of chunks.
#include "adapters/tcp/chunk_pool.h"

#include <algorithm>
#include <new>

#include "adapters/wire/codec.h"
#include "engine/core/check.h"

namespace millrace {
namespace {

/// Memory that an I/O thread keeps for reuse, for each of its two sizes.
constexpr std::size_t keep_bytes = 16U << 20U;

void destroy(Chunk* chunk) {
  chunk->~Chunk();
  ::operator delete (chunk, std::align_val_t{alignof(Chunk)});
}

}  // namespace

ChunkPool::ChunkPool(std::size_t chunk_bytes, std::size_t frame_bytes_max,
                     std::atomic<std::uint64_t>& bytes_taken)
    : common_{padded_bytes(chunk_bytes), std::max<std::size_t>(4, keep_bytes / chunk_bytes)},
      large_{std::max(common_.bytes, padded_bytes(frame_bytes_max)),
             std::max<std::size_t>(4, keep_bytes / frame_bytes_max)},
      bytes_taken_(bytes_taken) {}

ChunkPool::~ChunkPool() {
  collect();
  for (Shelf* shelf : {&common_, &large_}) {
    while (shelf->top != nullptr) {
      Chunk* const chunk = shelf->top;
      shelf->top = chunk->next;
      destroy(chunk);
    }
  }
}

Chunk* ChunkPool::make(std::size_t bytes) {
  void* const memory = ::operator new (sizeof(Chunk) + bytes, std::align_val_t{alignof(Chunk)});
  auto* const chunk = new (memory) Chunk;
  chunk->recycle = &ChunkPool::recycle;
  chunk->pool = this;
  chunk->capacity = bytes;
  return chunk;
}

void ChunkPool::recycle(InboundBuffer* buffer) {
  auto* const chunk = static_cast<Chunk*>(buffer);
  ChunkPool& pool = *chunk->pool;
  pool.bytes_taken_.fetch_sub(chunk->capacity, std::memory_order_relaxed);
  pool.returned_.push(chunk);
}

void ChunkPool::shelve(Chunk* chunk) {
  Shelf& shelf = chunk->capacity == common_.bytes ? common_ : large_;
  if (shelf.count == shelf.keep_max) {
    destroy(chunk);
    return;
  }
  chunk->next = shelf.top;
  shelf.top = chunk;
  ++shelf.count;
}

void ChunkPool::collect() {
  for (Chunk* chunk = returned_.take_all(); chunk != nullptr;) {
    Chunk* const following = chunk->next;
    shelve(chunk);
    chunk = following;
  }
}

Chunk* ChunkPool::take(std::size_t bytes_min) {
  Shelf& shelf = bytes_min <= common_.bytes ? common_ : large_;
  CHECK(bytes_min <= shelf.bytes);
  if (shelf.top == nullptr) {
    collect();
  }
  Chunk* chunk = shelf.top;
  if (chunk == nullptr) {
    chunk = make(shelf.bytes);
  } else {
    shelf.top = chunk->next;
    --shelf.count;
  }
  bytes_taken_.fetch_add(chunk->capacity, std::memory_order_relaxed);
  chunk->filled = 0;
  chunk->references.store(1, std::memory_order_relaxed);
  return chunk;
}

}  // namespace millrace
