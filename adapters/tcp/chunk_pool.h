// Where received bytes lie: chunks that an I/O thread reads into, whose frames the pipeline reads
// in place, and which come back from whatever thread lets go of them last.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "adapters/tcp/handoff.h"
#include "engine/runtime/port.h"

namespace millrace {

class ChunkPool;

/// The bytes follow the chunk itself, at a 64-byte aligned address.
struct alignas(64) Chunk : InboundBuffer {
  Chunk* next = nullptr;
  ChunkPool* pool = nullptr;
  std::size_t capacity = 0;
  std::size_t filled = 0;  ///< bytes in use from the front

  [[nodiscard]] std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }

  [[nodiscard]] std::size_t space() const { return capacity - filled; }
};

/// Owned by one I/O thread; only recycling happens on others. Chunks of two sizes are kept, so that
/// frames larger than a common chunk cost no allocation either.
class ChunkPool {
 public:
  /// `frame_bytes_max` is the largest frame that must fit into a chunk. `bytes_taken`, which other
  /// pools may share, is kept at the bytes of the chunks that are taken and have not come back.
  ChunkPool(std::size_t chunk_bytes, std::size_t frame_bytes_max,
            std::atomic<std::uint64_t>& bytes_taken);
  ChunkPool(const ChunkPool&) = delete;
  ChunkPool& operator=(const ChunkPool&) = delete;
  /// Every chunk must have come back: one that comes later finds no pool.
  ~ChunkPool();

  /// An empty chunk of at least this many bytes, with one reference, for the caller to drop.
  [[nodiscard]] Chunk* take(std::size_t bytes_min);

  /// Shelves what has come back, and frees what is more than the shelves keep.
  void collect();

  [[nodiscard]] std::size_t chunk_bytes() const { return common_.bytes; }

 private:
  struct Shelf {
    std::size_t bytes;
    std::size_t keep_max;
    Chunk* top = nullptr;
    std::size_t count = 0;
  };

  static void recycle(InboundBuffer* buffer);
  Chunk* make(std::size_t bytes);
  void shelve(Chunk* chunk);

  Shelf common_;
  Shelf large_;
  Handoff<Chunk> returned_;
  std::atomic<std::uint64_t>& bytes_taken_;
};

/// One reference to a chunk.
struct DropChunk {
  void operator()(Chunk* chunk) const { chunk->drop(); }
};

using ChunkRef = std::unique_ptr<Chunk, DropChunk>;

}  // namespace millrace
