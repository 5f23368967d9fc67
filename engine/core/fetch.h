// Reading words that another thread may be writing: to bring memory near before it is needed, or
// for their value. (std::atomic_ref would want them not to be const.)
#pragma once

#include <cstdint>

namespace millrace {

/// Loads from the cache line and forgets what it read, so that many lines are on their way at once.
/// A prefetch instruction says the same, but where the page's translation is not at hand either
/// (tables far larger than the TLB reaches, the more so under nested paging) it was measured to do
/// nothing: the first use then waited as long as without. Any thread may write the line meanwhile.
inline void fetch(const std::uint32_t* in_line) {
  const std::uint32_t word = __atomic_load_n(in_line, __ATOMIC_RELAXED);
  asm volatile("" ::"r"(word));
}

/// Asks for memory that is read in order: its translation is at hand or soon will be, so a prefetch
/// does, and unlike a load it never holds up what follows. The address may lie behind the end.
inline void fetch_ahead(const void* in_line) {
  __builtin_prefetch(in_line, 0);
}

/// The word as it is, or was a moment ago.
[[nodiscard]] inline std::uint32_t load_relaxed(const std::uint32_t* word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}

/// The word, and with it all that its writer wrote before it.
[[nodiscard]] inline std::uint32_t load_acquired(const std::uint32_t* word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

}  // namespace millrace
