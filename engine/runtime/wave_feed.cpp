// The ring of floor notes.
#include "engine/runtime/wave_feed.h"

#include <algorithm>

#include "engine/core/check.h"

namespace millrace {

WaveFeed::WaveFeed(ReplySink& next, std::size_t words) : next_(next), ring_(words) {
  CHECK(words > 0);
  CHECK((words & (words - 1)) == 0);
}

void WaveFeed::deliver(const Batch& batch) {
  next_.deliver(batch);
  if (batch.floor_notes.empty()) {
    return;
  }
  const std::uint64_t words =
      note_words * batch.floor_notes.size() + line_words * batch.floor_lines.size();
  std::uint64_t at = written_.load(std::memory_order_relaxed);
  if (at + words - read_.load(std::memory_order_acquire) > ring_.size()) {
    lost_.fetch_add(1, std::memory_order_release);
    return;
  }
  for_floor_notes(batch, [&](const FloorNote& note, std::span<const FloorLine> lines) {
    write(at, &note, note_words);
    write(at + note_words, lines.data(), line_words * lines.size());
    at += note_words + line_words * lines.size();
  });
  written_.store(at, std::memory_order_release);
}

void WaveFeed::write(std::uint64_t at, const void* from, std::uint64_t words) {
  const std::uint64_t begin = at & (ring_.size() - 1);
  const std::uint64_t first = std::min<std::uint64_t>(words, ring_.size() - begin);
  const auto* const bytes = static_cast<const std::byte*>(from);
  std::memcpy(ring_.data() + begin, bytes, first * 8);
  std::memcpy(ring_.data(), bytes + first * 8, (words - first) * 8);
}

void WaveFeed::read(std::uint64_t at, void* to, std::uint64_t words) const {
  const std::uint64_t begin = at & (ring_.size() - 1);
  const std::uint64_t first = std::min<std::uint64_t>(words, ring_.size() - begin);
  auto* const bytes = static_cast<std::byte*>(to);
  std::memcpy(bytes, ring_.data() + begin, first * 8);
  std::memcpy(bytes + first * 8, ring_.data(), (words - first) * 8);
}

}  // namespace millrace
