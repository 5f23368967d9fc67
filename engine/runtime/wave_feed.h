// The way of floor notes from whoever delivers batches to the wave advisor's thread: a ring of
// words that one side writes and the other reads. Nobody waits: when it is full, what does not fit
// is left out and counted.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "engine/core/batch.h"
#include "engine/core/floor_note.h"
#include "engine/runtime/port.h"

namespace millrace {

/// Calls act(note, lines) for each note of a batch, with the lines that are the note's.
template <class Act>
void for_floor_notes(const Batch& batch, Act act) {
  std::span<const FloorLine> lines(batch.floor_lines);
  for (const FloorNote& note : batch.floor_notes) {
    act(note, lines.first(note.line_count));
    lines = lines.subspan(note.line_count);
  }
}

class WaveFeed final : public ReplySink {
 public:
  /// A power of two of words of 8 bytes; passes every batch on to `next` first.
  WaveFeed(ReplySink& next, std::size_t words);

  /// On the thread that delivers. Allocates nothing and calls no system.
  void deliver(const Batch& batch) override;

  /// Calls act(note, lines) for what there is, at most `notes_max`; returns how many. On the
  /// advisor's thread.
  template <class Act>
  std::size_t drain(std::size_t notes_max, Act act) {
    const std::uint64_t end = written_.load(std::memory_order_acquire);
    std::uint64_t at = read_.load(std::memory_order_relaxed);
    std::size_t notes = 0;
    for (; at < end && notes < notes_max; ++notes) {
      FloorNote note{};
      read(at, &note, note_words);
      lines_.resize(note.line_count);
      read(at + note_words, lines_.data(), line_words * note.line_count);
      at += note_words + line_words * note.line_count;
      act(note, std::span<const FloorLine>(lines_));
    }
    read_.store(at, std::memory_order_release);
    return notes;
  }

  /// Batches whose notes were left out.
  [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_acquire); }

 private:
  static constexpr std::uint64_t note_words = sizeof(FloorNote) / 8;
  static constexpr std::uint64_t line_words = sizeof(FloorLine) / 8;

  void write(std::uint64_t at, const void* from, std::uint64_t words);
  void read(std::uint64_t at, void* to, std::uint64_t words) const;

  ReplySink& next_;
  std::vector<std::uint64_t> ring_;
  std::vector<FloorLine> lines_;  ///< of the reader

  alignas(cache_line) std::atomic<std::uint64_t> written_{0};  ///< writer: who delivers
  std::atomic<std::uint64_t> lost_{0};                         ///< writer: who delivers
  alignas(cache_line) std::atomic<std::uint64_t> read_{0};     ///< writer: the advisor
};

}  // namespace millrace
